//! Decides which of an origin's failures are logged plainly: one for each outage, however many requests fail in it, and
//! at most one a minute if it comes and goes.

use std::mem::Discriminant;
use std::time::Duration;

use segment_engine::output::{Event, GapReason, Source};
use tokio::time::Instant;

use crate::event::Loudness;

/// How often the same failure is logged.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// What is failing at the origin, and what was logged about it.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    unreachable: Recurring,
    rejected: Recurring,
    segments: Recurring,
    /// Reasons for which segments were given up, each with when that was logged.
    gaps: Vec<(Discriminant<GapReason>, Instant)>,
}

/// A failure that may come again and again, and what was logged of it.
#[derive(Debug, Default)]
struct Recurring {
    is_on: bool,
    said: Option<Instant>,
}

impl Trouble {
    /// How loudly an event is to be logged.
    pub(super) fn on_event(&mut self, now: Instant, event: &Event) -> Loudness {
        if let Event::TimelineUpdated { .. } = event {
            self.unreachable.is_on = false;
            self.rejected.is_on = false;
        }
        if let Event::SegmentReceived {
            source: Source::Origin,
            ..
        } = event
        {
            self.segments.is_on = false;
        }
        if let Event::ManifestUnreachable { .. } = event {
            return self.unreachable.on_failed(now);
        }
        if let Event::ManifestRejected { .. } = event {
            return self.rejected.on_failed(now);
        }
        if let Event::OriginFailed { .. } = event {
            return self.segments.on_failed(now);
        }
        if let Event::Gap { reason, .. } = event {
            return self.on_gap(now, reason);
        }
        Loudness::Plain
    }

    /// A manifest came, or is as it was: no event tells of one that says nothing new.
    pub(super) fn on_manifest(&mut self) {
        self.unreachable.is_on = false;
    }

    fn on_gap(&mut self, now: Instant, reason: &GapReason) -> Loudness {
        self.gaps.retain(|(_, said)| now - *said < SAID_EVERY);
        let kind = std::mem::discriminant(reason);
        if self.gaps.iter().any(|(said, _)| *said == kind) {
            return Loudness::Low;
        }
        self.gaps.push((kind, now));
        Loudness::Plain
    }
}

impl Recurring {
    fn on_failed(&mut self, now: Instant) -> Loudness {
        let is_known = std::mem::replace(&mut self.is_on, true);
        if is_known || self.said.is_some_and(|said| now - said < SAID_EVERY) {
            return Loudness::Low;
        }
        self.said = Some(now);
        Loudness::Plain
    }
}

#[cfg(test)]
mod tests;
