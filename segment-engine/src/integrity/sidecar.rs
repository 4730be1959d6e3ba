//! Sidecars: all signed batches of a title in one file, which any HTTP server or CDN can carry beside its manifest.
//!
//! `["fugitive sidecar 1", swarm, signer, [[batch, signature]..]]`, in MessagePack as frames are: `signer` is the
//! Ed25519 public key, each batch is there as it was signed, the newest first. Nothing in a sidecar counts before its
//! signature was checked: where it comes from does not matter.

use std::time::Duration;

use thiserror::Error;

use super::batch::{Batch, MAX_RECORDS, SignedBatch, write_batch};
use super::chain::{MAX_BATCHES, Run};
use super::tree::Record;
use crate::id::SegmentKey;
use crate::input::Signature;
use crate::output::PublicKey;
use crate::piece::Digest;
use crate::rng::Rng;
use crate::time::UnixTime;
use crate::wire::{DecodeError, MAX_FRAME, Reader, Writer};

/// The first field of every sidecar.
const MAGIC: &str = "fugitive sidecar 1";

/// The largest sidecar, in bytes: 32 MiB, the digests of some 400,000 segments.
pub const MAX_SIDECAR: usize = 32 << 20;

/// The largest batch, in bytes: a Digests frame has room for it, its own head and the signature.
const MAX_BATCH: usize = MAX_FRAME - 71;

/// The size of a batch in a sidecar beside its own bytes: three heads, and the signature.
const ROW: usize = 1 + 5 + 2 + 64;

/// The signed batches of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidecar {
    /// The swarm that they are for; a batch of another swarm is ignored.
    pub swarm: String,
    /// The key that signed them.
    pub signer: PublicKey,
    /// The batches, the newest first: at most 2,048 of at most 24,505 bytes.
    pub batches: Vec<SignedBatch>,
}

/// The bytes are not a sidecar. Check where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SidecarError {
    /// They are more than [`MAX_SIDECAR`].
    #[error("a sidecar of {0} bytes; {MAX_SIDECAR} are allowed")]
    TooLarge(usize),
    /// They are not what a sidecar is, or exceed a limit.
    #[error("malformed sidecar")]
    Malformed,
}

impl From<DecodeError> for SidecarError {
    fn from(_: DecodeError) -> Self {
        Self::Malformed
    }
}

/// Writes a sidecar. If there are more batches than fit, the last are left out.
pub fn write_sidecar(sidecar: &Sidecar) -> Vec<u8> {
    let mut to = Writer::default();
    to.list(4);
    to.text(MAGIC);
    to.text(&sidecar.swarm);
    to.bytes(&sidecar.signer.0);
    let mut room = MAX_SIDECAR - to.0.len() - 5;
    let fits = |batch: &&SignedBatch| {
        let left = room.checked_sub(batch.message.len() + ROW);
        room = left.unwrap_or(0);
        left.is_some()
    };
    let batches: Vec<_> = sidecar
        .batches
        .iter()
        .take(MAX_BATCHES)
        .take_while(fits)
        .collect();
    to.list(batches.len());
    for SignedBatch { message, signature } in batches {
        to.list(2);
        to.bytes(message);
        to.bytes(&signature.0);
    }
    to.0
}

/// Reads a sidecar, without checking its batches or their signatures.
///
/// # Errors
/// When it is no sidecar, or exceeds a limit.
pub fn read_sidecar(bytes: &[u8]) -> Result<Sidecar, SidecarError> {
    if bytes.len() > MAX_SIDECAR {
        return Err(SidecarError::TooLarge(bytes.len()));
    }
    let mut from = Reader::new(bytes);
    let beyond = from.open(4)?;
    if from.text()? != MAGIC {
        return Err(SidecarError::Malformed);
    }
    let swarm = from.text()?.to_owned();
    let signer = PublicKey(from.array()?);
    let rows = from.list()?;
    if rows > MAX_BATCHES {
        return Err(SidecarError::Malformed);
    }
    let batches = (0..rows).map(|_| read_row(&mut from)).collect::<Result<_, _>>()?;
    from.close(beyond)?;
    from.end()?;
    Ok(Sidecar {
        swarm,
        signer,
        batches,
    })
}

fn read_row(from: &mut Reader<'_>) -> Result<SignedBatch, SidecarError> {
    let beyond = from.open(2)?;
    let message = from.bytes()?;
    if message.len() > MAX_BATCH {
        return Err(SidecarError::Malformed);
    }
    let message = message.to_owned();
    let signature = Signature(from.array()?);
    from.close(beyond)?;
    Ok(SignedBatch { message, signature })
}

/// Puts records, in their order, into batches that are chained as a run of their own, ready to be signed.
///
/// `seed` tells the run from those that others with the same key begin in the same second: draw it anew each time.
pub fn chain_records(
    swarm: &str,
    records: &[(SegmentKey, Record)],
    seed: [u8; 32],
    made: UnixTime,
    validity: Duration,
) -> Vec<Vec<u8>> {
    let mut run = Run::new(Rng::new(seed));
    let batches = records.chunks(MAX_RECORDS).map(|records| {
        let (sequence, previous) = run.next(made);
        let batch = Batch {
            sequence,
            made,
            expires: made + validity,
            previous,
            records: records.to_vec(),
        };
        let message = write_batch(swarm, &batch);
        run.on_made(Digest::of(&[&message]));
        message
    });
    batches.collect()
}

#[cfg(test)]
mod tests;
