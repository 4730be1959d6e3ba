//! Why a connection or a message is refused: what its sender is told, how it is closed, and how it is counted.

use super::io::CloseCode;
use super::stats::Refusals;
use crate::admission::Full;
use crate::message::{Away, ErrorCode, Join, ToClient, ToServer, VERSION};
use crate::parse::ParseError;

/// A refusal. One of a connection that has not joined is fatal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// How it is counted.
    pub reason: Reason,
    /// What its sender is told; nothing, where it does not keep to the protocol at all.
    pub code: Option<ErrorCode>,
    /// Of a viewer who is switched off: when to ask again, in milliseconds. It is told this in the place of a code.
    pub retry_in_ms: Option<u64>,
    /// How the connection is closed, where it is.
    pub close: CloseCode,
    /// One line for a person.
    pub text: &'static str,
}

/// Kinds of refusals, as [`Refusals`] counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Not a message.
    Malformed,
    /// A frame over the limit.
    TooLarge,
    /// Another version of the protocol.
    Version,
    /// A member out of its range.
    OutOfRange,
    /// Another message before the join, or a second join.
    NotJoined,
    /// Messages over the rate.
    RateLimited,
    /// The server has as many connections as it takes.
    FullServer,
    /// An address has as many connections as it may.
    FullAddress,
    /// A token has as many connections as it may.
    FullToken,
    /// A swarm has as many members as it may, or there are too many swarms.
    FullSwarm,
    /// A newer connection with the same token, from the same address.
    Replaced,
    /// No place is left for connections whose request has not come yet.
    FullPending,
    /// No request in time, or no TLS handshake.
    RequestTimeout,
    /// No join in time.
    JoinTimeout,
    /// Nothing said for too long.
    Silent,
    /// A token that does not let in, or none.
    Forbidden,
    /// A page of an origin that is not allowed.
    Origin,
    /// A session description or candidate that is none of a data channel's.
    Description,
    /// A viewer who is not in the share that the operator lets in.
    SwitchedOff,
}

impl Refusal {
    const fn new(reason: Reason, code: ErrorCode, close: CloseCode, text: &'static str) -> Self {
        Self {
            reason,
            code: Some(code),
            retry_in_ms: None,
            close,
            text,
        }
    }

    /// The first message is no join.
    pub const NOT_JOINED: Self = Self::new(
        Reason::NotJoined,
        ErrorCode::NotJoined,
        CloseCode::Policy,
        "join first",
    );
    /// No message came in time.
    pub const JOIN_TIMEOUT: Self = Self {
        reason: Reason::JoinTimeout,
        code: None,
        retry_in_ms: None,
        close: CloseCode::Policy,
        text: "no join in time",
    };
    /// Far more messages come than are taken.
    pub const FLOOD: Self = Self {
        reason: Reason::RateLimited,
        code: None,
        retry_in_ms: None,
        close: CloseCode::Policy,
        text: "too many messages",
    };
    /// No token, or none that lets in. It does not say which, nor whether there is such a swarm.
    pub const FORBIDDEN: Self = Self::new(
        Reason::Forbidden,
        ErrorCode::Forbidden,
        CloseCode::Policy,
        "a valid token for this swarm is needed",
    );
    /// A newer connection with the same token took this one's place.
    pub const REPLACED: Self = Self::new(
        Reason::Replaced,
        ErrorCode::Replaced,
        CloseCode::Replaced,
        "a newer connection came with the same token",
    );
    /// What a viewer is told who is not in the share that the operator lets in, for a person.
    pub const SWITCHED_OFF: &'static str = "switched off by the operator";
    const VERSION: Self = Self::new(
        Reason::Version,
        ErrorCode::Version,
        CloseCode::Policy,
        "this server speaks version 1 of the protocol",
    );

    /// A viewer is not in the share that the operator lets in. It may ask again after so many milliseconds: at most
    /// [`MAX_RETRY_MS`](crate::message::MAX_RETRY_MS).
    pub fn switched_off(retry_in_ms: u64) -> Self {
        Self {
            reason: Reason::SwitchedOff,
            code: None,
            retry_in_ms: Some(retry_in_ms),
            close: CloseCode::SwitchedOff,
            text: Self::SWITCHED_OFF,
        }
    }

    /// The message to a connection that has not joined, before it is closed.
    pub fn message(&self) -> Option<ToClient> {
        if let Some(retry_in_ms) = self.retry_in_ms {
            return Some(ToClient::GoAway {
                retry_in_ms,
                reason: Away::SwitchedOff,
            });
        }
        let code = self.code?;
        Some(ToClient::Error {
            code,
            message: self.text.to_owned(),
            fatal: true,
        })
    }
}

impl From<ParseError> for Refusal {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::TooLarge => Self {
                reason: Reason::TooLarge,
                code: None,
                retry_in_ms: None,
                close: CloseCode::TooLarge,
                text: "the frame is too large",
            },
            ParseError::Malformed => Self::new(
                Reason::Malformed,
                ErrorCode::Malformed,
                CloseCode::Policy,
                "not a message of this protocol",
            ),
            ParseError::OutOfRange(_) => Self::new(
                Reason::OutOfRange,
                ErrorCode::OutOfRange,
                CloseCode::Policy,
                "a member of the message is out of its range",
            ),
        }
    }
}

impl From<Full> for Refusal {
    fn from(full: Full) -> Self {
        let reason = match full {
            Full::Server => Reason::FullServer,
            Full::Address => Reason::FullAddress,
            Full::Token => Reason::FullToken,
            Full::Swarm => Reason::FullSwarm,
        };
        Self::new(reason, ErrorCode::Full, CloseCode::TryAgainLater, full.text())
    }
}

/// Reads the first frame of a connection.
///
/// # Errors
/// When it is not a join of this version.
pub fn read_join(frame: &str) -> Result<Join, Refusal> {
    let ToServer::Join(join) = ToServer::parse(frame)? else {
        return Err(Refusal::NOT_JOINED);
    };
    if join.version != VERSION {
        return Err(Refusal::VERSION);
    }
    Ok(join)
}

impl Refusals {
    /// Counts one more.
    pub fn count(&mut self, reason: Reason) {
        *match reason {
            Reason::Malformed => &mut self.malformed,
            Reason::TooLarge => &mut self.too_large,
            Reason::Version => &mut self.version,
            Reason::OutOfRange => &mut self.out_of_range,
            Reason::NotJoined => &mut self.not_joined,
            Reason::RateLimited => &mut self.rate_limited,
            Reason::FullServer => &mut self.full_server,
            Reason::FullAddress => &mut self.full_address,
            Reason::FullToken => &mut self.full_token,
            Reason::FullSwarm => &mut self.full_swarm,
            Reason::Replaced => &mut self.replaced,
            Reason::FullPending => &mut self.full_pending,
            Reason::RequestTimeout => &mut self.request_timeout,
            Reason::JoinTimeout => &mut self.join_timeout,
            Reason::Silent => &mut self.silent,
            Reason::Forbidden => &mut self.forbidden,
            Reason::Origin => &mut self.origin,
            Reason::Description => &mut self.description,
            Reason::SwitchedOff => &mut self.switched_off,
        } += 1;
    }
}
