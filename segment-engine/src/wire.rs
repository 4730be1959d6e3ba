//! What peers say to each other over a data channel: one MessagePack array per message, first its tag.
//!
//! | tag | frame | fields after the tag |
//! | --- | --- | --- |
//! | 0 | Hello | version, swarm, role (0 viewer, 1 seeder) |
//! | 1 | Announce | came: `[[key, size]..]`, gone: `[key..]` |
//! | 2 | Request | request, key, first piece, count of pieces |
//! | 3 | Piece | request, piece, data |
//! | 4 | Cancel | request |
//! | 5 | Reject | request, reason (0 not held, 1 busy) |
//! | 6 | Digests | batch (see [`integrity`](crate::integrity)), signature of 64 bytes |
//! | 7 | Bye | reason (0 version, 1 other swarm, 2 full, 3 violation, 4 corrupt) |
//!
//! A key is `[track, kind, time, range]`: 8 bytes, 0 init or 1 media, a signed integer, and nil or
//! `[first, last]`. Hello is the first frame each way. Unknown tags and fields after the known ones are
//! skipped, so that a later version can add some; everything else that is not as above is a violation.

mod frame;
mod key;
mod value;

pub(crate) use key::read_key;
pub(crate) use value::{Fields, Value};

pub use frame::{Bye, DecodeError, Frame, Have, PeerRole, Reject, RequestId, decode, encode};

/// The version of the protocol; peers of another version are refused.
pub const VERSION: u32 = 1;

/// Size of a piece: what a segment is cut into. The last one is shorter. 16 KiB, the largest message that
/// every WebRTC implementation carries whole (RFC 8831, section 6.6).
pub const PIECE: usize = 16 * 1024;

/// The largest frame, in bytes: a piece or a list of keys, with room for its head.
pub const MAX_FRAME: usize = 24 * 1024;

/// The most keys in one list of an Announce.
pub const MAX_KEYS: usize = 256;

/// The largest segment that is traded, in bytes: 64 MiB.
pub const MAX_SEGMENT: u64 = 64 << 20;

/// How many pieces a segment of `size` bytes has.
pub fn piece_count(size: u64) -> u32 {
    u32::try_from(size.min(MAX_SEGMENT).div_ceil(PIECE as u64))
        .expect("invariant: MAX_SEGMENT holds 4096 pieces")
}

#[cfg(test)]
mod tests;
