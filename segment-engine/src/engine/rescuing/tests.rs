//! When the origin is asked for what the player is about to lack, for how much of it, and what stands back for that.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use std::time::Duration;

use crate::device::{DeviceState, NetworkKind};
use crate::engine::rig::{Rig, at};
use crate::input::{Input, Playback, PlaybackState};
use crate::output::Output;
use crate::piece::PIECE;
use crate::wire::Frame;

/// Runs of pieces.
type Runs = &'static [(u32, u32)];

#[test]
fn nothing_is_claimed_while_what_the_player_needs_next_may_come_too_late() {
    // (what is left to the player, in milliseconds; whether stripes of a later segment are claimed): the origin takes half a
    // second for a segment, and half of a rescue's guard is another half.
    for (left, claimed) in [(600, false), (1_200, false), (2_000, true)] {
        let mut rig = Rig::new(|_| {});
        rig.link("a", 1);
        rig.play(0);
        rig.gets_of_the_origin(1);
        rig.hold("a", 12, 25, &[]);
        rig.hold("a", 20, 25, &[]);

        rig.tell(Input::Playback(Playback {
            position: at(0) + Duration::from_millis(44_000 - left),
            buffered: Duration::from_millis(left),
            state: PlaybackState::Stalled,
        }));
        rig.demand(12);
        rig.demand(20);
        rig.outputs.clear();
        rig.wait(400);
        let claims = rig
            .sent_to("a")
            .into_iter()
            .filter(|frame| matches!(frame, Frame::Claim { .. }));
        assert_eq!(claims.count() > 0, claimed, "{left} ms");
    }
}

/// An engine whose player has its first segment, which took the origin half a second. As 7 in 10 of a rate are counted on,
/// another of 25 pieces is to take 714 ms; a rescue's guard is a second. Nothing is claimed, as nothing is sent to peers.
fn playing(neighbours: &[&str]) -> Rig {
    let mut rig = Rig::new(|_| {});
    rig.tell(Input::Device(DeviceState {
        network: Some(NetworkKind::Cellular),
        ..DeviceState::default()
    }));
    (1..)
        .zip(neighbours)
        .for_each(|(member, name)| rig.link(name, member));
    rig.play(0);
    rig.gets_of_the_origin(1);
    rig
}

/// The pieces that the origin was asked for, in order.
fn fetched(rig: &Rig) -> Vec<u32> {
    let ranges = rig.outputs.iter().filter_map(|output| match output {
        Output::Fetch(fetch) => fetch.range,
        _ => None,
    });
    let piece = |byte: u64| u32::try_from(byte / PIECE as u64).unwrap();
    let mut pieces: Vec<u32> = ranges
        .flat_map(|range| piece(range.first)..piece(range.first + range.len()))
        .collect();
    pieces.sort_unstable();
    pieces
}

#[test]
fn a_rescue_begins_with_a_part_and_ends_with_all() {
    // (milliseconds since the rescue began, how many of 25 pieces the origin was asked for by then)
    let table = [(0, 2), (100, 7), (200, 11), (300, 16), (400, 21), (500, 25)];
    let mut rig = playing(&["a"]);
    rig.hold("a", 12, 25, &[]);
    rig.play_before(12, Duration::from_millis(1_714));
    rig.outputs.clear();
    let mut now = 0;
    rig.demand(12);
    for (millis, expected) in table {
        rig.wait(millis - now);
        now = millis;
        assert_eq!(fetched(&rig).len(), expected, "after {millis} ms");
    }
}

#[test]
fn a_rescue_begins_with_what_nobody_else_has() {
    // (what "a" holds of 25 pieces, the first two that the origin is asked for)
    let table: [(Runs, [u32; 2]); 4] = [
        (&[], [0, 1]),
        (&[(0, 10)], [10, 11]),
        (&[(1, 24)], [0, 1]),
        (&[(0, 20), (21, 3)], [20, 24]),
    ];
    for (held, expected) in table {
        let mut rig = playing(&["a"]);
        rig.hold("a", 12, 25, held);
        rig.play_before(12, Duration::from_millis(1_714));
        rig.outputs.clear();
        rig.demand(12);
        assert_eq!(fetched(&rig), expected, "{held:?}");
    }
}
