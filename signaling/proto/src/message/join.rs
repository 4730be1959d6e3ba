//! How a client enters a swarm, and what it is told when it is in.

use super::{IceServer, VERSION};

/// The longest join token, in bytes.
pub const MAX_TOKEN: usize = 2 << 10;

/// The longest name of a point of presence, and of a time zone, in bytes.
pub const MAX_HINT: usize = 48;

/// The length of a digest signer's public key: 32 bytes (Ed25519) as hexadecimal digits.
pub const SIGNER_DIGITS: usize = 64;

/// The first message on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// [`VERSION`].
    pub version: u32,
    /// The swarm's id: 1 to 128 bytes.
    pub swarm: String,
    /// How many peers are wanted at once: 0 to [`MAX_WANT`](super::MAX_WANT).
    pub want: u32,
    /// The most links that the peer takes: 1 to [`MAX_CAPACITY`](super::MAX_CAPACITY). Once it has so many pairings it
    /// gets no more by asking, and others are introduced to it only when nobody else is left. None: as many as the
    /// server allows.
    pub capacity: Option<u32>,
    /// The join token, where the server asks for one: at most [`MAX_TOKEN`] bytes.
    pub token: Option<String>,
    /// Where it is, as far as it knows and tells.
    pub hints: Hints,
    /// A number that the peer drew at random for its session, and tells at each join of that: where the operator lets in
    /// only a share of viewers, it is drawn by this (see [`Lot`](crate::share::Lot)). None: by its token, or its address.
    pub lot: Option<u32>,
    /// What it says it is.
    pub role: Role,
}

/// What a peer says it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// A viewer; so, too, for any role that a reader does not know.
    #[default]
    Viewer,
    /// A seeder, which is in at every share of viewers. Where tokens are required, only one whose token says so is.
    Seeder,
}

impl Join {
    /// Makes a join without anything optional.
    pub fn new(swarm: impl Into<String>, want: u32) -> Self {
        Self {
            version: VERSION,
            swarm: swarm.into(),
            want,
            capacity: None,
            token: None,
            hints: Hints::default(),
            lot: None,
            role: Role::Viewer,
        }
    }
}

/// What a client tells of where it is. The server uses it for nothing but whom it introduces first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// The point of presence of the CDN that answered its first request: at most [`MAX_HINT`] bytes of printable ASCII.
    pub pop: Option<String>,
    /// Its time zone's name in the IANA database, such as `Europe/Berlin`; with the same limits.
    pub zone: Option<String>,
    /// Its place on the globe, if its viewer opted in.
    pub cell: Option<Cell>,
}

impl Hints {
    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A place, rounded to half a degree: some 55 km from north to south.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Half degrees north: -180 to 180.
    pub north: i16,
    /// Half degrees east: -360 to 360.
    pub east: i16,
}

/// What a client is told when it has joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The client's own peer id, issued by the server.
    pub peer: String,
    /// How often to ping, in milliseconds.
    pub ping_interval_ms: u64,
    /// The time by the server's clock, in milliseconds since 1970; for clients whose own clock is wrong.
    pub unix_ms: Option<u64>,
    /// ICE servers for `RTCPeerConnection`.
    pub ice_servers: Vec<IceServer>,
    /// The key whose signatures under digests count: an Ed25519 public key as [`SIGNER_DIGITS`] hexadecimal digits. A
    /// client that was configured with a key keeps to that.
    pub signer: Option<String>,
    /// What the server asks of its viewers.
    pub policy: Policy,
}

impl Welcome {
    /// Makes a welcome without anything optional.
    pub fn new(peer: impl Into<String>, ping_interval_ms: u64) -> Self {
        Self {
            peer: peer.into(),
            ping_interval_ms,
            unix_ms: None,
            ice_servers: Vec::new(),
            signer: None,
            policy: Policy::default(),
        }
    }
}

/// What a server asks of its viewers. What it leaves out is for each viewer to choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// How many peers to look for: 0 to [`MAX_CAPACITY`](super::MAX_CAPACITY).
    pub min_peers: Option<u32>,
    /// How many to take: `min_peers` to [`MAX_CAPACITY`](super::MAX_CAPACITY).
    pub max_peers: Option<u32>,
    /// Whether links go over TURN only, so that no peer learns another's address. Default false.
    pub relay_only: bool,
}
