//! What can be expected of a live manifest that lists its segments: when the next one will be in it.

use std::time::Duration;

use super::{Timeline, Track};
use crate::timeline::axis::Axis;

/// How far a live list goes, and how fast it grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Changes whenever another segment is the last of any track.
    pub(crate) mark: i64,
    /// How long after a new segment the next one is expected.
    pub(crate) pace: Duration,
}

impl Timeline {
    /// How far a live title's lists go; `None` if nothing is listed and the clock tells what is available.
    ///
    /// A new segment is expected after the last one's duration; in DASH no sooner than after `@minimumUpdatePeriod`,
    /// since a packager may list several at once.
    pub(crate) fn listed(&self) -> Option<Listed> {
        let lists = self.tracks().iter().filter_map(last);
        lists.reduce(|one, other| Listed {
            mark: one.mark.wrapping_add(other.mark),
            pace: one.pace.min(other.pace),
        })
    }
}

fn last(track: &Track) -> Option<Listed> {
    let media = &track.media;
    let live = media.live.filter(|_| media.clock.is_none())?;
    let last = media.axis.at(media.axis.len().checked_sub(1)?)?;
    let pace = match media.axis {
        // What a playlist itself gives is only the longest duration of a segment.
        Axis::Sequence(_) => last.duration,
        Axis::Runs(_) | Axis::Whole { .. } | Axis::Empty { .. } => {
            last.duration.max(live.refresh.unwrap_or_default())
        }
    };
    Some(Listed {
        // Not its position: a playlist has none of its own before it is aligned with those that came before.
        mark: last.time,
        pace,
    })
}

#[cfg(test)]
mod tests;
