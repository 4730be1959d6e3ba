//! Which stripes are claimed, and which again once a claim lapses.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use std::time::Duration;

use crate::device::{DeviceState, NetworkKind};
use crate::engine::rig::Rig;
use crate::id::Member;
use crate::input::Input;
use crate::output::Output;
use crate::piece::PIECE;
use crate::wire::{Claim, Frame};

/// What a row does to an engine.
type Change = fn(&mut Rig);

/// Segments are of 24 pieces in four stripes.
const PIECES: u32 = 24;

/// An engine that plays, with "a" as its neighbour, whose member is of number 1.
fn playing() -> Rig {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    rig.play(0);
    rig.gets_of_the_origin(3);
    rig.outputs.clear();
    rig
}

/// Somebody's claim comes over "a".
fn hear_claim(rig: &mut Rig, number: u64, member: u8, attempt: u8, stripes: u16) {
    let key = rig.key(number);
    let claims = vec![Claim {
        key,
        attempt,
        stripes,
    }];
    rig.hear(
        "a",
        &Frame::Claim {
            claims,
            claimer: Member([member; 8]),
            hops: 1,
        },
    );
}

/// The stripes of a segment that the engine has claimed in an attempt.
fn claimed(rig: &Rig, number: u64, attempt: u8) -> u16 {
    let key = rig.key(number);
    let told = rig.sent_to("a").into_iter();
    let claims = told.flat_map(|frame| match frame {
        Frame::Claim { claims, claimer, .. } if claimer == rig.engine.member => claims,
        _ => Vec::new(),
    });
    let of_it = claims.filter(|claim| claim.key == key && claim.attempt == attempt);
    of_it.fold(0, |all, claim| all | claim.stripes)
}

/// The stripes that the origin was asked for, each in a request of its own.
fn fetched(rig: &Rig) -> u16 {
    let stripe = u64::from(PIECES / 4) * PIECE as u64;
    let ranges = rig.outputs.iter().filter_map(|output| match output {
        Output::Fetch(fetch) => fetch.range,
        _ => None,
    });
    let whole = ranges.filter(|range| range.len() == stripe && range.first.is_multiple_of(stripe));
    whole.fold(0, |all, range| all | 1 << (range.first / stripe))
}

#[test]
fn stripes_of_a_demanded_segment_are_claimed_unless_others_see_to_them() {
    // (what is so, how it comes about, which stripes are claimed)
    let table: [(&str, Change, u16); 8] = [
        (
            "nobody has any of it",
            |rig| rig.hold("a", 12, PIECES, &[]),
            0b1111,
        ),
        (
            "a neighbour has half of it",
            |rig| rig.hold("a", 12, PIECES, &[(0, 12)]),
            0b1100,
        ),
        (
            "a neighbour has a piece too few",
            |rig| rig.hold("a", 12, PIECES, &[(0, 23)]),
            0b1000,
        ),
        (
            "a neighbour has all of it",
            |rig| rig.hold("a", 12, PIECES, &[(0, 24)]),
            0,
        ),
        (
            "somebody claimed two of them",
            |rig| {
                rig.hold("a", 12, PIECES, &[]);
                hear_claim(rig, 12, 9, 0, 0b0101);
            },
            0b1010,
        ),
        ("its size is not known", |_| {}, 0),
        (
            "this device sends nothing",
            |rig| {
                rig.tell(Input::Device(DeviceState {
                    network: Some(NetworkKind::Cellular),
                    ..DeviceState::default()
                }));
                rig.hold("a", 12, PIECES, &[]);
            },
            0,
        ),
        (
            "the player needs it at once",
            |rig| {
                rig.play_before(12, Duration::from_millis(1_400));
                rig.hold("a", 12, PIECES, &[]);
            },
            0,
        ),
    ];
    for (name, comes_about, expected) in table {
        let mut rig = playing();
        comes_about(&mut rig);
        rig.outputs.clear();
        rig.demand(12);
        rig.wait(2_000);
        assert_eq!(claimed(&rig, 12, 0), expected, "{name}");
        if expected == 0b1111 {
            assert_eq!(fetched(&rig), expected, "{name}");
        }
    }
}

#[test]
fn nothing_is_claimed_of_what_no_player_asks_for() {
    let mut rig = playing();
    rig.hold("a", 12, PIECES, &[]);
    rig.hold("a", 13, PIECES, &[]);
    rig.demand(13);
    rig.wait(2_000);
    assert_eq!((claimed(&rig, 12, 0), claimed(&rig, 13, 0)), (0, 0b1111));
}

#[test]
fn a_claim_of_which_nothing_comes_lapses_and_others_claim() {
    // (what is seen two seconds after the claim, which stripes are claimed anew): a lease is 2.5 s, and volunteers take up to
    // 1.5 s.
    let table: [(&str, Change, u16); 5] = [
        ("nothing", |_| {}, 0b1111),
        (
            "one piece of one stripe",
            |rig| rig.hold("a", 12, PIECES, &[(7, 1)]),
            0b1101,
        ),
        (
            "a piece of each",
            |rig| rig.hold("a", 12, PIECES, &[(0, 1), (6, 1), (12, 1), (18, 1)]),
            0,
        ),
        (
            "the same claim once more",
            |rig| hear_claim(rig, 12, 1, 0, 0b1111),
            0b1111,
        ),
        (
            "a claim of the next attempt, of one that has kept none yet",
            |rig| hear_claim(rig, 12, 9, 1, 0b1111),
            0b1111,
        ),
    ];
    for (name, seen, expected) in table {
        let mut rig = playing();
        rig.hold("a", 12, PIECES, &[]);
        hear_claim(&mut rig, 12, 1, 0, 0b1111);
        rig.demand(12);
        rig.wait(2_000);
        seen(&mut rig);
        rig.wait(400);
        assert_eq!(
            (claimed(&rig, 12, 0), claimed(&rig, 12, 1)),
            (0, 0),
            "{name}: too soon"
        );
        rig.wait(1_800);
        assert_eq!(claimed(&rig, 12, 1), expected, "{name}");
        let lapsed = rig.engine.stats().lapsed_claims;
        assert_eq!(lapsed, u64::from(expected.count_ones()), "{name}");
    }
}

#[test]
fn who_let_a_claim_lapse_holds_nobody_back() {
    // (who claims the next segment, which of its stripes are claimed here)
    for (claimer, expected) in [(1, 0b1111), (9, 0)] {
        let mut rig = playing();
        rig.hold("a", 12, PIECES, &[]);
        hear_claim(&mut rig, 12, 1, 0, 0b1111);
        rig.demand(12);
        rig.wait(4_200);
        rig.hold("a", 13, PIECES, &[]);
        hear_claim(&mut rig, 13, claimer, 0, 0b1111);
        rig.demand(13);
        rig.wait(2_000);
        assert_eq!(claimed(&rig, 13, 0), expected, "member {claimer}");
    }
}
