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
    /// The room's number within the swarm, from 0.
    pub number: u32,
}

/// Where a peer is in a cluster: its server, and the table there. Its id begins with this, as ten hexadecimal digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whereabouts {
    /// The server.
    pub node: NodeId,
    /// The number of its [`Rooms`](super::Rooms) among the server's.
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
