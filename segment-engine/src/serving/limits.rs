//! The most that may be uploaded, in total and to one peer, whatever the uplink carries: token buckets.
//!
//! When the total is short, peers that others can serve are refused first: half of what can be saved up is kept for
//! pieces that no neighbour has.

use super::bucket::{Bucket, most, signed, time_for};
use super::{Busy, LONGEST_WAIT, Promises, Rarity};
use crate::config::{BitsPerSecond, UploadLimits};
use crate::id::PeerId;
use crate::time::Timestamp;
use crate::vecmap::VecMap;

/// The limits, and what is left of them.
#[derive(Debug, Default)]
pub(super) struct UploadCaps {
    total: Option<Limit>,
    /// Bytes per second.
    per_peer: Option<u64>,
    peers: VecMap<PeerId, Limit>,
}

#[derive(Debug)]
struct Limit {
    /// Bytes per second.
    rate: u64,
    bucket: Bucket,
}

impl UploadCaps {
    /// The limits, unused so far.
    pub(super) fn new(limits: &UploadLimits, now: Timestamp) -> Self {
        Self {
            total: limits.total.map(|rate| Limit::new(rate.bytes_per_second(), now)),
            per_peer: limits.per_peer.map(|rate| rate.bytes_per_second()),
            peers: VecMap::default(),
        }
    }

    /// Changes the total from now on. What was earned until now, or is owed for what is queued, stays, up to what the new
    /// rate saves up: limits that are divided among several engines never add up to more than they were.
    pub(super) fn set_total(&mut self, now: Timestamp, total: Option<BitsPerSecond>) {
        let rate = total.map(BitsPerSecond::bytes_per_second);
        match (&mut self.total, rate) {
            (Some(limit), Some(rate)) => limit.set_rate(now, rate),
            (total, rate) => *total = rate.map(|rate| Limit::new(rate, now)),
        }
    }

    /// Whether a peer may be sent `bytes` beside what is promised; if not, when.
    pub(super) fn check(
        &mut self,
        now: Timestamp,
        peer: &PeerId,
        (bytes, rarity): (u64, Rarity),
        promises: &Promises,
    ) -> Result<(), Busy> {
        if let Some(rate) = self.per_peer {
            let limit = self
                .peers
                .get_or_insert_with(peer.clone(), || Limit::new(rate, now));
            limit.check(now, bytes, promises.bytes_to(now, Some(peer)))?;
        }
        let Some(total) = &mut self.total else {
            return Ok(());
        };
        let kept = match rarity {
            Rarity::Lone => 0,
            Rarity::Shared => most(total.rate) / 2,
        };
        let bytes = bytes.saturating_add(kept);
        total.check(now, bytes, promises.bytes_to(now, None))
    }

    /// Notes that a peer is to be sent that many bytes.
    pub(super) fn spend(&mut self, peer: &PeerId, bytes: u64) {
        let peers = self.peers.get_mut(peer);
        for limit in self.total.iter_mut().chain(peers) {
            limit.bucket.spend(bytes);
        }
    }

    /// Notes that a peer is not sent that many bytes after all.
    pub(super) fn refund(&mut self, peer: &PeerId, bytes: u64) {
        let peers = self.peers.get_mut(peer);
        for limit in self.total.iter_mut().chain(peers) {
            limit.bucket.refund(bytes, limit.rate);
        }
    }

    /// Forgets a peer that has gone.
    pub(super) fn forget(&mut self, peer: &PeerId) {
        self.peers.remove(peer);
    }
}

impl Limit {
    fn new(rate: u64, now: Timestamp) -> Self {
        Self {
            rate,
            bucket: Bucket::new(most(rate), now),
        }
    }

    fn set_rate(&mut self, now: Timestamp, rate: u64) {
        self.bucket.change_rate(now, self.rate, rate);
        self.rate = rate;
    }

    /// Whether `bytes` are there beside what is `promised`. A request of more than can be saved up passes with a full
    /// bucket.
    fn check(&mut self, now: Timestamp, bytes: u64, promised: u64) -> Result<(), Busy> {
        let needed = signed(bytes.min(most(self.rate)).saturating_add(promised));
        let missing = needed.saturating_sub(self.bucket.tokens(now, self.rate));
        if missing <= 0 {
            return Ok(());
        }
        let retry = time_for(missing.unsigned_abs(), self.rate).min(LONGEST_WAIT);
        Err(Busy { retry })
    }
}

#[cfg(test)]
mod tests;
