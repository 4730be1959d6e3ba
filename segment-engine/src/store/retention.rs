//! How useful the held segments are: the window around playback, and the order in which segments go. Pure.

use std::cmp::Reverse;
use std::time::Duration;

use crate::time::MediaTime;

/// The least media that a live viewer keeps behind the edge: what late joiners start from, whatever the hold-back.
const LEAST_LIVE: Duration = Duration::from_secs(30);

/// How much of a film is kept behind the playhead. By a model, 17 viewers of a 30-minute film get 87 % of it from each
/// other with 300 s, and 29 % with 30 s; 95 viewers 98 % and 69 %.
const BEHIND: Duration = Duration::from_secs(300);

/// Where a segment is on the presentation's timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its start.
    pub(crate) start: MediaTime,
    /// Its length. Zero for what has no place of its own in time and is useful throughout: init segments, and tracks
    /// of one file.
    pub(crate) duration: Duration,
}

/// What is being played, and how far it is: the window of the segments that are of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Horizon {
    /// The playhead; `None` if nobody plays, or nobody said.
    pub(crate) playhead: Option<MediaTime>,
    /// Where the title ends for now, and what kind it is.
    pub(crate) title: Title,
}

/// What kind of title it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Title {
    /// It is complete.
    Complete,
    /// It goes on.
    Live {
        /// Where its newest segment ends, if any is available.
        edge: Option<MediaTime>,
        /// How far behind the edge players are asked to stay; zero if the manifest does not say.
        hold_back: Duration,
    },
}

impl Horizon {
    /// The position that a segment must not end before to be useful.
    ///
    /// For a live title it lies max(30 s, 2 x hold-back) behind the edge, and at least half of that behind the
    /// playhead: a viewer that watches further back than others still has use for what it watches.
    fn oldest(&self) -> MediaTime {
        let first = MediaTime::MIN;
        match self.title {
            Title::Complete => self.playhead.map_or(first, |playhead| playhead - BEHIND),
            Title::Live { edge, hold_back } => {
                let kept = LEAST_LIVE.max(hold_back.saturating_mul(2));
                let behind_edge = edge.map(|edge| edge - kept);
                let behind_playhead = self.playhead.map(|playhead| playhead - kept / 2);
                behind_edge
                    .into_iter()
                    .chain(behind_playhead)
                    .min()
                    .unwrap_or(first)
            }
        }
    }

    /// Where a segment is.
    pub(crate) fn place(&self, span: Span) -> Place {
        if span.duration.is_zero() {
            return Place::Always;
        }
        if span.start + span.duration <= self.oldest() {
            return Place::Outside;
        }
        Place::Inside
    }
}

/// Whether a segment is in the window in which it is useful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Outside of the window.
    Outside,
    /// In the window.
    Inside,
    /// Useful wherever playback stands.
    Always,
}

/// How useful it is to keep a segment. The lowest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    place: Place,
    replicas: Reverse<u32>,
    start: MediaTime,
}

/// Ranks a segment that `replicas` neighbours hold as well: those outside the window go first, then those that many
/// hold, then the oldest.
pub(crate) fn rank(span: Span, horizon: &Horizon, replicas: u32) -> Rank {
    Rank {
        place: horizon.place(span),
        replicas: Reverse(replicas),
        start: span.start,
    }
}

#[cfg(test)]
mod tests;
