//! Reads and writes the messages of [`crate::message`] with every limit checked.
//!
//! Size first, then syntax, then ranges: what comes out is within the documented limits, whoever sent it.

use thiserror::Error;

use crate::json::Json;
use crate::message::read::FromJson;
use crate::message::write;
use crate::message::{
    Candidate, Cell, Hints, IceServer, Join, MAX_CANDIDATE, MAX_CANDIDATE_NAME, MAX_CAPACITY, MAX_FRAME,
    MAX_HINT, MAX_ICE_SERVERS, MAX_ID, MAX_RELAYED, MAX_RETRY_MS, MAX_RTT_MS, MAX_SDP, MAX_SWARM, MAX_TEXT,
    MAX_TOKEN, MAX_WANT, Policy, Relayed, SIGNER_DIGITS, Signal, ToClient, ToServer, Welcome,
};

/// Why a frame is not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It is over [`MAX_FRAME`]. Close the connection: its sender does not keep to the protocol.
    #[error("a frame has at most 16384 bytes")]
    TooLarge,
    /// It is not JSON, or no message of this protocol. Ignore it or refuse its sender.
    #[error("not a message of this protocol")]
    Malformed,
    /// A member is out of its range. Ignore it or refuse its sender.
    #[error("{0} is out of its range")]
    OutOfRange(&'static str),
}

impl ToServer {
    /// Reads a frame of a client.
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn parse(frame: &str) -> Result<Self, ParseError> {
        let message = read(frame)?;
        match &message {
            Self::Join(join) => check_join(join)?,
            Self::Signal { to, signal } => {
                check(is_id(to), "to")?;
                check_signal(signal)?;
            }
            Self::Want { count } => check(*count <= MAX_WANT, "count")?,
            Self::Unpair { peer } => check(is_id(peer), "peer")?,
            Self::Measured { peer, rtt_ms } => {
                check(is_id(peer), "peer")?;
                check(*rtt_ms <= MAX_RTT_MS, "rttMs")?;
            }
            Self::Ping => {}
        }
        Ok(message)
    }

    /// Writes the frame.
    pub fn to_json(&self) -> String {
        write::to_server(self)
    }
}

impl ToClient {
    /// Reads a frame of a server.
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn parse(frame: &str) -> Result<Self, ParseError> {
        let message = read(frame)?;
        match &message {
            Self::Welcome(welcome) => check_welcome(welcome)?,
            Self::Paired { peer, offer: _ } | Self::Left { peer } => check(is_id(peer), "peer")?,
            Self::Signal { from, signal } => {
                check(is_id(from), "from")?;
                check_signal(signal)?;
            }
            Self::Undeliverable { to } => check(is_id(to), "to")?,
            Self::Pong => {}
            Self::GoAway {
                retry_in_ms,
                reason: _,
            } => check(*retry_in_ms <= MAX_RETRY_MS, "retryInMs")?,
            Self::Error {
                code: _,
                message,
                fatal: _,
            } => check(message.len() <= MAX_TEXT, "message")?,
        }
        Ok(message)
    }

    /// Writes the frame.
    pub fn to_json(&self) -> String {
        write::to_client(self)
    }
}

impl Relayed {
    /// Reads what a neighbour carried.
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn parse(payload: &[u8]) -> Result<Self, ParseError> {
        if payload.len() > MAX_RELAYED {
            return Err(ParseError::TooLarge);
        }
        let text = std::str::from_utf8(payload).map_err(|_| ParseError::Malformed)?;
        let message: Self = read(text)?;
        check_signal(&message.signal)?;
        match message.signal {
            Signal::Offer { .. } => check(message.tie.is_some(), "tie")?,
            Signal::Answer { .. } | Signal::Candidate(_) => {}
        }
        Ok(message)
    }

    /// Writes the payload.
    pub fn to_json(&self) -> String {
        write::relayed(self)
    }
}

/// Tells whether `id` can name a swarm: 1 to [`MAX_SWARM`] bytes.
pub fn is_swarm(id: &str) -> bool {
    (1..=MAX_SWARM).contains(&id.len())
}

/// Tells whether `id` can name a peer: 1 to [`MAX_ID`] printable ASCII characters other than space.
pub fn is_id(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Tells whether `links` is a number that a peer can say it takes: 1 to [`MAX_CAPACITY`].
pub fn is_capacity(links: u32) -> bool {
    (1..=MAX_CAPACITY).contains(&links)
}

/// Tells whether `token` can be a join token: 1 to [`MAX_TOKEN`] printable ASCII characters other than space.
pub fn is_token(token: &str) -> bool {
    (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Tells whether all hints are within their limits.
pub fn are_hints(hints: &Hints) -> bool {
    let named = |name: &Option<String>| name.as_ref().is_none_or(|name| is_hint(name));
    named(&hints.pop) && named(&hints.zone) && hints.cell.is_none_or(is_cell)
}

/// Tells whether `hint` can name a point of presence or a time zone: 1 to [`MAX_HINT`] printable ASCII characters other
/// than space.
pub fn is_hint(hint: &str) -> bool {
    (1..=MAX_HINT).contains(&hint.len()) && hint.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Tells whether a cell is on the globe.
pub fn is_cell(cell: Cell) -> bool {
    (-180..=180).contains(&cell.north) && (-360..=360).contains(&cell.east)
}

/// Tells whether `key` can be a signer's public key: [`SIGNER_DIGITS`] hexadecimal digits.
pub fn is_signer(key: &str) -> bool {
    key.len() == SIGNER_DIGITS && key.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Tells whether a policy can be met: `max_peers` at most [`MAX_CAPACITY`], and no fewer than `min_peers`.
pub fn is_policy(policy: &Policy) -> bool {
    let most = policy.max_peers.unwrap_or(MAX_CAPACITY);
    most <= MAX_CAPACITY && policy.min_peers.unwrap_or(0) <= most
}

/// Tells whether `sdp` can be a session description: 1 to [`MAX_SDP`] bytes.
pub fn is_sdp(sdp: &str) -> bool {
    (1..=MAX_SDP).contains(&sdp.len())
}

/// Tells whether all members of a candidate are within their limits.
pub fn is_candidate(candidate: &Candidate) -> bool {
    let short = |name: &Option<String>| name.as_ref().is_none_or(|name| name.len() <= MAX_CANDIDATE_NAME);
    candidate.candidate.len() <= MAX_CANDIDATE
        && short(&candidate.sdp_mid)
        && short(&candidate.username_fragment)
}

/// Tells whether the servers can be told to a client: at most [`MAX_ICE_SERVERS`], each with 1 to as many
/// `stun:`, `stuns:`, `turn:` or `turns:` URLs, every text at most [`MAX_TEXT`] bytes.
pub fn are_ice_servers(servers: &[IceServer]) -> bool {
    servers.len() <= MAX_ICE_SERVERS && servers.iter().all(is_ice_server)
}

fn is_ice_server(server: &IceServer) -> bool {
    let short = |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() <= MAX_TEXT);
    (1..=MAX_ICE_SERVERS).contains(&server.urls.len())
        && server.urls.iter().all(|url| is_ice_url(url))
        && short(&server.username)
        && short(&server.credential)
}

fn is_ice_url(url: &str) -> bool {
    let host = url
        .split_once(':')
        .filter(|(scheme, _)| ["stun", "stuns", "turn", "turns"].contains(scheme));
    url.len() <= MAX_TEXT
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && host.is_some_and(|(_, host)| !host.is_empty())
}

fn check_join(join: &Join) -> Result<(), ParseError> {
    check(is_swarm(&join.swarm), "swarm")?;
    check(join.want <= MAX_WANT, "want")?;
    check(join.capacity.is_none_or(is_capacity), "capacity")?;
    check(join.token.as_ref().is_none_or(|token| is_token(token)), "token")?;
    check(are_hints(&join.hints), "hints")
}

fn check_welcome(welcome: &Welcome) -> Result<(), ParseError> {
    check(is_id(&welcome.peer), "peer")?;
    check(are_ice_servers(&welcome.ice_servers), "iceServers")?;
    check(welcome.signer.as_ref().is_none_or(|key| is_signer(key)), "signer")?;
    check(is_policy(&welcome.policy), "policy")
}

fn check_signal(signal: &Signal) -> Result<(), ParseError> {
    match signal {
        Signal::Offer { sdp } | Signal::Answer { sdp } => check(is_sdp(sdp), "sdp"),
        Signal::Candidate(candidate) => check(is_candidate(candidate), "candidate"),
    }
}

fn check(ok: bool, member: &'static str) -> Result<(), ParseError> {
    if ok {
        Ok(())
    } else {
        Err(ParseError::OutOfRange(member))
    }
}

fn read<M: FromJson>(frame: &str) -> Result<M, ParseError> {
    if frame.len() > MAX_FRAME {
        return Err(ParseError::TooLarge);
    }
    Json::parse(frame)
        .and_then(|json| M::from_json(&json))
        .ok_or(ParseError::Malformed)
}

#[cfg(test)]
pub(crate) mod tests;
