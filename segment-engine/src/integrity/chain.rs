//! The batches of a swarm's signers in the order of their sequence, and what links them. Whoever has a key that counts is one
//! of them: which of several keys it is makes no difference here.
//!
//! A signer numbers its batches one up. A run begins when it starts: the upper half of the first sequence is the time
//! in seconds, the lower half is drawn at random, so that runs do not collide however many seeders sign. `previous` is
//! the SHA-224 of the batch before in the run, and zeros in its first. Signers sign records again in new batches before
//! the old ones expire or become too many, so a run need not be known from its start.

use std::cmp::Reverse;
use std::sync::Arc;

use super::batch::{Batch, SignedBatch};
use crate::piece::Digest;
use crate::rng::Rng;
use crate::time::UnixTime;
use crate::vecmap::{VecMap, VecSet};

/// The most batches that are kept to be passed on; the oldest are forgotten first. At most 24 KiB each.
pub(super) const MAX_BATCHES: usize = 2_048;

/// The most batches that are remembered as seen; those that expire soonest are forgotten first.
const MAX_SEEN: usize = 4 * MAX_BATCHES;

/// Stands for the batch before a run's first.
const NONE: Digest = Digest([0; 28]);

/// Why a batch whose signature holds is neither kept nor passed on. Its sender need not know better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It was seen before.
    Known,
    /// It has expired.
    Expired,
    /// It is older than all that are kept, and there is no room for more.
    Old,
    /// Its signer is known to have contradicted itself at this sequence.
    Void,
}

/// What a batch that is kept, and passed on, means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It counts.
    Good,
    /// Its signer has signed another batch with its sequence, which is kept as well: together they prove it. Neither
    /// counts.
    Contradicts,
}

/// A batch that is kept.
#[derive(Debug)]
struct Kept {
    batch: Arc<SignedBatch>,
    /// Another batch with the same sequence.
    rival: Option<Arc<SignedBatch>>,
    digest: Digest,
    previous: Digest,
    made: UnixTime,
    expires: UnixTime,
}

/// Batches that are known to be right.
#[derive(Debug, Default)]
pub(super) struct Chain {
    kept: VecMap<u64, Kept>,
    /// When each batch expires that was seen, kept or not: none is checked again each time a peer passes it on, and
    /// none circulates twice.
    seen: VecMap<Digest, UnixTime>,
    /// When the first batch came.
    since: Option<UnixTime>,
    equivocations: u32,
    /// Updated on each change, as it is read more often.
    gaps: usize,
}

impl Chain {
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.seen.contains_key(digest)
    }

    pub(super) fn is_scattered(&self) -> bool {
        self.kept.len() > MAX_BATCHES / 2
    }

    pub(super) fn retire(&mut self) {
        self.kept = VecMap::default();
        self.gaps = 0;
    }

    /// Whether there is room only for newer ones.
    pub(super) fn is_old(&self, content: &Batch) -> bool {
        let oldest = self.oldest().filter(|_| self.kept.len() >= MAX_BATCHES);
        oldest.is_some_and(|oldest| (content.made, content.sequence) < oldest)
    }

    pub(super) fn accept(
        &mut self,
        batch: Arc<SignedBatch>,
        content: &Batch,
        unix: UnixTime,
    ) -> Result<Standing, Refusal> {
        let digest = Digest::of(&[&batch.message]);
        if self.has(&digest) {
            return Err(Refusal::Known);
        }
        if content.is_expired(unix) {
            return Err(Refusal::Expired);
        }
        self.see(digest, content.expires);
        if let Some(kept) = self.kept.get_mut(&content.sequence) {
            if kept.digest == digest {
                return Err(Refusal::Known);
            }
            if kept.rival.is_some() {
                return Err(Refusal::Void);
            }
            kept.rival = Some(batch);
            kept.expires = kept.expires.max(content.expires);
            self.equivocations = self.equivocations.saturating_add(1);
            return Ok(Standing::Contradicts);
        }
        if self.is_old(content) {
            return Err(Refusal::Old);
        }
        self.since.get_or_insert(unix);
        let kept = Kept {
            batch,
            rival: None,
            digest,
            previous: content.previous,
            made: content.made,
            expires: content.expires,
        };
        self.kept.insert(content.sequence, kept);
        if self.kept.len() > MAX_BATCHES
            && let Some((_, oldest)) = self.oldest()
        {
            self.kept.remove(&oldest);
        }
        self.gaps = self.count_gaps();
        Ok(Standing::Good)
    }

    /// When the oldest kept batch was made, and its sequence: runs of several signers go on side by side.
    fn oldest(&self) -> Option<(UnixTime, u64)> {
        self.kept
            .iter()
            .map(|(sequence, kept)| (kept.made, *sequence))
            .min()
    }

    fn see(&mut self, digest: Digest, expires: UnixTime) {
        self.seen.insert(digest, expires);
        if self.seen.len() > MAX_SEEN {
            let soonest = self.seen.iter().min_by_key(|(_, expires)| **expires);
            if let Some(soonest) = soonest.map(|(digest, _)| *digest) {
                self.seen.remove(&soonest);
            }
        }
    }

    /// Forgets the batches that have expired.
    pub(super) fn expire(&mut self, unix: UnixTime) {
        self.kept.retain(|_, kept| unix < kept.expires);
        self.seen.retain(|_, expires| unix < *expires);
        self.gaps = self.count_gaps();
    }

    /// The batches with those sequences, newest first, and all that prove a contradiction.
    pub(super) fn newest_first(&self, of: &VecSet<u64>) -> Vec<Arc<SignedBatch>> {
        let wanted = |(sequence, kept): &(&u64, &Kept)| of.contains(*sequence) || kept.rival.is_some();
        let mut wanted: Vec<&Kept> = self.kept.iter().filter(wanted).map(|(_, kept)| kept).collect();
        wanted.sort_by_key(|kept| Reverse(kept.made));
        let both = wanted
            .into_iter()
            .flat_map(|kept| [Some(&kept.batch), kept.rival.as_ref()]);
        both.flatten().cloned().collect()
    }

    pub(super) fn equivocations(&self) -> u32 {
        self.equivocations
    }

    pub(super) fn gaps(&self) -> usize {
        self.gaps
    }

    /// Counts the batches of a run that do not link to the kept one before them. Of those that are older than the
    /// first that came, peers only pass on what is still of use.
    fn count_gaps(&self) -> usize {
        let later = self.kept.iter().skip(1);
        let broken = |((before, first), (sequence, second)): &((&u64, &Kept), (&u64, &Kept))| {
            let one_run = **before >> 32 == **sequence >> 32 && second.previous != NONE;
            let complete = self.since.is_some_and(|since| second.made > since);
            complete && one_run && (**before + 1 != **sequence || second.previous != first.digest)
        };
        self.kept.iter().zip(later).filter(broken).count()
    }
}

/// The run of this peer's own batches.
#[derive(Debug)]
pub(super) struct Run {
    rng: Rng,
    last: Option<(u64, Digest)>,
}

impl Run {
    pub(super) fn new(rng: Rng) -> Self {
        Self { rng, last: None }
    }

    /// The sequence of the next batch, and the digest of the one before it. Begins the run if need be.
    pub(super) fn next(&mut self, unix: UnixTime) -> (u64, Digest) {
        let (last, previous) = *self.last.get_or_insert_with(|| {
            let second = u64::try_from(unix.as_millis() / 1_000).unwrap_or(0);
            // The highest bit is left for counting.
            let low = u32::from_be_bytes(self.rng.bytes()) >> 1;
            (second << 32 | u64::from(low), NONE)
        });
        (last + 1, previous)
    }

    /// Ends the run if it has reached that sequence. Another signer that has drawn the same so far begins its next
    /// run elsewhere: their last batches differ.
    pub(super) fn end_at(&mut self, sequence: u64) {
        let Some((last, digest)) = self.last else {
            return;
        };
        if last >> 32 == sequence >> 32 && last >= sequence {
            let mut seed = [0; 32];
            seed[..28].copy_from_slice(&digest.0);
            *self = Self::new(Rng::new(seed));
        }
    }

    /// Notes that the next batch was made.
    pub(super) fn on_made(&mut self, digest: Digest) {
        if let Some((last, previous)) = &mut self.last {
            (*last, *previous) = (*last + 1, digest);
        }
    }
}

#[cfg(test)]
mod tests;
