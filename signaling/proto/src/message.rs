//! What clients and server say to each other: JSON text frames over one WebSocket at `/v1/ws`.

use serde::{Deserialize, Serialize};

/// The version of these messages; told in [`ToServer::Join`].
pub const VERSION: u32 = 1;

/// The largest frame either side accepts, in bytes.
pub const MAX_FRAME: usize = 16 << 10;

/// What a client tells the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ToServer {
    /// Enter a swarm; the first message on a connection.
    Join {
        /// [`VERSION`].
        version: u32,
        /// The swarm's id: 1 to 128 bytes.
        swarm: String,
        /// How many peers are wanted at once.
        want: u32,
    },
    /// Carry something to a peer that this one was paired with.
    Signal {
        /// To whom.
        to: String,
        /// What.
        signal: Signal,
    },
    /// Ask for more peers.
    Want {
        /// How many.
        count: u32,
    },
    /// A link to a peer came up, failed or ended: room for another. Frees the pairing at the server.
    Unpair {
        /// With whom.
        peer: String,
    },
    /// Keeps the connection alive through proxies; answered by [`ToClient::Pong`].
    Ping,
}

/// What the server tells a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ToClient {
    /// The client is in.
    Welcome {
        /// The client's own peer id, issued by the server.
        peer: String,
        /// How often to ping, in milliseconds.
        ping_interval_ms: u64,
        /// For `RTCPeerConnection`.
        ice_servers: Vec<IceServer>,
    },
    /// The client and a peer may signal each other now.
    Paired {
        /// The other one.
        peer: String,
        /// Whether it is for this client to make the offer.
        offer: bool,
    },
    /// Something from a paired peer. The sender is stamped by the server.
    Signal {
        /// From whom.
        from: String,
        /// What.
        signal: Signal,
    },
    /// A paired peer left the swarm. A link that is up may live on.
    Left {
        /// Who.
        peer: String,
    },
    /// A signal could not be carried: its addressee is gone, or was never paired.
    Undeliverable {
        /// To whom it should have gone.
        to: String,
    },
    /// Answers [`ToServer::Ping`].
    Pong,
    /// Something was refused. Unless `fatal`, the connection goes on.
    Error {
        /// What kind.
        code: ErrorCode,
        /// One line for a person.
        message: String,
        /// Whether the server closes the connection.
        fatal: bool,
    },
}

/// What two paired peers exchange until their link is up; opaque to the server but for kind and size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
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
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// For TURN.
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
    /// Join first; join once.
    NotJoined,
    /// Too many messages; slow down.
    RateLimited,
    /// The server or the swarm is full; come back later.
    Full,
}
