//! Leaves that were asked for before they are there: who asks gets them when they come.

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
    /// It waits, and this one of the same peer does so no longer.
    InPlaceOf(RequestId),
    /// The peer waits for the same already.
    Again,
}

impl Awaited {
    /// Lets a peer wait for a segment's leaves. Where it waits for too many its oldest request goes: for what never comes it
    /// takes its own places, and nobody else's.
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

    /// Takes out who waits for a segment's.
    pub(crate) fn take(&mut self, key: &SegmentKey) -> Vec<(PeerId, RequestId)> {
        let served = self.waiting.extract_if(.., |waiting| waiting.key == *key);
        served.map(|waiting| (waiting.peer, waiting.request)).collect()
    }

    /// Forgets a request.
    pub(crate) fn cancel(&mut self, peer: &PeerId, request: RequestId) {
        self.waiting
            .retain(|waiting| waiting.peer != *peer || waiting.request != request);
    }

    /// Forgets a peer's.
    pub(crate) fn forget(&mut self, peer: &PeerId) {
        self.waiting.retain(|waiting| waiting.peer != *peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{SegmentKind, TrackKey};

    fn key(number: i64) -> SegmentKey {
        SegmentKey {
            track: TrackKey([7; 8]),
            kind: SegmentKind::Media,
            time: number,
            range: None,
        }
    }

    fn peer(number: usize) -> PeerId {
        PeerId::new(&format!("peer-{number}")).unwrap()
    }

    #[test]
    fn each_waits_once_for_a_segment_and_all_are_served_together() {
        let mut awaited = Awaited::default();
        assert_eq!(awaited.add(&peer(1), RequestId(1), key(5)), Wait::Admitted);
        assert_eq!(awaited.add(&peer(1), RequestId(2), key(5)), Wait::Again);
        assert_eq!(awaited.add(&peer(2), RequestId(1), key(5)), Wait::Admitted);
        assert_eq!(awaited.add(&peer(2), RequestId(2), key(6)), Wait::Admitted);
        assert_eq!(
            awaited.take(&key(5)),
            [(peer(1), RequestId(1)), (peer(2), RequestId(1))]
        );
        assert_eq!(awaited.take(&key(5)), []);
        awaited.cancel(&peer(2), RequestId(2));
        assert_eq!(awaited.take(&key(6)), []);
    }

    #[test]
    fn who_waits_for_too_much_gives_up_its_own_oldest() {
        let mut awaited = Awaited::default();
        awaited.add(&peer(2), RequestId(9), key(0));
        for number in 0..32 {
            assert_eq!(
                awaited.add(&peer(1), RequestId(number), key(number.into())),
                Wait::Admitted
            );
        }
        let gone = awaited.add(&peer(1), RequestId(40), key(40));
        assert_eq!(gone, Wait::InPlaceOf(RequestId(0)));
        assert_eq!(awaited.take(&key(0)), [(peer(2), RequestId(9))]);
    }
}
