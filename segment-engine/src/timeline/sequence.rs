//! Segments one after another, each with its own duration, as HLS has them.
//!
//! Invariant: `bounds` has one entry more than there are segments, and never falls. Media sequence numbers have 64
//! bits: those over 63 bits appear as negative numbers, and all arithmetic on them wraps.

use std::sync::Arc;

use super::axis::Position;
use crate::time::MediaTime;

/// A list whose first number is below this has just begun: a minute of segments of 2 s.
#[cfg(feature = "seeder")]
pub(super) const BEGINNING: u32 = 32;
/// A gap of this many segments is more than any cache's old copy of a list can be behind.
#[cfg(feature = "seeder")]
pub(super) const STALE: u32 = 256;

/// The segments of a media playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// Media sequence number of the first segment.
    pub(crate) first: i64,
    /// How many segments just before it the playlist leaves out, as its reader knows them.
    pub(crate) skipped: u64,
    /// Where the playlist's first segment starts.
    pub(crate) offset: MediaTime,
    /// Where each segment starts, and the last one ends, in microseconds from the first one's start.
    pub(crate) bounds: Arc<[i64]>,
}

impl Sequence {
    /// How many segments there are.
    pub(crate) fn len(&self) -> u64 {
        self.bounds.len().saturating_sub(1) as u64
    }

    /// The segment with that index.
    pub(crate) fn at(&self, index: u64) -> Option<Position> {
        let at = usize::try_from(index).ok()?;
        let end = self.bound(at.checked_add(1)?)?;
        let start = self.bound(at)?;
        let time = self.first.wrapping_add_unsigned(index);
        Some(Position {
            index,
            number: index,
            time,
            start,
            duration: end.since(start),
        })
    }

    /// The index of the segment with that media sequence number.
    pub(crate) fn index_of(&self, time: i64) -> Option<u64> {
        let index = time.wrapping_sub(self.first).cast_unsigned();
        (index < self.len()).then_some(index)
    }

    /// The first index whose segment ends after a position; the length if there is none.
    pub(crate) fn first_ending_after(&self, position: MediaTime) -> u64 {
        let into = position.as_micros().saturating_sub(self.offset.as_micros());
        let ends = self.bounds.get(1..).unwrap_or_default();
        ends.partition_point(|end| *end <= into) as u64
    }

    /// Moves this playlist so that its segments lie where an earlier state of it has the same numbers.
    ///
    /// If the two do not overlap, the distance between them is estimated at this playlist's mean duration.
    #[cfg(feature = "hls")]
    pub(crate) fn align(&mut self, with: &Self) {
        let ahead = self.first.wrapping_sub(with.first);
        let known = u64::try_from(ahead).ok().and_then(|index| with.at(index));
        if let Some(known) = known {
            self.offset = known.start;
            return;
        }
        let behind = u64::try_from(ahead.saturating_neg())
            .ok()
            .and_then(|index| self.at(index));
        if let Some(mine) = behind {
            let shift = with.offset.as_micros().saturating_sub(mine.start.as_micros());
            self.offset = MediaTime::from_micros(self.offset.as_micros().saturating_add(shift));
            return;
        }
        let mean = self.length() / i64::try_from(self.len()).unwrap_or(1).max(1);
        let shift = ahead.saturating_mul(mean);
        self.offset = MediaTime::from_micros(with.offset.as_micros().saturating_add(shift));
    }

    /// Aligns this playlist with another one of the same title: by equal numbers, if that moves it no further than
    /// the other is long; otherwise, since numbers of different playlists need not be comparable (RFC 8216, 4.3.3.2),
    /// by the ends, as live ones end together.
    #[cfg(feature = "hls")]
    pub(crate) fn align_beside(&mut self, other: &Self) {
        self.align(other);
        let (start, others, end) = (self.offset.as_micros(), other.offset.as_micros(), other.end());
        let apart = start.saturating_sub(end).max(others.saturating_sub(self.end()));
        if apart > other.length() {
            self.offset = MediaTime::from_micros(end.saturating_sub(self.length()));
        }
    }

    /// Where the last segment ends, in microseconds.
    #[cfg(feature = "hls")]
    pub(crate) fn end(&self) -> i64 {
        self.offset.as_micros().saturating_add(self.length())
    }

    /// Whether this cannot be an earlier state of the same list as `known`, although its numbers are lower: it starts
    /// at the beginning, or further back than a cache can be stale.
    #[cfg(feature = "seeder")]
    pub(crate) fn begins_anew_after(&self, known: &Self) -> bool {
        let gap = known
            .first
            .wrapping_sub(self.first.wrapping_add_unsigned(self.len()));
        let gap = u64::try_from(gap).unwrap_or(0);
        let is_beginning = (0..i64::from(BEGINNING)).contains(&self.first);
        gap >= u64::from(STALE) || (is_beginning && gap > self.len())
    }

    /// Whether its last segment comes before that of another.
    #[cfg(feature = "seeder")]
    pub(crate) fn ends_before(&self, other: &Self) -> bool {
        let end = |list: &Self| list.first.wrapping_add_unsigned(list.len());
        end(self) < end(other)
    }

    /// Its whole length, in microseconds.
    #[cfg(feature = "hls")]
    fn length(&self) -> i64 {
        self.bounds.last().copied().unwrap_or(0)
    }

    fn bound(&self, at: usize) -> Option<MediaTime> {
        let bound = self.bounds.get(at)?;
        Some(MediaTime::from_micros(
            self.offset.as_micros().saturating_add(*bound),
        ))
    }
}

#[cfg(test)]
mod tests;
