//! Digests, and the batches that carry them.

use proptest::prelude::*;

use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::input::Signature;
use crate::piece::{Body, PIECE};
use crate::wire::{Frame, MAX_FRAME, encode};

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}

fn record(bytes: &[u8]) -> Record {
    Record::of(&Body::of(bytes))
}

fn batch(records: Vec<(SegmentKey, Record)>) -> Batch {
    Batch {
        sequence: 3,
        made: NOW,
        expires: UnixTime::from_millis(NOW.as_millis() + 1),
        previous: Digest([7; 28]),
        records,
    }
}

#[test]
fn a_batch_comes_back() {
    let batch = Batch {
        made: UnixTime::from_millis(-7),
        ..batch(vec![(key(0), record(b"one")), (key(4), record(b"two"))])
    };
    assert_eq!(read_batch(&write_batch("film", &batch), "film"), Ok(batch));
}

#[test]
fn a_batch_of_another_swarm_is_refused() {
    let batch = write_batch("film", &batch(vec![(key(0), record(b"one"))]));
    assert_eq!(read_batch(&batch, "other"), Err(BatchError::OtherSwarm));
}

#[test]
fn a_batch_of_another_algorithm_is_refused() {
    let mut bytes = write_batch("film", &batch(Vec::new()));
    let at = bytes.len() - 2;
    assert_eq!(bytes[at..], [2, 0x90], "the algorithm, and no rows");
    bytes[at] = 3;
    assert_eq!(read_batch(&bytes, "film"), Err(BatchError::Algorithm));
}

#[test]
fn what_was_signed_for_something_else_is_no_batch() {
    let mut bytes = write_batch("film", &batch(Vec::new()));
    bytes[2] ^= 1;
    assert_eq!(read_batch(&bytes, "film"), Err(BatchError::Malformed));
}

#[test]
fn the_largest_batch_fits_in_a_frame() {
    let range = crate::id::ByteRange::new(u64::MAX - 1, u64::MAX);
    let row = |index| {
        let key = SegmentKey {
            range,
            ..key(i64::MIN + index)
        };
        (key, record(b"one"))
    };
    let batch = Batch {
        sequence: u64::MAX,
        ..batch((0..MAX_RECORDS as i64).map(row).collect())
    };
    let frame = Frame::Digests {
        batch: write_batch(&"x".repeat(128), &batch),
        signature: Signature([0; 64]),
    };
    assert!(encode(&frame).len() <= MAX_FRAME);
}

#[test]
fn only_the_whole_leaf_layer_of_a_segment_matches() {
    let body = Body::of(&vec![5; 3 * PIECE + 1]);
    let (record, leaves) = (Record::of(&body), body.leaves());
    assert!(leaves_match(&record, &leaves));
    assert!(!leaves_match(&record, &leaves[..3]));
    assert!(!leaves_match(&record, &[]));
    let other = Record {
        size: record.size + 1,
        ..record
    };
    assert!(!leaves_match(&other, &leaves), "the size is bound");
}

#[test]
fn a_newer_digest_counts_whichever_comes_first() {
    let mut integrity = Integrity::default();
    let at = UnixTime::from_millis;
    integrity.learn(key(0), record(b"first"), at(5));
    integrity.learn(key(0), record(b"newer"), at(6));
    integrity.learn(key(0), record(b"older"), at(4));
    assert_eq!(integrity.record(&key(0)), Some(record(b"newer")));
    assert_eq!(integrity.len(), 1);
}

#[test]
fn a_batch_is_kept_once() {
    let mut integrity = Integrity::default();
    let message = write_batch("film", &batch(Vec::new()));
    let batch = Arc::new(SignedBatch {
        message: message.clone(),
        signature: Signature([0; 64]),
    });
    assert!(!integrity.has_batch(&message));
    integrity.keep(batch.clone());
    integrity.keep(batch);
    assert!(integrity.has_batch(&message));
    assert_eq!(integrity.batches().count(), 1);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_batch(&bytes, "film");
    }
}
