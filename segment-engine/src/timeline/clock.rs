//! When segments become available that a live manifest counts by the clock (ISO/IEC 23009-1, 5.3.9.5.3).

use std::time::Duration;

use crate::time::{MediaTime, UnixTime};

/// Ties a presentation's timeline to the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// When the presentation's timeline began.
    pub(crate) epoch: UnixTime,
    /// How long before its end a segment is available.
    pub(crate) early: Early,
    /// How long after its end a segment stays available; forever if the manifest does not say.
    pub(crate) depth: Option<Duration>,
    /// Where the period ends, if known.
    pub(crate) end: Option<MediaTime>,
}

/// How long before its end a segment is available.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Early {
    /// This many microseconds; if below zero, that much later.
    By(i64),
    /// Always, once the presentation has begun.
    Always,
}

impl Default for Early {
    fn default() -> Self {
        Self::By(0)
    }
}

impl Early {
    /// Combined with the value of another level of a manifest.
    pub(crate) fn plus(self, other: Option<Self>) -> Self {
        match (self, other.unwrap_or_default()) {
            (Self::Always, _) | (_, Self::Always) => Self::Always,
            (Self::By(one), Self::By(other)) => Self::By(one.saturating_add(other)),
        }
    }
}

impl Clock {
    /// The position by which a segment must end to be available; `None` if nothing is available yet.
    pub(crate) fn edge(&self, now: UnixTime) -> Option<MediaTime> {
        match self.early {
            Early::By(early) => Some(moved(self.elapsed(now), early)),
            Early::Always => (now >= self.epoch).then_some(MediaTime::MAX),
        }
    }

    /// The same, but without limit once the edge has reached the period's end: a period's last segment is available
    /// at the period's end, however far beyond it its length would go.
    pub(crate) fn reach(&self, now: UnixTime) -> Option<MediaTime> {
        let edge = self.edge(now)?;
        let is_over = self.end.is_some_and(|end| end <= edge);
        Some(if is_over { MediaTime::MAX } else { edge })
    }

    /// The position after which a segment must end to be still available.
    pub(crate) fn oldest(&self, now: UnixTime) -> MediaTime {
        match self.depth {
            Some(depth) => self.elapsed(now) - depth,
            None => MediaTime::MIN,
        }
    }

    /// When a segment that ends at a position becomes available.
    pub(crate) fn available(&self, end: MediaTime) -> UnixTime {
        let early = match self.early {
            Early::By(early) => early,
            Early::Always => return self.epoch,
        };
        let end = self.end.map_or(end, |last| last.min(end));
        let micros = moved(end, early.saturating_neg()).as_micros();
        let millis = micros.div_euclid(1000) + i64::from(micros.rem_euclid(1000) != 0);
        UnixTime::from_millis(self.epoch.as_millis().saturating_add(millis))
    }

    fn elapsed(&self, now: UnixTime) -> MediaTime {
        let millis = now.as_millis().saturating_sub(self.epoch.as_millis());
        MediaTime::from_micros(millis.saturating_mul(1000))
    }
}

fn moved(position: MediaTime, micros: i64) -> MediaTime {
    MediaTime::from_micros(position.as_micros().saturating_add(micros))
}

#[cfg(test)]
mod tests;
