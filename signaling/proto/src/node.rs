//! Names the server that a peer is connected to: a cluster routes by server, not by peer.
//!
//! A peer id begins with its node as [`NodeId::DIGITS`] hexadecimal digits, so that a signal finds its way without a
//! table of all peers.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One signaling server, for as long as its process lives: drawn at random at each start, so that nothing that was meant
/// for the process before it reaches it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A text is no node id. Treat what carried it as malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a node is named by 8 lower-case hexadecimal digits")]
pub struct NodeIdError;

impl NodeId {
    /// How many hexadecimal digits it is written with.
    pub const DIGITS: usize = 8;

    /// The node of a peer, by the peer's id; `None` where the id does not begin with one.
    pub fn of_peer(peer: &str) -> Option<Self> {
        peer.get(..Self::DIGITS)?.parse().ok()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

impl FromStr for NodeId {
    type Err = NodeIdError;

    /// Reads the digits as [`Display`](fmt::Display) writes them: there is one spelling only.
    fn from_str(text: &str) -> Result<Self, NodeIdError> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != Self::DIGITS || !text.bytes().all(is_digit) {
            return Err(NodeIdError);
        }
        u32::from_str_radix(text, 16).map(Self).map_err(|_| NodeIdError)
    }
}

#[cfg(test)]
mod tests;
