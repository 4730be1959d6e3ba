//! The batches of one signer in the order of their sequence, and what links them.
//!
//! A signer numbers its batches one up. Where it starts, a run begins: the upper half of the first sequence is
//! the second at which that was, the lower half is drawn at random, so that runs of one key do not meet however
//! many seeders hold it. `previous` is the SHA-224 of the batch before in the run, and zeros in its first.
//! Signers sign records again in new batches before the old ones expire or grow too many: a run need not be known
//! from its start.

use std::sync::Arc;

use super::batch::{Batch, SignedBatch};
use crate::piece::Digest;
use crate::rng::Rng;
use crate::time::UnixTime;
use crate::vecmap::{VecMap, VecSet};

/// The most batches that are kept to be handed on; the lowest sequences are forgotten first. At most 24 KiB each.
const MAX_BATCHES: usize = 2_048;

/// The most batches that are remembered for having been refused.
const MAX_REFUSED: usize = 64;

/// What stands for the batch before a run's first.
const NONE: Digest = Digest([0; 28]);

/// Why a batch whose signature holds is not kept. Its sender need not know better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is kept already.
    Known,
    /// It has expired.
    Expired,
    /// Another of the same sequence is newer.
    Superseded,
}

/// A batch that is kept.
#[derive(Debug)]
struct Kept {
    batch: Arc<SignedBatch>,
    digest: Digest,
    previous: Digest,
    made: UnixTime,
    expires: UnixTime,
}

/// Batches that are known to be right.
#[derive(Debug, Default)]
pub(super) struct Chain {
    kept: VecMap<u64, Kept>,
    /// Digests of those that are kept.
    seen: VecSet<Digest>,
    /// Digests of those that were refused although their signature holds.
    refused: VecSet<Digest>,
    equivocations: u32,
    /// Counted when something changes: it is asked for more often.
    gaps: usize,
}

impl Chain {
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.seen.contains(digest) || self.refused.contains(digest)
    }

    pub(super) fn is_scattered(&self) -> bool {
        self.kept.len() > MAX_BATCHES / 2
    }

    pub(super) fn retire(&mut self) {
        self.kept = VecMap::default();
        self.seen.clear();
        self.gaps = 0;
    }

    pub(super) fn accept(
        &mut self,
        batch: Arc<SignedBatch>,
        content: &Batch,
        unix: UnixTime,
    ) -> Result<(), Refusal> {
        let digest = Digest::of(&[&batch.message]);
        if self.has(&digest) {
            return Err(Refusal::Known);
        }
        if content.is_expired(unix) {
            return Err(Refusal::Expired);
        }
        if let Some(other) = self.kept.get(&content.sequence) {
            self.equivocations = self.equivocations.saturating_add(1);
            // Of two that were made at once the greater counts, so that all peers keep the same.
            let keep = (content.made, digest) > (other.made, other.digest);
            let loser = if keep { other.digest } else { digest };
            self.seen.remove(&loser);
            self.refuse(loser);
            if !keep {
                return Err(Refusal::Superseded);
            }
        }
        self.seen.insert(digest);
        let kept = Kept {
            batch,
            digest,
            previous: content.previous,
            made: content.made,
            expires: content.expires,
        };
        self.kept.insert(content.sequence, kept);
        if self.kept.len() > MAX_BATCHES
            && let Some((_, lowest)) = self.kept.pop_first()
        {
            self.seen.remove(&lowest.digest);
        }
        self.gaps = self.count_gaps();
        Ok(())
    }

    /// Remembers a batch, so that its signature is not checked again whenever a peer hands it on.
    fn refuse(&mut self, digest: Digest) {
        self.refused.insert(digest);
        if self.refused.len() > MAX_REFUSED {
            self.refused.pop_first();
        }
    }

    /// Forgets the batches that have expired.
    pub(super) fn expire(&mut self, unix: UnixTime) {
        let seen = &mut self.seen;
        self.kept.retain(|_, kept| {
            let keep = unix < kept.expires;
            if !keep {
                seen.remove(&kept.digest);
            }
            keep
        });
        self.gaps = self.count_gaps();
    }

    pub(super) fn batches(&self) -> impl Iterator<Item = &Arc<SignedBatch>> {
        self.kept.values().map(|kept| &kept.batch)
    }

    pub(super) fn equivocations(&self) -> u32 {
        self.equivocations
    }

    pub(super) fn gaps(&self) -> usize {
        self.gaps
    }

    /// Where a batch of a run does not link to the one that is kept before it.
    fn count_gaps(&self) -> usize {
        let later = self.kept.iter().skip(1);
        let broken = |((before, first), (sequence, second)): &((&u64, &Kept), (&u64, &Kept))| {
            let one_run = **before >> 32 == **sequence >> 32 && second.previous != NONE;
            one_run && (**before + 1 != **sequence || second.previous != first.digest)
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

    /// The sequence of the next batch, and the digest of the one before it. Begins the run.
    pub(super) fn next(&mut self, unix: UnixTime) -> (u64, Digest) {
        let (last, previous) = *self.last.get_or_insert_with(|| {
            let second = u64::try_from(unix.as_millis() / 1_000).unwrap_or(0);
            // The highest bit is left for counting.
            let low = u32::from_be_bytes(self.rng.bytes()) >> 1;
            (second << 32 | u64::from(low), NONE)
        });
        (last + 1, previous)
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
