//! Batches of digests: their bytes, which are what is signed.

use serde_bytes::Bytes;
use thiserror::Error;

use super::{Digest, Record};
use crate::id::SegmentKey;
use crate::input::Signature;
use crate::time::UnixTime;
use crate::wire::{DecodeError, Fields, MAX_SEGMENT, Value, read_key};

/// Stands first in every batch, so that a signature made for something else never passes for a batch's.
const DOMAIN: &str = "fugitive digests 1";

/// SHA-224 of the whole segment; a later algorithm takes another number.
const SHA224: u8 = 1;

/// The most records in a batch: with 256 the largest batch stays below a frame's limit.
pub(crate) const MAX_RECORDS: usize = 256;

/// A batch with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedBatch {
    /// The batch's bytes.
    pub(crate) message: Vec<u8>,
    /// Over those bytes.
    pub(crate) signature: Signature,
}

/// What a batch says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    /// When it was made, by its signer's clock.
    pub(crate) made: UnixTime,
    /// What it vouches for.
    pub(crate) records: Vec<(SegmentKey, Record)>,
}

/// Why a batch cannot be read; its sender is dropped, since it must have checked the signature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum BatchError {
    /// Not a batch.
    #[error("malformed batch")]
    Malformed,
    /// Of another title.
    #[error("a batch of another swarm")]
    OtherSwarm,
    /// Digests of a kind that is not known here.
    #[error("an unknown digest algorithm")]
    Algorithm,
}

impl From<DecodeError> for BatchError {
    fn from(_: DecodeError) -> Self {
        Self::Malformed
    }
}

/// Writes a batch of at most [`MAX_RECORDS`] records.
pub(crate) fn write_batch(swarm: &str, made: UnixTime, records: &[(SegmentKey, Record)]) -> Vec<u8> {
    debug_assert!(records.len() <= MAX_RECORDS, "{} records", records.len());
    let rows: Vec<(SegmentKey, u64, &Bytes)> = records
        .iter()
        .map(|(key, record)| (*key, record.size, Bytes::new(&record.digest.0)))
        .collect();
    rmp_serde::to_vec(&(DOMAIN, swarm, made.as_millis(), SHA224, rows))
        .expect("invariant: a batch holds nothing that MessagePack cannot")
}

/// Reads a batch. Its signature is not looked at.
pub(crate) fn read_batch(message: &[u8], swarm: &str) -> Result<Batch, BatchError> {
    let mut fields = Fields::read(message)?;
    if fields.text()? != DOMAIN {
        return Err(BatchError::Malformed);
    }
    if fields.text()? != swarm {
        return Err(BatchError::OtherSwarm);
    }
    let made = UnixTime::from_millis(fields.int()?);
    if fields.uint()? != u64::from(SHA224) {
        return Err(BatchError::Algorithm);
    }
    let rows = fields.list()?;
    if rows.len() > MAX_RECORDS {
        return Err(BatchError::Malformed);
    }
    let records = rows.into_iter().map(read_row).collect::<Result<_, _>>()?;
    Ok(Batch { made, records })
}

fn read_row(row: Value) -> Result<(SegmentKey, Record), BatchError> {
    let mut fields = Fields::of(row)?;
    let key = read_key(fields.value()?)?;
    let record = Record {
        size: fields.uint()?,
        digest: Digest(fields.array()?),
    };
    if record.size == 0 || record.size > MAX_SEGMENT {
        return Err(BatchError::Malformed);
    }
    Ok((key, record))
}
