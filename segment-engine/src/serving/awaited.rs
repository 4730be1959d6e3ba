//! Leaves that were asked for before they are there: sent to the asking peers when they come.

use crate::id::{PeerId, SegmentKey};
use crate::wire::RequestId;

/// The most requests of one peer that wait.
const MOST: usize = 32;

#[derive(Debug)]
struct Waiting {
    peer: PeerId,
    request: RequestId,
    key: SegmentKey,
}

/// The requests that wait, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    waiting: Vec<Waiting>,
}

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// It waits.
    Admitted,
    /// It waits, in place of an older one of the same peer.
    InPlaceOf(RequestId),
    /// The peer waits for the same already.
    Again,
}

impl Awaited {
    /// Lets a peer wait for a segment's leaves. If it waits for too many, its oldest request is dropped: leaves that
    /// never come use up its own places, and nobody else's.
    pub(crate) fn add(&mut self, peer: &PeerId, request: RequestId, key: SegmentKey) -> Wait {
        let (mut count, mut oldest) = (0, None);
        for (index, own) in self.waiting.iter().enumerate() {
            if own.peer == *peer {
                if own.key == key {
                    return Wait::Again;
                }
                count += 1;
                oldest = oldest.or(Some(index));
            }
        }
        let gone = oldest
            .filter(|_| count >= MOST)
            .map(|oldest| self.waiting.remove(oldest).request);
        self.waiting.push(Waiting {
            peer: peer.clone(),
            request,
            key,
        });
        gone.map_or(Wait::Admitted, Wait::InPlaceOf)
    }

    /// Takes the peers that wait for a segment's leaves.
    pub(crate) fn take(&mut self, key: &SegmentKey) -> Vec<(PeerId, RequestId)> {
        let served = self.waiting.extract_if(.., |waiting| waiting.key == *key);
        served.map(|waiting| (waiting.peer, waiting.request)).collect()
    }

    /// Forgets a request.
    pub(crate) fn cancel(&mut self, peer: &PeerId, request: RequestId) {
        self.waiting
            .retain(|waiting| waiting.peer != *peer || waiting.request != request);
    }

    /// Forgets a peer's requests.
    pub(crate) fn forget(&mut self, peer: &PeerId) {
        self.waiting.retain(|waiting| waiting.peer != *peer);
    }
}

#[cfg(test)]
mod tests;
