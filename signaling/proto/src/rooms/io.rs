//! What a server is told and tells: connections, frames to send, connections to close.

use super::envelope::Envelope;
use super::locale::ClientLocation;
use crate::message::{IceServer, Join, ToClient};

/// Names one connection; chosen by the shell, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// A connection that was let in elsewhere, and is to be a member of a room.
#[derive(Debug, Clone)]
pub struct Guest {
    /// Where it comes from.
    pub location: ClientLocation,
    /// The message that it joined with.
    pub join: Join,
    /// The number of the swarm's room that it is to be in.
    pub room: u32,
    /// How many introductions it may ask for at once, at first: at most [`MEMBER_ASKS`](super::MEMBER_ASKS).
    pub asks: u32,
    /// ICE servers for it alone, told before those of all.
    pub ice_servers: Vec<IceServer>,
}

/// Something for the shell to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomsOutput {
    /// Send a message.
    Send {
        /// The connection.
        conn: ConnId,
        /// The message.
        message: ToClient,
    },
    /// Carry this to another room: by [`Envelope::addressee`], or to any other of the swarm. Only where
    /// [`RoomsConfig::abroad`](super::RoomsConfig::abroad) says that there may be some.
    Abroad(Envelope),
    /// Close a connection, after what was sent before. It is forgotten already.
    Close {
        /// The connection.
        conn: ConnId,
        /// The WebSocket's close code.
        code: CloseCode,
        /// One line for a person.
        reason: &'static str,
    },
}

/// Why a WebSocket is closed (RFC 6455, section 7.4.1, and its IANA registry).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseCode {
    /// It broke the protocol, or a limit: 1008.
    Policy,
    /// It sent a frame that is too large: 1009.
    TooLarge,
    /// There is no room: 1013.
    TryAgainLater,
    /// A newer connection with the same token took its place: 4001, of those for private use.
    Replaced,
    /// The operator lets in only a share of viewers, and this one is not among them: 4002, of those for private use.
    SwitchedOff,
}

impl CloseCode {
    /// The code on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::Policy => 1008,
            Self::TooLarge => 1009,
            Self::TryAgainLater => 1013,
            Self::Replaced => 4001,
            Self::SwitchedOff => 4002,
        }
    }
}
