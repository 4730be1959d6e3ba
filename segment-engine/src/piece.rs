//! Segments as pieces: what peers trade, each bound to the hash of its bytes from the moment it is made.
//!
//! Pieces and bodies are immutable and shared: handing one on copies nothing and hashes nothing.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha224};

/// Size of the pieces that a segment is cut into, in bytes; its last piece may be shorter. 16 KiB is the largest
/// message that every WebRTC implementation carries whole (RFC 8831, section 6.6).
pub const PIECE: usize = 16 * 1024;

/// The largest segment that is traded, in bytes: 64 MiB.
pub const MAX_SEGMENT: u64 = 64 << 20;

/// How many pieces a segment of `size` bytes has.
pub fn piece_count(size: u64) -> u32 {
    u32::try_from(size.min(MAX_SEGMENT).div_ceil(PIECE as u64))
        .expect("invariant: MAX_SEGMENT holds 4096 pieces")
}

/// A SHA-224 digest (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(pub [u8; 28]);

impl Digest {
    /// Hashes `parts`, one after another.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha224::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

/// Up to [`PIECE`] bytes of a segment, with the leaf hash of exactly these bytes: SHA-224(0x00 || bytes).
///
/// Cheap to clone. Because it carries its leaf, a piece is hashed once, however often it is passed on.
#[derive(Clone, PartialEq, Eq)]
pub struct Piece {
    leaf: Digest,
    bytes: Bytes,
}

impl Piece {
    /// Copies and hashes some bytes: 1 to [`PIECE`].
    pub fn new(bytes: &[u8]) -> Self {
        Self::of(Bytes::copy_from_slice(bytes))
    }

    /// Hashes some bytes, 1 to [`PIECE`], and keeps them in place, together with the buffer that they are a slice of.
    pub fn of(bytes: Bytes) -> Self {
        debug_assert!((1..=PIECE).contains(&bytes.len()), "a piece of {}", bytes.len());
        Self {
            leaf: Digest::of(&[&[0], &bytes]),
            bytes,
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes, to be cut at other boundaries.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Its bytes as a shared buffer: nothing is copied.
    pub fn shared(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Its leaf in the segment's tree.
    pub fn leaf(&self) -> Digest {
        self.leaf
    }

    /// How many bytes it has.
    #[expect(clippy::len_without_is_empty, reason = "a piece holds at least one byte")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Piece({} bytes, {:?})", self.len(), self.leaf)
    }
}

/// A whole segment as its pieces, in order. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pieces: Arc<[Piece]>,
    len: u64,
}

impl Body {
    /// Puts pieces together: all but the last of [`PIECE`] bytes.
    pub fn new(pieces: Vec<Piece>) -> Self {
        debug_assert!(
            pieces.iter().rev().skip(1).all(|piece| piece.len() == PIECE),
            "only the last piece is short"
        );
        Self {
            len: pieces.iter().map(|piece| piece.len() as u64).sum(),
            pieces: pieces.into(),
        }
    }

    /// Cuts bytes into pieces.
    pub fn of(bytes: &[u8]) -> Self {
        Self::new(bytes.chunks(PIECE).map(Piece::new).collect())
    }

    /// How many bytes it has.
    #[expect(clippy::len_without_is_empty, reason = "a segment holds at least one byte")]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The leaves of the segment's tree, in order.
    pub fn leaves(&self) -> Vec<Digest> {
        self.pieces.iter().map(Piece::leaf).collect()
    }

    /// The bytes in one stretch.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.len).unwrap_or(0));
        for piece in &*self.pieces {
            bytes.extend_from_slice(piece.bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests;
