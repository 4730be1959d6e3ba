//! What a node of a cluster is told and tells.

use crate::node::NodeId;
use crate::rooms::Envelope;

/// How the bus is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bus {
    /// What is published is carried.
    Up,
    /// Nothing is.
    Down,
}

/// Something for the shell to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterOutput {
    /// Publish to one node. Where the bus does not take it, tell
    /// [`handle_unpublished`](super::Cluster::handle_unpublished).
    Publish {
        /// Which.
        to: NodeId,
        /// At most [`MAX_PACKET`](super::MAX_PACKET) bytes.
        bytes: Vec<u8>,
    },
    /// Publish to all nodes.
    Broadcast(Vec<u8>),
    /// Tell [`handle_summary`](super::Cluster::handle_summary) which swarms there are: the others are to know.
    NeedSummary,
    /// For the rooms of this node. What names a swarm that was just left is theirs to ignore.
    Deliver(Envelope),
    /// It did not reach its addressee's node: for the sender's room, on this node. Of an [`Envelope::Seek`]: no other node
    /// has found anybody, but rooms of this one may.
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
