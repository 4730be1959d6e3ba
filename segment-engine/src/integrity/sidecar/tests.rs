//! Sidecars as bytes, and runs of batches that are made for them.

use proptest::prelude::*;

use super::super::read_batch;
use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::piece::Body;
use crate::wire::{Frame, encode};

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

fn records(count: i64) -> Vec<(SegmentKey, Record)> {
    let record = Record::of(&Body::of(b"segment"));
    let row = |time| {
        let key = SegmentKey {
            track: TrackKey([1; 8]),
            kind: SegmentKind::Media,
            time,
            range: None,
        };
        (key, record)
    };
    (0..count).map(row).collect()
}

fn sidecar(batches: usize, size: usize) -> Sidecar {
    let signed = |index: usize| SignedBatch {
        message: vec![u8::try_from(index % 251).unwrap(); size],
        signature: Signature([9; 64]),
    };
    Sidecar {
        swarm: "film".into(),
        signer: PublicKey([3; 32]),
        batches: (0..batches).map(signed).collect(),
    }
}

#[test]
fn a_sidecar_comes_back() {
    for batches in [0, 1, 3, 300] {
        let sidecar = sidecar(batches, 700);
        assert_eq!(read_sidecar(&write_sidecar(&sidecar)), Ok(sidecar));
    }
}

#[test]
fn what_has_no_room_is_left_out_from_the_end() {
    let all = sidecar(2_000, 24_000);
    let bytes = write_sidecar(&all);
    assert!(bytes.len() <= MAX_SIDECAR && bytes.len() > MAX_SIDECAR - 25_000);
    let read = read_sidecar(&bytes).unwrap();
    assert_eq!(read.batches, all.batches[..read.batches.len()]);
    let many = sidecar(3_000, 10);
    assert_eq!(
        read_sidecar(&write_sidecar(&many)).unwrap().batches.len(),
        MAX_BATCHES
    );
}

#[test]
fn what_is_beyond_a_limit_is_refused() {
    let too_large = SidecarError::TooLarge(MAX_SIDECAR + 1);
    assert_eq!(read_sidecar(&vec![0; MAX_SIDECAR + 1]), Err(too_large));
    let longest = sidecar(1, MAX_BATCH);
    assert_eq!(read_sidecar(&write_sidecar(&longest)).as_ref(), Ok(&longest));
    let SignedBatch { message, signature } = longest.batches[0].clone();
    let batch = message;
    assert_eq!(
        encode(&Frame::Digests { batch, signature }).len(),
        MAX_FRAME,
        "it travels on"
    );
    let long = write_sidecar(&sidecar(1, MAX_BATCH + 1));
    assert_eq!(read_sidecar(&long), Err(SidecarError::Malformed));
    let mut followed = write_sidecar(&sidecar(1, 10));
    followed.push(0);
    assert_eq!(read_sidecar(&followed), Err(SidecarError::Malformed));
}

#[test]
fn records_are_chained_in_one_run() {
    let records = records(600);
    let messages = chain_records("film", &records, [5; 32], NOW, Duration::from_secs(60));
    let batches: Vec<_> = messages
        .iter()
        .map(|bytes| read_batch(bytes, "film").unwrap())
        .collect();
    assert_eq!(batches.len(), 3);
    assert_eq!(batches[0].previous, Digest([0; 28]));
    for (index, pair) in batches.windows(2).enumerate() {
        assert_eq!(pair[1].sequence, pair[0].sequence + 1);
        assert_eq!(pair[1].previous, Digest::of(&[&messages[index]]));
    }
    let listed: Vec<_> = batches.iter().flat_map(|batch| batch.records.clone()).collect();
    assert_eq!(listed, records);
    let other = chain_records("film", &records, [6; 32], NOW, Duration::from_secs(60));
    assert_ne!(
        read_batch(&other[0], "film").unwrap().sequence,
        batches[0].sequence
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_sidecar(&bytes);
    }

    #[test]
    fn no_damage_makes_the_reader_panic(at in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = write_sidecar(&sidecar(3, 60));
        let at = at.index(bytes.len());
        bytes[at] = to;
        let _ = read_sidecar(&bytes);
        prop_assert!(read_sidecar(&bytes[..cut.index(bytes.len())]).is_err());
    }
}
