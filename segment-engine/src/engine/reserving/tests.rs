//! What is reserved of neighbours, and what is promised to them, kept once and within bounds.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use crate::config::{BitsPerSecond, Config};
use crate::device::{DeviceState, NetworkKind};
use crate::engine::rig::{Rig, peer};
use crate::input::Input;
use crate::output::DisconnectReason;
use crate::wire::{Claim, Frame, PeerRole, Reject, RequestId};

/// An engine that fetches all 8 pieces of segment 1 from the origin, with "a", "b" and "c" as neighbours.
fn fetching() -> Rig {
    fetching_with(|_| {})
}

fn fetching_with(change: impl FnOnce(&mut Config)) -> Rig {
    let mut rig = Rig::new(change);
    (1..)
        .zip(["a", "b", "c"])
        .for_each(|(member, name)| rig.link(name, member));
    rig.hold("a", 1, 8, &[]);
    rig.play(0);
    rig.demand(1);
    rig
}

fn is_promised(rig: &Rig, name: &str, request: u32) -> bool {
    let request = RequestId(request);
    let promise = |frame: &Frame| matches!(frame, Frame::Promise { request: of, .. } if *of == request);
    rig.sent_to(name).iter().any(promise)
}

#[test]
fn a_promised_piece_is_sent_once_though_others_are_promised_it_later() {
    let mut rig = fetching();
    rig.give_leaves("a", 8);
    let fetch = rig.begin_fetch();
    rig.interest("b", 1, 1, (0, 4));
    assert!(is_promised(&rig, "b", 1));
    rig.fetched(fetch, 1);
    rig.deliver(&["a", "b", "c"]);
    rig.interest("c", 9, 1, (0, 4));
    assert!(is_promised(&rig, "c", 9));
    rig.deliver(&["a", "b", "c"]);
    assert_eq!(rig.pieces_to("b"), [(1, 0)]);
    assert_eq!(rig.pieces_to("c"), [(9, 0)], "what is there goes out at once");
    rig.fetched(fetch, 3);
    rig.deliver(&["a", "b", "c"]);
    assert_eq!(rig.pieces_to("b"), [(1, 0), (1, 1), (1, 2), (1, 3)]);
    assert_eq!(rig.pieces_to("c"), [(9, 0), (9, 1), (9, 2), (9, 3)]);
}

#[test]
fn pieces_that_came_before_their_leaves_are_sent_when_those_come() {
    let mut rig = fetching();
    let fetch = rig.begin_fetch();
    rig.interest("b", 1, 1, (0, 4));
    assert!(is_promised(&rig, "b", 1));
    rig.fetched(fetch, 2);
    rig.deliver(&["b"]);
    assert_eq!(rig.pieces_to("b"), [], "they cannot be checked yet");
    rig.give_leaves("a", 8);
    rig.deliver(&["b"]);
    assert_eq!(rig.pieces_to("b"), [(1, 0), (1, 1)]);
}

#[test]
fn a_segment_that_is_whole_before_its_leaves_come_keeps_its_promises() {
    let mut rig = fetching();
    let fetch = rig.begin_fetch();
    rig.interest("b", 1, 1, (4, 4));
    rig.fetched(fetch, 8);
    rig.tell(Input::FetchFinished(fetch));
    rig.deliver(&["b"]);
    assert_eq!(rig.pieces_to("b"), [(1, 4), (1, 5), (1, 6), (1, 7)]);
}

#[test]
fn a_device_that_ceased_to_upload_takes_its_promises_back() {
    let mut rig = fetching();
    rig.give_leaves("a", 8);
    let fetch = rig.begin_fetch();
    rig.interest("b", 1, 1, (0, 4));
    rig.tell(Input::Device(DeviceState {
        network: Some(NetworkKind::Cellular),
        ..DeviceState::default()
    }));
    rig.fetched(fetch, 4);
    rig.deliver(&["b"]);
    assert_eq!(rig.pieces_to("b"), []);
    let refused: Vec<Frame> = rig.sent_to("b").into_iter().filter(is_reject).collect();
    let busy = Frame::Reject {
        request: RequestId(1),
        reason: Reject::Busy,
        retry_ms: 5_000,
    };
    assert_eq!(refused, [busy], "once");
}

fn is_reject(frame: &Frame) -> bool {
    matches!(frame, Frame::Reject { .. })
}

#[test]
fn no_more_is_promised_than_what_is_not_sent_yet_leaves_room_for() {
    let mut rig = fetching();
    rig.give_leaves("a", 8);
    let fetch = rig.begin_fetch();
    // A second of 80 % of 4 Mbit/s is 24 pieces.
    rig.link("d", 4);
    for name in ["a", "b", "c", "d"] {
        for (request, first) in [(1, 0), (2, 4)] {
            rig.interest(name, request, 1, (first, 4));
            assert_eq!(is_promised(&rig, name, request), name != "d", "{name}");
        }
    }
    rig.fetched(fetch, 8);
    for request in 20..40 {
        rig.interest("c", request, 1, (0, 8));
        assert!(
            !is_promised(&rig, "c", request),
            "what is promised is still to be sent"
        );
    }
}

#[test]
fn what_a_peer_is_promised_already_it_is_not_promised_again() {
    let mut rig = fetching();
    rig.give_leaves("a", 8);
    rig.begin_fetch();
    rig.interest("b", 1, 1, (2, 4));
    assert!(is_promised(&rig, "b", 1));
    for (request, run) in [(2, (2, 4)), (3, (5, 2)), (4, (0, 3))] {
        rig.interest("b", request, 1, run);
        assert!(!is_promised(&rig, "b", request), "{run:?}");
    }
    rig.interest("b", 5, 1, (6, 2));
    assert!(is_promised(&rig, "b", 5), "others are");
    rig.interest("c", 1, 1, (2, 4));
    assert!(is_promised(&rig, "c", 1), "and another peer is promised the same");
}

#[test]
fn no_more_is_promised_than_the_limits_let_be_sent() {
    let mut rig = fetching_with(|config| config.upload_limits.per_peer = Some(BitsPerSecond(1_000_000)));
    rig.give_leaves("a", 8);
    let fetch = rig.begin_fetch();
    rig.interest("b", 1, 1, (0, 4));
    assert!(is_promised(&rig, "b", 1));
    rig.interest("b", 2, 1, (4, 4));
    assert!(!is_promised(&rig, "b", 2), "what is promised is as good as sent");
    rig.fetched(fetch, 4);
    rig.deliver(&["b"]);
    rig.interest("b", 3, 1, (4, 4));
    assert!(
        !is_promised(&rig, "b", 3),
        "what it was sent is to be earned again"
    );
    rig.interest("c", 1, 1, (4, 4));
    assert!(is_promised(&rig, "c", 1), "others have their own");
}

/// An engine that may gather segment 2 of so many pieces from "a", whose member is of number 1.
fn gathering(pieces: u32) -> Rig {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    rig.play(0);
    rig.demand(1);
    rig.hold("a", 2, pieces, &[]);
    rig.give_leaves("a", pieces);
    rig
}

fn claim(rig: &mut Rig, stripes: u16) {
    let key = rig.key(2);
    let claims = vec![Claim {
        key,
        attempt: 0,
        stripes,
    }];
    rig.hear(
        "a",
        &Frame::Claim {
            claims,
            claimer: crate::id::Member([1; 8]),
            hops: 1,
        },
    );
}

fn interests(rig: &Rig) -> Vec<(RequestId, u32, u32)> {
    let sent = rig.sent_to("a").into_iter();
    let interests = sent.filter_map(|frame| match frame {
        Frame::Interest {
            request,
            first,
            count,
            ..
        } => Some((request, first, count)),
        _ => None,
    });
    interests.collect()
}

#[test]
fn nothing_is_reserved_of_a_stripe_that_is_empty() {
    for (stripes, reserved) in [
        (0b0001, vec![]),
        (0b0101, vec![]),
        (0b0010, vec![(0, 1)]),
        (0b1111, vec![(0, 1)]),
        (0b1101, vec![(1, 1)]),
    ] {
        // Two pieces in four stripes: the first and the third have none.
        let mut rig = gathering(2);
        claim(&mut rig, stripes);
        let runs: Vec<_> = interests(&rig)
            .into_iter()
            .map(|(_, first, count)| (first, count))
            .collect();
        assert_eq!(runs, reserved, "{stripes:04b}");
        assert_eq!(rig.dropped(), []);
    }
}

#[test]
fn a_promise_that_is_repeated_is_not_waited_for_longer() {
    let mut rig = gathering(8);
    claim(&mut rig, 1);
    let [(request, _, _)] = interests(&rig)[..] else {
        panic!("one run is reserved");
    };
    let promise = Frame::Promise {
        request,
        within_ms: 2_000,
    };
    rig.hear("a", &promise);
    for _ in 0..3 {
        rig.wait(600);
        rig.hear("a", &promise);
        assert!(!rig.sent_to("a").contains(&Frame::Cancel(request)));
    }
    rig.wait(250);
    assert!(rig.sent_to("a").contains(&Frame::Cancel(request)));
    assert_eq!(rig.dropped(), []);
}

#[test]
fn what_is_reserved_leaves_the_window_to_what_is_asked_for() {
    let mut rig = gathering(8);
    claim(&mut rig, 1);
    assert_eq!(interests(&rig).len(), 1);
    let load = |rig: &Rig| rig.engine.peers.get(&peer("a")).unwrap().load();
    assert_eq!(load(&rig), 0);
    rig.hold("a", 3, 8, &[]);
    assert_eq!(load(&rig), 0, "nor do leaves that were asked for");
    assert_eq!(
        rig.engine.peers.get(&peer("a")).unwrap().role(),
        Some(PeerRole::Viewer)
    );
    assert!(
        !rig.dropped()
            .contains(&("a".to_owned(), DisconnectReason::Violation))
    );
}
