//! What is kept of summaries that come in order, in parts, late or not at all, and who is drawn.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{Heard, MAX_SWARMS, View};
use crate::cluster::packet::{Part, SWARMS_PER_PACKET};
use crate::cluster::seal::SwarmKey;
use crate::node::NodeId;

const NODE: NodeId = NodeId(1);

#[test]
fn a_whole_summary_replaces_the_one_before() {
    let mut view = view();
    view.on_part(NODE, &part(1, (0, 1), &[(1, 5), (2, 5)]));
    view.on_part(NODE, &part(2, (0, 1), &[(2, 6)]));
    assert_eq!(draw(&mut view, 1), None);
    assert_eq!(draw(&mut view, 2), Some(NODE));
    assert_eq!(view.swarms(), 1);
}

#[test]
fn a_swarm_outlives_two_summaries_whose_packets_were_lost() {
    let mut view = view();
    view.on_part(NODE, &part(1, (0, 2), &[(1, 5)]));
    view.on_part(NODE, &part(1, (1, 2), &[(2, 5)]));
    for round in 2..4 {
        view.on_part(NODE, &part(round, (0, 2), &[(1, 5)]));
        assert_eq!(draw(&mut view, 2), Some(NODE), "round {round}");
    }
    view.on_part(NODE, &part(4, (0, 2), &[(1, 5)]));
    assert_eq!(draw(&mut view, 2), None);
}

#[test]
fn a_summary_that_comes_after_a_later_one_changes_nothing() {
    let mut view = view();
    view.on_part(NODE, &part(2, (0, 1), &[(1, 5)]));
    view.on_part(NODE, &part(1, (0, 1), &[(2, 5)]));
    assert_eq!(draw(&mut view, 2), None);
    assert_eq!(draw(&mut view, 1), Some(NODE));
}

#[test]
fn keeps_no_more_swarms_of_a_node_than_a_summary_tells() {
    let mut view = view();
    for round in 0..40_u32 {
        let swarms: Vec<(u32, u32)> = (0..512).map(|swarm| (round * 512 + swarm, 1)).collect();
        assert_eq!(swarms.len(), SWARMS_PER_PACKET);
        // Each claims to be one of two, so that none is ever whole.
        view.on_part(NODE, &part(1, (0, 2), &swarms));
    }
    assert_eq!(view.swarms(), MAX_SWARMS);
}

#[test]
fn refuses_a_node_too_many_and_hears_those_it_knows() {
    let mut view = View::default();
    assert_eq!(view.on_heard(Duration::ZERO, NodeId(1), 1), Heard::New);
    assert_eq!(view.on_heard(Duration::ZERO, NodeId(2), 1), Heard::Refused);
    assert_eq!(view.on_heard(Duration::ZERO, NodeId(1), 1), Heard::Known);
    assert_eq!(view.len(), 1);
}

#[test]
fn draws_each_node_about_as_often_as_it_has_members() {
    let counts = drawn(&[(1, 80), (2, 10), (3, 10)], 3_000);
    let share = |node| counts.get(&NodeId(node)).copied().unwrap_or(0);
    assert!((1_800..=2_700).contains(&share(1)), "{counts:?}");
    assert!(share(2) > 100 && share(3) > 100, "{counts:?}");
}

#[test]
fn a_node_with_many_open_seeks_gives_way_to_the_others() {
    let mut view = View::default();
    for node in [1, 2] {
        view.on_heard(Duration::ZERO, NodeId(node), 64);
        view.on_part(NodeId(node), &part(1, (0, 1), &[(1, 50)]));
    }
    let mut rng = rng();
    let mut asked = [0_u32; 3];
    for _ in 0..100 {
        let node = view.draw(key(1), &[], &mut rng).unwrap();
        asked[usize::try_from(node.0).unwrap()] += 1;
    }
    // Nobody answers, so they take turns.
    assert_eq!(asked, [0, 50, 50]);
}

#[test]
fn draws_nobody_who_was_tried_or_has_no_members() {
    let mut view = view();
    view.on_part(NODE, &part(1, (0, 1), &[(1, 5), (2, 0)]));
    assert_eq!(view.draw(key(1), &[NODE], &mut rng()), None);
    assert_eq!(draw(&mut view, 2), None);
    assert_eq!(draw(&mut view, 3), None);
}

fn drawn(members: &[(u32, u32)], times: usize) -> BTreeMap<NodeId, usize> {
    let mut view = View::default();
    for (node, count) in members {
        view.on_heard(Duration::ZERO, NodeId(*node), 64);
        view.on_part(NodeId(*node), &part(1, (0, 1), &[(1, *count)]));
    }
    let mut rng = rng();
    let mut counts = BTreeMap::new();
    for _ in 0..times {
        let node = view.draw(key(1), &[], &mut rng).unwrap();
        *counts.entry(node).or_insert(0) += 1;
        // Some seeks stay open for a while, as they do.
        if counts[&node] % 3 != 0 {
            view.relieve(node);
        }
    }
    counts
}

fn view() -> View {
    let mut view = View::default();
    assert_eq!(view.on_heard(Duration::ZERO, NODE, 64), Heard::New);
    view
}

fn draw(view: &mut View, swarm: u32) -> Option<NodeId> {
    view.draw(key(swarm), &[], &mut rng())
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([3; 32])
}

fn key(swarm: u32) -> SwarmKey {
    let mut key = [0; SwarmKey::LEN];
    key[..4].copy_from_slice(&swarm.to_be_bytes());
    SwarmKey(key)
}

fn part(round: u64, place: (u8, u8), swarms: &[(u32, u32)]) -> Part {
    let swarms: Vec<_> = swarms
        .iter()
        .map(|(swarm, count)| (key(*swarm), *count))
        .collect();
    Part::new(round, place, 10, &swarms)
}
