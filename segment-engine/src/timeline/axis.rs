//! The times of a track's segments, in whichever way its manifest gives them.

use std::time::Duration;

use super::runs::Runs;
use super::sequence::Sequence;
#[cfg(feature = "seeder")]
use super::sequence::{BEGINNING, STALE};
use crate::time::MediaTime;

/// Where one segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Its place in the track, from 0.
    pub(crate) index: u64,
    /// Its number, counted from the track's first number: its place, unless numbers are left out before it.
    pub(crate) number: u64,
    /// Its time, as in [`SegmentKey::time`](crate::id::SegmentKey).
    pub(crate) time: i64,
    /// Its start on the presentation's timeline.
    pub(crate) start: MediaTime,
    /// Its length on that timeline.
    pub(crate) duration: Duration,
}

impl Position {
    /// Where it ends on the presentation's timeline.
    pub(crate) fn end(&self) -> MediaTime {
        self.start + self.duration
    }
}

/// Times of a track's segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Axis {
    /// At regular distances.
    Runs(Runs),
    /// One after another.
    #[cfg_attr(
        not(feature = "hls"),
        expect(dead_code, reason = "only playlists list one after another")
    )]
    Sequence(Sequence),
    /// One segment, which is all of the track.
    #[cfg_attr(
        not(any(feature = "dash", feature = "resources")),
        expect(dead_code, reason = "playlists list their segments")
    )]
    Whole {
        /// The period's start.
        start: MediaTime,
        /// The period's length; zero where the manifest does not say.
        duration: Duration,
    },
    /// No segment that the manifest names.
    #[cfg_attr(
        not(feature = "dash"),
        expect(dead_code, reason = "playlists list their segments")
    )]
    Empty {
        /// The period's start.
        start: MediaTime,
    },
}

impl Axis {
    /// How many segments there are.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Runs(runs) => runs.len(),
            Self::Sequence(sequence) => sequence.len(),
            Self::Whole { .. } => 1,
            Self::Empty { .. } => 0,
        }
    }

    /// Where the track starts on the presentation's timeline.
    pub(crate) fn origin(&self) -> MediaTime {
        match self {
            Self::Runs(runs) => runs.start,
            Self::Sequence(sequence) => sequence.offset,
            Self::Whole { start, .. } | Self::Empty { start } => *start,
        }
    }

    /// The segment with that index.
    pub(crate) fn at(&self, index: u64) -> Option<Position> {
        match self {
            Self::Runs(runs) => runs.at(index),
            Self::Sequence(sequence) => sequence.at(index),
            Self::Whole { start, duration } => (index == 0).then_some(Position {
                index,
                number: index,
                time: 0,
                start: *start,
                duration: *duration,
            }),
            Self::Empty { .. } => None,
        }
    }

    /// Whether this cannot be an earlier state of the same list as `known`, although all of it precedes that: it
    /// starts at the beginning, or is further back than a cache can be stale.
    #[cfg(feature = "seeder")]
    pub(crate) fn is_back_behind(&self, known: &Self) -> bool {
        let last = |axis: &Self| axis.at(axis.len().checked_sub(1)?);
        let (Some(first), Some(last), Some(known)) = (self.at(0), last(self), known.at(0)) else {
            return false;
        };
        let gap = known.start.since(last.end());
        let length = last.end().since(first.start);
        let is_beginning = first.start.since(self.origin()) < first.duration.saturating_mul(BEGINNING);
        !gap.is_zero() && (gap >= first.duration.saturating_mul(STALE) || (is_beginning && gap > length))
    }

    /// Whether its last segment ends before that of another axis.
    #[cfg(feature = "seeder")]
    pub(crate) fn ends_before(&self, other: &Self) -> bool {
        let end = |axis: &Self| Some(axis.at(axis.len().checked_sub(1)?)?.end());
        end(self) < end(other)
    }

    /// The index of the segment with exactly that time.
    pub(crate) fn index_of(&self, time: i64) -> Option<u64> {
        match self {
            Self::Runs(runs) => runs.index_of(time),
            Self::Sequence(sequence) => sequence.index_of(time),
            Self::Whole { .. } => (time == 0).then_some(0),
            Self::Empty { .. } => None,
        }
    }

    /// The index of the segment with that number, counted from the track's first number.
    pub(crate) fn index_of_number(&self, number: u64) -> Option<u64> {
        match self {
            Self::Runs(runs) => runs.index_of_number(number),
            Self::Sequence(_) | Self::Whole { .. } | Self::Empty { .. } => Some(number),
        }
    }

    /// The first index whose segment ends after a position; the length if there is none.
    pub(crate) fn first_ending_after(&self, position: MediaTime) -> u64 {
        match self {
            Self::Runs(runs) => runs.first_ending_after(position),
            Self::Sequence(sequence) => sequence.first_ending_after(position),
            Self::Whole { start, duration } => {
                u64::from(!duration.is_zero() && *start + *duration <= position)
            }
            Self::Empty { .. } => 0,
        }
    }
}
