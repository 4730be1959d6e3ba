//! A line of one rate and one round trip, for tests of what is let onto it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(5);

/// A line, and what is on its way over it.
#[derive(Debug)]
pub(super) struct Line {
    /// Bytes per second.
    rate: u64,
    round_trip: Duration,
    pub(super) now: Instant,
    free: Instant,
    /// When each message is acknowledged.
    acknowledged: VecDeque<(Instant, u64)>,
    /// How many bytes were acknowledged.
    pub(super) carried: u64,
}

impl Line {
    pub(super) fn new(rate: u64, round_trip: Duration) -> Self {
        let now = Instant::now();
        Self {
            rate,
            round_trip,
            now,
            free: now,
            acknowledged: VecDeque::new(),
            carried: 0,
        }
    }

    /// A message is sent; when.
    pub(super) fn take(&mut self, bytes: u64) -> Instant {
        let takes = Duration::from_micros(bytes * 1_000_000 / self.rate);
        self.free = self.free.max(self.now) + takes;
        self.acknowledged.push_back((self.free + self.round_trip, bytes));
        self.now
    }

    /// Some time passes; how many bytes are not acknowledged then.
    pub(super) fn step(&mut self) -> u64 {
        self.now += STEP;
        while let Some((_, bytes)) = self.acknowledged.pop_front_if(|(at, _)| *at <= self.now) {
            self.carried += bytes;
        }
        self.acknowledged.iter().map(|(_, bytes)| bytes).sum()
    }
}
