//! Digests, and the batches that carry them.

use proptest::prelude::*;

use super::*;
use crate::id::sample::key;
use crate::input::Signature;
use crate::piece::{Body, MAX_SEGMENT};
use crate::rng::Rng;
use crate::wire::{Frame, MAX_FRAME, encode};

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

fn record(bytes: &[u8]) -> Record {
    Record::of(&Body::of(bytes))
}

fn integrity() -> Integrity {
    Integrity::new(Rng::new([3; 32]))
}

fn any_batch() -> impl Strategy<Value = Batch> {
    let row = (any::<i64>(), 1..=MAX_SEGMENT, any::<[u8; 28]>());
    let row = row.prop_map(|(time, size, root)| {
        let root = Digest(root);
        (key(time), Record { size, root })
    });
    let rows = prop::collection::vec(row, 0..9);
    (any::<u64>(), any::<[i64; 2]>(), any::<[u8; 28]>(), rows).prop_map(
        |(sequence, [made, expires], previous, records)| Batch {
            sequence,
            made: UnixTime::from_millis(made),
            expires: UnixTime::from_millis(expires),
            previous: Digest(previous),
            records,
        },
    )
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

/// A batch as far as its records need it.
fn vouching(sequence: u64, made: UnixTime, expires: UnixTime) -> Batch {
    Batch {
        sequence,
        made,
        expires,
        ..batch(Vec::new())
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
fn a_newer_record_counts_whichever_comes_first() {
    let mut integrity = integrity();
    let mut learn = |bytes, made| {
        let made = UnixTime::from_millis(made);
        integrity.learn(key(0), record(bytes), &vouching(3, made, UnixTime::MAX));
    };
    learn(b"first", 5);
    learn(b"newer", 6);
    learn(b"older", 4);
    assert_eq!(integrity.record(&key(0)), Some(record(b"newer")));
    assert_eq!(integrity.len(), 1);
}

#[test]
fn of_two_records_of_one_time_all_come_to_the_same() {
    let learned = |first: &[u8], second: &[u8]| {
        let mut integrity = integrity();
        let batch = vouching(3, NOW, UnixTime::MAX);
        integrity.learn(key(0), record(first), &batch);
        integrity.learn(key(0), record(second), &batch);
        integrity.record(&key(0))
    };
    assert_eq!(learned(b"one", b"two"), learned(b"two", b"one"));
}

#[test]
fn records_are_forgotten_when_they_expire() {
    let mut integrity = integrity();
    let at = |millis| UnixTime::from_millis(NOW.as_millis() + millis);
    assert_eq!(integrity.next_expiry(), None);
    integrity.learn(key(0), record(b"one"), &vouching(1, NOW, at(10)));
    integrity.learn(key(1), record(b"two"), &vouching(2, NOW, at(20)));
    integrity.witness(key(2), record(b"own"), NOW);
    assert_eq!(integrity.next_expiry(), Some(at(10)));
    assert_eq!(integrity.ending(at(10)), []);
    assert_eq!(integrity.ending(at(11)), [key(0)]);
    assert_eq!(integrity.expire(at(9)), []);
    assert_eq!(integrity.expire(at(10)), [key(0)]);
    assert_eq!((integrity.record(&key(0)), integrity.len()), (None, 2));
    assert_eq!(integrity.next_expiry(), Some(at(20)));

    integrity.learn(key(1), record(b"two"), &vouching(3, at(15), at(30)));
    assert_eq!(integrity.expire(at(20)), [], "it was signed again");
    assert_eq!(integrity.expire(at(99)), [key(1)]);
    assert_eq!(integrity.next_expiry(), None);
}

#[test]
fn a_batch_is_kept_once() {
    let mut integrity = integrity();
    let content = batch(Vec::new());
    let message = write_batch("film", &content);
    let batch = Arc::new(SignedBatch {
        message: message.clone(),
        signature: Signature([0; 64]),
    });
    assert!(!integrity.has_batch(&message));
    assert_eq!(integrity.accept(batch.clone(), &content, NOW), Ok(Standing::Good));
    assert_eq!(integrity.accept(batch, &content, NOW), Err(Refusal::Known));
    assert!(integrity.has_batch(&message));
}

#[test]
fn a_signers_own_eyes_count_for_it_until_it_has_signed() {
    let mut integrity = integrity();
    let later = NOW + std::time::Duration::from_secs(1);
    integrity.learn(key(0), record(b"others"), &vouching(1, later, UnixTime::MAX));
    integrity.witness(key(0), record(b"own"), NOW);
    assert_eq!(integrity.record(&key(0)), Some(record(b"own")));
    assert_eq!(integrity.disown(1), [], "it rests on no batch");
}

#[test]
fn what_a_batch_vouched_for_is_disowned_unless_a_newer_one_does() {
    let mut integrity = integrity();
    integrity.learn(key(0), record(b"one"), &vouching(1, NOW, UnixTime::MAX));
    integrity.learn(key(1), record(b"two"), &vouching(1, NOW, UnixTime::MAX));
    integrity.learn(key(1), record(b"two"), &vouching(2, NOW, UnixTime::MAX));
    assert_eq!(integrity.disown(1), [key(0)]);
    assert_eq!((integrity.record(&key(0)), integrity.len()), (None, 1));
}

#[test]
fn only_batches_that_still_vouch_for_something_wanted_are_handed_on() {
    let mut integrity = integrity();
    let mut add = |sequence: i64, keys: &[i64]| {
        let made = UnixTime::from_millis(NOW.as_millis() + sequence);
        let content = Batch {
            records: keys.iter().map(|time| (key(*time), record(b"one"))).collect(),
            ..vouching(sequence as u64, made, UnixTime::MAX)
        };
        let batch = Arc::new(SignedBatch {
            message: write_batch("film", &content),
            signature: Signature([0; 64]),
        });
        integrity.accept(batch.clone(), &content, NOW).unwrap();
        for (key, record) in &content.records {
            integrity.learn(*key, *record, &content);
        }
        batch
    };
    let early = add(1, &[1, 2]);
    add(2, &[3, 4]);
    let again = add(3, &[3, 2]);
    let last = add(4, &[4, 9]);
    assert_eq!(integrity.batches(|_| true), [last.clone(), again, early]);
    assert_eq!(integrity.batches(|key| key.time > 5), [last]);
}

proptest! {
    #[test]
    fn every_batch_comes_back(batch in any_batch()) {
        prop_assert_eq!(read_batch(&write_batch("film", &batch), "film"), Ok(batch));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_batch(&bytes, "film");
    }

    #[test]
    fn no_damage_makes_the_reader_panic(
        batch in any_batch(),
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = write_batch("film", &batch);
        let at = at.index(bytes.len());
        bytes[at] = to;
        let _ = read_batch(&bytes, "film");
        prop_assert!(read_batch(&bytes[..cut.index(bytes.len())], "film").is_err());
    }
}
