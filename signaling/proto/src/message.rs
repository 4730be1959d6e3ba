//! What clients and server say to each other: JSON text frames over one WebSocket at `/v1/ws`.
//!
//! Members that a reader does not know are ignored, so that a later version may add some. [`crate::parse`]
//! reads these messages and holds them to the limits given here.

mod join;
pub(crate) mod read;
pub(crate) mod write;

use serde::{Deserialize, Serialize};

pub use self::join::{Cell, Hints, Join, MAX_HINT, MAX_TOKEN, Policy, Role, SIGNER_DIGITS, Welcome};

/// The version of these messages; told in [`ToServer::Join`].
pub const VERSION: u32 = 1;

/// The largest frame either side accepts, in bytes.
pub const MAX_FRAME: usize = 16 << 10;

/// How many bytes a signal grows when the server stamps its sender: `from` takes the place of `to`. A client
/// keeps its signals this far below [`MAX_FRAME`].
pub const RELAY_GROWTH: usize = 2;

/// The longest session description, in bytes. One data channel takes some 500; many candidates may add to it.
pub const MAX_SDP: usize = 8 << 10;

/// The longest candidate attribute, in bytes. Real ones take 60 to 200. The other members of a candidate are
/// held to [`MAX_CANDIDATE_NAME`].
pub const MAX_CANDIDATE: usize = 1 << 10;

/// The longest media section name or user name fragment, in bytes (RFC 8839, section 5.4: 256 characters).
pub const MAX_CANDIDATE_NAME: usize = 256;

/// The longest message that two peers send each other over a neighbour of both, in bytes: with what the neighbour needs
/// beside it, it stays below 16 KiB.
pub const MAX_RELAYED: usize = MAX_FRAME - 64;

/// The longest swarm id, in bytes.
pub const MAX_SWARM: usize = 128;

/// The longest peer id, in bytes; printable ASCII without space.
pub const MAX_ID: usize = 64;

/// The most peers that can be asked for in one message.
pub const MAX_WANT: u32 = 1024;

/// The most links that a peer can say it takes.
pub const MAX_CAPACITY: u32 = 1024;

/// The longest round trip that is told, in milliseconds.
pub const MAX_RTT_MS: u32 = 60_000;

/// The longest that a client is asked to stay away, in milliseconds.
pub const MAX_RETRY_MS: u64 = 600_000;

/// The most ICE servers that are told, and URLs for each.
pub const MAX_ICE_SERVERS: usize = 8;

/// The longest URL, user name or credential of an ICE server, and the longest text for a person, in bytes.
pub const MAX_TEXT: usize = 512;

/// What a client tells the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToServer {
    /// Enter a swarm; the first message on a connection.
    Join(Join),
    /// Carry something to a peer that this one was paired with.
    Signal {
        /// The addressee's peer id.
        to: String,
        /// The signal itself.
        signal: Signal,
    },
    /// Ask for more peers, none of which is paired with this one already. The server may introduce fewer; what is
    /// missing is to be asked for again.
    Want {
        /// How many: 0 to [`MAX_WANT`].
        count: u32,
    },
    /// A link to a peer failed or ended: room for another. Frees the pairing at the server, which holds it for
    /// as long as the link is negotiated or up, so that it does not introduce the two again.
    Unpair {
        /// The other peer's id.
        peer: String,
    },
    /// How long a round trip to a peer takes, over a link that is up: the server introduces near peers first.
    Measured {
        /// The other peer's id: one that this peer is paired with.
        peer: String,
        /// The round trip, in milliseconds: 0 to [`MAX_RTT_MS`].
        rtt_ms: u32,
    },
    /// Keeps the connection alive through proxies; answered by [`ToClient::Pong`].
    Ping,
}

/// What the server tells a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToClient {
    /// The client is in.
    Welcome(Welcome),
    /// The client and a peer may signal each other now.
    Paired {
        /// The other peer's id.
        peer: String,
        /// Whether it is for this client to make the offer.
        offer: bool,
    },
    /// Something from a paired peer. The sender is stamped by the server.
    Signal {
        /// The sender's peer id.
        from: String,
        /// The signal itself.
        signal: Signal,
    },
    /// A paired peer left the swarm or ended the pairing. A link that is up may live on.
    Left {
        /// That peer's id.
        peer: String,
    },
    /// A signal could not be carried: its addressee is gone, or was never paired.
    Undeliverable {
        /// The addressee's peer id.
        to: String,
    },
    /// Answers [`ToServer::Ping`].
    Pong,
    /// The client is sent away: connect anew after a while, perhaps to another server.
    GoAway {
        /// How long to wait, in milliseconds: at most [`MAX_RETRY_MS`]. Differs from client to client, so that they do
        /// not all come at once.
        retry_in_ms: u64,
        /// Why, and what becomes of links.
        reason: Away,
    },
    /// Something was refused. Unless `fatal`, the connection goes on.
    Error {
        /// The kind of refusal.
        code: ErrorCode,
        /// One line for a person.
        message: String,
        /// Whether the server closes the connection.
        fatal: bool,
    },
}

/// Why a server sends a client away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Away {
    /// The server is about to stop; so, too, for any reason that a reader does not know. Links live on.
    #[default]
    Stopping,
    /// The operator lets in only a share of viewers, and this one is not among them: it ends its links. A client of an older
    /// version takes it for [`Away::Stopping`], and stays away as long.
    SwitchedOff,
}

/// What two paired peers exchange until their link is up; opaque to the server but for kind and size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// A session description that opens a negotiation.
    Offer {
        /// At most 8 KiB.
        sdp: String,
    },
    /// A session description that answers it.
    Answer {
        /// At most 8 KiB.
        sdp: String,
    },
    /// A trickled ICE candidate.
    Candidate(Candidate),
}

/// What two peers exchange over a neighbour of both, where signaling is not needed: JSON, as hostile as all that comes
/// from peers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relayed {
    /// What would go over signaling.
    pub signal: Signal,
    /// A number drawn by the one that offers, and told with the offer: where two offers cross, the one with the larger
    /// number stands.
    pub tie: Option<u32>,
}

/// A trickled ICE candidate: the members of `RTCIceCandidateInit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The candidate attribute, at most 1 KiB; empty at the end of candidates.
    pub candidate: String,
    /// The media section's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The media section's index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// The user name fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

/// A STUN or TURN server: the members of `RTCIceServer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IceServer {
    /// `stun:`, `turn:` or `turns:` URLs.
    pub urls: Vec<String>,
    /// The user name, for TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The credential, for TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// Why the server refused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ErrorCode {
    /// Not a message of this protocol.
    Malformed,
    /// Another version of it.
    Version,
    /// A field is out of its range.
    OutOfRange,
    /// Join first, and once only.
    NotJoined,
    /// Too many messages; slow down.
    RateLimited,
    /// The server or the swarm is full; come back later.
    Full,
    /// No token, or none that lets this client into this swarm.
    Forbidden,
    /// A newer connection with the same token took this one's place.
    Replaced,
}

impl ErrorCode {
    const WORDS: [(&'static str, Self); 8] = [
        ("malformed", Self::Malformed),
        ("version", Self::Version),
        ("outOfRange", Self::OutOfRange),
        ("notJoined", Self::NotJoined),
        ("rateLimited", Self::RateLimited),
        ("full", Self::Full),
        ("forbidden", Self::Forbidden),
        ("replaced", Self::Replaced),
    ];

    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, code)| *code == self);
        found.map_or("", |(word, _)| word)
    }

    fn from_word(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(it, _)| *it == word);
        found.map(|(_, code)| *code)
    }
}
