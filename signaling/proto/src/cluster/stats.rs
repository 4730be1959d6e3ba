//! What a node counts of its cluster, for its metrics: no peer, swarm or address in it.

use super::{Bus, Cluster, ClusterHealth, NodeId};

/// A snapshot of a node's figures. `nodes`, `swarms` and `connections` are current values, the others count up from the
/// start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClusterStats {
    /// Other nodes that are there.
    pub nodes: u64,
    /// Swarms that the others tell of, each counted once for each node.
    pub swarms: u64,
    /// Connections of the others.
    pub connections: u64,
    /// Packets handed to the bus.
    pub published: u64,
    /// Packets taken from the bus that were of use.
    pub received: u64,
    /// Packets that were too old, or from the future: a clock is wrong, or the bus is slow.
    pub dropped_stale: u64,
    /// Packets that cannot be read, or are of another version.
    pub malformed: u64,
    /// Packets without the seal of the cluster's secret.
    pub forged: u64,
    /// Packets for another node.
    pub misdirected: u64,
    /// Packets of nodes beyond the most that are known at once.
    pub refused_nodes: u64,
    /// Envelopes that did not leave this node.
    pub undeliverable: u64,
    /// Seeks that another node was asked for.
    pub seeks: u64,
    /// Seeks, of these, that were answered with members.
    pub found: u64,
    /// Seeks, of these, that ended without members.
    pub unfound: u64,
    /// Seeks that nobody could be asked for: no node has members of the swarm, the bus is down, or too many are open.
    pub unasked: u64,
    /// Nodes that fell silent or left.
    pub gone: u64,
}

impl Cluster {
    /// This node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// How much of the cluster this node sees.
    pub fn health(&self) -> ClusterHealth {
        match self.bus {
            Bus::Up => ClusterHealth::Connected {
                nodes: self.view.len(),
            },
            Bus::Down => ClusterHealth::Degraded,
        }
    }

    /// The figures as of now.
    pub fn stats(&self) -> ClusterStats {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        ClusterStats {
            nodes: count(self.view.len()),
            swarms: count(self.view.swarms()),
            connections: self.view.connections(),
            ..self.stats
        }
    }
}
