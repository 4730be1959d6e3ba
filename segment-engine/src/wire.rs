//! What peers say to each other over a data channel: one MessagePack array per message, first its tag.
//!
//! | tag | frame | fields after the tag |
//! | --- | --- | --- |
//! | 0 | Hello | version, swarm, role (0 viewer, 1 seeder), member, capabilities (bits) |
//! | 1 | Announce | came: `[[key, size, holds, leaves]..]`, gone: `[key..]` |
//! | 2 | Request | request, key, first piece, count of pieces |
//! | 3 | Piece | request, piece, encoding (0 plain, 1 zstd), data |
//! | 4 | Cancel | request |
//! | 5 | Reject | request, reason (0 not held, 1 busy), retry in milliseconds |
//! | 6 | Digests | batch (see [`integrity`](crate::integrity)), signature of 64 bytes |
//! | 7 | Bye | reason (0 version, 1 other swarm, 2 full, 3 violation, 4 corrupt) |
//! | 8 | WantLeaves | request, key |
//! | 9 | Leaves | request, first leaf, digests of 28 bytes on end |
//! | 10 | Claim | claims: `[[key, attempt, stripes (bits)]..]`, claimer, hops |
//! | 11 | Neighbours | uplink, links, head, neighbours: `[[peer, member, uplink, links, head]..]`, sketch, epoch |
//! | 12 | Interest | request, key, first piece, count of pieces |
//! | 13 | Promise | request, within milliseconds |
//! | 14 | Relay | peer, payload |
//! | 15 | Proof | signature of 64 bytes; between seeders |
//!
//! A key is `[track, kind, time, range]`: 8 bytes, 0 init or 1 media, a signed integer, and nil or
//! `[first, last]`. A member is 8 bytes. `holds` is nil for the whole segment, or the newly held pieces as
//! `[first, count, first, count..]`; `leaves` is 1 if the sender has the leaf layer, else 0. Unknown tags, and fields
//! after the known ones, are skipped, so that a later version can add some; everything else that deviates from this
//! table is a violation. `PROTOCOL.md` says the rest: when each is sent, and what answers it.

mod frame;
mod message;
mod pack;
mod read;
mod split;
mod write;

pub(crate) use pack::{Reader, Writer};
pub(crate) use read::read_key;
pub(crate) use write::write_key;

pub use crate::piece::{MAX_SEGMENT, PIECE, piece_count};
pub use frame::{Bye, Claim, Frame, Have, Holds, Leaves, Neighbour, PeerRole, PieceBody, Reject, RequestId};
pub use message::Message;
pub use read::{DecodeError, decode};
pub use split::{announcements, leaf_frames};
pub use write::encode;

/// The version of the protocol; peers of another version are refused.
pub const VERSION: u32 = 1;

/// What a peer can do, as bits in its Hello.
pub mod capability {
    /// It reads pieces that are compressed by Zstandard.
    pub const READS_ZSTD: u32 = 1;
    /// It relays negotiations between its neighbours.
    pub const RELAYS: u32 = 1 << 1;
    /// It never uploads.
    pub const NEVER_UPLOADS: u32 = 1 << 2;
}

/// The largest frame, in bytes: a piece or a list of keys, with room for its head.
pub const MAX_FRAME: usize = 24 * 1024;

/// The most keys in both lists of an Announce together.
pub const MAX_KEYS: usize = 256;

/// The most pieces of one Request or Interest.
pub const MAX_COUNT: u32 = 32;

/// The most runs of pieces that one Announce names of one segment.
pub const MAX_RUNS: usize = 64;

/// The most runs of pieces in one Announce, of all its segments.
pub const MAX_ALL_RUNS: usize = 1_024;

/// The most leaves in one Leaves frame: 14 KiB.
pub const MAX_LEAVES: usize = 512;

/// The most claims in one Claim frame.
pub const MAX_CLAIMS: usize = 32;

/// The most neighbours in one Neighbours frame.
pub const MAX_NEIGHBOURS: usize = 16;

/// The number of registers in a Neighbours frame's sketch, if it has one; one byte each.
pub const SKETCH: usize = 64;

/// The largest payload of a Relay, in bytes.
pub const MAX_PAYLOAD: usize = 16 * 1024;

#[cfg(test)]
mod tests;
