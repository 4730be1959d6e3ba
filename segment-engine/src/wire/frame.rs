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
    /// Which segment.
    pub key: SegmentKey,
    /// Its size as the peer knows it: 1 to [`MAX_SEGMENT`](super::MAX_SEGMENT).
    pub size: u64,
    /// Which of its pieces are there.
    pub holds: Holds,
    /// Whether the peer can send the leaf layer.
    pub leaves: Leaves,
}

/// Which pieces of a segment a peer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// All.
    All,
    /// These as well as those told of before: (first, count), at most [`MAX_RUNS`](super::MAX_RUNS); may be empty.
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
    /// Compressed by Zstandard (RFC 8878), in at most [`PIECE`](super::PIECE) bytes. How many they are plain
    /// follows from the segment's size and the piece's index.
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
    /// The segment, or the pieces, are not there (any more).
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
    /// Peers enough.
    Full,
    /// The protocol was broken, or a limit passed.
    Violation,
    /// Altered bytes.
    Corrupt,
}

/// Says that a peer is about to fetch parts of a segment from the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Which segment.
    pub key: SegmentKey,
    /// How often volunteers were chosen for them before.
    pub attempt: u8,
    /// Which stripes of it, as bits.
    pub stripes: u16,
}

/// A peer as one of its neighbours tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name at signaling.
    pub peer: PeerId,
    /// Its own name in the swarm.
    pub member: Member,
    /// Logarithm to base 2 of what it can send, in kbit/s; 0 where it does not upload.
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
    /// What the sender can serve and could not before, or no longer can. At most
    /// [`MAX_KEYS`](super::MAX_KEYS) keys in both lists.
    Announce {
        /// Newly held.
        came: Vec<Have>,
        /// No longer held.
        gone: Vec<SegmentKey>,
    },
    /// Asks for pieces of a segment.
    Request {
        /// Under which the pieces are to come.
        request: RequestId,
        /// Of which segment.
        key: SegmentKey,
        /// The first piece.
        first: u32,
        /// How many: 1 to [`MAX_COUNT`](super::MAX_COUNT).
        count: u32,
    },
    /// A piece that was asked for. The pieces of a request come once each, in any order.
    Piece {
        /// Of which request.
        request: RequestId,
        /// Which piece of the segment.
        piece: u32,
        /// Its bytes.
        body: PieceBody,
    },
    /// The rest of a request is not wanted.
    Cancel(RequestId),
    /// A request cannot be served.
    Reject {
        /// Which request.
        request: RequestId,
        /// Why.
        reason: Reject,
        /// When to ask again, in milliseconds from now; 0 where there is no telling.
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
        /// Under which the leaves are to come.
        request: RequestId,
        /// Of which segment.
        key: SegmentKey,
    },
    /// Part of a leaf layer that was asked for. The parts come in order.
    Leaves {
        /// Of which request.
        request: RequestId,
        /// The index of the first leaf.
        first: u32,
        /// The leaves: 1 to [`MAX_LEAVES`](super::MAX_LEAVES).
        leaves: Vec<Digest>,
    },
    /// Says who is about to fetch what from the origin.
    Claim {
        /// What; at most [`MAX_CLAIMS`](super::MAX_CLAIMS).
        claims: Vec<Claim>,
        /// Who.
        claimer: Member,
        /// How many links it may travel yet, the one that it comes over included.
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
        /// Which epoch the sketch is of: 20 s each, counted from 1970.
        epoch: u32,
    },
    /// A standing request for pieces that the receiver expects to get.
    Interest {
        /// Under which the pieces are to come.
        request: RequestId,
        /// Of which segment.
        key: SegmentKey,
        /// The first piece.
        first: u32,
        /// How many: 1 to [`MAX_COUNT`](super::MAX_COUNT).
        count: u32,
    },
    /// Pieces that were asked for are expected.
    Promise {
        /// Of which request.
        request: RequestId,
        /// How soon, in milliseconds.
        within_ms: u32,
    },
    /// A message of a negotiation that travels over a common neighbour.
    Relay {
        /// To the neighbour in the middle: whom it is for; from it: whom it is from.
        peer: PeerId,
        /// At most [`MAX_PAYLOAD`](super::MAX_PAYLOAD).
        payload: Vec<u8>,
    },
    /// From one seeder to another: the signature under what [`proof_of`](crate::integrity::proof_of) gives. A page reads it
    /// as unknown.
    #[cfg(feature = "seeder")]
    Proof(Signature),
    /// A frame of a later version.
    Unknown(u8),
}
