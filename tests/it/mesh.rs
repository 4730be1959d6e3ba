//! The mesh as a whole: engines, signaling clients and a server; links over neighbours while signaling is away.

mod net;

use std::time::Duration;

use segment_engine::config::SignalingAtMax;
use segment_engine::time::Timestamp;
use segment_engine::{Config, Engine, Input, Output};
use signaling_proto::rooms::SETTLED;

use self::net::Net;

const SECOND: Duration = Duration::from_secs(1);

/// `count` viewers that arrive a fifth of a second apart.
fn viewers(count: usize, change: impl Fn(&mut Config)) -> Net {
    let mut net = Net::new();
    for _ in 0..count {
        net.add(&change);
        net.run(SECOND / 5);
    }
    net
}

fn between(min: u32, max: u32) -> impl Fn(&mut Config) {
    move |config| {
        config.min_target_peers = min;
        config.max_target_peers = max;
    }
}

/// How many of the first can be reached from the first one, over any number of links.
fn reached(net: &Net, nodes: &[usize]) -> usize {
    let mut seen = vec![nodes[0]];
    let mut next = 0;
    while let Some(node) = seen.get(next).copied() {
        next += 1;
        for other in net.neighbours(node) {
            if !seen.contains(&other) {
                seen.push(other);
            }
        }
    }
    seen.len()
}

#[test]
fn viewers_come_to_have_links_between_the_least_and_the_most() {
    let mut net = viewers(40, between(4, 8));
    net.run(SECOND * 30);
    for node in 0..40 {
        assert!(
            (4..=8).contains(&net.links(node)),
            "node {node}: {}",
            net.links(node)
        );
    }
    assert_eq!(reached(&net, &(0..40).collect::<Vec<_>>()), 40);
    assert_eq!(net.doubled(), 0, "nobody is linked to anybody twice");
}

#[test]
fn the_mesh_heals_over_common_neighbours_while_signaling_is_away() {
    let mut net = viewers(40, between(4, 8));
    net.run(SECOND * 20);
    net.set_signaling(false);
    net.run(SECOND * 5);
    // Every other one leaves: those who stay lose half of their links.
    (1..40).step_by(2).for_each(|node| net.kill(node));
    let stay: Vec<usize> = (0..40).step_by(2).collect();
    net.run(SECOND / 2);
    let poor = stay.iter().filter(|node| net.links(**node) < 4).count();
    assert!(poor > 3, "{poor}");
    net.run(SECOND * 60);
    for node in &stay {
        assert!(net.links(*node) >= 4, "node {node}: {}", net.links(*node));
    }
    assert_eq!(reached(&net, &stay), stay.len());
    let introduced: u64 = stay.iter().map(|node| net.stats(*node).introduced).sum();
    let carried: u64 = stay.iter().map(|node| net.stats(*node).carried).sum();
    assert!(introduced >= 10 && carried > introduced, "{introduced} {carried}");
    assert_eq!(net.doubled(), 0);
}

#[test]
fn a_viewer_with_one_link_left_comes_to_know_the_others_by_it() {
    let mut net = viewers(12, between(4, 8));
    net.run(SECOND * 15);
    net.set_signaling(false);
    net.run(SECOND * 3);
    let gone: Vec<usize> = net.neighbours(0).into_iter().skip(1).collect();
    gone.iter().for_each(|node| net.kill(*node));
    net.run(SECOND / 2);
    assert_eq!(net.links(0), 1);
    net.run(SECOND * 40);
    let others = 12 - 1 - gone.len();
    assert!(net.links(0) >= others.min(4), "{} of {others}", net.links(0));
}

#[test]
fn pairs_that_cannot_be_linked_are_left_alone_ever_longer() {
    let mut net = viewers(10, between(8, 10));
    net.run(SECOND * 10);
    net.set_signaling(false);
    // The first can be linked to nobody any more.
    (1..10).for_each(|other| {
        net.barred.insert((0, other));
    });
    let lost = net.neighbours(0);
    lost.iter().skip(1).for_each(|other| net.cut(0, *other));
    net.run(SECOND * 300);
    assert_eq!(net.links(0), 1);
    let calls = net.calls(0);
    assert!(
        (7..80).contains(&calls),
        "{calls} calls in five minutes, to eight peers"
    );
}

#[test]
fn those_with_the_most_links_leave_signaling_and_come_back_when_they_lack_some() {
    let mut net = viewers(7, |config| {
        between(3, 6)(config);
        config.signaling_at_max = SignalingAtMax::Leave;
    });
    net.run(SECOND * 30);
    let left: Vec<usize> = (0..7).filter(|node| !net.has_socket(*node)).collect();
    assert!(left.len() >= 4, "{left:?}");
    assert!(left.iter().all(|node| net.links(*node) == 6), "links outlive it");
    let attempts = net.asked(left[0]).0;
    net.run(SECOND * 60);
    assert_eq!(net.asked(left[0]).0, attempts, "and it is not tried again");
    // Four go: the three that stay have two links each.
    (0..7)
        .filter(|node| !left[..3].contains(node))
        .for_each(|node| net.kill(node));
    net.run(SECOND * 10);
    for node in &left[..3] {
        assert!(net.has_socket(*node), "node {node} came back");
    }
    let newcomer = net.add(between(3, 6));
    net.run(SECOND * 10);
    assert_eq!(net.links(newcomer), 3);
}

#[test]
fn a_newcomer_finds_the_swarm_through_those_who_lack_links() {
    let mut net = viewers(20, |config| {
        between(4, 8)(config);
        config.signaling_at_max = SignalingAtMax::Leave;
    });
    net.run(SECOND * 30);
    let newcomer = net.add(between(4, 8));
    net.run(SECOND * 60);
    assert!(net.links(newcomer) >= 2, "{}", net.links(newcomer));
}

#[test]
fn a_peer_that_signaling_names_anew_is_not_linked_to_twice() {
    let mut net = viewers(8, between(4, 8));
    net.run(SECOND * 10);
    for _ in 0..3 {
        net.set_signaling(false);
        net.run(SECOND * 5);
        net.set_signaling(true);
        net.run(SECOND * 60);
        assert_eq!(net.doubled(), 0);
        (0..8).for_each(|node| assert!(net.links(node) >= 4, "node {node}"));
    }
}

#[test]
fn all_know_about_how_many_they_are() {
    let mut net = viewers(120, between(6, 12));
    net.run(SECOND * 30);
    for node in 0..120 {
        let count = net.stats(node).capable;
        assert!((84..=156).contains(&count), "node {node} counts {count}");
    }
    (60..120).for_each(|node| net.kill(node));
    net.run(SECOND * 62);
    for node in 0..60 {
        let count = net.stats(node).capable;
        assert!((42..=78).contains(&count), "node {node} counts {count}");
    }
}

#[test]
fn the_same_seeds_give_the_same_mesh() {
    let run = || {
        let mut net = viewers(15, between(4, 6));
        net.set_signaling(false);
        net.kill(3);
        net.run(SECOND * 30);
        (0..15).map(|node| net.neighbours(node)).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn engines_ask_for_more_peers_only_after_rooms_have_settled() {
    let begin = Timestamp::ZERO + SECOND;
    let mut engine = Engine::new(Config::viewer("film"), [7; 32], begin).unwrap();
    engine.handle_input(begin, Input::SignalingUp).unwrap();
    let mut now = begin;
    let asked = loop {
        let asks = |output: &Output| matches!(output, Output::WantPeers(_));
        let outputs: Vec<Output> = std::iter::from_fn(|| engine.poll_output()).collect();
        if outputs.iter().any(asks) {
            break now.since(begin);
        }
        now = engine.poll_timeout().expect("it has nobody");
        assert!(now < begin + 10 * SECOND, "it asks");
        engine.handle_timeout(now);
    };
    assert!(
        asked >= SETTLED,
        "after {asked:?}, half of what it takes is not allowed yet"
    );
    assert!(asked < 2 * SETTLED, "after {asked:?}: rooms wait for nobody");
}
