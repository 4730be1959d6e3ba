//! Which bytes are right: trees over the pieces of segments, and the signed batches that carry their roots.
//!
//! A root is accepted from a batch whose signature the driver has checked against the configured key;
//! nothing else makes a peer's bytes trusted. A batch is signed as it travels:
//!
//! `["fugitive digests 2", swarm, sequence, made, expires, previous, algorithm, [[key, size, root]..]]`
//!
//! `made` and `expires` are on the wall clock of the signer, in milliseconds since 1970: of two records of one
//! segment the newer counts, whichever comes first, so that an old batch cannot be played again. `previous` is
//! the SHA-224 of the batch with the sequence before this one, zeros where there is none; the algorithm is 2:
//! SHA-224 trees over pieces of 16 KiB.

mod batch;
mod tree;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub use batch::{Batch, BatchError, MAX_RECORDS, read_batch, write_batch};
pub use tree::{Record, leaves_match, root_of};

pub(crate) use batch::SignedBatch;

use crate::id::SegmentKey;
use crate::piece::Digest;
use crate::time::UnixTime;
use crate::vecmap::VecSet;

/// The most digests that are kept; the oldest are forgotten first. Some 100 bytes each.
const MAX_DIGESTS: usize = 100_000;

/// The most batches that are kept to be handed on; the oldest are forgotten first. At most 24 KiB each.
const MAX_BATCHES: usize = 2_048;

/// Digests and batches that are known to be right.
#[derive(Debug, Default)]
pub(crate) struct Integrity {
    next: u64,
    last: Option<Digest>,
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

    /// The sequence of this signer's next batch, and the digest of the one before it.
    pub(crate) fn next(&self) -> (u64, Digest) {
        (self.next, self.last.unwrap_or(Digest([0; 28])))
    }

    /// Notes a batch that this signer made.
    pub(crate) fn on_made(&mut self, message: &[u8]) {
        self.next += 1;
        self.last = Some(Digest::of(&[message]));
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
        self.seen.contains(&Digest::of(&[message]))
    }

    /// Keeps a batch whose signature holds, to hand it on.
    pub(crate) fn keep(&mut self, batch: Arc<SignedBatch>) {
        if !self.seen.insert(Digest::of(&[&batch.message])) {
            return;
        }
        self.batches.push_back(batch);
        if self.batches.len() > MAX_BATCHES
            && let Some(oldest) = self.batches.pop_front()
        {
            self.seen.remove(&Digest::of(&[&oldest.message]));
        }
    }

    /// The batches to hand to a new peer, oldest first.
    pub(crate) fn batches(&self) -> impl Iterator<Item = &Arc<SignedBatch>> {
        self.batches.iter()
    }
}

#[cfg(test)]
mod tests;
