//! What a peer's candidates tell of the NAT that it is behind: its sockets' addresses as STUN servers saw them.

use std::net::{IpAddr, SocketAddr};

use super::MAX_LINES;
use super::candidate::number;
use super::line::{Word, Words, attribute};
use crate::message::Signal;

/// A socket as one STUN server saw it: a candidate of type `srflx` (RFC 8839, section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// What the server saw.
    pub(crate) seen: SocketAddr,
    /// The socket itself. Browsers say `0.0.0.0:0` where a page must not learn it.
    base: Option<SocketAddr>,
}

impl Mapping {
    /// Whether two servers saw one socket at two ports of one address: its NAT maps ports by destination, which is called
    /// symmetric (RFC 4787, section 4.1). Both must be of one negotiation: another one's sockets are others. Of two sockets
    /// that a browser does not tell apart, as those of two networks that share an address, this is wrong.
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        self.base == other.base && self.seen.ip() == other.seen.ip() && self.seen.port() != other.seen.port()
    }
}

/// The mappings that a signal tells of. What is no candidate is passed over: others refuse it.
pub(crate) fn mappings(signal: &Signal) -> impl Iterator<Item = Mapping> {
    let (description, trickled) = match signal {
        Signal::Offer { sdp } | Signal::Answer { sdp } => (Some(sdp), None),
        Signal::Candidate(candidate) => (None, Some(candidate.candidate.as_str())),
    };
    let lines = description
        .into_iter()
        .flat_map(|sdp| sdp.lines().take(MAX_LINES));
    let inside = lines.filter_map(|line| match attribute(line.strip_prefix("a=")?) {
        ("candidate", value) => Some(value),
        _ => None,
    });
    let alone = trickled.and_then(|text| text.strip_prefix("candidate:"));
    inside.chain(alone).filter_map(mapping)
}

/// Reads `foundation component transport priority address port typ srflx raddr address rport port`.
fn mapping(value: &str) -> Option<Mapping> {
    let mut words = Words::new(value).map(|word: Word<'_>| word.text);
    let transport = words.nth(2)?;
    let (address, port) = (words.nth(1)?, words.next()?);
    if !transport.eq_ignore_ascii_case("udp") || words.next()? != "typ" || words.next()? != "srflx" {
        return None;
    }
    let base = match (words.next(), words.next(), words.next(), words.next()) {
        (Some("raddr"), Some(address), Some("rport"), Some(port)) => socket(address, port),
        _ => None,
    };
    Some(Mapping {
        seen: socket(address, port)?,
        base,
    })
}

fn socket(address: &str, port: &str) -> Option<SocketAddr> {
    Some(SocketAddr::new(address.parse::<IpAddr>().ok()?, number(port)?))
}

#[cfg(test)]
mod tests;
