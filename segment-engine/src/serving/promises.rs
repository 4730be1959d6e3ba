//! Pieces that are promised before they are there: sent to who registered its interest as soon as they come.
//!
//! A promise costs nothing until it is kept, opens no connection, and fetches nothing on another's behalf.

use std::time::Duration;

use crate::id::{PeerId, SegmentKey};
use crate::time::Timestamp;
use crate::wire::{PIECE, RequestId};

/// For how long a promise counts.
pub(crate) const PROMISE: Duration = Duration::from_secs(2);

/// All promises together are kept below what the uplink's budget brings in this time.
const PROMISED_TIME: Duration = Duration::from_secs(1);

/// The most promises that are open at once.
const MAX_PROMISES: usize = 256;

/// Pieces that a peer is promised.
#[derive(Debug)]
struct Promised {
    peer: PeerId,
    request: RequestId,
    key: SegmentKey,
    first: u32,
    count: u32,
    until: Timestamp,
}

/// The promises that are open.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    open: Vec<Promised>,
}

/// Whom a piece that came was promised to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    /// Who.
    pub(crate) peer: PeerId,
    /// Under which request.
    pub(crate) request: RequestId,
}

impl Promises {
    /// Promises a peer `first..first + count` of a segment, if `budget` bytes a second have room for it; false if not.
    pub(crate) fn promise(
        &mut self,
        now: Timestamp,
        peer: &PeerId,
        request: RequestId,
        (key, first, count): (SegmentKey, u32, u32),
        budget: u64,
    ) -> bool {
        self.open.retain(|promised| promised.until > now);
        let pieces: u64 = self.open.iter().map(|promised| u64::from(promised.count)).sum();
        let bytes = (pieces + u64::from(count)) * PIECE as u64;
        if bytes > budget.saturating_mul(PROMISED_TIME.as_secs()) || self.open.len() >= MAX_PROMISES {
            return false;
        }
        self.open.push(Promised {
            peer: peer.clone(),
            request,
            key,
            first,
            count,
            until: now + PROMISE,
        });
        true
    }

    /// Takes out whom a piece was promised to.
    pub(crate) fn on_piece(&mut self, now: Timestamp, key: &SegmentKey, piece: u32) -> Vec<Due> {
        let wanted = |promised: &&Promised| {
            let run = promised.first..promised.first.saturating_add(promised.count);
            promised.key == *key && promised.until > now && run.contains(&piece)
        };
        let due = self.open.iter().filter(wanted).map(|promised| Due {
            peer: promised.peer.clone(),
            request: promised.request,
        });
        due.collect()
    }

    /// Forgets a promise.
    pub(crate) fn cancel(&mut self, peer: &PeerId, request: RequestId) {
        self.open
            .retain(|promised| promised.peer != *peer || promised.request != request);
    }

    /// Forgets a peer's promises.
    pub(crate) fn forget(&mut self, peer: &PeerId) {
        self.open.retain(|promised| promised.peer != *peer);
    }

    /// Whether nothing is promised.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}
