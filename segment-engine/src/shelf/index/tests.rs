//! What the driver has told of the shelf, in whatever order it does.

use super::*;
use crate::id::sample::{TRACK, key};
use crate::piece::Digest;

fn entry(time: i64, version: u8) -> ShelfEntry {
    ShelfEntry {
        key: key(time),
        record: Record {
            size: 100,
            root: Digest([version; 28]),
        },
    }
}

fn writing(entries: &[ShelfEntry]) -> Shelf {
    let mut shelf = Shelf::default();
    for entry in entries {
        assert!(shelf.on_writing(entry, SourceBytes::default()));
    }
    shelf
}

#[test]
fn a_segment_is_there_once_it_is_written() {
    let mut shelf = writing(&[entry(1, 1)]);
    assert_eq!(
        (shelf.there(&key(1)), shelf.record(&key(1))),
        (None, Some(entry(1, 1).record))
    );
    assert!(shelf.on_written(&entry(1, 1)));
    assert_eq!(shelf.there(&key(1)), Some(entry(1, 1).record));
    assert_eq!(shelf.size(), (1, 100));
    assert!(shelf.on_written(&entry(1, 1)), "told twice");
    assert_eq!(shelf.size(), (1, 100));
}

#[test]
fn what_is_said_of_an_older_version_does_not_count_for_the_newer() {
    let mut shelf = writing(&[entry(1, 1), entry(1, 2)]);
    assert!(!shelf.on_written(&entry(1, 1)));
    assert!(!shelf.on_refused(&entry(1, 1)));
    assert!(
        !shelf.on_dropped(&key(1)),
        "what was dropped was there, and this is not yet"
    );
    assert!(shelf.on_written(&entry(1, 2)));
    assert!(!shelf.on_refused(&entry(1, 2)), "it was written");
    assert!(shelf.on_dropped(&key(1)));
    assert_eq!(shelf.size(), (0, 0));
}

#[test]
fn what_could_not_be_written_is_remembered_once_and_within_bounds() {
    let mut shelf = Shelf::default();
    for time in 0..10_000 {
        shelf.on_writing(&entry(time, 1), SourceBytes::default());
        assert!(shelf.on_refused(&entry(time, 1)));
    }
    let again: Vec<SegmentKey> = std::iter::from_fn(|| shelf.next_refused()).collect();
    assert_eq!((again.len(), again.first()), (MAX_REFUSED, Some(&key(0))));
    assert!(!shelf.has_refused());
}

#[test]
fn no_more_are_kept_count_of_than_the_bound() {
    let mut shelf = Shelf::default();
    let most = i64::try_from(MAX_SHELVED).unwrap();
    for time in 0..most {
        assert!(shelf.on_found(&entry(time, 1), SourceBytes::default()));
    }
    assert!(!shelf.on_found(&entry(most, 1), SourceBytes::default()));
    assert!(!shelf.on_writing(&entry(most, 1), SourceBytes::default()));
    assert!(
        shelf.on_writing(&entry(0, 2), SourceBytes::default()),
        "another version of one that is there"
    );
    assert!(shelf.is_crowded());
}

#[test]
fn age_counts_what_was_of_use_since() {
    let mut shelf = writing(&[entry(1, 1), entry(2, 1), entry(3, 1)]);
    assert_eq!(shelf.age(&key(1)), None, "it may never be there");
    for time in 1..=3 {
        shelf.on_written(&entry(time, 1));
    }
    assert_eq!(
        [1, 2, 3].map(|time| shelf.age(&key(time))),
        [Some(2), Some(1), Some(0)]
    );
    shelf.touch(&key(1));
    assert_eq!(
        [1, 2, 3].map(|time| shelf.age(&key(time))),
        [Some(0), Some(2), Some(1)]
    );
}

#[test]
fn strangers_are_looked_for_once_for_each_timeline() {
    let mut shelf = Shelf::default();
    for time in 0..3 {
        shelf.on_found(&entry(time, 1), SourceBytes::default());
    }
    assert_eq!(shelf.next_stranger(), None, "there was no timeline");
    shelf.on_timeline();
    for time in 0..3 {
        assert_eq!(shelf.next_stranger(), Some(key(time)));
        if time > 0 {
            shelf.put_back(key(time));
        }
    }
    assert_eq!(shelf.next_stranger(), None);
    shelf.on_timeline();
    assert_eq!(
        [shelf.next_stranger(), shelf.next_stranger()],
        [Some(key(1)), Some(key(2))]
    );
    assert_eq!(shelf.next_stranger(), None);
}

#[test]
fn the_earliest_of_a_track_end_with_the_first_that_is_not_meant() {
    let mut shelf = writing(&[entry(1, 1), entry(2, 1), entry(3, 1)]);
    let other = ShelfEntry {
        key: SegmentKey {
            track: TrackKey([2; 8]),
            ..key(0)
        },
        ..entry(0, 1)
    };
    let init = ShelfEntry {
        key: SegmentKey {
            kind: SegmentKind::Init,
            ..key(0)
        },
        ..entry(0, 1)
    };
    shelf.on_writing(&other, SourceBytes::default());
    shelf.on_writing(&init, SourceBytes::default());
    let early = shelf.earliest_of(TRACK, |key| key.time < 3);
    assert_eq!(early, [key(1), key(2)]);
    assert_eq!(shelf.earliest_of(TRACK, |_| true).len(), 3);
}
