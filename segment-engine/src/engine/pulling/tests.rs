//! How much is asked of peers at once, and what although it is on its way.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of frame"
)]

use std::time::Duration;

use super::MAX_IN_FLIGHT;
use crate::engine::rig::Rig;
use crate::id::FetchId;
use crate::input::Input;
use crate::output::Output;
use crate::rate::{Came, Rung};
use crate::timeline::Content;
use crate::wire::{Frame, PieceBody, Reject, RequestId};

const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// A session's first segment comes from the origin.
fn start(rig: &mut Rig) {
    rig.demand(3);
    let fetch = rig.begin_fetch();
    rig.fetched(fetch, 25);
    rig.tell(Input::FetchFinished(fetch));
}

/// How many runs of pieces are asked for when ten neighbours hold all of a segment.
fn asked_for(rig: &mut Rig) -> usize {
    rig.outputs.clear();
    for name in NAMES {
        rig.hold(name, 12, 100, &[(0, 100)]);
    }
    let asked = |rig: &Rig, wanted: fn(&Frame) -> bool| -> Vec<&str> {
        let frames = |name: &&str| rig.sent_to(name).into_iter().filter(wanted).count();
        let all = NAMES.iter().flat_map(|name| vec![*name; frames(name)]);
        all.collect()
    };
    rig.wait(50);
    let leaves = asked(rig, |frame| matches!(frame, Frame::WantLeaves { .. }));
    rig.give_leaves(leaves[0], 100);
    asked(rig, |frame| matches!(frame, Frame::Request { .. })).len()
}

#[test]
fn half_as_much_is_in_flight_after_a_late_segment_of_several_rungs() {
    let rung = Rung {
        content: Content::Video,
        this: 800_000,
        above: Some(2_000_000),
    };
    // (what came before, of how many runs one is in flight)
    let table = [
        (vec![], 1),
        (vec![Came::InTime], 1),
        (vec![Came::Late], 2),
        (vec![Came::Late, Came::InTime, Came::InTime], 2),
        (vec![Came::Late, Came::InTime, Came::InTime, Came::InTime], 1),
    ];
    for (before, part) in table {
        let mut rig = Rig::new(|_| {});
        (1..).zip(NAMES).for_each(|(member, name)| rig.link(name, member));
        rig.play(0);
        start(&mut rig);
        for came in &before {
            rig.engine.rates.told(rig.now, Some(rung), *came);
        }
        let expected = MAX_IN_FLIGHT as usize / part;
        assert_eq!(asked_for(&mut rig), expected, "{before:?}");
    }
}

#[test]
fn a_piece_that_came_wrong_is_asked_of_another() {
    let mut rig = Rig::new(|_| {});
    (1..)
        .zip(["a", "b"])
        .for_each(|(member, name)| rig.link(name, member));
    rig.play(0);
    start(&mut rig);
    rig.outputs.clear();
    rig.hold("a", 12, 4, &[(0, 4)]);
    rig.hold("b", 12, 4, &[(0, 4)]);
    rig.wait(50);
    let of = |rig: &Rig, name: &str, wanted: fn(&Frame) -> bool| rig.sent_to(name).into_iter().find(wanted);
    let is_layer = |frame: &Frame| matches!(frame, Frame::WantLeaves { .. });
    let giver = ["a", "b"]
        .into_iter()
        .find(|name| of(&rig, name, is_layer).is_some());
    rig.give_leaves(giver.expect("leaves were asked for"), 4);
    rig.wait(20);
    let is_run = |frame: &Frame| matches!(frame, Frame::Request { .. });
    let asked = ["a", "b"]
        .into_iter()
        .find_map(|name| Some((name, of(&rig, name, is_run)?)));
    let Some((liar, Frame::Request { request, first, .. })) = asked else {
        panic!("pieces were asked for: {asked:?}");
    };
    rig.outputs.clear();
    let altered = crate::piece::Piece::new(&[8; crate::piece::PIECE]);
    let body = PieceBody::Plain(altered);
    rig.hear(
        liar,
        &Frame::Piece {
            request,
            piece: first,
            body,
        },
    );
    rig.wait(50);
    assert_eq!(rig.dropped().len(), 1);
    let other = if liar == "a" { "b" } else { "a" };
    let covers = |frame: &Frame| matches!(frame, Frame::Request { first: from, count, .. } if (*from..*from + *count).contains(&first));
    assert!(rig.sent_to(other).iter().any(covers), "{:?}", rig.sent_to(other));
}

/// Pieces that "a" was asked for.
fn asked_of_a(rig: &Rig) -> Vec<(u32, u32)> {
    let frames = rig.sent_to("a").into_iter();
    let runs = frames.filter_map(|frame| match frame {
        Frame::Request { first, count, .. } => Some((first, count)),
        _ => None,
    });
    runs.collect()
}

/// An engine whose origin has begun to send segment 1, of 8 pieces that "a" holds all of.
fn on_its_way() -> (Rig, FetchId) {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    rig.play(0);
    rig.demand(1);
    let fetch = rig.begin_fetch();
    rig.hold("a", 1, 8, &[(0, 8)]);
    rig.give_leaves("a", 8);
    rig.outputs.clear();
    (rig, fetch)
}

#[test]
fn what_an_origin_fell_silent_over_is_asked_of_neighbours() {
    let (mut rig, fetch) = on_its_way();
    rig.fetched(fetch, 3);
    rig.wait(900);
    assert_eq!(asked_of_a(&rig), [], "it may go on");
    rig.wait(200);
    let asked: u32 = asked_of_a(&rig).iter().map(|(_, count)| count).sum();
    assert_eq!(asked, 5, "{:?}", asked_of_a(&rig));
    let requests = |rig: &Rig| {
        rig.outputs
            .iter()
            .filter(|output| matches!(output, Output::Fetch(_)))
            .count()
    };
    assert_eq!(requests(&rig), 0, "and not of the origin once more");
}

#[test]
fn what_comes_slowly_is_left_to_come() {
    let (mut rig, fetch) = on_its_way();
    for _ in 0..7 {
        rig.wait(900);
        rig.fetched(fetch, 1);
    }
    assert_eq!(asked_of_a(&rig), []);
}

#[test]
fn an_origin_that_goes_on_after_a_silence_is_left_to_it() {
    let (mut rig, fetch) = on_its_way();
    rig.wait(1_100);
    let frames = rig.sent_to("a").into_iter();
    let requests = frames.filter_map(|frame| match frame {
        Frame::Request { request, .. } => Some(request),
        _ => None,
    });
    let requests: Vec<RequestId> = requests.collect();
    assert!(!requests.is_empty());
    rig.fetched(fetch, 1);
    rig.outputs.clear();
    for request in requests {
        rig.hear(
            "a",
            &Frame::Reject {
                request,
                reason: Reject::Busy,
                retry_ms: 20,
            },
        );
    }
    rig.wait(500);
    assert_eq!(asked_of_a(&rig), []);
}

#[test]
fn few_late_pieces_are_asked_of_a_second_neighbour() {
    let (much, little) = (Duration::from_secs(40), Duration::from_millis(1_900));
    // (what is so, how many of 20 pieces "a" owes, for how long, the player's slack, what "b" holds, what it is asked for)
    let table = [
        ("a tenth is late", 2, 900, much, (0, 20), vec![18, 19]),
        ("more than a tenth is", 3, 900, much, (0, 20), vec![]),
        (
            "a quarter is, and time is short",
            5,
            900,
            little,
            (0, 20),
            vec![15, 16, 17, 18, 19],
        ),
        (
            "more than a quarter is, and time is short",
            6,
            900,
            little,
            (0, 20),
            vec![],
        ),
        ("it may still come", 2, 250, much, (0, 20), vec![]),
        ("the second has one of them", 2, 900, much, (0, 19), vec![18]),
        ("the second has none of them", 2, 900, much, (0, 18), vec![]),
    ];
    for (name, left, waited, slack, held, expected) in table {
        let mut rig = Rig::nearly_there(20, left, slack);
        rig.hold("b", 12, 20, &[held]);
        rig.outputs.clear();
        rig.wait(waited);
        rig.play_before(12, slack);
        let mut asked: Vec<_> = rig
            .asked_of("b")
            .iter()
            .map(|(_, first, count)| (*first, *count))
            .collect();
        asked.sort_unstable();
        let expected: Vec<_> = expected.into_iter().map(|piece| (piece, 1)).collect();
        assert_eq!(asked, expected, "{name}");
    }
}

#[test]
fn a_late_piece_is_asked_for_twice_and_no_more() {
    let slack = Duration::from_secs(40);
    let mut rig = Rig::nearly_there(20, 2, slack);
    rig.link("c", 3);
    rig.hold("b", 12, 20, &[(0, 20)]);
    rig.hold("c", 12, 20, &[(0, 20)]);
    rig.outputs.clear();
    for _ in 0..3 {
        rig.wait(450);
        rig.play_before(12, slack);
    }
    let mut asked = [rig.asked_of("b"), rig.asked_of("c")].concat();
    asked.sort_by_key(|(_, first, _)| *first);
    let asked: Vec<_> = asked.iter().map(|(_, first, count)| (*first, *count)).collect();
    assert_eq!(asked, [(18, 1), (19, 1)]);
}
