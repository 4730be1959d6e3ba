//! The store against what it promises: the budget holds, and whatever goes is told.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::integrity::Record;

fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}

fn segment(size: usize) -> Stored {
    let body = Body::of(&vec![7; size]);
    Stored {
        root: Record::of(&body).root,
        body,
        sources: SourceBytes::default(),
    }
}

#[test]
fn holds_what_fits() {
    let mut store = Store::new(1 << 20);
    assert!(store.insert(key(1), segment(1000)).is_empty());
    assert_eq!(store.get(&key(1)).map(|stored| stored.body.len()), Some(1000));
    assert_eq!((store.len(), store.bytes()), (1, 1000));
    assert_eq!(store.keys(), vec![(key(1), 1000)]);
}

#[test]
fn refuses_what_is_larger_than_all_of_it() {
    let mut store = Store::new(1 << 20);
    assert_eq!(store.insert(key(1), segment((1 << 20) + 1)), vec![key(1)]);
    assert!(!store.contains(&key(1)));
}

proptest! {
    #[test]
    fn what_was_put_in_is_held_or_was_told_to_go(sizes in prop::collection::vec(1_usize..300_000, 1..40)) {
        let mut store = Store::new(1 << 20);
        let mut expected = BTreeSet::new();
        for (time, size) in sizes.into_iter().enumerate() {
            let key = key(i64::try_from(time).unwrap());
            expected.insert(key);
            for evicted in store.insert(key, segment(size)) {
                prop_assert!(expected.remove(&evicted), "{evicted} went twice");
            }
            prop_assert!(store.bytes() <= 1 << 20);
        }
        let held: BTreeSet<_> = store.keys().into_iter().map(|(key, _)| key).collect();
        prop_assert_eq!(held, expected);
    }
}
