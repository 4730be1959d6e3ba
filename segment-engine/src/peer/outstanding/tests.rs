//! How far an answer has come.

use proptest::prelude::*;

use super::*;
use crate::id::{SegmentKind, TrackKey};

fn asked(wanted: Wanted) -> Outstanding {
    let key = SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time: 0,
        range: None,
    };
    Outstanding::new(key, wanted, Timestamp::ZERO, Timestamp::from_millis(1_500))
}

#[test]
fn a_run_is_over_with_its_last_piece_whichever_that_is() {
    let mut asked = asked(Wanted::run(5, 3));
    assert_eq!(asked.lacking(), [5, 6, 7]);
    assert_eq!(asked.on_piece(7), Part::Some);
    assert_eq!(asked.on_piece(5), Part::Some);
    assert_eq!(asked.lacking(), [6]);
    assert_eq!(asked.on_piece(6), Part::Last);
    assert_eq!(asked.lacking(), Vec::<u32>::new());
}

#[test]
fn a_run_of_one_piece_is_over_with_it() {
    assert_eq!(asked(Wanted::run(0, 1)).on_piece(0), Part::Last);
}

#[test]
fn pieces_outside_the_run_are_foreign() {
    for piece in [0, 4, 8, 9, 37, u32::MAX] {
        let mut asked = asked(Wanted::run(5, 3));
        assert_eq!(asked.on_piece(piece), Part::Foreign, "{piece}");
        assert_eq!(asked.lacking(), [5, 6, 7], "{piece}");
    }
}

#[test]
fn a_piece_that_was_sent_before_is_foreign() {
    let mut asked = asked(Wanted::run(5, 3));
    asked.on_piece(6);
    assert_eq!(asked.on_piece(6), Part::Foreign);
}

#[test]
fn the_longest_run_is_counted_to_its_end() {
    let mut asked = asked(Wanted::run(u32::MAX - 32, 32));
    for piece in u32::MAX - 32..u32::MAX - 1 {
        assert_eq!(asked.on_piece(piece), Part::Some, "{piece}");
    }
    assert_eq!(asked.lacking(), [u32::MAX - 1]);
    assert_eq!(asked.on_piece(u32::MAX - 1), Part::Last);
}

#[test]
fn a_request_for_leaves_has_no_pieces() {
    let mut asked = asked(Wanted::Layer(Vec::new()));
    assert_eq!(asked.wanted.pieces(), 0);
    assert_eq!(asked.on_piece(0), Part::Foreign);
    assert_eq!(asked.lacking(), Vec::<u32>::new());
}

proptest! {
    #[test]
    fn lacks_what_has_not_come(
        first in 0_u32..4_000,
        count in 1_u32..=32,
        come in prop::collection::vec(0_u32..40, 0..80),
    ) {
        let mut asked = asked(Wanted::run(first, count));
        let mut lacking: Vec<u32> = (first..first + count).collect();
        for piece in come.into_iter().map(|offset| (first + offset).saturating_sub(4)) {
            let expected = match lacking.iter().position(|lacking| *lacking == piece) {
                None => Part::Foreign,
                Some(index) => {
                    lacking.remove(index);
                    if lacking.is_empty() { Part::Last } else { Part::Some }
                }
            };
            prop_assert_eq!(asked.on_piece(piece), expected);
            prop_assert_eq!(&asked.lacking(), &lacking);
        }
    }
}
