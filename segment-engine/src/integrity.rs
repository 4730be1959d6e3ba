//! Which bytes are right: trees over the pieces of segments, and the signed batches that carry their roots.
//!
//! A root is accepted from a batch whose signature the driver has checked against a configured key;
//! nothing else makes a peer's bytes trusted. A batch is signed as it travels:
//!
//! `["fugitive digests 2", swarm, sequence, made, expires, previous, algorithm, [[key, size, root]..]]`
//!
//! `made` and `expires` are on the wall clock of the signer, in milliseconds since 1970: of two records of one
//! segment the newer counts, whichever comes first, so that an old batch cannot be replayed, and none counts after it
//! expires. `sequence` and `previous` chain the batches; see `chain`. The algorithm is 2: SHA-224 trees over pieces
//! of 16 KiB; see `tree`.

mod batch;
mod chain;
#[cfg(feature = "seeder")]
mod proof;
#[cfg(feature = "seeder")]
mod sidecar;
mod tree;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub use batch::{Batch, BatchError, MAX_RECORDS, SignedBatch, read_batch, write_batch};
#[cfg(feature = "seeder")]
pub use proof::{End, proof_of};
#[cfg(feature = "seeder")]
pub use sidecar::{MAX_SIDECAR, Sidecar, SidecarError, chain_records, read_sidecar, write_sidecar};
pub use tree::{Record, leaves_match, root_of};

pub(crate) use chain::{Refusal, Standing};

use crate::id::SegmentKey;
use crate::piece::Digest;
use crate::rng::Rng;
use crate::time::UnixTime;
use crate::vecmap::VecSet;
use chain::{Chain, Run};

/// The most records that are kept; the oldest are forgotten first. Some 150 bytes each.
const MAX_DIGESTS: usize = 100_000;

/// A record, and the time in which it counts.
#[derive(Debug, Clone, Copy)]
struct Known {
    record: Record,
    made: UnixTime,
    expires: UnixTime,
    /// The sequence of the batch that vouches for it; `None` if this signer has seen it itself and not signed it yet.
    sequence: Option<u64>,
}

/// Records and batches that are known to be right.
#[derive(Debug)]
pub(crate) struct Integrity {
    records: BTreeMap<SegmentKey, Known>,
    order: VecDeque<SegmentKey>,
    chain: Chain,
    run: Run,
    /// The time before which no record expires.
    soonest: UnixTime,
}

#[cfg_attr(not(feature = "seeder"), expect(dead_code, reason = "only a seeder signs"))]
impl Integrity {
    /// Starts with nothing. `rng` tells this signer's batches from those of others with its key.
    pub(crate) fn new(rng: Rng) -> Self {
        Self {
            records: BTreeMap::new(),
            order: VecDeque::new(),
            chain: Chain::default(),
            run: Run::new(rng),
            soonest: UnixTime::MAX,
        }
    }

    /// What is known of a segment.
    pub(crate) fn record(&self, key: &SegmentKey) -> Option<Record> {
        self.records.get(key).map(|known| known.record)
    }

    /// Whether a batch vouches for that record.
    pub(crate) fn is_signed(&self, key: &SegmentKey, record: Record) -> bool {
        let known = self.records.get(key);
        known.is_some_and(|known| known.record == record && known.sequence.is_some())
    }

    /// How many records are known.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Learns a record of a batch that counts, unless a newer one of the segment is known.
    pub(crate) fn learn(&mut self, key: SegmentKey, record: Record, batch: &Batch) {
        let learned = Known {
            record,
            made: batch.made,
            expires: batch.expires,
            sequence: Some(batch.sequence),
        };
        // Of two that were made at the same time the greater counts, so that all peers agree.
        let rank = |known: &Known| (known.made, known.record.root);
        if self
            .records
            .get(&key)
            .is_none_or(|known| rank(&learned) >= rank(known))
        {
            self.soonest = self.soonest.min(batch.expires);
            self.put(key, learned);
        }
    }

    /// Notes what this signer saw at its origin, and is about to sign: it overrides everything else.
    pub(crate) fn witness(&mut self, key: SegmentKey, record: Record, made: UnixTime) {
        let seen = Known {
            record,
            made,
            expires: UnixTime::MAX,
            sequence: None,
        };
        self.put(key, seen);
    }

    fn put(&mut self, key: SegmentKey, known: Known) {
        if self.records.insert(key, known).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > MAX_DIGESTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.records.remove(&oldest);
        }
    }

    /// All segments of which a record is known.
    pub(crate) fn keys(&self) -> impl Iterator<Item = SegmentKey> {
        self.records.keys().copied()
    }

    /// The segments whose record expires before `until`.
    pub(crate) fn ending(&self, until: UnixTime) -> Vec<SegmentKey> {
        if self.soonest >= until {
            return Vec::new();
        }
        let ends = self.records.iter().filter(|(_, known)| known.expires < until);
        ends.map(|(key, _)| *key).collect()
    }

    /// The time before which nothing expires; `None` if nothing ever does.
    pub(crate) fn next_expiry(&self) -> Option<UnixTime> {
        Some(self.soonest).filter(|soonest| *soonest < UnixTime::MAX)
    }

    /// Forgets what has expired, and returns the segments that are no longer known.
    pub(crate) fn expire(&mut self, unix: UnixTime) -> Vec<SegmentKey> {
        if unix < self.soonest {
            return Vec::new();
        }
        self.chain.expire(unix);
        let mut expired = Vec::new();
        self.soonest = UnixTime::MAX;
        self.records.retain(|key, known| {
            let keep = unix < known.expires;
            if keep {
                self.soonest = self.soonest.min(known.expires);
            } else {
                expired.push(*key);
            }
            keep
        });
        self.tidy(&expired);
        expired
    }

    fn tidy(&mut self, gone: &[SegmentKey]) {
        if !gone.is_empty() {
            self.order.retain(|key| self.records.contains_key(key));
        }
    }

    /// Whether so many batches are kept that the oldest will soon be dropped.
    pub(crate) fn is_scattered(&self) -> bool {
        self.chain.is_scattered()
    }

    /// Forgets all batches: their records are about to be signed again, in fewer.
    pub(crate) fn retire_batches(&mut self) {
        self.chain.retire();
    }

    /// Whether a batch came before.
    pub(crate) fn has_batch(&self, message: &[u8]) -> bool {
        self.chain.has(&Digest::of(&[message]))
    }

    /// Whether a batch would be refused for its age, whoever signed it.
    pub(crate) fn is_outdated(&self, content: &Batch, unix: UnixTime) -> bool {
        content.is_expired(unix) || self.chain.is_old(content)
    }

    /// Keeps a batch whose signature holds, to pass it on. The caller learns its records, if it counts.
    pub(crate) fn accept(
        &mut self,
        batch: Arc<SignedBatch>,
        content: &Batch,
        unix: UnixTime,
    ) -> Result<Standing, Refusal> {
        self.chain.accept(batch, content, unix)
    }

    /// Forgets what was learned from a batch, and returns the segments that are no longer known. If the batch was
    /// this signer's own, it starts a new run of batches.
    pub(crate) fn disown(&mut self, sequence: u64) -> Vec<SegmentKey> {
        self.run.end_at(sequence);
        let of_batch = |known: &Known| known.sequence == Some(sequence);
        let disowned = self.records.iter().filter(|(_, known)| of_batch(known));
        let disowned: Vec<SegmentKey> = disowned.map(|(key, _)| *key).collect();
        for key in &disowned {
            self.records.remove(key);
        }
        self.tidy(&disowned);
        disowned
    }

    /// The batches that vouch for any segment that is useful to a new peer, newest first.
    pub(crate) fn batches(&self, is_useful: impl Fn(&SegmentKey) -> bool) -> Vec<Arc<SignedBatch>> {
        let mut useful = VecSet::default();
        for (key, known) in &self.records {
            if let Some(sequence) = known.sequence.filter(|_| is_useful(key)) {
                useful.insert(sequence);
            }
        }
        self.chain.newest_first(&useful)
    }

    /// How many gaps the chain of kept batches has: some are withheld, or still on their way.
    pub(crate) fn gaps(&self) -> usize {
        self.chain.gaps()
    }

    /// How many times the key's owner was seen to sign two batches with one sequence: the key is used in two places
    /// that share their randomness, or stolen.
    pub(crate) fn equivocations(&self) -> u32 {
        self.chain.equivocations()
    }

    /// The sequence of this signer's next batch, and the digest of the one before it.
    pub(crate) fn next(&mut self, unix: UnixTime) -> (u64, Digest) {
        self.run.next(unix)
    }

    /// Notes a batch that this signer made.
    pub(crate) fn on_made(&mut self, message: &[u8]) {
        self.run.on_made(Digest::of(&[message]));
    }
}

#[cfg(test)]
mod tests;
