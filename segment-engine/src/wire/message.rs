//! One message on a channel: bytes, or a piece that has not become bytes yet.

use super::frame::{PieceBody, RequestId};
use super::pack::Writer;
use super::write::write_piece;
use crate::piece::Piece;

/// One message on a channel.
///
/// Pieces stay typed until a driver wants bytes, so that they are neither copied nor hashed again where
/// messages never leave the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A frame as it travels.
    Bytes(Vec<u8>),
    /// A plain piece.
    Piece {
        /// The request that it answers.
        request: RequestId,
        /// The piece's index in the segment.
        index: u32,
        /// The piece.
        piece: Piece,
    },
}

impl Message {
    /// Wraps bytes that came over a channel.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }

    /// Its length on the channel, in bytes.
    #[expect(clippy::len_without_is_empty, reason = "an empty message is no frame")]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Piece {
                request,
                index,
                piece,
            } => {
                let bytes = piece.len();
                // Array head, tag, encoding; then the head of the data and the data.
                3 + uint_len(request.0) + uint_len(*index) + if bytes < 256 { 2 } else { 3 } + bytes
            }
        }
    }

    /// The bytes to give to a channel.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Piece {
                request,
                index,
                piece,
            } => {
                let mut to = Writer(Vec::with_capacity(piece.len() + 16));
                write_piece(&mut to, request, index, &PieceBody::Plain(piece));
                to.0
            }
        }
    }
}

/// How many bytes MessagePack takes for a number.
fn uint_len(number: u32) -> usize {
    match number {
        0..=0x7f => 1,
        0x80..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000.. => 5,
    }
}
