//! What one node knows of the others: who was heard, and which swarms they told of. All of it is soft: a node that falls
//! silent is forgotten, and what is lost is told again with the next summary.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;

use super::draw::below;
use super::packet::{MAX_PARTS, Part, SWARMS_PER_PACKET};
use super::seal::SwarmKey;
use crate::node::NodeId;

/// The most swarms that are kept of one node: as many as one summary tells.
const MAX_SWARMS: usize = MAX_PARTS as usize * SWARMS_PER_PACKET;

/// How many summaries in a row a swarm may be missing from before it is forgotten, where packets of them were lost.
const LOST_ROUNDS: u64 = 2;

/// The other nodes.
#[derive(Debug, Default)]
pub(super) struct View {
    nodes: BTreeMap<NodeId, Seen>,
}

/// What is known of one node.
#[derive(Debug, Default)]
struct Seen {
    heard: Duration,
    /// The number of the latest summary.
    round: u64,
    /// The packets of it that came: one bit each.
    came: u32,
    connections: u32,
    swarms: BTreeMap<SwarmKey, Tally>,
    /// How many seeks of this node wait for its answer.
    asked: u64,
}

#[derive(Debug, Clone, Copy)]
struct Tally {
    members: u32,
    /// The latest summary that told of it.
    round: u64,
}

/// Whether a node is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It was known.
    Known,
    /// It is new.
    New,
    /// There is no room for it.
    Refused,
}

impl View {
    /// Takes note that a node is there; `most` are known at once.
    pub(super) fn on_heard(&mut self, now: Duration, node: NodeId, most: usize) -> Heard {
        let room = self.nodes.len() < most;
        match self.nodes.get_mut(&node) {
            Some(seen) => {
                seen.heard = now;
                Heard::Known
            }
            None if room => {
                let seen = Seen {
                    heard: now,
                    ..Seen::default()
                };
                self.nodes.insert(node, seen);
                Heard::New
            }
            None => Heard::Refused,
        }
    }

    /// Takes note of what a known node tells.
    pub(super) fn on_part(&mut self, node: NodeId, part: &Part) {
        if let Some(seen) = self.nodes.get_mut(&node) {
            seen.merge(part);
        }
    }

    /// Forgets a node; tells whether it was known.
    pub(super) fn forget(&mut self, node: NodeId) -> bool {
        self.nodes.remove(&node).is_some()
    }

    /// Forgets those that were not heard since `deadline`, and returns them.
    pub(super) fn forget_silent(&mut self, deadline: Duration) -> Vec<NodeId> {
        let silent = |(node, seen): (&NodeId, &Seen)| (seen.heard <= deadline).then_some(*node);
        let gone: Vec<NodeId> = self.nodes.iter().filter_map(silent).collect();
        for node in &gone {
            self.nodes.remove(node);
        }
        gone
    }

    /// Gives every node time anew: while the bus was down none could be heard.
    pub(super) fn excuse(&mut self, now: Duration) {
        for seen in self.nodes.values_mut() {
            seen.heard = now;
        }
    }

    pub(super) fn knows(&self, node: NodeId) -> bool {
        self.nodes.contains_key(&node)
    }

    /// When the one that was silent longest was heard.
    pub(super) fn longest_silent(&self) -> Option<Duration> {
        self.nodes.values().map(|seen| seen.heard).min()
    }

    /// Draws a node with members of a swarm, other than those in `tried`. Of two drawn by their members, the one that has
    /// fewer seeks to answer for each member is taken: the largest gets most, but not all at once (M. Mitzenmacher, "The
    /// power of two choices in randomized load balancing", 2001).
    pub(super) fn draw(
        &mut self,
        swarm: SwarmKey,
        tried: &[NodeId],
        rng: &mut ChaCha20Rng,
    ) -> Option<NodeId> {
        let mut candidates: Vec<Candidate> = self
            .nodes
            .iter()
            .filter(|(node, _)| !tried.contains(node))
            .filter_map(|(node, seen)| Candidate::new(*node, seen, swarm))
            .collect();
        let first = take_weighted(&mut candidates, rng)?;
        let chosen = match take_weighted(&mut candidates, rng) {
            Some(second) if second.is_freer_than(&first) => second,
            Some(_) | None => first,
        };
        if let Some(seen) = self.nodes.get_mut(&chosen.node) {
            seen.asked += 1;
        }
        Some(chosen.node)
    }

    /// Takes note that a seek no longer waits for a node.
    pub(super) fn relieve(&mut self, node: NodeId) {
        if let Some(seen) = self.nodes.get_mut(&node) {
            // It may have gone and come back meanwhile.
            seen.asked = seen.asked.saturating_sub(1);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn swarms(&self) -> usize {
        self.nodes.values().map(|seen| seen.swarms.len()).sum()
    }

    pub(super) fn connections(&self) -> u64 {
        self.nodes.values().map(|seen| u64::from(seen.connections)).sum()
    }
}

impl Seen {
    fn merge(&mut self, part: &Part) {
        if part.round < self.round {
            return;
        }
        if part.round > self.round {
            self.round = part.round;
            self.came = 0;
        }
        self.came |= 1 << part.part;
        self.connections = part.connections;
        let round = part.round;
        // Swarms are told from the largest down, so the oldest make room first.
        let is_whole = self.came.count_ones() >= u32::from(part.parts);
        let oldest = if is_whole {
            round
        } else {
            round.saturating_sub(LOST_ROUNDS)
        };
        for (swarm, members) in part.swarms() {
            if self.swarms.len() < MAX_SWARMS || self.swarms.contains_key(&swarm) {
                self.swarms.insert(swarm, Tally { members, round });
            }
        }
        self.swarms.retain(|_, tally| tally.round >= oldest);
    }
}

/// A node that may be asked.
#[derive(Debug)]
struct Candidate {
    node: NodeId,
    members: u64,
    asked: u64,
}

impl Candidate {
    fn new(node: NodeId, seen: &Seen, swarm: SwarmKey) -> Option<Self> {
        let tally = seen.swarms.get(&swarm).filter(|tally| tally.members > 0)?;
        Some(Self {
            node,
            members: u64::from(tally.members),
            asked: seen.asked,
        })
    }

    fn is_freer_than(&self, other: &Self) -> bool {
        let load = |asked: u64, members: u64| u128::from(asked + 1) * u128::from(members);
        load(self.asked, other.members) < load(other.asked, self.members)
    }
}

/// Takes one out, each as likely as its share of all members.
fn take_weighted(candidates: &mut Vec<Candidate>, rng: &mut ChaCha20Rng) -> Option<Candidate> {
    let total: u64 = candidates.iter().map(|candidate| candidate.members).sum();
    if total == 0 {
        return None;
    }
    let mut at = below(rng, total);
    let place = candidates.iter().position(|candidate| {
        let is_here = at < candidate.members;
        at = at.saturating_sub(candidate.members);
        is_here
    })?;
    Some(candidates.swap_remove(place))
}

#[cfg(test)]
mod tests;
