//! Batches of digests: their bytes, which are what is signed.

use thiserror::Error;

use super::Record;
use crate::id::SegmentKey;
use crate::input::Signature;
use crate::piece::{Digest, MAX_SEGMENT};
use crate::time::UnixTime;
use crate::wire::{DecodeError, Reader, Writer, read_key, write_key};

/// The first field of every batch, so that a signature made for something else never passes for a batch's.
const DOMAIN: &str = "fugitive digests 2";

/// SHA-224 trees over pieces of 16 KiB; another algorithm would get another number.
const ALGORITHM: u64 = 2;

/// The most records in a batch: with 256 the largest batch stays below a frame's limit.
pub const MAX_RECORDS: usize = 256;

/// A batch with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBatch {
    /// The batch's bytes; see [`write_batch`].
    pub message: Vec<u8>,
    /// The signature over those bytes.
    pub signature: Signature,
}

/// The content of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its place among its signer's batches: one more than the batch before; a run starts at any number.
    pub sequence: u64,
    /// When it was made, by its signer's clock.
    pub made: UnixTime,
    /// When it expires, by the same clock.
    pub expires: UnixTime,
    /// The SHA-224 of the batch before it; zeros in a run's first.
    pub previous: Digest,
    /// What it vouches for; at most [`MAX_RECORDS`].
    pub records: Vec<(SegmentKey, Record)>,
}

impl Batch {
    /// Whether it has expired.
    pub fn is_expired(&self, unix: UnixTime) -> bool {
        unix >= self.expires
    }
}

/// Why a batch cannot be read; its sender is dropped, since it must have checked the signature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BatchError {
    /// It is not a batch.
    #[error("malformed batch")]
    Malformed,
    /// It is of another title.
    #[error("a batch of another swarm")]
    OtherSwarm,
    /// Its digests are of a kind that is not known here.
    #[error("an unknown digest algorithm")]
    Algorithm,
}

impl From<DecodeError> for BatchError {
    fn from(_: DecodeError) -> Self {
        Self::Malformed
    }
}

/// Writes a batch of a swarm.
pub fn write_batch(swarm: &str, batch: &Batch) -> Vec<u8> {
    debug_assert!(
        batch.records.len() <= MAX_RECORDS,
        "{} records",
        batch.records.len()
    );
    let mut to = Writer::default();
    to.list(8);
    to.text(DOMAIN);
    to.text(swarm);
    to.uint(batch.sequence);
    to.int(batch.made.as_millis());
    to.int(batch.expires.as_millis());
    to.bytes(&batch.previous.0);
    to.uint(ALGORITHM);
    to.list(batch.records.len());
    for (key, record) in &batch.records {
        to.list(3);
        write_key(&mut to, key);
        to.uint(record.size);
        to.bytes(&record.root.0);
    }
    to.0
}

/// Reads a batch, without checking its signature.
///
/// # Errors
/// When it is no batch, or of another swarm, or of an algorithm that is unknown here.
pub fn read_batch(message: &[u8], swarm: &str) -> Result<Batch, BatchError> {
    let mut from = Reader::new(message);
    let beyond = from.open(8)?;
    if from.text()? != DOMAIN {
        return Err(BatchError::Malformed);
    }
    if from.text()? != swarm {
        return Err(BatchError::OtherSwarm);
    }
    let (sequence, made, expires) = (from.uint()?, from.int()?, from.int()?);
    let previous = Digest(from.array()?);
    if from.uint()? != ALGORITHM {
        return Err(BatchError::Algorithm);
    }
    let rows = from.list()?;
    if rows > MAX_RECORDS {
        return Err(BatchError::Malformed);
    }
    let records = (0..rows).map(|_| read_row(&mut from)).collect::<Result<_, _>>()?;
    from.close(beyond)?;
    from.end()?;
    Ok(Batch {
        sequence,
        made: UnixTime::from_millis(made),
        expires: UnixTime::from_millis(expires),
        previous,
        records,
    })
}

fn read_row(from: &mut Reader<'_>) -> Result<(SegmentKey, Record), BatchError> {
    let beyond = from.open(3)?;
    let key = read_key(from)?;
    let record = Record {
        size: from.uint()?,
        root: Digest(from.array()?),
    };
    from.close(beyond)?;
    if record.size == 0 || record.size > MAX_SEGMENT {
        return Err(BatchError::Malformed);
    }
    Ok((key, record))
}
