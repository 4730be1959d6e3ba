//! What the world tells a client, and what a client asks of the world.

use std::time::Duration;

use crate::message::{Candidate, ErrorCode, Hints, IceServer, Policy};

/// Something that happened to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientInput {
    /// The WebSocket that [`ClientOutput::OpenSocket`] asked for is open.
    SocketOpened,
    /// A text frame came.
    SocketMessage(String),
    /// The WebSocket closed, or did not open.
    SocketClosed,
    /// The engine wants this many peers more. While signaling is away the latest number is kept, and asked
    /// for when joining.
    WantPeers(u32),
    /// The engine wants a link to a peer, for this client to make the offer.
    Connect {
        /// The peer's id: one that was introduced with [`ClientEvent::Introduced`], or by which a neighbour knows it.
        peer: String,
        /// What carries the negotiation.
        route: Route,
    },
    /// A neighbour carried this from a peer: an offer, or what belongs to a negotiation that goes this way.
    Relayed {
        /// The sender's peer id.
        peer: String,
        /// The message.
        payload: Vec<u8>,
    },
    /// The driver made a session description for a peer (after `CreateOffer` or `AcceptOffer`).
    LocalDescription {
        /// The peer's id.
        peer: String,
        /// The description.
        sdp: String,
    },
    /// The driver gathered a candidate for a peer.
    LocalCandidate {
        /// The peer's id.
        peer: String,
        /// The candidate.
        candidate: Candidate,
    },
    /// The data channel to a peer is open.
    LinkUp(String),
    /// The link to a peer failed or ended.
    LinkClosed(String),
    /// How long a round trip to a peer takes, over a link that is up.
    Measured {
        /// The other peer's id.
        peer: String,
        /// The round trip, in milliseconds.
        rtt_ms: u32,
    },
    /// A newer token, for the next join: they are short-lived. Where the one before was refused and this is another, the
    /// client joins with it soon. One that [`is_token`](crate::parse::is_token) refuses is
    /// ignored.
    Token(String),
    /// What is known by now of where the peer is, for the next join. Hints out of their limits are ignored. A socket that is
    /// asked for has its time to open from now on: where the app is asked for a token first, tell this right before it is opened.
    Hints(Hints),
    /// Leave signaling: the socket is closed and not opened again until [`ClientInput::Join`]. Links that are up, and
    /// negotiations that do without signaling, go on.
    Leave,
    /// Come back to signaling, with back-off.
    Join,
}

/// What carries a negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Signaling.
    Signaling,
    /// A neighbour of both, which the engine finds: by [`ClientOutput::Relay`] and [`ClientInput::Relayed`].
    Neighbours,
}

/// Something for the driver to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientOutput {
    /// Open a WebSocket.
    OpenSocket {
        /// Its `ws:` or `wss:` URL.
        url: String,
    },
    /// Send a text frame.
    Send(String),
    /// Close the WebSocket. From here on nothing of it may be told to the client, not even that it closed:
    /// the next `SocketOpened`, `SocketMessage` and `SocketClosed` belong to the next `OpenSocket`.
    CloseSocket,
    /// Make a peer connection with one data channel, and its offer.
    CreateOffer {
        /// The other peer's id.
        peer: String,
        /// ICE servers for the connection.
        ice_servers: Vec<IceServer>,
    },
    /// Let a neighbour carry this to a peer. An empty payload refuses the peer's offer.
    Relay {
        /// The other peer's id.
        peer: String,
        /// The message: less than 16 KiB.
        payload: Vec<u8>,
    },
    /// Make a peer connection, apply the offer, and make an answer. Where an offer was made to this peer, the connection
    /// takes the place of that one: the two offers crossed, and this one stands.
    AcceptOffer {
        /// The sender's peer id.
        peer: String,
        /// The offer.
        sdp: String,
        /// ICE servers for the connection.
        ice_servers: Vec<IceServer>,
    },
    /// Apply an answer.
    AcceptAnswer {
        /// The sender's peer id.
        peer: String,
        /// The answer.
        sdp: String,
    },
    /// Apply a candidate. Never given before the description it belongs to; where applying a description takes
    /// time, the driver keeps the order. An empty one ends the candidates.
    AddCandidate {
        /// The sender's peer id.
        peer: String,
        /// The candidate.
        candidate: Candidate,
    },
    /// Drop a connection that did not come up, or can no longer; or one of a client that is switched off, whether it is up
    /// or not. No `LinkClosed` is needed in return.
    DropPeer(String),
    /// Something for the engine or the app.
    Event(ClientEvent),
}

/// The time by a server's clock, as far as can be known from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerClock {
    /// Milliseconds since 1970.
    pub unix_ms: i64,
    /// How far that may be off either way: half of the time that question and answer took.
    pub within: Duration,
}

impl ServerClock {
    /// Reads the time out of an answer, which took `waited` to come.
    pub(super) fn read(unix_ms: u64, waited: Duration) -> Self {
        let within = waited / 2;
        let now = unix_ms.saturating_add(within.as_secs() * 1_000 + u64::from(within.subsec_millis()));
        Self {
            unix_ms: i64::try_from(now).unwrap_or(i64::MAX),
            within,
        }
    }
}

/// Something for the engine or the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// The swarm is joined.
    Joined {
        /// This client's own peer id.
        peer: String,
        /// The server's clock, if the server tells it.
        clock: Option<ServerClock>,
        /// The key whose signatures under digests count, as [`Welcome::signer`](crate::message::Welcome::signer).
        signer: Option<String>,
        /// What the server asks of its viewers.
        policy: Policy,
    },
    /// The connection to signaling is gone; it is tried again.
    Lost {
        /// The wait until then, in milliseconds.
        retry_in_ms: u64,
    },
    /// The operator lets in only a share of viewers, and this client is not among them. All links end, as
    /// [`ClientOutput::DropPeer`] says of each, and none begins before the swarm is joined again: that is tried by itself.
    SwitchedOff {
        /// The wait until then, in milliseconds.
        retry_in_ms: u64,
    },
    /// A peer was introduced. Where `offer` is true, answer with [`ClientInput::Connect`] to link to it.
    Introduced {
        /// The peer's id.
        peer: String,
        /// Whether it is for this client to make the offer.
        offer: bool,
    },
    /// A negotiation ended without a link: the peer left, was silent, or cannot be reached.
    Unreachable {
        /// The peer's id.
        peer: String,
    },
    /// The server refused something. After a fatal [`ErrorCode::Forbidden`] the client waits for another token, and
    /// tries the one that it has ever more rarely: after 5 to 10 s, then twice as long each time, up to 10 minutes. It
    /// does the same after a fatal [`ErrorCode::Replaced`], lest two pages with one token drive each other out in turn;
    /// and after [`ErrorCode::Version`], until either side is brought up to date. After any other code it goes on, or
    /// comes back later.
    Refused {
        /// The kind of refusal.
        code: ErrorCode,
        /// One line for a person.
        message: String,
    },
}
