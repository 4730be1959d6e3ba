//! The engine's HTTP requests: their numbers, the origin's speed, and what a seeder does there.

#[cfg(feature = "seeder")]
mod caution;
#[cfg(feature = "seeder")]
mod follow;
#[cfg(feature = "seeder")]
mod harvest;
#[cfg(feature = "seeder")]
mod wishes;

use std::time::Duration;

#[cfg(all(feature = "seeder", feature = "resources"))]
pub(crate) use self::follow::Fetched;
#[cfg(feature = "seeder")]
pub(crate) use self::{
    caution::Caution,
    follow::Follow,
    harvest::{Harvest, Verdict},
    wishes::{News, Wishes},
};

use crate::id::FetchId;
use crate::input::FetchError;
use crate::rate::{Latency, RESERVE, Throughput};
use crate::time::Timestamp;
use crate::timeline::{Segment, Track};

/// The time to a first byte that is assumed before one came: connection and round trip to a far origin.
const UNTRIED: Duration = Duration::from_millis(300);

/// The size of a body below which it tells nothing of the origin's rate: it comes in one burst.
const TELLS_ORIGIN_RATE: u64 = 16 << 10;

/// How long an origin in trouble is left alone: doubling from the first pause to the last, but at most a quarter of
/// the time that the player still has. Measured with 100 viewers whose origin was away for 10 s: with the first pause
/// throughout, they stall as long as with HTTP only, whose retries are 0.5 s apart; with pauses of up to 4 s, three
/// times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(150);
const LAST_PAUSE: Duration = Duration::from_secs(4);

/// The origin as it was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    next_fetch: u64,
    first_byte: Latency,
    rate: Throughput,
    ranges: Ranges,
    failures: u32,
    down_until: Timestamp,
}

/// Whether the origin serves parts of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Ranges {
    /// Nobody knows.
    #[default]
    Untried,
    /// It has sent one.
    Served,
    /// It sends all where a part is asked for.
    Ignored,
}

impl Origin {
    /// Names a new request.
    pub(crate) fn next_id(&mut self) -> FetchId {
        self.next_fetch += 1;
        FetchId(self.next_fetch)
    }

    /// Notes that a response's head came, `took` after its request.
    pub(crate) fn on_started(&mut self, took: Duration) {
        self.first_byte.record(took);
    }

    /// Notes that it sent a whole resource where a part was asked for.
    pub(crate) fn on_range_ignored(&mut self) {
        self.ranges = Ranges::Ignored;
    }

    /// Notes that it sends a part of a segment.
    pub(crate) fn on_part(&mut self) {
        self.ranges = Ranges::Served;
    }

    /// Whether it has sent a part of a segment before.
    pub(crate) fn has_sent_parts(&self) -> bool {
        self.ranges == Ranges::Served
    }

    /// Whether a part of a segment can be asked of it, as far as is known.
    pub(crate) fn serves_ranges(&self) -> bool {
        self.ranges != Ranges::Ignored
    }

    /// Notes that a request failed. If the error means that the origin is in trouble, it is left alone for a while:
    /// the less `slack` the player has, the shorter.
    pub(crate) fn on_failed(&mut self, now: Timestamp, error: FetchError, slack: Duration) {
        if error.is_of_one_thing() {
            return;
        }
        // Requests that were in flight together fail together: that counts as one failure.
        if now >= self.down_until {
            self.failures = self.failures.saturating_add(1);
            let pause = back_off(self.failures, FIRST_PAUSE, LAST_PAUSE);
            self.down_until = now + pause.min(FIRST_PAUSE.max(slack / 4));
        }
    }

    /// Whether it may be asked now.
    pub(crate) fn is_up(&self, now: Timestamp) -> bool {
        now >= self.down_until
    }

    /// When it may be asked again.
    pub(crate) fn up_at(&self) -> Timestamp {
        self.down_until
    }

    /// Notes a complete response, `took` after its head. Meanwhile all responses together brought `bytes`, and all
    /// sources `all`: parallel requests share the link, and peers use their part of it.
    pub(crate) fn on_finished(&mut self, bytes: u64, all: u64, took: Duration) {
        self.failures = 0;
        if bytes >= TELLS_ORIGIN_RATE {
            self.rate.record(bytes, all, took);
        }
    }

    /// The expected time from a request to the first byte.
    pub(crate) fn round_trip(&self) -> Duration {
        self.first_byte.mean().unwrap_or(UNTRIED)
    }

    /// The expected time for a segment, or for `size` bytes of it.
    pub(crate) fn expected(&self, track: &Track, segment: &Segment, size: Option<u64>) -> Duration {
        let millis = u64::try_from(segment.duration.as_millis()).unwrap_or(u64::MAX);
        let size = size.unwrap_or_else(|| track.bandwidth.saturating_mul(millis) / 8_000);
        let bytes = size.saturating_mul(RESERVE.0) / RESERVE.1;
        self.round_trip() + self.rate.time_for(bytes).unwrap_or_default()
    }
}

/// How long a request may be silent after `failures` failures: `least` at first, doubling up to `most`. So a hanging
/// response is given up soon, and a slow origin gets the time that it needs.
#[cfg(feature = "seeder")]
pub(crate) fn patience(least: Duration, failures: u32, most: Duration) -> Duration {
    least.saturating_mul(1 << failures.min(8)).min(most)
}

/// The pause before retry number `failures`: doubling from `first` up to `last`.
fn back_off(failures: u32, first: Duration, last: Duration) -> Duration {
    let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(last)
}

#[cfg(test)]
mod tests;
