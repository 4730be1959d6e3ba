//! Cuts the bytes of an HTTP response into pieces, as they come.

use bytes::Bytes;
use thiserror::Error;

use crate::piece::Piece;
use crate::wire::{MAX_SEGMENT, PIECE};

/// A response ended before all of it had come, or went on for longer than a segment may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Truncated {
    /// Less came than was asked for, or nothing.
    #[error("shorter than it should be")]
    Short,
    /// More came than a segment may have.
    #[error("larger than a segment may be")]
    Long,
}

/// Bytes on their way to becoming pieces.
#[derive(Debug)]
pub(crate) struct Cutter {
    skip: u64,
    /// How many bytes are still wanted; `None` to take all that come.
    left: Option<u64>,
    next: u32,
    taken: u64,
    rest: Vec<u8>,
}

impl Cutter {
    /// Starts with piece `first`, after `skip` unwanted bytes; `wanted` bytes follow, or as many as come.
    pub(crate) fn new(first: u32, skip: u64, wanted: Option<u64>) -> Self {
        Self {
            skip,
            left: wanted,
            next: first,
            taken: 0,
            rest: Vec::new(),
        }
    }

    /// How many wanted bytes have come so far.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// The piece that comes next.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// Takes in bytes, and puts out the pieces that they complete; returns how many of the bytes were wanted.
    pub(crate) fn feed(&mut self, chunk: &Bytes, out: &mut Vec<(u32, Piece)>) -> Result<u64, Truncated> {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
        self.skip -= skipped as u64;
        let (most, chunk) = (chunk.len(), chunk.slice(skipped..));
        let wanted = self
            .left
            .map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let mut chunk = chunk.slice(..chunk.len().min(wanted));
        // A slice kept in place keeps all of the chunk in memory.
        let stays = chunk.len() > most / 2;
        let total = chunk.len() as u64;
        self.taken += total;
        if self.taken > MAX_SEGMENT {
            return Err(Truncated::Long);
        }
        self.left = self.left.map(|left| left - total);
        while !chunk.is_empty() {
            let now = chunk.split_to(chunk.len().min(PIECE - self.rest.len()));
            if self.rest.is_empty() && now.len() == PIECE && stays {
                self.emit_from(now, out);
                continue;
            }
            self.rest.reserve_exact(PIECE - self.rest.len());
            self.rest.extend_from_slice(&now);
            if self.rest.len() == PIECE {
                self.emit(out);
            }
        }
        if self.left == Some(0) && !self.rest.is_empty() {
            self.emit(out);
        }
        Ok(total)
    }

    /// Takes in a piece that was cut and hashed elsewhere, as [`feed`](Self::feed) would its bytes: if the cuts fall
    /// in the same places, nothing is hashed again.
    pub(crate) fn feed_hashed(
        &mut self,
        piece: Piece,
        out: &mut Vec<(u32, Piece)>,
    ) -> Result<u64, Truncated> {
        let len = piece.len() as u64;
        let is_last = self.left == Some(len);
        let fits = self.left.is_none_or(|left| len <= left) && (piece.len() == PIECE || is_last);
        if self.skip > 0 || !self.rest.is_empty() || !fits {
            return self.feed(&piece.into_bytes(), out);
        }
        self.taken += len;
        if self.taken > MAX_SEGMENT {
            return Err(Truncated::Long);
        }
        self.left = self.left.map(|left| left - len);
        out.push((self.next, piece));
        self.next += 1;
        Ok(len)
    }

    fn emit(&mut self, out: &mut Vec<(u32, Piece)>) {
        let bytes = std::mem::take(&mut self.rest);
        self.emit_from(bytes.into_boxed_slice().into(), out);
    }

    fn emit_from(&mut self, bytes: Bytes, out: &mut Vec<(u32, Piece)>) {
        out.push((self.next, Piece::of(bytes)));
        self.next += 1;
    }

    /// Puts out the rest when the response is complete; returns how many bytes were taken in.
    pub(crate) fn finish(&mut self, out: &mut Vec<(u32, Piece)>) -> Result<u64, Truncated> {
        if !self.rest.is_empty() && self.left.is_none() {
            self.emit(out);
        }
        if self.left.is_some_and(|left| left > 0) || self.taken == 0 {
            return Err(Truncated::Short);
        }
        Ok(self.taken)
    }
}

#[cfg(test)]
mod tests;
