//! Segments on their way, one transfer a segment: from a peer piece by piece, or from the origin as a body.

mod assembly;

pub(crate) use assembly::{Body, BodyError, Pieces};

use crate::id::{FetchId, PeerId, SegmentKey};
use crate::integrity::Record;
use crate::time::Timestamp;
use crate::vecmap::{VecMap, VecSet};
use crate::wire::RequestId;

/// A segment on its way.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// From whom.
    pub(crate) via: Via,
    /// Since when.
    pub(crate) started: Timestamp,
}

/// Where a transfer comes from, and what came.
#[derive(Debug)]
pub(crate) enum Via {
    /// From a peer.
    Peer {
        /// Who.
        peer: PeerId,
        /// Under which name.
        request: RequestId,
        /// What the bytes must be.
        record: Record,
        /// What came.
        pieces: Pieces,
    },
    /// From the origin.
    Origin {
        /// Under which name.
        fetch: FetchId,
        /// Since when the response is coming; `None` before its head.
        head_at: Option<Timestamp>,
        /// What came.
        body: Body,
    },
}

/// The transfers, and who failed at what.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    running: VecMap<SegmentKey, Transfer>,
    fetches: VecMap<FetchId, SegmentKey>,
    failed: VecMap<SegmentKey, VecSet<PeerId>>,
}

/// The most segments of which failures are remembered.
const MAX_FAILED: usize = 1_024;

impl Transfers {
    /// Starts a transfer; none of that segment may be running.
    pub(crate) fn start(&mut self, key: SegmentKey, transfer: Transfer) {
        if let Via::Origin { fetch, .. } = transfer.via {
            self.fetches.insert(fetch, key);
        }
        let before = self.running.insert(key, transfer);
        debug_assert!(before.is_none(), "two transfers of {key}");
    }

    /// The transfer of a segment.
    pub(crate) fn running(&mut self, key: &SegmentKey) -> Option<&mut Transfer> {
        self.running.get_mut(key)
    }

    /// Whether a segment is on its way.
    pub(crate) fn is_running(&self, key: &SegmentKey) -> bool {
        self.running.contains_key(key)
    }

    /// Ends a transfer, and returns what it came to.
    pub(crate) fn end(&mut self, key: &SegmentKey) -> Option<Transfer> {
        let transfer = self.running.remove(key)?;
        if let Via::Origin { fetch, .. } = transfer.via {
            self.fetches.remove(&fetch);
        }
        Some(transfer)
    }

    /// Which segment a fetch is for.
    pub(crate) fn fetched(&self, fetch: FetchId) -> Option<SegmentKey> {
        self.fetches.get(&fetch).copied()
    }

    /// The segments that a peer is sending.
    pub(crate) fn sent_by(&self, from: &PeerId) -> Vec<SegmentKey> {
        let sends = |via: &Via| matches!(via, Via::Peer { peer, .. } if peer == from);
        self.running
            .iter()
            .filter(|(_, transfer)| sends(&transfer.via))
            .map(|(key, _)| *key)
            .collect()
    }

    /// How many segments come from peers now.
    pub(crate) fn peers_running(&self) -> usize {
        self.running.len() - self.fetches.len()
    }

    /// How many segments come from the origin now.
    pub(crate) fn fetches_running(&self) -> usize {
        self.fetches.len()
    }

    /// Remembers that a peer failed to bring a segment: it is not asked for it again.
    pub(crate) fn on_failed(&mut self, key: SegmentKey, peer: PeerId) {
        self.failed.get_or_insert_with(key, VecSet::default).insert(peer);
        let other = self.failed.keys().copied().find(|failed| *failed != key);
        if let Some(other) = other.filter(|_| self.failed.len() > MAX_FAILED) {
            self.failed.remove(&other);
        }
    }

    /// Whether a peer failed to bring a segment before.
    pub(crate) fn has_failed(&self, key: &SegmentKey, peer: &PeerId) -> bool {
        self.failed.get(key).is_some_and(|peers| peers.contains(peer))
    }

    /// Forgets who failed at a segment, now that it is there.
    pub(crate) fn on_arrived(&mut self, key: &SegmentKey) {
        self.failed.remove(key);
    }
}

#[cfg(test)]
mod tests;
