//! Whom to know, when to ask for more, over whom links are made, and who is let go.

use super::*;
use crate::time::{MediaTime, UnixTime};
use crate::wire::{Frame, Neighbour, PeerRole, capability};

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn numbered(number: u8) -> PeerId {
    peer(&format!("n{number}"))
}

fn member(number: u8) -> Member {
    Member([number; 8])
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn swarm(min: u32, max: u32, at_max: SignalingAtMax) -> Swarm {
    let targets = Targets { min, max, at_max };
    let mut swarm = Swarm::new(targets, member(0), Rng::new([5; 32]), at(0));
    swarm.on_own(
        at(0),
        UnixTime::from_millis(0),
        Own {
            uplink: 12,
            head: 100,
        },
    );
    swarm
}

fn staying(min: u32, max: u32) -> Swarm {
    swarm(min, max, SignalingAtMax::Stay)
}

/// Links a peer, named `n` and its number.
fn link(swarm: &mut Swarm, now: Timestamp, number: u8) {
    let identity = Identity {
        role: PeerRole::Viewer,
        member: member(number),
        capabilities: capability::RELAYS,
    };
    swarm.on_dialled(&numbered(number));
    swarm.on_connected(now, &numbered(number));
    swarm.on_joined(now, &numbered(number), identity);
}

/// Lets a neighbour tell of others, named `k` and their numbers.
fn tell(swarm: &mut Swarm, now: Timestamp, from: u8, others: impl IntoIterator<Item = u8>) {
    let known = |number: u8| Neighbour {
        peer: peer(&format!("k{number}")),
        member: member(number),
        uplink: 12,
        links: 3,
        head: 100,
    };
    let neighbours: Vec<Neighbour> = others.into_iter().map(known).collect();
    let word = Word {
        own: Own {
            uplink: 12,
            head: 100,
        },
        links: u8::try_from(neighbours.len()).unwrap() + 1,
        neighbours,
        sketch: Vec::new(),
        epoch: 0,
    };
    swarm.on_word(now, &numbered(from), word);
}

fn asked(steps: &[Step]) -> Option<u32> {
    steps.iter().find_map(|step| match step {
        Step::Ask(count) => Some(*count),
        Step::Dial(_) | Step::Leave | Step::Join => None,
    })
}

fn dialled(steps: &[Step]) -> Vec<PeerId> {
    let dial = |step: &Step| match step {
        Step::Dial(peer) => Some(peer.clone()),
        Step::Ask(_) | Step::Leave | Step::Join => None,
    };
    steps.iter().filter_map(dial).collect()
}

#[test]
fn dials_up_to_the_most_and_nobody_twice() {
    let mut swarm = staying(1, 2);
    assert!(swarm.on_introduced(at(0), &peer("n1")));
    assert!(!swarm.on_introduced(at(0), &peer("n1")), "it is being dialled");
    assert!(swarm.on_introduced(at(0), &peer("n2")));
    assert!(!swarm.on_introduced(at(0), &peer("n3")), "two are on their way");
    link(&mut swarm, at(10), 1);
    assert!(!swarm.on_introduced(at(20), &peer("n1")), "it is linked to");
    assert!(swarm.admits());
    link(&mut swarm, at(30), 2);
    assert!(!swarm.admits());
}

#[test]
fn who_turns_out_to_have_lied_once_it_has_left_is_not_taken_back() {
    let mut swarm = staying(4, 9);
    link(&mut swarm, at(0), 1);
    swarm.on_left(at(10), &peer("n1"), Parting::Gone);
    assert!(!swarm.is_banned(&peer("n1")));
    swarm.on_left(at(20), &peer("n1"), Parting::Banned);
    assert!(swarm.is_banned(&peer("n1")));
}

#[test]
fn never_dials_who_was_dropped_for_good() {
    let mut swarm = staying(4, 9);
    link(&mut swarm, at(0), 1);
    link(&mut swarm, at(0), 2);
    swarm.on_left(at(10), &peer("n1"), Parting::Banned);
    assert!(swarm.is_banned(&peer("n1")));
    assert!(!swarm.on_introduced(at(20), &peer("n1")));
    assert_eq!(
        swarm.on_call(at(20), &peer("n1"), &peer("n2"), b"offer"),
        Call::Refuse
    );
    tell(&mut swarm, at(20), 2, [1]);
    let dialled = dialled(&swarm.steps(at(20)));
    assert_eq!(dialled, [peer("k1")], "whose member it may have taken");
}

#[test]
fn a_peer_that_could_not_be_reached_is_left_alone_for_a_while() {
    let mut swarm = staying(1, 9);
    assert!(swarm.on_introduced(at(0), &peer("n1")));
    assert!(swarm.on_failed(at(1_000), &peer("n1")));
    assert!(!swarm.on_introduced(at(2_900), &peer("n1")));
    assert!(swarm.on_introduced(at(4_100), &peer("n1")));
    assert!(!swarm.on_failed(at(5_000), &peer("n2")), "nobody dialled it");
}

#[test]
fn a_dial_of_which_nothing_is_heard_ends() {
    let mut swarm = staying(1, 9);
    swarm.on_introduced(at(0), &peer("n1"));
    assert_eq!(swarm.expire(at(19_999)), []);
    assert_eq!(swarm.expire(at(20_000)), [peer("n1")]);
}

#[test]
fn asks_for_what_is_missing_ever_more_rarely() {
    let mut swarm = staying(3, 12);
    assert_eq!(swarm.steps(at(0)), [], "nobody to ask");
    swarm.on_signaling_up(at(0));
    assert_eq!(
        swarm.steps(at(1_999)),
        [],
        "the server pairs a newcomer by itself"
    );
    assert_eq!(asked(&swarm.steps(at(2_000))), Some(9));
    let mut times = vec![2_000_u64];
    while times.len() < 8 {
        let due = swarm
            .due(at(times[times.len() - 1]))
            .expect("it still lacks some");
        assert_eq!(asked(&swarm.steps(due)), Some(9));
        times.push(due.as_micros() / 1_000);
    }
    let pauses: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[0] >= 1_000 && pauses[0] <= 2_000, "{pauses:?}");
    assert!(
        pauses[6] >= 15_000 && pauses.iter().all(|pause| *pause <= 30_000),
        "{pauses:?}"
    );
}

#[test]
fn asks_while_there_are_less_than_the_least_and_up_to_three_quarters_of_the_most() {
    let mut swarm = staying(3, 12);
    swarm.on_signaling_up(at(0));
    (1..=2).for_each(|number| link(&mut swarm, at(100), number));
    assert_eq!(asked(&swarm.steps(at(2_000))), Some(7));
    link(&mut swarm, at(2_100), 3);
    assert_eq!(asked(&swarm.steps(at(60_000))), None, "there are enough");
    swarm.on_left(at(60_000), &peer("n3"), Parting::Gone);
    assert_eq!(
        asked(&swarm.steps(at(60_400))),
        None,
        "one that reloads comes back by itself"
    );
    assert_eq!(asked(&swarm.steps(at(60_500))), Some(7));
    swarm.on_signaling_down();
    assert_eq!(asked(&swarm.steps(at(200_000))), None);
    assert_eq!(
        asked(&staying(0, 256).steps(at(9_000))),
        None,
        "a seeder waits to be asked"
    );
}

#[test]
fn counts_those_on_their_way_while_they_are_to_be_hoped_for() {
    let mut swarm = staying(2, 12);
    swarm.on_signaling_up(at(0));
    swarm.on_introduced(at(1_900), &peer("n1"));
    swarm.on_introduced(at(1_900), &peer("n2"));
    assert_eq!(asked(&swarm.steps(at(2_000))), None);
    assert_eq!(asked(&swarm.steps(at(4_400))), Some(9));
}

#[test]
fn makes_links_over_neighbours_while_signaling_is_away() {
    let mut swarm = staying(4, 12);
    link(&mut swarm, at(0), 1);
    tell(&mut swarm, at(10), 1, 20..30);
    let first = dialled(&swarm.steps(at(10)));
    assert_eq!(first.len(), 1, "one at a time");
    assert_eq!(swarm.carrier(at(10), &first[0]), Some(peer("n1")));
    let second = dialled(&swarm.steps(at(510)));
    assert_eq!((second.len(), second == first), (1, false));
    assert_eq!(dialled(&swarm.steps(at(5_000))), [], "two at once are the most");
    assert!(swarm.on_failed(at(5_000), &first[0]));
    let third = dialled(&swarm.steps(at(5_000)));
    assert!(
        third.len() == 1 && third != first,
        "who failed is left alone: {third:?}"
    );
    swarm.on_failed(at(5_100), &third[0]);
    assert_eq!(
        dialled(&swarm.steps(at(5_200))),
        [],
        "each failure makes the next wait longer"
    );
}

#[test]
fn makes_links_over_neighbours_up_to_three_quarters_of_the_most() {
    for (links, dials) in [(8, 1), (9, 0)] {
        let mut swarm = staying(4, 12);
        swarm.on_signaling_up(at(0));
        (1..=links).for_each(|number| link(&mut swarm, at(0), number));
        tell(&mut swarm, at(10), 1, 20..30);
        let steps = swarm.steps(at(5_000));
        assert_eq!((dialled(&steps).len(), asked(&steps)), (dials, None), "{links}");
    }
}

#[test]
fn a_peer_that_was_let_go_is_made_good() {
    let mut swarm = staying(4, 12);
    (1..=10).for_each(|number| link(&mut swarm, at(0), number));
    tell(&mut swarm, at(10), 1, [2, 20]);
    assert_eq!(dialled(&swarm.steps(at(10))), []);
    swarm.on_left(at(1_000), &peer("n2"), Parting::Evicted);
    assert_eq!(dialled(&swarm.steps(at(1_000))), [peer("k20")]);
    assert!(
        !swarm.on_introduced(at(100_000), &peer("n2")),
        "not by the one that was let go"
    );
    assert!(swarm.on_introduced(at(121_001), &peer("n2")));
}

#[test]
fn lets_go_every_half_minute_where_there_are_many_links_and_somebody_else_is_known() {
    let due = |links: u8, others: u8, size: u8| {
        let mut swarm = staying(4, 12);
        (1..=links).for_each(|number| link(&mut swarm, at(0), number));
        tell(&mut swarm, at(0), 1, 20..20 + others);
        swarm.known_capable = (0..size).map(member).collect();
        assert!(!swarm.is_eviction_due(at(29_999)));
        let due = swarm.is_eviction_due(at(30_000));
        assert!(!swarm.is_eviction_due(at(59_999)), "at most one in 30 s");
        due
    };
    assert!(!due(9, 5, 99) && due(10, 5, 99) && due(12, 5, 99));
    assert!(!due(10, 0, 99), "nobody would take its place");
    assert!(due(12, 0, 99), "a newcomer will");
    assert!(
        !due(12, 5, 22) && due(12, 5, 23),
        "nobody in a small swarm is better"
    );
}

#[test]
fn leaves_signaling_at_the_most_and_comes_back_below_the_least() {
    let mut swarm = swarm(2, 4, SignalingAtMax::Leave);
    swarm.on_signaling_up(at(0));
    (1..=3).for_each(|number| link(&mut swarm, at(100), number));
    assert_eq!(swarm.steps(at(200)), []);
    link(&mut swarm, at(300), 4);
    assert_eq!(swarm.steps(at(300)), [Step::Leave]);
    assert_eq!(swarm.steps(at(400)), []);
    for number in [1, 2] {
        swarm.on_left(at(500), &numbered(number), Parting::Gone);
        assert_eq!(swarm.steps(at(2_000)), [], "{number}");
    }
    swarm.on_left(at(3_000), &peer("n3"), Parting::Gone);
    assert_eq!(swarm.steps(at(3_000)), [Step::Join]);
    assert_eq!(swarm.steps(at(9_000)), [], "once");
    swarm.on_signaling_up(at(9_000));
    assert_eq!(asked(&swarm.steps(at(11_000))), Some(2));
}

#[test]
fn stays_with_signaling_unless_told_to_leave() {
    let mut swarm = staying(1, 2);
    swarm.on_signaling_up(at(0));
    (1..=2).for_each(|number| link(&mut swarm, at(100), number));
    assert_eq!(swarm.steps(at(200)), []);
}

#[test]
fn hopes_for_a_first_link_only_while_one_may_come() {
    let mut swarm = staying(1, 9);
    assert_eq!(swarm.hope(at(0)), Some(at(2_500)), "signaling may come up");
    swarm.on_signaling_up(at(100));
    assert_eq!(swarm.hope(at(100)), Some(at(600)), "introductions follow at once");
    assert_eq!(swarm.hope(at(600)), None, "or nobody is there");
    swarm.on_introduced(at(300), &peer("a"));
    assert_eq!(swarm.hope(at(600)), Some(at(2_800)), "a link is being made");
    swarm.on_dialled(&peer("a"));
    assert_eq!(swarm.hope(at(600)), None);
}

#[test]
fn a_call_is_taken_while_there_is_room_and_refused_after() {
    let mut swarm = staying(1, 3);
    link(&mut swarm, at(0), 1);
    let over = peer("n1");
    assert_eq!(swarm.on_call(at(10), &peer("x"), &over, b"offer"), Call::Take);
    assert_eq!(
        swarm.carrier(at(10), &peer("x")),
        Some(over.clone()),
        "answers go back that way"
    );
    assert_eq!(swarm.on_call(at(11), &peer("x"), &over, b"more"), Call::Take);
    assert_eq!(swarm.on_call(at(12), &peer("y"), &over, b"offer"), Call::Take);
    assert_eq!(
        swarm.on_call(at(13), &peer("z"), &over, b"offer"),
        Call::Refuse,
        "full"
    );
    assert_eq!(
        swarm.on_call(at(14), &over, &over, b"offer"),
        Call::Ignore,
        "it is linked to"
    );
    assert_eq!(swarm.on_call(at(15), &peer("w"), &over, b""), Call::Ignore);
}

#[test]
fn one_neighbour_takes_no_more_than_its_share_of_the_calls() {
    let mut swarm = staying(1, 12);
    (1..=3).for_each(|number| link(&mut swarm, at(0), number));
    let mut call = |name: &str, over: u8| swarm.on_call(at(10), &peer(name), &numbered(over), b"offer");
    assert_eq!(
        (call("a", 1), call("b", 1), call("c", 1)),
        (Call::Take, Call::Take, Call::Refuse)
    );
    assert_eq!(
        (call("d", 2), call("e", 3), call("f", 3)),
        (Call::Take, Call::Take, Call::Refuse)
    );
}

#[test]
fn a_refusal_ends_a_dial_if_it_comes_from_its_carrier() {
    let mut swarm = staying(4, 12);
    (1..=2).for_each(|number| link(&mut swarm, at(0), number));
    tell(&mut swarm, at(10), 1, [20]);
    assert_eq!(dialled(&swarm.steps(at(10))), [peer("k20")]);
    assert!(!swarm.is_answered(&peer("k20")));
    assert_eq!(
        swarm.on_call(at(20), &peer("k20"), &peer("n2"), b""),
        Call::Ignore
    );
    assert_eq!(swarm.on_call(at(20), &peer("k20"), &peer("n1"), b""), Call::Over);
    assert_eq!(
        swarm.on_call(at(30), &peer("k20"), &peer("n2"), b"answer"),
        Call::Take
    );
    assert!(swarm.is_answered(&peer("k20")));
    assert_eq!(swarm.carrier(at(30), &peer("k20")), Some(peer("n2")));
}

#[test]
fn another_neighbour_carries_on_where_one_is_gone() {
    let mut swarm = staying(4, 12);
    (1..=2).for_each(|number| link(&mut swarm, at(0), number));
    tell(&mut swarm, at(10), 1, [20]);
    swarm.steps(at(10));
    swarm.on_left(at(20), &peer("n1"), Parting::Gone);
    assert_eq!(swarm.carrier(at(20), &peer("k20")), None, "nobody else knows it");
    tell(&mut swarm, at(30), 2, [20]);
    assert_eq!(swarm.carrier(at(30), &peer("k20")), Some(peer("n2")));
}

#[test]
fn signaling_has_its_own_negotiations() {
    let mut swarm = staying(4, 12);
    link(&mut swarm, at(0), 1);
    swarm.on_introduced(at(10), &peer("x"));
    assert_eq!(swarm.carrier(at(10), &peer("x")), None);
    assert_eq!(
        swarm.on_call(at(20), &peer("x"), &peer("n1"), b"offer"),
        Call::Ignore
    );
}

#[test]
fn the_estimate_is_never_below_those_that_are_known() {
    let mut swarm = staying(4, 12);
    assert_eq!(swarm.capable_estimate(), 1);
    (1..=3).for_each(|number| link(&mut swarm, at(0), number));
    tell(&mut swarm, at(10), 1, 20..30);
    tell(&mut swarm, at(10), 2, 25..35);
    swarm.on_own(
        at(15),
        UnixTime::from_millis(15),
        Own {
            uplink: 12,
            head: 100,
        },
    );
    assert_eq!(swarm.capable_estimate(), 1 + 3 + 15);
    let no_uplink = Own { uplink: 0, head: 100 };
    swarm.on_own(at(20), UnixTime::from_millis(20), no_uplink);
    assert_eq!(swarm.capable_estimate(), 3 + 15);
}

#[test]
fn a_new_neighbour_is_told_at_once_and_others_once_a_second_if_anything_is_new() {
    let mut swarm = staying(4, 12);
    link(&mut swarm, at(0), 1);
    let mut news = Vec::new();
    swarm.news_for(at(0), &peer("n1"), &mut news);
    assert_eq!(news.len(), 1);
    assert!(matches!(&news[0].1, Frame::Neighbours { links: 1, neighbours, .. } if neighbours.is_empty()));
    let mut now = at(0);
    let mut ticks = 0;
    while now < at(10_000) {
        let due = swarm.due(now).expect("a neighbour is looked after");
        assert!(
            due.since(now) >= Duration::from_millis(900) && due.since(now) <= Duration::from_millis(1_100)
        );
        now = due;
        assert!(swarm.is_tick_due(now));
        ticks += 1;
    }
    assert!((9..=12).contains(&ticks));
    link(&mut swarm, now, 2);
    let told: Vec<PeerId> = swarm.news(now).into_iter().map(|(peer, _)| peer).collect();
    assert!(told.contains(&peer("n1")), "it has a new neighbour");
}

#[test]
fn a_peer_without_links_or_dials_sleeps() {
    let mut swarm = staying(4, 12);
    assert_eq!(swarm.due(at(0)), None);
    swarm.on_introduced(at(0), &peer("a"));
    assert!(swarm.due(at(0)).is_some(), "a dial may take too long");
}

#[test]
fn positions_and_uplinks_are_told_in_whole_numbers() {
    for (micros, head) in [
        (0, 0),
        (1_999_999, 1),
        (-1, -1),
        (i64::MAX, NO_HEAD),
        (i64::MIN, NO_HEAD),
    ] {
        assert_eq!(head_at(MediaTime::from_micros(micros)), head, "{micros}");
    }
    for (bytes, class) in [(0, 1), (125_000, 9), (500_000, 11), (u64::MAX, 57)] {
        assert_eq!(uplink_class(bytes), class, "{bytes}");
    }
}
