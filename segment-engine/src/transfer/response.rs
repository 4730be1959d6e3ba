//! One HTTP request for a segment or a part of it, and what has come of its response.

use std::time::Duration;

use super::cutter::Cutter;
use crate::id::{ByteRange, SegmentKey};
use crate::piece::Piece;
use crate::stats::SourceBytes;
use crate::time::Timestamp;
use crate::wire::PIECE;

/// Which part of a segment is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// All of it, whatever its size.
    Whole,
    /// Pieces `first..end` of a segment of that size.
    Pieces {
        /// The first piece.
        first: u32,
        /// One past the last.
        end: u32,
        /// The segment's size in bytes.
        size: u64,
    },
}

/// Why the origin is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The player waits, and peers are not to be waited for: a session's start, a jump, no swarm.
    Start,
    /// This peer claimed these stripes for the swarm: a bit each.
    Claim(u16),
    /// Peers were too slow.
    Rescue,
    /// A seeder fetches what it serves.
    Seed,
    /// A piece that came from peers is compared with the origin's.
    Audit,
}

/// An HTTP request that runs.
#[derive(Debug)]
pub(crate) struct Response {
    /// The segment.
    pub(crate) key: SegmentKey,
    /// The part of it that is asked for.
    pub(crate) span: Span,
    /// Why it is asked for.
    pub(crate) cause: Cause,
    /// When the request was made.
    pub(crate) started: Timestamp,
    /// When anything last came of it.
    pub(crate) heard_at: Timestamp,
    /// When its first byte came.
    pub(crate) head_at: Option<Timestamp>,
    /// What this engine had received by that time.
    pub(crate) received_before: SourceBytes,
    /// The response's length in bytes, as its head gives it.
    pub(crate) length: Option<u64>,
    /// The segment's size in bytes, by the origin's word.
    pub(crate) size: Option<u64>,
    /// Cuts its bytes into pieces.
    pub(crate) cutter: Cutter,
    /// Pieces that wait for the segment's size.
    pub(crate) early: Vec<(u32, Piece)>,
    /// Whether its rate was already measured.
    pub(crate) is_measured: bool,
}

impl Response {
    /// A request made at `now`.
    pub(crate) fn new(key: SegmentKey, span: Span, cause: Cause, now: Timestamp) -> Self {
        let cutter = match (span, key.range) {
            (Span::Whole, range) => Cutter::new(0, 0, range.map(|range| range.len())),
            (Span::Pieces { first, .. }, _) => Cutter::new(first, 0, Some(span.bytes())),
        };
        Self {
            key,
            span,
            cause,
            started: now,
            heard_at: now,
            head_at: None,
            received_before: SourceBytes::default(),
            length: None,
            size: None,
            cutter,
            early: Vec::new(),
            is_measured: false,
        }
    }

    /// The range of the resource to ask for; `None` for all of it.
    pub(crate) fn range(&self) -> Option<ByteRange> {
        let Span::Pieces { first, .. } = self.span else {
            return self.key.range;
        };
        let base = self.key.range.map_or(0, |range| range.first);
        // Ranges come from manifests and sizes from peers: one that reaches beyond 64 bits is cut, and comes out
        // short.
        let start = base.saturating_add(u64::from(first) * PIECE as u64);
        ByteRange::new(start, start.saturating_add(self.span.bytes().saturating_sub(1)))
    }

    /// Notes that the origin sends the whole resource although a range was asked for: the segment is cut out of it.
    pub(crate) fn on_whole(&mut self, size: Option<u64>) {
        let skip = self.key.range.map_or(0, |range| range.first);
        let wanted = self.key.range.map(|range| range.len()).or(size);
        self.span = Span::Whole;
        self.cutter = Cutter::new(0, skip, wanted);
    }

    /// How much longer it takes, at its rate so far; `None` if that is unknown.
    pub(crate) fn rest(&self, now: Timestamp) -> Option<Duration> {
        let (length, head_at) = (self.length?, self.head_at?);
        let taken = self.cutter.taken();
        let rest = u128::from(length.saturating_sub(taken));
        let micros = rest * now.since(head_at).as_micros() / u128::from(taken.max(1));
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }

    /// Whether this request asked for a piece.
    pub(crate) fn covers(&self, piece: u32) -> bool {
        self.span.covers(piece)
    }
}

impl Span {
    /// Whether the span contains a piece.
    pub(crate) fn covers(self, piece: u32) -> bool {
        match self {
            Self::Whole => true,
            Self::Pieces { first, end, .. } => (first..end).contains(&piece),
        }
    }

    /// Its length in bytes; 0 if unknown.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::Whole => 0,
            Self::Pieces { first, end, size } => {
                let edge = |piece: u32| (u64::from(piece) * PIECE as u64).min(size);
                edge(end) - edge(first)
            }
        }
    }
}

#[cfg(test)]
mod tests;
