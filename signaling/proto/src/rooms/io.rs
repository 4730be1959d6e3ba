//! What a server is told and tells: connections, frames to send, connections to close.

use crate::message::ToClient;

/// Names one connection; chosen by the shell, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// Something for the shell to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomsOutput {
    /// Send a message.
    Send {
        /// Where to.
        conn: ConnId,
        /// What.
        message: ToClient,
    },
    /// Close a connection, after what was sent before. It is forgotten already.
    Close {
        /// Which.
        conn: ConnId,
        /// How.
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
}

impl CloseCode {
    /// The code on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::Policy => 1008,
            Self::TooLarge => 1009,
            Self::TryAgainLater => 1013,
        }
    }
}
