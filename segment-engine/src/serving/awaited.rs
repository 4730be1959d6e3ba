//! Leaves that were asked for before they are there: who asks gets them when they come.

use crate::id::{PeerId, SegmentKey};
use crate::wire::RequestId;

/// The most requests that wait.
const MOST: usize = 256;

/// The most of them that are one peer's.
const MOST_OF_ONE: usize = 32;

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
    /// It waits, and this one does so no longer.
    InPlaceOf(PeerId, RequestId),
    /// The peer waits for the same already.
    Again,
}

impl Awaited {
    /// Lets a peer wait for a segment's leaves. Where too many wait, the oldest goes of those who wait the most: for what never
    /// comes nobody takes another's place.
    pub(crate) fn add(&mut self, peer: &PeerId, request: RequestId, key: SegmentKey) -> Wait {
        let mut own = self.waiting.iter().filter(|waiting| waiting.peer == *peer);
        if own.clone().any(|waiting| waiting.key == key) {
            return Wait::Again;
        }
        let full = if own.by_ref().count() >= MOST_OF_ONE {
            Some(peer.clone())
        } else if self.waiting.len() >= MOST {
            self.greediest()
        } else {
            None
        };
        self.waiting.push(Waiting {
            peer: peer.clone(),
            request,
            key,
        });
        let oldest = full.and_then(|full| self.waiting.iter().position(|waiting| waiting.peer == full));
        match oldest {
            Some(oldest) => {
                let gone = self.waiting.remove(oldest);
                Wait::InPlaceOf(gone.peer, gone.request)
            }
            None => Wait::Admitted,
        }
    }

    /// Who waits the most; of several, who has done so for the longest.
    fn greediest(&self) -> Option<PeerId> {
        let count = |peer: &PeerId| {
            self.waiting
                .iter()
                .filter(|waiting| waiting.peer == *peer)
                .count()
        };
        let by_count = self
            .waiting
            .iter()
            .rev()
            .max_by_key(|waiting| count(&waiting.peer));
        by_count.map(|waiting| waiting.peer.clone())
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
        assert_eq!(gone, Wait::InPlaceOf(peer(1), RequestId(0)));
        assert_eq!(awaited.take(&key(0)), [(peer(2), RequestId(9))]);
    }

    #[test]
    fn those_who_wait_for_what_never_comes_keep_nobody_else_out() {
        let mut awaited = Awaited::default();
        for greedy in 0..8 {
            for number in 0..32_u32 {
                awaited.add(
                    &peer(greedy),
                    RequestId(number),
                    key(i64::MAX - i64::from(number)),
                );
            }
        }
        for number in 0..20_u32 {
            let wait = awaited.add(&peer(100), RequestId(number), key(number.into()));
            assert!(matches!(wait, Wait::InPlaceOf(gone, _) if gone != peer(100)));
        }
        for number in 0..20_u32 {
            assert_eq!(
                awaited.take(&key(number.into())),
                [(peer(100), RequestId(number))]
            );
        }
    }
}
