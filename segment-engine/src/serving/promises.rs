//! Pieces that are promised before they are there: sent to peers that registered their interest as soon as they come.
//!
//! A promise costs nothing until it is kept, opens no connection, and fetches nothing on another's behalf.

use std::time::Duration;

use crate::bits::PieceRun;
use crate::id::{PeerId, SegmentKey};
use crate::time::Timestamp;
use crate::vecmap::VecSet;
use crate::wire::{PIECE, RequestId};

/// How long a promise is valid.
pub(crate) const PROMISE: Duration = Duration::from_secs(2);

/// All open promises together stay below what the uplink's budget brings in this time.
const PROMISED_TIME: Duration = Duration::from_secs(1);

/// The most promises that are open at once.
const MAX_PROMISES: usize = 256;

/// Pieces that are promised to a peer.
#[derive(Debug)]
struct Promised {
    peer: PeerId,
    request: RequestId,
    key: SegmentKey,
    run: PieceRun,
    /// Which of them were sent: a bit each, the lowest for the first.
    given: u32,
    until: Timestamp,
}

/// The open promises.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    open: Vec<Promised>,
}

/// A promise that can be kept for a piece that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    /// The peer that it was made to.
    pub(crate) peer: PeerId,
    /// The request that it answers.
    pub(crate) request: RequestId,
}

impl Promised {
    fn pieces(&self) -> impl Iterator<Item = u32> {
        let open = (0..self.run.count).filter(|offset| self.given & (1 << offset) == 0);
        open.map(|offset| self.run.first + offset)
    }
}

impl Promises {
    /// Promises a peer pieces of a segment, at most 32, if `budget` bytes a second have room for it beside
    /// the `waiting` bytes that are to be sent before; false if not, and if it is promised some of them already.
    pub(crate) fn promise(
        &mut self,
        now: Timestamp,
        peer: &PeerId,
        request: RequestId,
        (key, run): (SegmentKey, PieceRun),
        (budget, waiting): (u64, u64),
    ) -> bool {
        debug_assert!(run.count <= 32, "{} pieces", run.count);
        self.open.retain(|promised| promised.until > now);
        let overlaps =
            |known: &Promised| known.run.first < run.end() && run.first < known.run.end() && known.key == key;
        if self
            .open
            .iter()
            .any(|known| known.peer == *peer && overlaps(known))
        {
            return false;
        }
        let pieces = self.open.iter().flat_map(Promised::pieces).count() as u64;
        let bytes = (pieces + u64::from(run.count)) * PIECE as u64 + waiting;
        if bytes > budget.saturating_mul(PROMISED_TIME.as_secs()) || self.open.len() >= MAX_PROMISES {
            return false;
        }
        self.open.push(Promised {
            peer: peer.clone(),
            request,
            key,
            run,
            given: 0,
            until: now + PROMISE,
        });
        true
    }

    /// How many bytes are promised to a peer, or to all.
    #[cfg(feature = "upload-limits")]
    pub(super) fn bytes_to(&self, now: Timestamp, peer: Option<&PeerId>) -> u64 {
        let counts = |known: &&Promised| known.until > now && peer.is_none_or(|peer| known.peer == *peer);
        let open = self.open.iter().filter(counts);
        open.flat_map(Promised::pieces).count() as u64 * PIECE as u64
    }

    /// The peers that were promised a piece which is there now; each is returned once.
    pub(crate) fn on_piece(&mut self, now: Timestamp, key: &SegmentKey, piece: u32) -> Vec<Due> {
        let mut due = Vec::new();
        for promised in &mut self.open {
            let counts = promised.key == *key && promised.until > now;
            if counts && promised.pieces().any(|open| open == piece) {
                promised.given |= 1 << (piece - promised.run.first);
                due.push(Due {
                    peer: promised.peer.clone(),
                    request: promised.request,
                });
            }
        }
        self.open.retain(|promised| promised.pieces().next().is_some());
        due
    }

    /// The pieces of a segment that are promised to anybody and not sent yet.
    pub(crate) fn pieces_of(&self, key: &SegmentKey) -> VecSet<u32> {
        let promised = self.open.iter().filter(|promised| promised.key == *key);
        let mut pieces = VecSet::default();
        for piece in promised.flat_map(Promised::pieces) {
            pieces.insert(piece);
        }
        pieces
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
