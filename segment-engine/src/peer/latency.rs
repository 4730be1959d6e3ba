//! How a peer answers, measured on what it is asked anyway: no message is sent to measure.

use std::time::Duration;

use crate::time::Timestamp;

/// The time that a run is assumed to take with a peer that was never asked: it is tried before a slow one.
const UNTRIED: Duration = Duration::from_millis(200);

/// The least time after which a request is given up.
const LEAST_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How many of the latest round trips the 95th percentile is taken from.
const SAMPLES: usize = 32;

/// With fewer samples there is no percentile.
const LEAST_SAMPLES: usize = 5;

/// The period of the link's score: useful bytes count for one to two periods.
const PERIOD: Duration = Duration::from_secs(30);

/// Estimates for one link, all in whole microseconds and bytes: the same on every target.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinkQuality {
    trip: Option<Trip>,
    /// The latest round trips, in a ring.
    samples: Vec<u32>,
    oldest: usize,
    /// How long 1 MiB takes.
    service: Option<u64>,
    useful: Useful,
}

/// The round trip as in RFC 6298.
#[derive(Debug, Clone, Copy)]
struct Trip {
    mean: u64,
    deviation: u64,
}

/// Bytes that were of use, received ones counted twice.
#[derive(Debug, Clone, Default)]
struct Useful {
    at: Option<Timestamp>,
    since: Timestamp,
    halves: u64,
    before: u64,
}

impl LinkQuality {
    /// Adds the time from a request to its first byte.
    pub(crate) fn on_sample(&mut self, rtt: Duration) {
        let sample = micros(rtt);
        self.trip = Some(match self.trip {
            None => Trip {
                mean: sample,
                deviation: sample / 2,
            },
            Some(Trip { mean, deviation }) => Trip {
                mean: mean - mean / 8 + sample / 8,
                deviation: deviation - deviation / 4 + mean.abs_diff(sample) / 4,
            },
        });
        let sample = u32::try_from(sample).unwrap_or(u32::MAX);
        if self.samples.len() < SAMPLES {
            self.samples.push(sample);
        } else {
            self.samples[self.oldest] = sample;
            self.oldest = (self.oldest + 1) % SAMPLES;
        }
    }

    /// Adds an answer: its bytes, and how long the peer took for them. Each weighs a fifth.
    pub(crate) fn on_served(&mut self, bytes: u64, took: Duration) {
        let sample = (u128::from(micros(took).max(1)) << 20) / u128::from(bytes.max(1));
        let sample = u64::try_from(sample).unwrap_or(u64::MAX);
        let mean = self.service.map_or(sample, |mean| mean - mean / 5 + sample / 5);
        self.service = Some(mean.max(1));
    }

    /// Notes bytes that came over the link and were wanted.
    pub(crate) fn useful_in(&mut self, now: Timestamp, bytes: u64) {
        self.useful.add(now, bytes.saturating_mul(2));
    }

    /// Notes bytes that were sent over the link.
    pub(crate) fn useful_out(&mut self, now: Timestamp, bytes: u64) {
        self.useful.add(now, bytes);
    }

    /// The expected time for `bytes`.
    pub(crate) fn service_time(&self, bytes: u64) -> Duration {
        self.service.map_or(UNTRIED, |mean| {
            let micros = (u128::from(mean) * u128::from(bytes)) >> 20;
            Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
        })
    }

    /// When to give up a request that is expected to take `expected`: after twice that, plus four mean round trips,
    /// or one and four deviations if that is more.
    pub(crate) fn timeout(&self, expected: Duration) -> Duration {
        let trips = self.trip.map_or(0, |Trip { mean, deviation }| {
            (mean.saturating_mul(4)).max(mean.saturating_add(deviation.saturating_mul(4)))
        });
        let trips = Duration::from_micros(trips);
        trips
            .saturating_add(expected.saturating_mul(2))
            .max(LEAST_TIMEOUT)
    }

    /// The 95th percentile of the time from request to first byte over the latest 32 requests; `None` before there
    /// are five.
    pub(crate) fn p95(&self) -> Option<Duration> {
        if self.samples.len() < LEAST_SAMPLES {
            return None;
        }
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * 95).div_ceil(100);
        Some(Duration::from_micros(sorted[rank - 1].into()))
    }

    /// When bytes were last of use, in either direction; `None` before any were.
    pub(crate) fn useful_at(&self) -> Option<Timestamp> {
        self.useful.at
    }

    /// What the link is worth: useful bytes per second received lately, and half of those sent.
    pub(crate) fn score(&self, now: Timestamp) -> u64 {
        self.useful.rate(now) / 2
    }
}

impl Useful {
    fn add(&mut self, now: Timestamp, halves: u64) {
        let (since, current, before) = self.at(now);
        *self = Self {
            at: Some(now),
            since,
            halves: current.saturating_add(halves),
            before,
        };
    }

    /// When the period at `now` began, what came in it, and what in the one before.
    fn at(&self, now: Timestamp) -> (Timestamp, u64, u64) {
        let passed = now.since(self.since);
        if passed < PERIOD {
            (self.since, self.halves, self.before)
        } else if passed < PERIOD * 2 {
            (self.since + PERIOD, 0, self.halves)
        } else {
            (now, 0, 0)
        }
    }

    fn rate(&self, now: Timestamp) -> u64 {
        let (since, current, before) = self.at(now);
        let span = micros(now.since(since) + PERIOD);
        let rate = u128::from(current.saturating_add(before)) * 1_000_000 / u128::from(span);
        u64::try_from(rate).unwrap_or(u64::MAX)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
