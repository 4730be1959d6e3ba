//! Bytes that come in parts, put together within their bounds.

use thiserror::Error;

use crate::id::ByteRange;
use crate::piece::{self, MAX_SEGMENT, PIECE, Piece};

/// A segment that comes in pieces, in order.
#[derive(Debug)]
pub(crate) struct Pieces {
    size: usize,
    pieces: Vec<Piece>,
}

/// A piece that is not the next one, or not of the right size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrongPiece;

impl Pieces {
    /// Expects `size` bytes, at most [`MAX_SEGMENT`].
    pub(crate) fn new(size: u64) -> Self {
        let size = usize::try_from(size.min(MAX_SEGMENT)).expect("invariant: MAX_SEGMENT fits in memory");
        Self {
            size,
            pieces: Vec::new(),
        }
    }

    /// Adds a piece; true when it was the last.
    pub(crate) fn add(&mut self, index: u32, piece: Piece) -> Result<bool, WrongPiece> {
        let left = self.size.saturating_sub(self.pieces.len() * PIECE);
        if index as usize != self.pieces.len() || piece.len() != left.min(PIECE) {
            return Err(WrongPiece);
        }
        self.pieces.push(piece);
        Ok(left <= PIECE)
    }

    /// The pieces that came.
    pub(crate) fn into_body(self) -> piece::Body {
        piece::Body::new(self.pieces)
    }
}

/// The body of an HTTP response, of which a range may be wanted.
#[derive(Debug)]
pub(crate) struct Body {
    range: Option<ByteRange>,
    skip: u64,
    expected: Option<u64>,
    bytes: Vec<u8>,
}

/// Why a body cannot be a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum BodyError {
    /// It is larger than a segment may be.
    #[error("larger than a segment may be")]
    TooLarge,
    /// It is shorter than was said, or empty.
    #[error("shorter than it should be")]
    Truncated,
}

impl Body {
    /// Expects a whole resource, or a range of it.
    pub(crate) fn new(range: Option<ByteRange>) -> Self {
        Self {
            range,
            skip: 0,
            expected: range.map(|range| range.len()),
            bytes: Vec::new(),
        }
    }

    /// Notes a response's head. An origin that ignores the range sends it all: the rest is passed over.
    pub(crate) fn on_started(&mut self, partial: bool, length: Option<u64>) -> Result<(), BodyError> {
        match self.range {
            Some(range) if !partial => self.skip = range.first,
            Some(_) | None => self.expected = length.or(self.expected),
        }
        let too_large = self.expected.is_some_and(|expected| expected > MAX_SEGMENT);
        let range_differs = partial
            && self
                .range
                .is_some_and(|range| self.expected.is_some_and(|expected| expected != range.len()));
        match (too_large, range_differs) {
            (true, _) => Err(BodyError::TooLarge),
            (false, true) => Err(BodyError::Truncated),
            (false, false) => Ok(()),
        }
    }

    /// Adds bytes; returns how many of them were wanted.
    pub(crate) fn add(&mut self, chunk: &[u8]) -> Result<u64, BodyError> {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
        self.skip -= skipped as u64;
        let room = match self.range {
            Some(range) => range.len().saturating_sub(self.bytes.len() as u64),
            None => u64::MAX,
        };
        let rest = &chunk[skipped..];
        let taken = &rest[..rest.len().min(usize::try_from(room).unwrap_or(usize::MAX))];
        if self.bytes.len() as u64 + taken.len() as u64 > MAX_SEGMENT {
            return Err(BodyError::TooLarge);
        }
        self.bytes.extend_from_slice(taken);
        Ok(taken.len() as u64)
    }

    /// The whole body, once the response is complete.
    pub(crate) fn finish(self) -> Result<Vec<u8>, BodyError> {
        let short = self
            .expected
            .is_some_and(|expected| expected != self.bytes.len() as u64);
        if short || self.bytes.is_empty() {
            return Err(BodyError::Truncated);
        }
        Ok(self.bytes)
    }
}
