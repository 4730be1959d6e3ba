//! One link: whether it can be asked, how much at a time, and what becomes of what was asked.

use proptest::prelude::*;

use super::*;
use crate::id::sample::key;

const WINDOW: u64 = 256 << 10;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A viewer that has shaken hands.
fn viewer() -> Peer {
    greeted(PeerRole::Viewer)
}

fn greeted(role: PeerRole) -> Peer {
    let mut peer = Peer::new(Slot(3), WINDOW, at(0));
    peer.on_hello(role, Member([7; 8]), 3);
    peer
}

fn ask(peer: &mut Peer, millis: u64) -> RequestId {
    peer.on_asked(key(1), Wanted::run(0, 4), at(millis))
}

/// As many requests as the link carries; each is answered at once.
fn answer_a_window(peer: &mut Peer) {
    for _ in 0..window(peer) {
        let request = ask(peer, 0);
        peer.on_answered(request, at(1));
    }
}

/// How many requests the link carries at once.
fn window(peer: &Peer) -> u32 {
    let candidate = peer
        .candidate(at(u64::MAX / 1_000))
        .expect("is not busy for ever");
    candidate.load + candidate.room
}

fn is_locked(peer: &Peer, now: Timestamp) -> bool {
    peer.candidate(now).is_none()
}

#[test]
fn shakes_hands_once() {
    let mut peer = Peer::new(Slot(0), WINDOW, at(0));
    assert_eq!(peer.role(), None);
    assert!(peer.on_hello(PeerRole::Viewer, Member([1; 8]), 5));
    assert_eq!((peer.role(), peer.capabilities()), (Some(PeerRole::Viewer), 5));
    assert!(!peer.on_hello(PeerRole::Seeder, Member([1; 8]), 0));
}

#[test]
fn is_asked_for_nothing_before_its_handshake() {
    let mut peer = Peer::new(Slot(3), WINDOW, at(0));
    assert!(is_locked(&peer, at(0)));
    peer.on_hello(PeerRole::Seeder, Member([1; 8]), 0);
    let candidate = peer.candidate(at(0)).expect("can be asked");
    assert_eq!((candidate.slot, candidate.role), (Slot(3), PeerRole::Seeder));
    assert_eq!((candidate.load, candidate.room), (0, 4));
}

#[test]
fn one_that_never_uploads_is_asked_for_nothing() {
    for (capabilities, serves) in [
        (0, true),
        (capability::READS_ZSTD | capability::RELAYS, true),
        (capability::NEVER_UPLOADS, false),
        (u32::MAX, false),
    ] {
        let mut peer = Peer::new(Slot(3), WINDOW, at(0));
        assert!(!peer.serves(), "before its handshake");
        peer.on_hello(PeerRole::Viewer, Member([1; 8]), capabilities);
        assert_eq!(peer.serves(), serves, "{capabilities}");
        assert_eq!(peer.candidate(at(0)).is_some(), serves, "{capabilities}");
    }
}

#[test]
fn seems_to_be_gone_after_a_while_without_a_word_with_something_on_its_way_to_it() {
    let table = [(1_499, 9, false), (1_500, 9, true), (1_500, 0, false)];
    for (silent, buffered, gone) in table {
        let mut peer = Peer::new(Slot(0), WINDOW, at(0));
        peer.channel.on_sent(at(1_000), buffered);
        peer.on_heard(at(1_000));
        assert_eq!(
            peer.seems_gone(at(1_000 + silent)),
            gone,
            "{silent} ms, {buffered} bytes"
        );
    }
}

#[test]
fn is_locked_while_its_window_is_full() {
    let mut peer = viewer();
    let requests: Vec<_> = (0..4).map(|_| ask(&mut peer, 0)).collect();
    assert_eq!(peer.load(), 4);
    assert!(is_locked(&peer, at(0)));
    peer.on_answered(requests[2], at(10));
    let candidate = peer.candidate(at(10)).expect("there is room");
    assert_eq!((candidate.load, candidate.room), (3, 1));
}

#[test]
fn only_runs_that_are_asked_for_count_against_its_window() {
    let mut peer = viewer();
    for request in 0..4 {
        peer.on_reserved(key(request), Wanted::run(0, 4), at(500));
        peer.on_reserved(key(request), Wanted::Layer(Vec::new()), at(500));
        peer.on_asked(key(request), Wanted::Layer(Vec::new()), at(0));
    }
    assert_eq!(peer.load(), 0);
    let candidate = peer.candidate(at(0)).expect("its window is free");
    assert_eq!((candidate.load, candidate.room), (0, 4));
    let request = ask(&mut peer, 0);
    assert_eq!(peer.load(), 1);
    let requests: Vec<_> = peer.requests().map(|(request, _)| request).collect();
    requests.into_iter().for_each(|request| {
        peer.on_abandoned(request);
    });
    assert_eq!(peer.load(), 0);
    peer.on_answered(request, at(1));
    assert_eq!(peer.load(), 0, "an answer after all changes nothing");
}

#[test]
fn its_window_grows_by_one_with_each_window_of_answers_up_to_sixteen() {
    let mut peer = viewer();
    let grown: Vec<_> = (0..14)
        .map(|_| {
            answer_a_window(&mut peer);
            window(&peer)
        })
        .collect();
    assert_eq!(grown, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16]);
}

#[test]
fn its_window_halves_with_each_congestion_down_to_one() {
    let mut peer = viewer();
    answer_a_window(&mut peer);
    let halved: Vec<_> = (0..4)
        .map(|_| {
            peer.on_congested();
            window(&peer)
        })
        .collect();
    assert_eq!(halved, [2, 1, 1, 1]);
}

#[test]
fn congestion_takes_back_what_was_on_the_way_to_growth() {
    let mut peer = viewer();
    for _ in 0..3 {
        let request = ask(&mut peer, 0);
        peer.on_answered(request, at(1));
    }
    peer.on_congested();
    let request = ask(&mut peer, 0);
    peer.on_answered(request, at(1));
    assert_eq!(window(&peer), 2);
}

#[test]
fn a_busy_peer_is_left_alone_as_long_as_it_said() {
    let mut peer = viewer();
    peer.on_busy(at(500));
    peer.on_busy(at(300));
    assert_eq!(peer.busy_until(), at(500), "its first word stands");
    assert!(is_locked(&peer, at(499)));
    assert!(!is_locked(&peer, at(500)));
    assert_eq!(
        window(&peer),
        1,
        "each refusal halves what is asked for at a time"
    );
}

#[test]
fn a_request_is_overdue_when_its_time_has_passed() {
    let mut peer = viewer();
    assert_eq!(peer.next_due(), None);
    let (first, second) = (ask(&mut peer, 0), ask(&mut peer, 300));
    assert_eq!(peer.next_due(), Some(at(1_500)));
    let table = [
        (1_499, vec![]),
        (1_500, vec![first]),
        (1_799, vec![first]),
        (1_800, vec![first, second]),
    ];
    for (now, overdue) in table {
        assert_eq!(peer.overdue(at(now)), overdue, "{now}");
    }
}

#[test]
fn a_request_is_not_given_up_while_more_of_it_comes() {
    let mut peer = viewer();
    let request = ask(&mut peer, 0);
    peer.on_progress(request, at(1_000));
    // Four times the time to the first byte, which is longer than the least.
    assert_eq!(peer.next_due(), Some(at(5_000)));
    peer.on_progress(request, at(1_400));
    assert_eq!(peer.next_due(), Some(at(5_400)));
}

#[test]
fn no_request_of_a_seeder_is_given_up_while_parts_of_others_come() {
    let given_up = |mut peer: Peer| {
        let (first, second) = (ask(&mut peer, 0), ask(&mut peer, 0));
        let alone = peer
            .requests()
            .find(|(request, _)| *request == second)
            .map(|(_, asked)| asked.due);
        peer.on_progress(first, at(1_000));
        peer.on_answered(first, at(1_400));
        let due = peer.next_due().expect("the second is in flight");
        assert_eq!(peer.overdue(due), [second]);
        (due, alone.expect("the second is in flight"))
    };
    let (due, _) = given_up(greeted(PeerRole::Seeder));
    assert_eq!(
        due,
        at(5_000),
        "four times the time to the first byte, from the last part on"
    );
    let (due, alone) = given_up(viewer());
    assert_eq!(due, alone, "of a viewer the rest is asked of others");
}

#[test]
fn a_request_behind_others_has_their_time_as_well() {
    let mut peer = viewer();
    let request = ask(&mut peer, 0);
    peer.on_answered(request, at(1_000));
    let due: Vec<_> = (0..3)
        .map(|_| {
            let request = ask(&mut peer, 1_000);
            let mut requests = peer.requests();
            let asked = requests
                .find(|(id, _)| *id == request)
                .map(|(_, asked)| asked.due);
            asked.expect("is in flight")
        })
        .collect();
    // A run took 1 s: each is given twice what it and those before it are expected to take.
    let expected = [2_999_998, 4_999_996, 6_999_994];
    for (due, expected) in due.into_iter().zip(expected) {
        let apart = due.since(Timestamp::from_micros(expected + 1_000_000));
        assert!(apart < ms(1), "{due} {expected}");
    }
}

#[test]
fn tells_late_answers_from_unasked_ones() {
    let mut peer = viewer();
    let (kept, given_up, answered) = (ask(&mut peer, 0), ask(&mut peer, 0), ask(&mut peer, 0));
    let abandoned = peer.on_abandoned(given_up).map(|asked| asked.wanted);
    assert_eq!(abandoned, Some(Wanted::run(0, 4)));
    assert!(peer.on_abandoned(given_up).is_none(), "it was given up before");
    peer.on_answered(answered, at(1));
    let table = [
        (kept, "expected"),
        (given_up, "late"),
        (answered, "late"),
        (RequestId(3), "unasked"),
        (RequestId(u32::MAX), "unasked"),
        (RequestId(77), "unasked"),
    ];
    for (request, expected) in table {
        let answer = match peer.answer(request) {
            Answer::Expected(asked) => {
                assert_eq!(asked.key, key(1));
                "expected"
            }
            Answer::Late => "late",
            Answer::Unasked => "unasked",
        };
        assert_eq!(answer, expected, "{request:?}");
    }
}

#[test]
fn many_requests_given_up_at_once_leave_late_answers_late() {
    let mut peer = viewer();
    let requests: Vec<_> = (0..1_000).map(|_| ask(&mut peer, 0)).collect();
    for request in &requests {
        peer.on_abandoned(*request);
    }
    for request in &requests {
        assert!(matches!(peer.answer(*request), Answer::Late), "{request:?}");
    }
}

#[test]
fn names_of_requests_come_round() {
    let mut peer = viewer();
    peer.requests_made = (1 << 32) - 1;
    let (last, first) = (ask(&mut peer, 0), ask(&mut peer, 0));
    assert_eq!((last, first), (RequestId(u32::MAX), RequestId(0)));
    for request in [last, first] {
        peer.on_abandoned(request);
        assert!(matches!(peer.answer(request), Answer::Late), "{request:?}");
    }
    for request in [RequestId(1), RequestId(1 << 30)] {
        assert!(matches!(peer.answer(request), Answer::Unasked), "{request:?}");
    }
}

#[test]
fn what_comes_of_a_request_that_is_over_changes_nothing() {
    let mut peer = viewer();
    let request = ask(&mut peer, 0);
    peer.on_abandoned(request);
    peer.on_progress(request, at(1_000));
    peer.on_answered(request, at(1_000));
    assert_eq!((peer.load(), peer.next_due()), (0, None));
    let service = peer.candidate(at(1_000)).map(|candidate| candidate.service);
    assert_eq!(
        service,
        viewer().candidate(at(0)).map(|candidate| candidate.service)
    );
}

#[test]
fn five_failures_in_a_row_are_one_too_many() {
    let mut peer = viewer();
    for _ in 0..4 {
        assert!(!peer.strike());
    }
    let request = ask(&mut peer, 0);
    peer.on_answered(request, at(1));
    let strikes: Vec<_> = (0..5).map(|_| peer.strike()).collect();
    assert_eq!(strikes, [false, false, false, false, true], "an answer forgives");
}

#[test]
fn what_waited_for_another_answer_counts_from_that_one() {
    let mut peer = viewer();
    let requests: Vec<_> = (0..4).map(|_| ask(&mut peer, 0)).collect();
    for (request, millis) in requests.into_iter().zip([100, 200, 300, 400]) {
        peer.on_answered(request, at(millis));
    }
    let service = peer.candidate(at(400)).expect("can be asked").service;
    assert!(service >= ms(100) && service < ms(101), "{service:?}");
}

#[test]
fn leaves_say_nothing_of_how_fast_pieces_come() {
    let mut peer = viewer();
    let untried = peer.candidate(at(0)).map(|candidate| candidate.service);
    let request = peer.on_asked(key(1), Wanted::Layer(Vec::new()), at(0));
    peer.on_answered(request, at(3_000));
    assert_eq!(
        peer.candidate(at(3_000)).map(|candidate| candidate.service),
        untried
    );
}

proptest! {
    #[test]
    fn its_window_follows_a_naive_one(steps in prop::collection::vec(0_u8..8, 0..200)) {
        let mut peer = viewer();
        let (mut window, mut answers, mut open) = (4_u32, 0_u32, Vec::new());
        for step in steps {
            let last = open.len().checked_sub(1);
            match (step, last) {
                (0..=2, _) => {
                    open.push(ask(&mut peer, 0));
                }
                (3..=5, Some(last)) => {
                    peer.on_answered(open.remove(last / 2), at(1));
                    answers += 1;
                    if answers >= window {
                        (window, answers) = ((window + 1).min(16), 0);
                    }
                }
                (6, Some(last)) => prop_assert!(peer.on_abandoned(open.remove(last)).is_some()),
                (7, _) => {
                    peer.on_congested();
                    (window, answers) = ((window / 2).max(1), 0);
                }
                (_, _) => {}
            }
            let load = u32::try_from(open.len()).unwrap();
            prop_assert_eq!(peer.load(), load);
            let room = peer.candidate(at(0)).map_or(0, |candidate| candidate.room);
            prop_assert_eq!(room, window.saturating_sub(load));
        }
    }
}
