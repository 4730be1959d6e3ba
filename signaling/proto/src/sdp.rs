//! The part of a session description or an ICE candidate that the server carries from one peer to another.
//!
//! A description makes its receiver send packets to the addresses it names, and tells the receiver who its sender is. So
//! nothing passes that a data channel does not need: one section, one certificate, few candidates, and no address that
//! the rules keep back. What passes is passed byte for byte; a description that needs no change is borrowed, not copied.
//!
//! Sources: RFC 8866 (lines), RFC 8839 (ICE), RFC 8841 (data channels), RFC 8842 (DTLS), and
//! draft-ietf-mmusic-mdns-ice-candidates (names in place of addresses).

mod address;
mod candidate;
mod description;
mod edit;
mod line;
mod mapping;

use std::borrow::Cow;

use thiserror::Error;

use crate::message::{MAX_CANDIDATE, MAX_SDP};
pub(crate) use mapping::{Mapping, mappings};

use candidate::Judgement;
use description::Reader;
use edit::Edited;

/// The most lines of a description. Those of browsers have 18, and one for each candidate.
pub const MAX_LINES: usize = 256;

/// The longest line, in bytes without its ending. Browsers' longest is a fingerprint of SHA-512 with 210.
pub const MAX_LINE: usize = 1 << 10;

/// Which addresses are carried. Multicast, broadcast, reserved and unspecified ones never are.
///
/// A name of multicast DNS (`<uuid>.local`) always is: it means nothing outside its sender's network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addresses {
    /// Those that the whole internet can reach.
    #[default]
    Public,
    /// Also those of private networks (RFC 1918, 4193, 6598). A viewer then learns how the other's network is numbered,
    /// and can have it send packets into its own.
    Private,
    /// Also loopback and link-local ones: for peers on one machine.
    Any,
}

/// Which candidates may link two peers, as WebRTC's `RTCIceTransportPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IceTransportPolicy {
    /// Candidates of all types.
    #[default]
    All,
    /// Those of relays alone: no candidate of another type is carried, nor any other mention of a peer's own address.
    Relay,
}

/// The rules for what is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SdpRules {
    /// The addresses that are carried. Default: public ones.
    pub addresses: Addresses,
    /// The types of candidates that are carried. Default: all.
    pub transport_policy: IceTransportPolicy,
    /// The most candidates of one description; those beyond are dropped. Each makes the receiver send some packets to an
    /// address of the sender's choice. Default: 32, where a machine of several networks has some 20.
    pub max_candidates: usize,
}

impl Default for SdpRules {
    fn default() -> Self {
        Self {
            addresses: Addresses::Public,
            transport_policy: IceTransportPolicy::All,
            max_candidates: 32,
        }
    }
}

/// A description that may be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered<'a> {
    /// What is carried: never longer than what came, and borrowed where nothing was taken away.
    pub sdp: Cow<'a, str>,
    /// How many candidates it has.
    pub candidates: usize,
    /// How many candidates were taken away.
    pub dropped: usize,
}

/// What becomes of a candidate that came by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Carry this, which is what came or has the sender's own address taken out.
    Carry(Cow<'a, str>),
    /// The rules forbid it. That is no offence: browsers offer all addresses they have.
    Drop,
}

/// Why a description or candidate is refused as a whole. No browser writes such a text: its sender means harm, or does
/// not speak of a data channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SdpError {
    /// The text, one of its lines or their number is over the limit.
    #[error("a session description or candidate over its limits")]
    TooLarge,
    /// It holds a byte that is no printable ASCII.
    #[error("a session description or candidate that is no plain text")]
    NotText,
    /// A line or a member of one is not what its RFC says.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// Something that must be there once is there a second time, with another meaning.
    #[error("more than one {0}")]
    Repeated(&'static str),
    /// Something is missing that a data channel cannot do without.
    #[error("without {0}")]
    Missing(&'static str),
    /// A section of another kind, or a second one.
    #[error("a section that is not the one of data channels")]
    NotDataChannel,
    /// An address given as a name. To look it up would tell a name server of the sender's choice who the receiver is.
    #[error("a host name as an address")]
    HostName,
}

/// Filters an offer or answer in one pass. What it returns, it returns unchanged when given it again.
///
/// - One section, of a data channel, with fingerprint, ICE credentials and DTLS role, at either level.
/// - Candidates that the rules forbid are taken away; related addresses that they forbid are replaced by `0.0.0.0` or `::`.
/// - The default address (`c=`) is replaced likewise, and its port with it by 9: that is what a browser writes before it
///   knows an address. So is an address in `o=`, where all browsers write a placeholder.
/// - Lines that no stack needs for a data channel are taken away.
///
/// # Errors
/// See [`SdpError`].
pub fn filter_description<'a>(sdp: &'a str, rules: &SdpRules) -> Result<Filtered<'a>, SdpError> {
    if sdp.len() > MAX_SDP {
        return Err(SdpError::TooLarge);
    }
    Reader::new(sdp, rules).read()
}

/// Filters a trickled candidate: `candidate:...`, or the empty text that ends them. What it returns, it returns unchanged
/// when given it again.
///
/// The rules' `max_candidates` is not looked at: the caller counts what one peer sends to another.
///
/// # Errors
/// See [`SdpError`].
pub fn filter_candidate<'a>(text: &'a str, rules: &SdpRules) -> Result<Verdict<'a>, SdpError> {
    const PREFIX: &str = "candidate:";
    if text.is_empty() {
        return Ok(Verdict::Carry(Cow::Borrowed(text)));
    }
    if text.len() > MAX_CANDIDATE {
        return Err(SdpError::TooLarge);
    }
    line::check_text(text)?;
    let value = text
        .strip_prefix(PREFIX)
        .ok_or(SdpError::Malformed("candidate"))?;
    let mut edited = Edited::new(text);
    match candidate::judge(value, rules)? {
        Judgement::Carry => {}
        Judgement::Mask { range, by } => {
            edited.replace(range.start + PREFIX.len()..range.end + PREFIX.len(), by);
        }
        Judgement::Drop => return Ok(Verdict::Drop),
    }
    Ok(Verdict::Carry(edited.finish()))
}

#[cfg(test)]
mod tests;
