//! Digests, and the batches that carry them.

use proptest::prelude::*;

use super::batch::{Batch, BatchError};
use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::input::Signature;
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
    Record {
        size: bytes.len() as u64,
        digest: Digest::of(bytes),
    }
}

#[test]
fn digests_are_sha224() {
    // FIPS 180-4's example: the message "abc".
    let hex: String = Digest::of(b"abc")
        .0
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hex, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
}

#[test]
fn a_batch_comes_back() {
    let records = vec![(key(0), record(b"one")), (key(4), record(b"two"))];
    let made = UnixTime::from_millis(-7);
    assert_eq!(
        read_batch(&write_batch("film", made, &records), "film"),
        Ok(Batch { made, records })
    );
}

#[test]
fn a_batch_of_another_swarm_is_refused() {
    let batch = write_batch("film", NOW, &[(key(0), record(b"one"))]);
    assert_eq!(read_batch(&batch, "other"), Err(BatchError::OtherSwarm));
}

#[test]
fn a_batch_of_another_algorithm_is_refused() {
    let rows: Vec<(SegmentKey, u64, serde_bytes::ByteArray<28>)> = Vec::new();
    let batch = rmp_serde::to_vec(&("fugitive digests 1", "film", 5_i64, 2_u8, rows)).unwrap();
    assert_eq!(read_batch(&batch, "film"), Err(BatchError::Algorithm));
}

#[test]
fn what_was_signed_for_something_else_is_no_batch() {
    let rows: Vec<(SegmentKey, u64, serde_bytes::ByteArray<28>)> = Vec::new();
    let other = rmp_serde::to_vec(&("another purpose", "film", 5_i64, 1_u8, rows)).unwrap();
    assert_eq!(read_batch(&other, "film"), Err(BatchError::Malformed));
}

#[test]
fn the_largest_batch_fits_in_a_frame() {
    let range = crate::id::ByteRange::new(u64::MAX - 1, u64::MAX);
    let rows: Vec<_> = (0..MAX_RECORDS as i64)
        .map(|index| {
            (
                SegmentKey {
                    range,
                    ..key(i64::MIN + index)
                },
                record(b"one"),
            )
        })
        .collect();
    let batch = write_batch(&"x".repeat(128), NOW, &rows);
    assert!(
        encode(&Frame::Digests {
            batch,
            signature: Signature([0; 64])
        })
        .len()
            <= MAX_FRAME
    );
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
    let message = write_batch("film", NOW, &[]);
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
