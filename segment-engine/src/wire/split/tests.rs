//! However much there is to tell: all of it is told, in frames that a receiver takes.

use super::*;
use crate::id::{ByteRange, SegmentKind, TrackKey};
use crate::piece::{MAX_SEGMENT, piece_count};
use crate::wire::{Leaves, MAX_FRAME, Message, decode, encode};

fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time: i64::MIN + time,
        range: ByteRange::new(u64::MAX - 1, u64::MAX),
    }
}

fn have(time: i64, holds: Holds) -> Have {
    Have {
        key: key(time),
        size: MAX_SEGMENT,
        holds,
        leaves: Leaves::Held,
    }
}

/// Every other piece of the largest segment: as many runs as there can be.
fn scattered() -> Vec<(u32, u32)> {
    (0..piece_count(MAX_SEGMENT))
        .step_by(2)
        .map(|first| (first, 1))
        .collect()
}

/// What the frames tell, once they have travelled.
fn told(frames: &[Frame]) -> (Vec<Have>, Vec<SegmentKey>) {
    let (mut all_came, mut all_gone) = (Vec::new(), Vec::new());
    for frame in frames {
        let bytes = encode(frame).into_bytes();
        assert!(bytes.len() <= MAX_FRAME, "{} bytes", bytes.len());
        let Ok(Frame::Announce { came, gone }) = decode(Message::from_bytes(bytes)) else {
            panic!("a receiver refuses what was made: {frame:?}");
        };
        all_came.extend(came);
        all_gone.extend(gone);
    }
    (all_came, all_gone)
}

#[test]
fn nothing_takes_no_frame() {
    assert_eq!(announcements(Vec::new(), Vec::new()), []);
    assert_eq!(leaf_frames(RequestId(1), &[]), []);
}

#[test]
fn a_little_of_both_goes_in_one_frame() {
    let came = vec![have(1, Holds::All), have(2, Holds::Runs(vec![(3, 4)]))];
    let gone = vec![key(3)];
    let frames = announcements(came.clone(), gone.clone());
    assert_eq!(frames, [Frame::Announce { came, gone }]);
}

#[test]
fn many_keys_take_many_frames() {
    let came: Vec<_> = (0..600).map(|time| have(time, Holds::All)).collect();
    let gone: Vec<_> = (600..900).map(key).collect();
    let frames = announcements(came.clone(), gone.clone());
    assert_eq!(frames.len(), 4, "900 keys, 256 in a frame");
    assert_eq!(told(&frames), (came, gone));
}

#[test]
fn many_runs_take_many_frames() {
    let came: Vec<_> = (0..9).map(|time| have(time, Holds::Runs(scattered()))).collect();
    let (told, _) = told(&announcements(came.clone(), Vec::new()));
    for expected in came {
        let runs = told.iter().filter(|have| have.key == expected.key);
        let runs: Vec<_> = runs
            .flat_map(|have| match &have.holds {
                Holds::Runs(runs) => runs.clone(),
                Holds::All => panic!("no more than was to be told"),
            })
            .collect();
        assert_eq!(Holds::Runs(runs), expected.holds);
    }
}

#[test]
fn the_most_that_a_frame_may_hold_fits_in_it() {
    let runs = scattered().split_off(1_500)[..MAX_ALL_RUNS / MAX_KEYS].to_vec();
    let came: Vec<_> = (0..256)
        .map(|time| have(time, Holds::Runs(runs.clone())))
        .collect();
    let frames = announcements(came.clone(), Vec::new());
    assert_eq!(frames.len(), 1);
    assert_eq!(told(&frames).0, came);
}

#[test]
fn a_leaf_layer_takes_as_many_frames_as_it_needs() {
    let layer: Vec<_> = (0..1_100_u32)
        .map(|index| Digest([index.to_le_bytes()[0]; 28]))
        .collect();
    let frames = leaf_frames(RequestId(7), &layer);
    let mut again = Vec::new();
    for frame in &frames {
        let Ok(Frame::Leaves { first, leaves, .. }) = decode(Message::from_bytes(encode(frame).into_bytes()))
        else {
            panic!("a receiver refuses what was made");
        };
        assert_eq!(first as usize, again.len());
        again.extend(leaves);
    }
    assert_eq!((frames.len(), again), (3, layer));
}
