//! Leaf layers: only what is right is kept, and no more than the budget.

use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::piece::{Body, PIECE};

fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}

/// A segment of so many pieces.
fn segment(byte: u8, pieces: usize) -> (Record, Vec<Digest>) {
    let body = Body::of(&vec![byte; pieces * PIECE - 1]);
    (Record::of(&body), body.leaves())
}

#[test]
fn keeps_only_what_is_vouched_for() {
    let mut layers = LeafLayers::new(1 << 20);
    let (record, leaves) = segment(1, 3);
    let (other, _) = segment(2, 3);
    assert_eq!(layers.insert(key(0), &other, leaves.clone()), Err(WrongLeaves));
    assert_eq!(layers.bytes(), 0);
    assert_eq!(layers.insert(key(0), &record, leaves.clone()), Ok(()));
    assert_eq!(layers.get(&key(0), &record).map(|kept| &**kept), Some(&*leaves));
    assert!(
        layers.get(&key(0), &other).is_none(),
        "the segment is vouched for anew"
    );
    assert!(layers.get(&key(1), &record).is_none());
}

#[test]
fn replaces_and_forgets() {
    let mut layers = LeafLayers::new(1 << 20);
    let (old, old_leaves) = segment(1, 9);
    let (new, new_leaves) = segment(2, 3);
    layers.insert(key(0), &old, old_leaves).unwrap();
    layers.insert(key(0), &new, new_leaves).unwrap();
    assert!(layers.get(&key(0), &old).is_none());
    assert_eq!(layers.bytes(), cost(3));
    layers.remove(&key(0));
    assert_eq!(layers.bytes(), 0);
    layers.remove(&key(0));
    assert!(layers.get(&key(0), &new).is_none());
}

#[test]
fn the_oldest_go_when_the_budget_is_used_up() {
    let mut layers = LeafLayers::new(3 * cost(4));
    let (record, leaves) = segment(1, 4);
    for time in 0..5 {
        layers.insert(key(time), &record, leaves.clone()).unwrap();
        assert!(layers.bytes() <= 3 * cost(4));
    }
    let held: Vec<_> = (0..5)
        .filter(|time| layers.get(&key(*time), &record).is_some())
        .collect();
    assert_eq!(held, [2, 3, 4]);
    let (large, leaves) = segment(1, 64);
    layers.insert(key(9), &large, leaves).unwrap();
    assert_eq!(layers.bytes(), 0, "larger than all of it");
}

#[test]
fn parts_make_a_layer_in_order() {
    let (record, leaves) = segment(1, 5);
    let mut parts = LeafParts::new(record);
    assert_eq!(parts.add(0, &leaves[..2]), Ok(None));
    assert_eq!(parts.add(2, &leaves[2..4]), Ok(None));
    assert_eq!(parts.add(4, &leaves[4..]), Ok(Some(leaves)));
}

#[test]
fn parts_out_of_order_beyond_the_end_or_altered_are_wrong() {
    let (record, leaves) = segment(1, 5);
    let parts = || LeafParts::new(record);
    assert_eq!(parts().add(1, &leaves[1..]), Err(WrongLeaves), "not the first");
    let beyond = [&leaves[..], &leaves[..1]].concat();
    assert_eq!(parts().add(0, &beyond), Err(WrongLeaves), "beyond the end");
    let mut again = parts();
    assert_eq!(again.add(0, &leaves[..2]), Ok(None));
    assert_eq!(again.add(0, &leaves[..2]), Err(WrongLeaves), "told twice");
    let mut altered = leaves;
    altered[3].0[0] ^= 1;
    assert_eq!(parts().add(0, &altered), Err(WrongLeaves), "altered");
}
