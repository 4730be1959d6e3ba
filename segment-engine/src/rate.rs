//! Throughput and latency as moving averages, in integers: the same on every target.

mod link;

use std::collections::VecDeque;
use std::time::Duration;

use self::link::Link;
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
    link: Link,
    /// How many segments in a row have come in time.
    in_time: u32,
    fallen: Option<Fallen>,
    /// By how many parts of 256 pauses are longer than those of others: who shares a link with others of the swarm is not
    /// to try with all of them at once what one of them could have.
    apart: u8,
}

/// A rung that was not kept up.
#[derive(Debug, Clone, Copy)]
struct Fallen {
    bandwidth: u64,
    /// For how long it is not offered.
    pause: Duration,
    until: Timestamp,
    /// How often one was not kept up, each within [`DOUBTED`] of the last.
    times: u64,
}

/// After so many segments in a row that came in time a late one means that its rung is not kept up. At a start all who share
/// a link fill their buffers at once.
const SETTLED: u32 = 3;

/// For how long a rung that was not kept up is not offered again: at first, and at the most.
const FIRST_TRY: Duration = Duration::from_secs(60);
const LAST_TRY: Duration = Duration::from_secs(960);

/// A rung of the ladder, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung {
    /// Its own bandwidth.
    pub(crate) this: u64,
    /// That of the next one up.
    pub(crate) above: Option<u64>,
}

/// Whether a segment came in good time before the player needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// It did.
    InTime,
    /// It did not, or there is no time by which it is needed.
    Late,
}

/// For how long after it may be tried again a rung that was not kept up needs more than others: half of its bandwidth more
/// for each time.
const DOUBTED: Duration = Duration::from_secs(900);

/// How much of what came in while the origin sent is counted on: 7 parts in 10. Nobody else in the house may have been
/// watching just then.
const RESERVE: (u64, u64) = (10, 7);

/// A rung that keeps up is said to be kept up with half of its bandwidth to spare: what players want at the most before
/// they leave it, dash.js with a segment in its buffer.
fn with_reserve(bandwidth: u64) -> u64 {
    bandwidth.saturating_add(bandwidth / 2)
}

impl Rates {
    /// Nothing is known yet. Pauses are longer than those of others by `apart` parts of 256.
    pub(crate) fn new(apart: u8) -> Self {
        Self {
            apart,
            ..Self::default()
        }
    }

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
        self.link.on_response(now, bytes, took);
    }

    /// Whether the origin is to be asked for something only to learn how fast it is: it may be that a rung can be kept up, and
    /// nothing says so.
    pub(crate) fn wants_probe(&self, now: Timestamp, bandwidth: u64) -> bool {
        self.link.may_probe(now) && self.is_open(now, bandwidth) && !self.allows(now, bandwidth)
    }

    /// Notes that it was asked for that.
    pub(crate) fn on_probe(&mut self, now: Timestamp) {
        self.link.on_probe(now);
    }

    /// What a player is told that can be kept up, in bits per second. What comes in swings with all that neighbours in the
    /// house send and receive, and each change of rung leaves a segment to be gathered that few hold. So the rung that
    /// segments come in time for is not put in doubt, and the next one up is not offered on the strength of one good moment.
    pub(crate) fn told(&mut self, now: Timestamp, rung: Option<Rung>, came: Came) -> u64 {
        match came {
            Came::InTime => self.in_time = self.in_time.saturating_add(1),
            Came::Late => {
                let settled = std::mem::take(&mut self.in_time) >= SETTLED;
                if let Some(rung) = rung.filter(|_| settled) {
                    self.on_fallen(now, rung.this);
                }
            }
        }
        self.tells(now, rung, came)
    }

    /// The same, of what says nothing of its rung, as an initialization segment.
    pub(crate) fn tells(&self, now: Timestamp, rung: Option<Rung>, came: Came) -> u64 {
        let rate = self.sustainable(now);
        let Some(rung) = rung else {
            return rate;
        };
        let slowest = self.link.slowest(now).map(|slowest| slowest.rate);
        match (came, rung.above) {
            (Came::Late, above) => rate.min(slowest.unwrap_or(rate)).min(above.unwrap_or(rate)),
            (Came::InTime, Some(above)) if self.allows(now, above) => rate.max(slowest.unwrap_or(0)),
            (Came::InTime, Some(above)) => {
                let under = above.max(rung.this.saturating_add(rung.this / 8));
                rate.max(with_reserve(rung.this)).min(under)
            }
            (Came::InTime, None) => rate.max(with_reserve(rung.this)),
        }
    }

    /// Whether segments have come in time for a while.
    pub(crate) fn is_settled(&self) -> bool {
        self.in_time >= SETTLED
    }

    /// The player jumped: that what it wants now comes late says nothing.
    pub(crate) fn on_jump(&mut self) {
        self.in_time = 0;
    }

    /// A rung turned out not to be kept up: it is not tried again for a while, each time for twice as long.
    fn on_fallen(&mut self, now: Timestamp, bandwidth: u64) {
        let doubted = self.fallen.filter(|fallen| now < fallen.until + DOUBTED);
        let again = self.fallen.filter(|fallen| now < fallen.until + fallen.pause);
        let pause = again.map_or(FIRST_TRY, |fallen| (fallen.pause * 2).min(LAST_TRY));
        let until = now + pause + pause * u32::from(self.apart) / 256;
        self.fallen = Some(Fallen {
            bandwidth,
            pause,
            until,
            times: doubted.map_or(0, |fallen| fallen.times) + 1,
        });
        self.link.rest_until(until);
    }

    /// When a rung, or one below it, was not kept up.
    fn fall_of(&self, bandwidth: u64) -> Option<Fallen> {
        self.fallen.filter(|fallen| bandwidth >= fallen.bandwidth)
    }

    /// Whether a rung may be offered: the slowest of the origin's latest responses allows it, and it was not found lately that
    /// it cannot be kept up. For a while after that all of them have to, and it needs more each time.
    pub(crate) fn allows(&self, now: Timestamp, bandwidth: u64) -> bool {
        let Some(slowest) = self.link.slowest(now).filter(|_| self.is_open(now, bandwidth)) else {
            return false;
        };
        let fall = self
            .fall_of(bandwidth)
            .filter(|fallen| now < fallen.until + DOUBTED);
        let more = fall.map_or(bandwidth / 3, |fallen| {
            (bandwidth / 2).saturating_mul(fallen.times)
        });
        (slowest.is_sure || fall.is_none()) && slowest.rate >= bandwidth.saturating_add(more)
    }

    /// Whether a rung would be offered if the origin were fast enough.
    fn is_open(&self, now: Timestamp, bandwidth: u64) -> bool {
        self.fall_of(bandwidth).is_none_or(|fallen| now >= fallen.until)
    }

    /// What can be kept up, in bits per second: most of what came in while the origin sent, or the lower quartile of what came from
    /// peers lately where that is more; 0 before anything came.
    pub(crate) fn sustainable(&self, now: Timestamp) -> u64 {
        let lately = self.samples.iter().filter(|(at, _)| now.since(*at) <= MEMORY);
        let mut rates: Vec<u64> = lately.map(|(_, rate)| *rate).collect();
        rates.sort_unstable();
        let quartile = rates.get(rates.len() / 4).copied().unwrap_or(0);
        (self.link.mean() / RESERVE.0 * RESERVE.1).max(quartile)
    }
}

/// Those shorter than a millisecond count as one.
fn bits_per_second(bytes: u64, took: Duration) -> u64 {
    let micros = took.as_micros().max(1_000);
    u64::try_from(u128::from(bytes) * 8_000_000 / micros).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
