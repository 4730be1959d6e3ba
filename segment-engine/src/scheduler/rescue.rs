//! When missing pieces have to come from the origin instead of peers, and how many at once.

use std::time::Duration;

/// How long a rescue of a segment takes, and how soon the player needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    /// How long the player can still do without the segment.
    pub(crate) slack: Duration,
    /// How long the origin is expected to take for all that is missing.
    pub(crate) origin: Duration,
    /// The safety margin.
    pub(crate) guard: Duration,
}

/// How late it is for a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lateness {
    /// Peers have time until the slack has shrunk by this much.
    InTime(Duration),
    /// A part of what is missing has to be fetched: this many of 256.
    Late(u32),
}

impl Need {
    /// The safety margin: a quarter of a segment's length, within `least` and 1.5 s.
    pub(crate) fn guard(duration: Duration, least: Duration) -> Duration {
        (duration / 4).clamp(least, least.max(Duration::from_millis(1_500)))
    }

    /// How late it is. Once the slack is down to origin and guard, ever more is fetched, and all of it when half of
    /// the guard is used up: so in a swarm in which many are late at once, not all ask the origin for the same pieces
    /// at once.
    pub(crate) fn lateness(self) -> Lateness {
        let begin = self.origin + self.guard;
        if self.slack > begin {
            return Lateness::InTime(self.slack - begin);
        }
        let used = (begin - self.slack).as_micros();
        let half = (self.guard / 2).as_micros().max(1);
        let share = 16 + used * 240 / half;
        Lateness::Late(u32::try_from(share).unwrap_or(256).min(256))
    }
}

/// How many of `missing` pieces are fetched at `share` 256ths, if `fetching` others are already on their way.
pub(crate) fn rescue_amount(missing: u32, fetching: u32, share: u32) -> u32 {
    let due = (u64::from(missing + fetching) * u64::from(share)).div_ceil(256);
    u32::try_from(due)
        .unwrap_or(u32::MAX)
        .saturating_sub(fetching)
        .min(missing)
}
