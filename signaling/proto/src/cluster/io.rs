//! What a node of a cluster is told, and what it asks for.

use crate::node::NodeId;
use crate::rooms::Envelope;

/// The state of the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bus {
    /// What is published is carried.
    Up,
    /// Nothing is carried.
    Down,
}

/// Something for the shell to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterOutput {
    /// Publish to one node. If the bus does not take it, call
    /// [`handle_unpublished`](super::Cluster::handle_unpublished).
    Publish {
        /// The node.
        to: NodeId,
        /// At most [`MAX_PACKET`](super::MAX_PACKET) bytes.
        bytes: Vec<u8>,
    },
    /// Publish to all nodes.
    Broadcast(Vec<u8>),
    /// Call [`handle_summary`](super::Cluster::handle_summary) with the swarms that there are: the others are to know.
    NeedSummary,
    /// Hand this to the rooms of this node. They ignore what names a swarm that was just left.
    Deliver(Envelope),
    /// Hand this back to the sender's room, on this node: it did not reach its addressee's node. For an
    /// [`Envelope::Seek`], no other node found anybody, but other rooms of this one may.
    Undeliverable(Envelope),
    /// A node is gone, and its peers with it. Links between peers live on.
    Gone(NodeId),
}

/// How much of the cluster a node sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterHealth {
    /// It is the only one by configuration.
    Alone,
    /// The bus is up.
    Connected {
        /// How many other nodes there are.
        nodes: usize,
    },
    /// The bus is down: members of this node are paired with each other only, until it is back.
    Degraded,
}
