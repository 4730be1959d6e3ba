//! Negotiations that travel over a common neighbour: what is carried, and how much of it.
//!
//! A Relay's payload starts with one byte: 0 if the receiver is to carry the rest to the peer that the frame names, 1
//! if it came from that peer. An empty rest is a refusal: by the peer, which has links enough, or by the neighbour,
//! which does not know it. A neighbour carries between two of its own links and no further, and could impersonate
//! either: a link made this way is trusted as little as any.

use std::time::Duration;

use crate::time::Timestamp;
use crate::wire::MAX_PAYLOAD;

/// How much one link may have carried, and send to this peer, per [`SPAN`]: three negotiations with all their
/// candidates.
const MAX_MESSAGES: u32 = 64;
const MAX_BYTES: usize = 64 << 10;

/// The time that these limits are for.
const SPAN: Duration = Duration::from_secs(10);

/// The largest single message of a negotiation, in bytes.
pub(crate) const MAX_CARRIED: usize = MAX_PAYLOAD - 1;

/// A Relay's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carried<'a> {
    /// To the neighbour in the middle: carry this to the peer.
    To(&'a [u8]),
    /// From the neighbour in the middle: this is from the peer.
    From(&'a [u8]),
}

impl<'a> Carried<'a> {
    /// Reads a payload; `None` if it is malformed.
    pub(crate) fn read(payload: &'a [u8]) -> Option<Self> {
        match payload.split_first()? {
            (0, rest) => Some(Self::To(rest)),
            (1, rest) => Some(Self::From(rest)),
            _ => None,
        }
    }

    /// Writes the payload.
    pub(crate) fn payload(self) -> Vec<u8> {
        let (way, rest) = match self {
            Self::To(rest) => (0, rest),
            Self::From(rest) => (1, rest),
        };
        let mut payload = Vec::with_capacity(1 + rest.len());
        payload.push(way);
        payload.extend_from_slice(rest);
        payload
    }
}

/// What one link has had carried lately.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    since: Timestamp,
    messages: u32,
    bytes: usize,
}

impl Budget {
    /// Counts a message; false if it is one too many.
    pub(crate) fn take(&mut self, now: Timestamp, bytes: usize) -> bool {
        if now.since(self.since) >= SPAN {
            *self = Self {
                since: now,
                messages: 0,
                bytes: 0,
            };
        }
        if self.messages >= MAX_MESSAGES || self.bytes + bytes > MAX_BYTES {
            return false;
        }
        self.messages += 1;
        self.bytes += bytes;
        true
    }
}

#[cfg(test)]
mod tests;
