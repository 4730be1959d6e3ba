//! Tests of segments of their own lengths, and of playlists that move.

use super::*;

fn sequence(first: i64, seconds: &[i64]) -> Sequence {
    let mut bounds = vec![0];
    for length in seconds {
        bounds.push(bounds.last().unwrap() + length * 1_000_000);
    }
    Sequence {
        first,
        skipped: 0,
        offset: MediaTime::ZERO,
        bounds: bounds.into(),
    }
}

fn start(sequence: &Sequence, number: i64) -> i64 {
    let index = sequence.index_of(number).unwrap();
    sequence.at(index).unwrap().start.as_micros() / 1_000_000
}

#[test]
fn finds_what_ends_after_a_position() {
    let three = sequence(5, &[4, 6, 2]);
    for (seconds, expected) in [(-1, 0), (0, 0), (3, 0), (4, 1), (9, 1), (10, 2), (12, 3), (99, 3)] {
        assert_eq!(
            three.first_ending_after(MediaTime::from_micros(seconds * 1_000_000)),
            expected
        );
    }
    assert_eq!(
        (
            three.len(),
            three.index_of(7),
            three.index_of(8),
            three.index_of(4)
        ),
        (3, Some(2), None, None)
    );
}

#[test]
fn a_window_that_moves_keeps_positions() {
    let old = sequence(10, &[4, 4, 6, 4]);
    let mut new = sequence(12, &[6, 4, 4]);
    new.align(&old);
    assert_eq!(start(&new, 12), start(&old, 12));
    assert_eq!(start(&new, 14), 18);
}

#[test]
fn a_window_that_began_earlier_is_laid_before() {
    let known = sequence(12, &[6, 4]);
    let mut earlier = sequence(10, &[4, 4, 6]);
    earlier.align(&known);
    assert_eq!((start(&earlier, 10), start(&earlier, 12)), (-8, 0));
}

#[test]
fn a_window_that_jumped_is_laid_by_its_mean_length() {
    let known = sequence(0, &[4, 4]);
    let mut later = sequence(10, &[5, 5]);
    later.align(&known);
    assert_eq!(start(&later, 10), 50);
}

#[test]
fn a_playlist_is_laid_beside_another_by_its_numbers_where_that_is_near_and_else_by_its_end() {
    // The first number, and the lengths, of a playlist beside 100..104 of 4 s each from 0 on -> where it starts
    let table: [(i64, &[i64], i64); 7] = [
        (102, &[4, 4, 4, 4], 8),
        (60, &[4; 44], -160),
        (108, &[4], 32),
        (109, &[4], 12),
        (200, &[2; 8], 0),
        (91, &[4], 12),
        (i64::MIN, &[4, 4], 8),
    ];
    for (first, seconds, expected) in table {
        let mut other = sequence(first, seconds);
        other.align_beside(&sequence(100, &[4, 4, 4, 4]));
        assert_eq!(start(&other, first), expected, "{first}");
    }
}

#[test]
fn numbers_go_on_beyond_63_bits() {
    let mut far = sequence(i64::MAX - 1, &[1, 1, 1]);
    for (index, time) in (0..).zip([i64::MAX - 1, i64::MAX, i64::MIN]) {
        assert_eq!(far.at(index).unwrap().time, time);
        assert_eq!(far.index_of(time), Some(index));
    }
    assert_eq!(
        (far.index_of(i64::MIN + 1), far.index_of(i64::MAX - 2)),
        (None, None)
    );
    let mut next = sequence(i64::MIN, &[1, 1]);
    next.align(&far);
    assert_eq!(start(&next, i64::MIN), 2);
    far.align(&next);
    assert_eq!(start(&far, i64::MAX - 1), 0);
    let mut empty = sequence(0, &[]);
    empty.align(&sequence(7, &[]));
    assert_eq!(empty.first_ending_after(MediaTime::ZERO), 0);
}

#[cfg(feature = "seeder")]
#[test]
fn a_list_that_counts_from_the_beginning_again_is_of_another_run_and_an_old_copy_is_not() {
    // (first and length of what is known, first and length of what came) -> another run
    let table = [
        ((50_000, 4), (0, 1), true),
        ((50_000, 4), (20, 4), true),
        ((50_000, 4), (49_000, 4), true),
        ((40, 4), (0, 3), true),
        // An old copy of a cache's, or the same.
        ((50_000, 4), (49_900, 4), false),
        ((50_000, 4), (49_998, 4), false),
        ((50_000, 4), (50_000, 4), false),
        ((6, 4), (0, 4), false),
        // On it goes, however far.
        ((0, 4), (50_000, 4), false),
        ((i64::MAX - 1, 4), (i64::MIN + 1, 4), false),
    ];
    for ((known, known_len), (first, len), expected) in table {
        let list = |first, len: i64| Sequence {
            first,
            skipped: 0,
            offset: MediaTime::from_micros(0),
            bounds: (0..=len).map(|index| index * 1_000_000).collect(),
        };
        let anew = list(first, len).begins_anew_after(&list(known, known_len));
        assert_eq!(anew, expected, "{known}+{known_len} {first}+{len}");
    }
}
