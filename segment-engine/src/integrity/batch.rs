//! Batches of digests: their bytes, which are what is signed.

use serde_bytes::ByteArray;
use thiserror::Error;

use super::{Digest, Record};
use crate::id::SegmentKey;
use crate::input::Signature;
use crate::wire::MAX_SEGMENT;

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

type Row = (SegmentKey, u64, ByteArray<28>);

/// Writes a batch of at most [`MAX_RECORDS`] records.
pub(crate) fn write_batch(swarm: &str, records: &[(SegmentKey, Record)]) -> Vec<u8> {
    debug_assert!(records.len() <= MAX_RECORDS, "{} records", records.len());
    let rows: Vec<Row> = records
        .iter()
        .map(|(key, record)| (*key, record.size, ByteArray::new(record.digest.0)))
        .collect();
    rmp_serde::to_vec(&(DOMAIN, swarm, SHA224, rows))
        .expect("invariant: a batch holds nothing that MessagePack cannot")
}

/// Reads a batch. Its signature is not looked at.
pub(crate) fn read_batch(message: &[u8], swarm: &str) -> Result<Vec<(SegmentKey, Record)>, BatchError> {
    let (domain, of, algorithm, rows): (&str, &str, u8, Vec<Row>) =
        rmp_serde::from_slice(message).map_err(|_| BatchError::Malformed)?;
    if domain != DOMAIN || rows.len() > MAX_RECORDS {
        return Err(BatchError::Malformed);
    }
    if of != swarm {
        return Err(BatchError::OtherSwarm);
    }
    if algorithm != SHA224 {
        return Err(BatchError::Algorithm);
    }
    if rows.iter().any(|(_, size, _)| *size == 0 || *size > MAX_SEGMENT) {
        return Err(BatchError::Malformed);
    }
    let record = |size, digest: ByteArray<28>| Record {
        size,
        digest: Digest(digest.into_array()),
    };
    Ok(rows
        .into_iter()
        .map(|(key, size, digest)| (key, record(size, digest)))
        .collect())
}
