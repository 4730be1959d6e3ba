//! What may be uploaded at most, in all and to one peer, whatever the uplink carries: buckets of tokens.
//!
//! When the whole is short, those go without first whom others can serve: half of what can be saved up is kept for
//! pieces that no neighbour has.

use std::time::Duration;

use super::{Busy, Promises, Rarity};
use crate::config::UploadLimits;
use crate::id::PeerId;
use crate::time::Timestamp;
use crate::vecmap::VecMap;

/// What can be saved up, as a time of the rate; so much is sent at once after a pause.
const SAVED: Duration = Duration::from_millis(350);
/// At least, in bytes: a run of pieces.
const LEAST_SAVED: u64 = 64 << 10;
/// The longest that a peer is told to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The limits, and what is left of them.
#[derive(Debug, Default)]
pub(super) struct Limits {
    total: Option<Bucket>,
    /// Bytes per second.
    per_peer: Option<u64>,
    peers: VecMap<PeerId, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// Bytes per second.
    rate: u64,
    /// What may be sent now; below 0 after more was.
    tokens: i64,
    refilled: Timestamp,
}

impl Limits {
    /// Limits of which nothing is used.
    pub(super) fn new(limits: &UploadLimits, now: Timestamp) -> Self {
        Self {
            total: limits.total.map(|rate| Bucket::new(rate.bytes_per_second(), now)),
            per_peer: limits.per_peer.map(|rate| rate.bytes_per_second()),
            peers: VecMap::default(),
        }
    }

    /// Whether a peer may be sent so many bytes beside what is promised; if not, when.
    pub(super) fn check(
        &mut self,
        now: Timestamp,
        peer: &PeerId,
        (bytes, rarity): (u64, Rarity),
        promises: &Promises,
    ) -> Result<(), Busy> {
        if let Some(rate) = self.per_peer {
            let bucket = self
                .peers
                .get_or_insert_with(peer.clone(), || Bucket::new(rate, now));
            bucket.check(now, bytes, promises.bytes_to(now, Some(peer)))?;
        }
        let Some(total) = &mut self.total else {
            return Ok(());
        };
        let kept = match rarity {
            Rarity::Lone => 0,
            Rarity::Shared => total.most() / 2,
        };
        let bytes = bytes.saturating_add(kept);
        total.check(now, bytes, promises.bytes_to(now, None))
    }

    /// Notes that a peer is to be sent so many bytes.
    pub(super) fn spend(&mut self, peer: &PeerId, bytes: u64) {
        let peers = self.peers.get_mut(peer);
        for bucket in self.total.iter_mut().chain(peers) {
            bucket.tokens = bucket.tokens.saturating_sub(signed(bytes));
        }
    }

    /// Notes that a peer is not sent so many bytes after all.
    pub(super) fn refund(&mut self, peer: &PeerId, bytes: u64) {
        let peers = self.peers.get_mut(peer);
        for bucket in self.total.iter_mut().chain(peers) {
            bucket.tokens = bucket
                .tokens
                .saturating_add(signed(bytes))
                .min(signed(bucket.most()));
        }
    }

    /// Forgets a peer that has gone.
    pub(super) fn forget(&mut self, peer: &PeerId) {
        self.peers.remove(peer);
    }
}

impl Bucket {
    fn new(rate: u64, now: Timestamp) -> Self {
        let mut bucket = Self {
            rate,
            tokens: 0,
            refilled: now,
        };
        bucket.tokens = signed(bucket.most());
        bucket
    }

    /// The most that can be saved up.
    fn most(&self) -> u64 {
        bytes_in(self.rate, SAVED).max(LEAST_SAVED)
    }

    /// Whether so many bytes are there, over what is `promised`. A request of more than can be saved up passes with a full bucket.
    fn check(&mut self, now: Timestamp, bytes: u64, promised: u64) -> Result<(), Busy> {
        let earned = bytes_in(self.rate, now.since(self.refilled));
        if earned > 0 {
            self.tokens = self
                .tokens
                .saturating_add(signed(earned))
                .min(signed(self.most()));
            self.refilled = now;
        }
        let needed = signed(bytes.min(self.most()).saturating_add(promised));
        if self.tokens >= needed {
            return Ok(());
        }
        let missing = needed.saturating_sub(self.tokens).unsigned_abs();
        let micros = u128::from(missing) * 1_000_000 / u128::from(self.rate.max(1));
        let retry = Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
        Err(Busy {
            retry: retry.min(LONGEST_WAIT),
        })
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn bytes_in(rate: u64, time: Duration) -> u64 {
    let bytes = u128::from(rate) * time.as_micros() / 1_000_000;
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
