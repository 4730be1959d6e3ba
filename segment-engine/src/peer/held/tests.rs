//! What a peer holds, by its own word.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::id::ByteRange;
use crate::id::sample::key;
use crate::wire::PIECE;

const PIECES: u64 = PIECE as u64;

fn whole(time: i64, size: u64) -> Have {
    Have {
        key: key(time),
        size,
        holds: Holds::All,
        leaves: Leaves::Held,
    }
}

fn part(time: i64, size: u64, runs: &[(u32, u32)]) -> Have {
    Have {
        holds: Holds::Runs(runs.to_vec()),
        leaves: Leaves::Missing,
        ..whole(time, size)
    }
}

fn pieces(held: &Held, time: i64) -> Option<Vec<u32>> {
    held.of(&key(time)).map(|holding| holding.bits().iter().collect())
}

fn is_whole(held: &Held, time: i64) -> bool {
    held.of(&key(time)).is_some_and(Holding::is_whole)
}

/// Holds parts of as many segments as are remembered, the first being 0.
fn full_of_parts() -> Held {
    let mut held = Held::default();
    for time in 0..MAX_PARTIAL as i64 {
        assert!(held.on_have(&part(time, 2 * PIECES, &[(0, 1)])).is_some());
    }
    held
}

#[test]
fn pieces_are_added_to_those_told_of_before() {
    let mut held = Held::default();
    let size = 9 * PIECES;
    held.on_have(&part(1, size, &[(2, 2)]));
    held.on_have(&part(1, size, &[(0, 1), (7, 9)]));
    assert_eq!(pieces(&held, 1), Some(vec![0, 2, 3, 7, 8]));
    held.on_have(&part(1, size, &[]));
    assert_eq!(pieces(&held, 1), Some(vec![0, 2, 3, 7, 8]), "no news");
    assert!(!is_whole(&held, 1));
}

#[test]
fn what_was_said_is_returned_as_it_stands() {
    let mut held = Held::default();
    held.on_have(&part(1, 3 * PIECES, &[(0, 1)]));
    let holding = held.on_have(&part(1, 3 * PIECES, &[(2, 1)])).cloned();
    assert_eq!(holding.as_ref(), held.of(&key(1)));
}

#[test]
fn the_last_piece_makes_it_whole() {
    let mut held = Held::default();
    held.on_have(&part(1, 3 * PIECES - 5, &[(0, 2)]));
    held.on_have(&part(1, 3 * PIECES - 5, &[(2, 1)]));
    assert!(is_whole(&held, 1));
    assert_eq!(pieces(&held, 1), Some(vec![0, 1, 2]));
}

#[test]
fn what_is_whole_stays_whole() {
    let mut held = Held::default();
    held.on_have(&whole(1, 3 * PIECES));
    held.on_have(&part(1, 3 * PIECES, &[(1, 1)]));
    assert!(is_whole(&held, 1));
}

#[test]
fn another_size_voids_what_was_said_before() {
    let mut held = Held::default();
    held.on_have(&whole(1, 3 * PIECES));
    held.on_have(&part(1, 4 * PIECES, &[(1, 1)]));
    assert_eq!(pieces(&held, 1), Some(vec![1]));
    let holding = held.of(&key(1)).map(|holding| (holding.size, holding.leaves));
    assert_eq!(
        holding,
        Some((4 * PIECES, Leaves::Missing)),
        "leaves are void, too"
    );
}

#[test]
fn leaves_once_held_stay_held() {
    for (before, now, leaves) in [
        (Leaves::Missing, Leaves::Missing, Leaves::Missing),
        (Leaves::Missing, Leaves::Held, Leaves::Held),
        (Leaves::Held, Leaves::Missing, Leaves::Held),
    ] {
        let mut held = Held::default();
        let have = |leaves| Have {
            leaves,
            ..part(1, 9, &[])
        };
        held.on_have(&have(before));
        held.on_have(&have(now));
        assert_eq!(held.of(&key(1)).map(|holding| holding.leaves), Some(leaves));
    }
}

#[test]
fn what_went_is_held_no_longer() {
    let mut held = Held::default();
    held.on_have(&whole(1, 10));
    held.on_have(&whole(2, 10));
    held.on_gone(&key(1));
    assert_eq!((pieces(&held, 1), pieces(&held, 2)), (None, Some(vec![0])));
}

#[test]
fn sizes_that_no_segment_has_are_not_remembered() {
    let mut held = Held::default();
    for (size, known) in [
        (0, false),
        (1, true),
        (MAX_SEGMENT, true),
        (MAX_SEGMENT + 1, false),
    ] {
        held.on_gone(&key(1));
        assert_eq!(held.on_have(&whole(1, size)).is_some(), known, "{size} bytes");
    }
}

#[test]
fn remembers_no_more_segments_than_the_most() {
    let mut held = Held::default();
    let many = MAX_HELD as i64;
    for time in 0..many {
        assert!(held.on_have(&whole(time, 1)).is_some());
    }
    assert!(held.on_have(&whole(many, 1)).is_none());
    assert!(held.on_have(&whole(0, 2)).is_some(), "what is known can change");
    held.on_gone(&key(7));
    assert!(held.on_have(&whole(many, 1)).is_some());
}

#[test]
fn remembers_parts_of_no_more_segments_than_the_most() {
    let mut held = full_of_parts();
    let other = MAX_PARTIAL as i64;
    assert!(held.on_have(&part(other, 2 * PIECES, &[(0, 1)])).is_none());
    assert!(held.on_have(&whole(other, 2 * PIECES)).is_some(), "not a part");
    assert!(held.on_have(&part(0, 2 * PIECES, &[])).is_some(), "known before");
}

#[test]
fn a_part_that_becomes_whole_or_goes_makes_room_for_another() {
    let other = MAX_PARTIAL as i64;
    let grow = |held: &mut Held| _ = held.on_have(&part(3, 2 * PIECES, &[(1, 1)]));
    let complete = |held: &mut Held| _ = held.on_have(&whole(3, 2 * PIECES));
    let go = |held: &mut Held| held.on_gone(&key(3));
    let go_twice = |held: &mut Held| {
        held.on_gone(&key(3));
        held.on_gone(&key(3));
    };
    let changes: [&dyn Fn(&mut Held); 4] = [&grow, &complete, &go, &go_twice];
    for change in changes {
        let mut held = full_of_parts();
        change(&mut held);
        assert!(held.on_have(&part(other, 2 * PIECES, &[(0, 1)])).is_some());
        assert!(held.on_have(&part(other + 1, 2 * PIECES, &[(0, 1)])).is_none());
    }
}

#[test]
fn a_whole_segment_that_becomes_a_part_of_another_size_counts_as_a_part() {
    let mut held = full_of_parts();
    let other = MAX_PARTIAL as i64;
    held.on_have(&whole(other, 2 * PIECES));
    assert!(held.on_have(&part(other, 3 * PIECES, &[(0, 1)])).is_none());
    assert_eq!(held.of(&key(other)), None, "what it said before is void");
}

#[test]
fn knows_which_tracks_its_media_is_of() {
    let media = |track: u8, time| SegmentKey {
        track: TrackKey([track; 8]),
        ..key(time)
    };
    let ranged = SegmentKey {
        range: ByteRange::new(0, 9),
        ..media(4, i64::MIN)
    };
    let init = SegmentKey {
        kind: SegmentKind::Init,
        ..media(5, 0)
    };
    let mut held = Held::default();
    for key in [media(2, -7), ranged, init, media(6, i64::MAX)] {
        held.on_have(&Have { key, ..whole(0, 1) });
    }
    let of_track: Vec<_> = (1..8)
        .filter(|track| held.is_of_track(TrackKey([*track; 8])))
        .collect();
    assert_eq!(of_track, [2, 4, 6]);
}

proptest! {
    #[test]
    fn does_what_sets_of_numbers_do(
        steps in prop::collection::vec(
            (0_i64..3, 0_u8..8, 1_u64..=3, prop::collection::vec((0_u32..5, 0_u32..5), 0..3)),
            0..40,
        ),
    ) {
        let mut held = Held::default();
        let mut model: [Option<(u64, BTreeSet<u32>)>; 3] = [None, None, None];
        for (time, step, count, runs) in steps {
            let size = count * PIECES;
            let known = &mut model[usize::try_from(time).unwrap()];
            let all = 0..u32::try_from(count).unwrap();
            if step == 0 {
                held.on_gone(&key(time));
                *known = None;
            } else {
                let have = if step == 1 { whole(time, size) } else { part(time, size, &runs) };
                held.on_have(&have);
                let said = |piece: &u32| runs.iter().any(|(first, count)| (*first..first + count).contains(piece));
                let mut set = known.take().filter(|(before, _)| *before == size).map(|(_, set)| set).unwrap_or_default();
                set.extend(all.filter(|piece| step == 1 || said(piece)));
                *known = Some((size, set));
            }
            let all_there = known.as_ref().is_some_and(|(size, set)| set.len() as u64 * PIECES == *size);
            prop_assert_eq!(is_whole(&held, time), all_there);
            let expected = known.as_ref().map(|(_, set)| set.iter().copied().collect());
            prop_assert_eq!(pieces(&held, time), expected);
        }
    }
}
