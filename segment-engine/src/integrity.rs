//! Which bytes are right: SHA-224 digests of segments, and the signed batches that carry them.
//!
//! A digest is accepted from a batch whose signature the driver has checked against the configured key;
//! nothing else makes a peer's bytes trusted. A batch is signed as it travels:
//!
//! `["fugitive digests 1", swarm, made, algorithm (1: SHA-224 of the segment), [[key, size, digest]..]]`
//!
//! `made` is the wall clock of the signer, in milliseconds since 1970: of two digests of one segment the newer
//! counts, whichever comes first, so that an old batch cannot be played again.

mod batch;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use sha2::{Digest as _, Sha224};

pub(crate) use batch::{MAX_RECORDS, SignedBatch, read_batch, write_batch};

use crate::id::SegmentKey;
use crate::time::UnixTime;
use crate::vecmap::VecSet;

/// The SHA-224 of some bytes (FIPS 180-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest(pub(crate) [u8; 28]);

impl Digest {
    /// Hashes bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha224::digest(bytes).into())
    }
}

/// What is known of a segment's bytes before they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Their number.
    pub(crate) size: u64,
    /// Their digest.
    pub(crate) digest: Digest,
}

/// The most digests that are kept; the oldest are forgotten first. Some 100 bytes each.
const MAX_DIGESTS: usize = 100_000;

/// The most batches that are kept to be handed on; the oldest are forgotten first. At most 24 KiB each.
const MAX_BATCHES: usize = 2_048;

/// Digests and batches that are known to be right.
#[derive(Debug, Default)]
pub(crate) struct Integrity {
    records: BTreeMap<SegmentKey, (Record, UnixTime)>,
    order: VecDeque<SegmentKey>,
    batches: VecDeque<Arc<SignedBatch>>,
    seen: VecSet<Digest>,
}

impl Integrity {
    /// What is known of a segment.
    pub(crate) fn record(&self, key: &SegmentKey) -> Option<Record> {
        self.records.get(key).map(|(record, _)| *record)
    }

    /// How many digests are known.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Learns a digest that is known to be right, unless a newer one of the segment is known.
    pub(crate) fn learn(&mut self, key: SegmentKey, record: Record, made: UnixTime) {
        if let Some(known) = self.records.get_mut(&key) {
            if made >= known.1 {
                *known = (record, made);
            }
            return;
        }
        self.records.insert(key, (record, made));
        self.order.push_back(key);
        if self.order.len() > MAX_DIGESTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.records.remove(&oldest);
        }
    }

    /// All segments whose digest is known.
    pub(crate) fn keys(&self) -> impl Iterator<Item = SegmentKey> {
        self.records.keys().copied()
    }

    /// Whether so many batches are kept that the oldest will have to go.
    pub(crate) fn is_scattered(&self) -> bool {
        self.batches.len() > MAX_BATCHES / 2
    }

    /// Forgets all batches: their digests are about to be signed again, in few.
    pub(crate) fn retire_batches(&mut self) {
        self.batches.clear();
        self.seen = VecSet::default();
    }

    /// Whether a batch was kept before.
    pub(crate) fn has_batch(&self, message: &[u8]) -> bool {
        self.seen.contains(&Digest::of(message))
    }

    /// Keeps a batch whose signature holds, to hand it on.
    pub(crate) fn keep(&mut self, batch: Arc<SignedBatch>) {
        if !self.seen.insert(Digest::of(&batch.message)) {
            return;
        }
        self.batches.push_back(batch);
        if self.batches.len() > MAX_BATCHES
            && let Some(oldest) = self.batches.pop_front()
        {
            self.seen.remove(&Digest::of(&oldest.message));
        }
    }

    /// The batches to hand to a new peer, oldest first.
    pub(crate) fn batches(&self) -> impl Iterator<Item = &Arc<SignedBatch>> {
        self.batches.iter()
    }
}

#[cfg(test)]
mod tests;
