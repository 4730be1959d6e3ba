//! What was of use longest ago goes first, for bytes and for files.

use segment_engine::piece::Digest;

use super::*;
use crate::shelf::tests::place;

/// The size of a segment that takes one block of 4096 bytes.
const SIZE: u64 = 1_000;

fn record(root: u8) -> Record {
    Record {
        size: SIZE,
        root: Digest([root; 28]),
    }
}

fn places(gone: Vec<Gone>) -> Vec<Place> {
    gone.into_iter().map(|gone| gone.place).collect()
}

/// An index of four files in room for four blocks.
fn full() -> Index {
    let mut index = Index::new(4 * 4096, 100);
    for time in 0..4 {
        assert_eq!(places(index.make_room(SIZE)), []);
        index.put(place("a", time), record(1));
    }
    index
}

#[test]
fn what_was_of_use_longest_ago_goes_first() {
    let mut index = full();
    index.touch(&place("a", 0));
    assert_eq!(places(index.make_room(SIZE)), [place("a", 1)]);
    assert_eq!(places(index.make_room(5_000)), [place("a", 2)]);
    assert_eq!(index.size(), (2, 2 * 4096));
}

#[test]
fn files_are_bounded_as_bytes_are() {
    let mut index = Index::new(u64::MAX, 2);
    for time in 0..2 {
        index.put(place("a", time), record(1));
    }
    assert_eq!(places(index.make_room(SIZE)), [place("a", 0)]);
}

#[test]
fn what_is_larger_than_all_does_not_fit() {
    let index = full();
    assert!(index.fits(4 * 4096 - 136));
    assert!(!index.fits(4 * 4096 - 135));
}

#[test]
fn another_version_takes_the_place_of_the_first() {
    let mut index = full();
    index.put(place("a", 1), record(2));
    assert_eq!(index.size(), (4, 4 * 4096));
    assert!(
        index.remove_if(&place("a", 1), record(1)).is_none(),
        "it is not in it any more"
    );
    assert_eq!(index.touch(&place("a", 1)), Some(record(2)));
    assert!(index.remove_if(&place("a", 1), record(2)).is_some());
    assert_eq!(index.touch(&place("a", 1)), None);
    assert_eq!(index.remove(&place("a", 1)), None);
}

#[test]
fn a_full_disk_frees_as_much_as_is_needed() {
    let mut index = full();
    assert_eq!(places(index.free(SIZE)), [place("a", 0)]);
    assert_eq!(index.free(5_000).len(), 2);
    assert_eq!(index.free(1 << 30).len(), 1);
    assert_eq!(places(index.free(SIZE)), []);
}

#[test]
fn streams_share_the_room_and_are_told_apart() {
    let mut index = full();
    index.make_room(SIZE);
    index.put(place("b", 9), record(1));
    assert_eq!(index.of(StreamId::of("wss://s.example", "a")).len(), 3);
    let entry = ShelfEntry {
        key: place("b", 9).key,
        record: record(1),
    };
    assert_eq!(index.of(StreamId::of("wss://s.example", "b")), [entry]);
    assert_eq!(index.of(StreamId::of("wss://s.example", "c")), []);
}

#[test]
fn what_cannot_be_removed_still_takes_room() {
    let mut index = full();
    let gone = index.remove(&place("a", 0)).unwrap();
    index.stick(gone);
    index.stick(gone);
    assert_eq!(
        (index.size(), index.stuck(9)),
        ((4, 4 * 4096), vec![place("a", 0)])
    );
    assert_eq!(places(index.make_room(SIZE)), [place("a", 1)]);
    assert!(index.fits(3 * 4096 - 136) && !index.fits(3 * 4096 - 135));
    index.unstick(&place("a", 0));
    index.unstick(&place("a", 0));
    assert_eq!((index.size(), index.stuck(9)), ((2, 2 * 4096), vec![]));
    index.stick(gone);
    index.put(place("a", 0), record(2));
    assert_eq!(
        (index.size(), index.stuck(9)),
        ((3, 3 * 4096), vec![]),
        "written over"
    );
}
