//! How rooms, and the peers in them, are named: a peer's id tells where it is.

use std::fmt;

use crate::node::NodeId;

/// How many hexadecimal digits a shard is written with.
const SHARD_DIGITS: usize = 2;

/// One room: a swarm, or a part of a large one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomKey {
    /// The swarm's id.
    pub swarm: String,
    /// Which of its rooms, from 0.
    pub number: u32,
}

/// Which of a cluster's tables a peer is in. Its id begins with it, as ten hexadecimal digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whereabouts {
    /// The server.
    pub node: NodeId,
    /// Which of the server's [`Rooms`](super::Rooms).
    pub shard: u8,
}

impl Whereabouts {
    /// Reads them out of a peer's id; `None` where that was not issued by a server of this version.
    pub fn of(peer: &str) -> Option<Self> {
        let node = NodeId::of_peer(peer)?;
        let digits = peer.get(NodeId::DIGITS..NodeId::DIGITS + SHARD_DIGITS)?;
        let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let shard = hex.then(|| u8::from_str_radix(digits, 16).ok())??;
        Some(Self { node, shard })
    }
}

impl fmt::Display for Whereabouts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{:02x}", self.node, self.shard)
    }
}

#[cfg(test)]
mod tests;
