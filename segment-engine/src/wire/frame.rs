//! The frames, and what they are made of.

use crate::id::{Member, PeerId, SegmentKey};
use crate::input::Signature;
use crate::piece::{Digest, Piece};

/// Names a request within one link; chosen by the requester.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);

/// What a peer is to the swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerRole {
    /// It plays.
    Viewer,
    /// It seeds.
    Seeder,
}

/// What a peer holds of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Have {
    /// The segment's key.
    pub key: SegmentKey,
    /// Its size as the peer knows it: 1 to [`MAX_SEGMENT`](super::MAX_SEGMENT).
    pub size: u64,
    /// Which of its pieces it has.
    pub holds: Holds,
    /// Whether the peer can send the leaf layer.
    pub leaves: Leaves,
}

/// Which pieces of a segment a peer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// All.
    All,
    /// These, in addition to those announced before: (first, count), at most [`MAX_RUNS`](super::MAX_RUNS); may be
    /// empty.
    Runs(Vec<(u32, u32)>),
}

/// Whether a peer has a segment's leaf layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// It can send it.
    Held,
    /// It cannot.
    Missing,
}

/// The bytes of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PieceBody {
    /// As they are.
    Plain(Piece),
    /// Compressed by Zstandard (RFC 8878), in at most [`PIECE`](super::PIECE) bytes. The plain length follows from
    /// the segment's size and the piece's index.
    Zstd(Vec<u8>),
}

impl PieceBody {
    /// How many bytes it has, as it is sent.
    #[expect(clippy::len_without_is_empty, reason = "a piece holds at least one byte")]
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(piece) => piece.len(),
            Self::Zstd(packed) => packed.len(),
        }
    }
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reject {
    /// The segment, or these pieces, are not held (any more).
    NotHeld,
    /// Too many requests at once; ask somebody else, or later.
    Busy,
}

/// Why a link is about to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bye {
    /// Another version of the protocol.
    Version,
    /// Another title.
    OtherSwarm,
    /// There are peers enough.
    Full,
    /// The protocol was broken, or a limit exceeded.
    Violation,
    /// Altered bytes were sent.
    Corrupt,
}

/// Says that a peer is about to fetch parts of a segment from the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The segment's key.
    pub key: SegmentKey,
    /// How many rounds of volunteers came before this one.
    pub attempt: u8,
    /// The claimed stripes: a bit each.
    pub stripes: u16,
}

/// A peer, as one of its neighbours describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name at signaling.
    pub peer: PeerId,
    /// Its own name in the swarm.
    pub member: Member,
    /// What it can send: the logarithm to base 2 of kbit/s; 0 if it does not upload.
    pub uplink: u8,
    /// How many links it has.
    pub links: u8,
    /// Its playhead on the timeline, in whole seconds; `i32::MIN` where unknown.
    pub head: i32,
}

/// One message between two peers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Opens a link.
    Hello {
        /// The sender's version of the protocol.
        version: u32,
        /// The sender's swarm.
        swarm: String,
        /// What the sender is.
        role: PeerRole,
        /// The sender's own name.
        member: Member,
        /// What the sender can do: bits of [`capability`](super::capability).
        capabilities: u32,
    },
    /// What the sender can serve now and could not before, or no longer can. At most [`MAX_KEYS`](super::MAX_KEYS)
    /// keys in both lists.
    Announce {
        /// Newly held.
        came: Vec<Have>,
        /// No longer held.
        gone: Vec<SegmentKey>,
    },
    /// Asks for pieces of a segment.
    Request {
        /// Echoed by each piece of the answer.
        request: RequestId,
        /// The segment's key.
        key: SegmentKey,
        /// The first piece.
        first: u32,
        /// How many pieces: 1 to [`MAX_COUNT`](super::MAX_COUNT).
        count: u32,
    },
    /// A piece that was asked for. The pieces of a request come once each, in any order.
    Piece {
        /// The request that it answers.
        request: RequestId,
        /// The piece's index in the segment.
        piece: u32,
        /// Its bytes.
        body: PieceBody,
    },
    /// Whatever is outstanding of a request is no longer wanted.
    Cancel(RequestId),
    /// A request cannot be served.
    Reject {
        /// The refused request.
        request: RequestId,
        /// Why it is refused.
        reason: Reject,
        /// When to ask again, in milliseconds from now; 0 if unknown.
        retry_ms: u32,
    },
    /// A signed batch of digests.
    Digests {
        /// The batch, as it was signed.
        batch: Vec<u8>,
        /// Its signature.
        signature: Signature,
    },
    /// The sender closes the link.
    Bye(Bye),
    /// Asks for the leaf layer of a segment.
    WantLeaves {
        /// Echoed by each leaf frame of the answer.
        request: RequestId,
        /// The segment's key.
        key: SegmentKey,
    },
    /// Part of a leaf layer that was asked for. The parts come in order.
    Leaves {
        /// The request that it answers.
        request: RequestId,
        /// The index of the first leaf.
        first: u32,
        /// The leaves: 1 to [`MAX_LEAVES`](super::MAX_LEAVES).
        leaves: Vec<Digest>,
    },
    /// Says which stripes a peer is about to fetch from the origin.
    Claim {
        /// The claims; at most [`MAX_CLAIMS`](super::MAX_CLAIMS).
        claims: Vec<Claim>,
        /// The peer that makes them.
        claimer: Member,
        /// How many links it may still travel, including the one that it comes over.
        hops: u8,
    },
    /// What the sender knows of the swarm.
    Neighbours {
        /// The sender's own uplink; see [`Neighbour::uplink`].
        uplink: u8,
        /// How many links the sender has.
        links: u8,
        /// The sender's playhead; see [`Neighbour::head`].
        head: i32,
        /// Peers that the sender is linked to; at most [`MAX_NEIGHBOURS`](super::MAX_NEIGHBOURS).
        neighbours: Vec<Neighbour>,
        /// Registers from which the swarm's size is estimated: none, or [`SKETCH`](super::SKETCH).
        sketch: Vec<u8>,
        /// The sketch's epoch: 20 s each, counted from 1970.
        epoch: u32,
    },
    /// A standing request for pieces that the receiver expects to get.
    Interest {
        /// Echoed by each piece of the answer.
        request: RequestId,
        /// The segment's key.
        key: SegmentKey,
        /// The first piece.
        first: u32,
        /// How many pieces: 1 to [`MAX_COUNT`](super::MAX_COUNT).
        count: u32,
    },
    /// Says that pieces of an Interest are expected.
    Promise {
        /// The Interest's request.
        request: RequestId,
        /// How soon, in milliseconds.
        within_ms: u32,
    },
    /// A message of a negotiation that travels over a common neighbour.
    Relay {
        /// To the neighbour in the middle: the receiver; from it: the sender.
        peer: PeerId,
        /// The message; at most [`MAX_PAYLOAD`](super::MAX_PAYLOAD) bytes.
        payload: Vec<u8>,
    },
    /// From one seeder to another: the signature of what [`proof_of`](crate::integrity::proof_of) returns. A page
    /// reads it as unknown.
    #[cfg(feature = "seeder")]
    Proof(Signature),
    /// A frame of a later version.
    Unknown(u8),
}
