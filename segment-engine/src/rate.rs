//! Throughput and latency as moving averages, in integers: the same on every target.

use std::collections::VecDeque;
use std::time::Duration;

use crate::stats::SourceBytes;
use crate::time::Timestamp;

/// An exponentially weighted moving average of bytes per second. Each sample weighs a quarter: enough to
/// follow a change within some five transfers, and to outlive one that was unlucky.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Throughput {
    bytes_per_second: Option<u64>,
}

impl Throughput {
    /// Adds a transfer. Those shorter than a millisecond count as one: a loopback's burst says little.
    pub(crate) fn record(&mut self, bytes: u64, took: Duration) {
        let micros = took.as_micros().max(1000);
        let sample = u64::try_from(u128::from(bytes) * 1_000_000 / micros).unwrap_or(u64::MAX);
        let next = self
            .bytes_per_second
            .map_or(sample, |mean| mean - mean / 4 + sample / 4);
        self.bytes_per_second = Some(next.max(1));
    }

    /// Bytes per second; `None` before the first transfer.
    #[cfg(test)]
    pub(crate) fn bytes_per_second(&self) -> Option<u64> {
        self.bytes_per_second
    }

    /// How long `bytes` take at the average; `None` before the first transfer.
    pub(crate) fn time_for(&self, bytes: u64) -> Option<Duration> {
        let rate = self.bytes_per_second?;
        let micros = u128::from(bytes) * 1_000_000 / u128::from(rate);
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }
}

/// An exponentially weighted moving average of a duration, each sample weighing a quarter.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Latency {
    micros: Option<u64>,
}

impl Latency {
    /// Adds a sample.
    pub(crate) fn record(&mut self, took: Duration) {
        let sample = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros = Some(self.micros.map_or(sample, |mean| mean - mean / 4 + sample / 4));
    }

    /// The average; `None` before the first sample.
    pub(crate) fn mean(&self) -> Option<Duration> {
        self.micros.map(Duration::from_micros)
    }
}

/// How long samples of a rate count.
const MEMORY: Duration = Duration::from_secs(30);

/// The most samples that are kept.
const MAX_SAMPLES: usize = 64;

/// What segments came at, so that a player's adaptation sees what can be kept up instead of how fast a copy in the store
/// was handed over.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    samples: VecDeque<(Timestamp, u64)>,
    /// Bits per second that came in while the origin sent.
    link: Option<u64>,
    /// When the origin last sent something, or was asked for something to tell.
    linked_at: Timestamp,
}

/// How much of what came in while the origin sent is counted on: 7 parts in 10. Nobody else in the house may have been
/// watching just then.
const RESERVE: (u64, u64) = (10, 7);

/// After so long without a response of the origin nothing is known of what it could bring.
const STALE: Duration = Duration::from_secs(30);

impl Rates {
    /// Notes a segment that took so long, from the first request to the last byte. One that the origin brought alone says
    /// nothing of peers.
    pub(crate) fn on_segment(&mut self, now: Timestamp, sources: SourceBytes, took: Duration) {
        let total = sources.total();
        if sources.origin == total {
            return;
        }
        self.samples.push_back((now, bits_per_second(total, took)));
        if self.samples.len() > MAX_SAMPLES {
            self.samples.pop_front();
        }
    }

    /// Notes a response of the origin that took so long, and how many bytes came in from everywhere meanwhile: what peers
    /// send could come over HTTP as well.
    pub(crate) fn on_response(&mut self, now: Timestamp, bytes: u64, took: Duration) {
        let sample = bits_per_second(bytes, took);
        let weight = if self.is_stale(now) { 2 } else { 4 };
        let next = self
            .link
            .map_or(sample, |mean| mean - mean / weight + sample / weight);
        (self.link, self.linked_at) = (Some(next), now);
    }

    /// Notes that the origin is asked for something, so that it tells how fast it is.
    pub(crate) fn on_probe(&mut self, now: Timestamp) {
        self.linked_at = now;
    }

    /// Whether what is known of the origin is old.
    pub(crate) fn is_stale(&self, now: Timestamp) -> bool {
        now.since(self.linked_at) >= STALE
    }

    /// What can be kept up, in bits per second: most of what came in while the origin sent, or the lower quartile of what came from
    /// peers lately where that is more; 0 before anything came.
    pub(crate) fn sustainable(&self, now: Timestamp) -> u64 {
        let lately = self.samples.iter().filter(|(at, _)| now.since(*at) <= MEMORY);
        let mut rates: Vec<u64> = lately.map(|(_, rate)| *rate).collect();
        rates.sort_unstable();
        let quartile = rates.get(rates.len() / 4).copied().unwrap_or(0);
        (self.link.unwrap_or(0) / RESERVE.0 * RESERVE.1).max(quartile)
    }
}

/// Those shorter than a millisecond count as one.
fn bits_per_second(bytes: u64, took: Duration) -> u64 {
    let micros = took.as_micros().max(1_000);
    u64::try_from(u128::from(bytes) * 8_000_000 / micros).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
