//! Splits the bytes that a peer has not acknowledged into those that are on their way and those that still wait in this
//! host.
//!
//! The WebRTC stack counts both as one. The engine paces itself by what waits, so without the difference a long path
//! would seem to be a full one, and be sent a few pieces per round trip. What a path holds is estimated as BBR does it
//! (draft-ietf-ccwg-bbr): the rate at which bytes are acknowledged, times the shortest round trip.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long the shortest round trip counts: a path may become longer.
const MEMORY: Duration = Duration::from_secs(30);

/// The most messages whose round trips are timed at once. Further ones are not.
const MAX_MARKS: usize = 256;

/// What the acknowledgements of one channel show of its path.
#[derive(Debug, Default)]
pub(super) struct Path {
    sent: u64,
    acknowledged: u64,
    marks: VecDeque<Mark>,
    round_trip: Option<RoundTrip>,
    bytes_per_second: u64,
}

/// The shortest round trip lately, and when it was seen.
#[derive(Debug, Clone, Copy)]
struct RoundTrip {
    took: Duration,
    at: Instant,
}

/// A message on its way.
#[derive(Debug)]
struct Mark {
    at: Instant,
    /// All that was sent, this message included.
    end: u64,
    /// All that was acknowledged when it was sent.
    acknowledged: u64,
    pressed: Pressed,
}

/// Whether a message found others that waited: only then its pace is the path's, and not the engine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pressed {
    Yes,
    No,
}

impl Path {
    /// Notes a message that was given to the channel at some time.
    pub(super) fn on_sent(&mut self, at: Instant, bytes: u64) {
        let pressed = if self.waiting() > 0 {
            Pressed::Yes
        } else {
            Pressed::No
        };
        self.sent += bytes;
        if self.marks.len() < MAX_MARKS {
            self.marks.push_back(Mark {
                at,
                end: self.sent,
                acknowledged: self.acknowledged,
                pressed,
            });
        }
    }

    /// Notes how many bytes are not acknowledged.
    pub(super) fn on_outstanding(&mut self, now: Instant, bytes: u64) {
        self.acknowledged = self.sent.saturating_sub(bytes).max(self.acknowledged);
        while let Some(mark) = self.marks.pop_front_if(|mark| mark.end <= self.acknowledged) {
            let took = now.saturating_duration_since(mark.at);
            self.on_round_trip(now, took);
            let acknowledged = u128::from(self.acknowledged - mark.acknowledged);
            let sample = acknowledged * 1_000_000 / took.as_micros().max(1);
            self.on_rate(u64::try_from(sample).unwrap_or(u64::MAX), mark.pressed);
        }
    }

    /// How many bytes are not acknowledged.
    pub(super) fn outstanding(&self) -> u64 {
        self.sent - self.acknowledged
    }

    /// How many of them have not left this host, as far as can be told.
    pub(super) fn waiting(&self) -> u64 {
        self.outstanding().saturating_sub(self.on_the_way())
    }

    /// Whether its shortest round trip takes longer than that.
    pub(super) fn is_longer_than(&self, took: Duration) -> bool {
        self.round_trip.is_some_and(|shortest| shortest.took > took)
    }

    /// How many a path of this rate and length holds.
    pub(super) fn on_the_way(&self) -> u64 {
        let micros = self.round_trip.map_or(0, |shortest| shortest.took.as_micros());
        let on_the_way = u128::from(self.bytes_per_second) * micros / 1_000_000;
        u64::try_from(on_the_way).unwrap_or(u64::MAX)
    }

    fn on_round_trip(&mut self, now: Instant, took: Duration) {
        let stands = |shortest: &RoundTrip| {
            shortest.took < took && now.saturating_duration_since(shortest.at) < MEMORY
        };
        if !self.round_trip.as_ref().is_some_and(stands) {
            self.round_trip = Some(RoundTrip { took, at: now });
        }
    }

    /// Follows a path that became faster at once, and one that became slower within some eight messages.
    fn on_rate(&mut self, sample: u64, pressed: Pressed) {
        if sample >= self.bytes_per_second {
            self.bytes_per_second = sample;
        } else if pressed == Pressed::Yes {
            self.bytes_per_second -= (self.bytes_per_second - sample) / 8;
        }
    }
}

#[cfg(test)]
mod tests;
