//! Who waits, for how much, and is served.

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
