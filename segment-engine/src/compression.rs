//! Pieces compressed with zstd (RFC 8878), each by itself, so that each travels and is checked by itself.
//!
//! A packed piece is one frame with the single-segment flag and its content size, without dictionary and checksum. It
//! is shorter than the piece, and nothing follows it: so a reader knows before it decompresses how much will come,
//! and needs no larger window. A piece's digest is that of its plain bytes, packed or not.
//!
//! What is done is chosen by build: natively libzstd packs and unpacks; a page that shares files only unpacks, with a
//! decoder of a sixth of the size; without the feature `zstd`, as in a player's page, there is neither.

mod entropy;
#[cfg(all(feature = "zstd", not(target_arch = "wasm32")))]
mod native;
#[cfg(not(feature = "zstd"))]
mod none;
#[cfg(all(feature = "zstd", any(target_arch = "wasm32", test)))]
mod small;
mod worth;

#[cfg(all(feature = "zstd", not(target_arch = "wasm32")))]
use native as codec;
#[cfg(not(feature = "zstd"))]
use none as codec;
#[cfg(all(feature = "zstd", target_arch = "wasm32"))]
use small as codec;

use thiserror::Error;

pub(crate) use self::worth::is_promising;
use crate::piece::{PIECE, Piece};

/// What a reader takes beside plain pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Nothing.
    Plain,
    /// Packed pieces.
    Zstd,
}

/// What a sender sends beside plain pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// Nothing.
    Plain,
    /// Packed pieces.
    #[cfg_attr(
        not(all(feature = "zstd", not(target_arch = "wasm32"))),
        expect(dead_code, reason = "this build does not pack")
    )]
    Zstd,
}

/// What this build reads: what a peer is told in the handshake.
pub const READS: Reads = codec::READS;

/// What this build writes, to those who read it.
pub(crate) const WRITES: Writes = codec::WRITES;

/// Below this a piece stays as it is: what could be saved is less than what a frame and a flag cost to handle.
const MIN_PIECE: usize = 1024;

/// A piece cannot be unpacked: its sender broke the protocol. Drop the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// It is not one frame as packed pieces are, or there is something after it.
    #[error("not one zstd frame of a single segment")]
    Malformed,
    /// It is, or says that it is, longer or shorter than the piece; or packing did not make it shorter.
    #[error("not as long as the piece")]
    Length,
    /// This build does not read packed pieces, as the peer was told.
    #[error("packed pieces are left out of this build")]
    Unsupported,
}

/// Packs a piece; `None` where it is not worth it: it is below 1 KiB, it does not shrink to 7/8, or this build does
/// not pack.
pub(crate) fn pack(piece: &Piece) -> Option<Vec<u8>> {
    if WRITES == Writes::Plain || piece.len() < MIN_PIECE {
        return None;
    }
    let packed = codec::compress(piece.bytes())?;
    is_saving(packed.len() as u64, piece.len() as u64).then_some(packed)
}

/// Whether packed bytes are so few that they are kept: 7/8 of the plain ones, as file systems have it, since every
/// later use costs time.
pub(crate) fn is_saving(packed: u64, plain: u64) -> bool {
    packed <= plain - plain / 8
}

/// Unpacks a piece of which its segment's size says that it has `plain_len` bytes. Whatever the bytes say, it takes
/// memory for a few pieces at most.
///
/// # Errors
/// See [`UnpackError`]. A piece that unpacks may still be a wrong one: that is for its digest to say.
pub fn unpack(bytes: &[u8], plain_len: usize) -> Result<Piece, UnpackError> {
    if READS == Reads::Plain {
        return Err(UnpackError::Unsupported);
    }
    if plain_len > PIECE || bytes.len() >= plain_len || content_size(bytes)? != plain_len as u64 {
        return Err(UnpackError::Length);
    }
    let plain = codec::decompress(bytes, plain_len)?;
    if plain.len() != plain_len {
        return Err(UnpackError::Length);
    }
    Ok(Piece::new(&plain))
}

/// What a frame says that it unpacks to, if it is a frame as packed pieces are (RFC 8878, section 3.1.1.1).
fn content_size(frame: &[u8]) -> Result<u64, UnpackError> {
    let Some(([0x28, 0xb5, 0x2f, 0xfd, descriptor], rest)) = frame.split_first_chunk() else {
        return Err(UnpackError::Malformed);
    };
    // Beside the size of the size: a single segment, and no unused bit, reserved bit, checksum or dictionary.
    if descriptor & 0x3f != 0x20 {
        return Err(UnpackError::Malformed);
    }
    let (bytes, least) = match descriptor >> 6 {
        0 => (1, 0),
        1 => (2, 256),
        2 => (4, 0),
        _ => (8, 0),
    };
    let field = rest.get(..bytes).ok_or(UnpackError::Malformed)?;
    let size = field
        .iter()
        .rev()
        .fold(0, |size, byte| size << 8 | u64::from(*byte));
    Ok(size.saturating_add(least))
}

/// Bytes that do not shrink, for tests.
#[cfg(test)]
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

#[cfg(test)]
mod tests;
