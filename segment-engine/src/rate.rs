//! Throughput and latency as moving averages, and the rate that a player is told it can sustain. All in integers: the
//! same on every target.

mod ladder;
mod link;

use std::collections::VecDeque;
use std::time::Duration;

pub(crate) use self::ladder::{Came, Rung};
use self::ladder::{Ladder, SETTLED};
use self::link::Link;
use crate::stats::SourceBytes;
use crate::time::Timestamp;
use crate::timeline::Content;
use crate::vecmap::VecMap;

/// An exponentially weighted moving average of bytes per second. Each sample weighs a quarter: enough to
/// follow a change within some five transfers, and to outlive one that was unlucky.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Throughput {
    bytes_per_second: Option<u64>,
}

impl Throughput {
    /// Adds a transfer: `bytes` came while the link brought `all`. The rest of `all` shows how much more there could
    /// have been, not that there would: a sample that leaves that open weighs a sixteenth. Times below a millisecond
    /// count as one: a loopback's burst says little.
    pub(crate) fn record(&mut self, bytes: u64, all: u64, took: Duration) {
        let micros = took.as_micros().max(1000);
        let rate = |bytes: u64| u64::try_from(u128::from(bytes) * 1_000_000 / micros).unwrap_or(u64::MAX);
        let (least, most) = (rate(bytes), rate(all.max(bytes)));
        let next = match self.bytes_per_second {
            None => least,
            Some(mean) if mean > most => mean - mean / 4 + most / 4,
            Some(mean) if mean > least => mean - mean / 16 + least / 16,
            Some(mean) => mean - mean / 4 + least / 4,
        };
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

/// The rates at which segments came, so that a player's adaptation sees what is sustainable instead of how fast a
/// copy in the store was handed over.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    samples: VecDeque<(Timestamp, u64)>,
    link: Link,
    ladders: VecMap<Content, Ladder>,
    /// How many more segments have to come in time before a late one is forgotten.
    to_settle: u32,
    /// Per-peer stretch, in 1/512, of the pauses before a fallen rung is tried again, so that viewers on one link do
    /// not try together.
    apart: u8,
}

/// The part of a measured rate that is counted on, as a divisor and a factor: 7 in 10. Nobody else in the house may
/// have been watching just then.
pub(crate) const RESERVE: (u64, u64) = (10, 7);

/// The rate told for a rung that keeps up: one and a half times its bandwidth. That is the most that players want
/// before they leave a rung: dash.js with a segment in its buffer.
fn with_reserve(bandwidth: u64) -> u64 {
    bandwidth.saturating_add(bandwidth / 2)
}

impl Rates {
    /// Starts without samples. Pauses are stretched by `apart` 512ths.
    pub(crate) fn new(apart: u8) -> Self {
        Self {
            apart,
            ..Self::default()
        }
    }

    /// Notes a segment that took `took` from the first request to the last byte. One that came from the origin alone
    /// says nothing of peers.
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

    /// Notes a response of the origin that took `took`, and how many bytes came in from all sources meanwhile: what
    /// peers send could come over HTTP as well.
    pub(crate) fn on_response(&mut self, now: Timestamp, bytes: u64, took: Duration) {
        self.link.on_response(now, bytes, took);
    }

    /// Whether to ask the origin for something only to measure its rate: a rung might be sustainable, and nothing
    /// says so yet.
    pub(crate) fn wants_probe(&self, now: Timestamp, rung: Rung) -> bool {
        let Some(above) = rung.above.filter(|_| self.link.may_probe(now)) else {
            return false;
        };
        self.ladder(rung.content).is_open(now, above) && !self.allows(now, rung.content, above)
    }

    /// Notes that such a probe was sent.
    pub(crate) fn on_probe(&mut self, now: Timestamp) {
        self.link.on_probe(now);
    }

    /// The rate that a player is told it can sustain, in bits per second. The incoming rate swings with everything
    /// that neighbours in the house send and receive, and each change of rung leaves a segment to be gathered that
    /// few hold. So a rung whose segments come in time is not put in doubt, and one that was not sustained is not
    /// offered because of one good moment.
    pub(crate) fn told(&mut self, now: Timestamp, rung: Option<Rung>, came: Came) -> u64 {
        if let Some(rung) = rung {
            self.to_settle = match came {
                Came::InTime => self.to_settle.saturating_sub(1),
                Came::Late => SETTLED,
            };
            let ladder = self.ladders.get_or_insert_with(rung.content, Ladder::default);
            let closed_until = ladder.on_came(now, rung, came, self.apart);
            let allows = |above| self.allows(now, rung.content, above);
            if let Some(until) = closed_until {
                self.link.rest_until(until);
            } else if came == Came::InTime && rung.above.is_some_and(allows) {
                self.link.on_told();
            }
        }
        self.tells(now, rung, came)
    }

    /// The same for a segment that says nothing of its rung, such as an init segment.
    pub(crate) fn tells(&self, now: Timestamp, rung: Option<Rung>, came: Came) -> u64 {
        let rate = self.sustainable(now);
        let Some(rung) = rung else {
            return rate;
        };
        let slowest = self.link.slowest(now).map(|slowest| slowest.rate);
        match (came, rung.above) {
            (Came::Late, above) => {
                let lately = slowest.or_else(|| self.of_peers(now)).unwrap_or(rate);
                rate.min(lately).min(above.unwrap_or(rate))
            }
            (Came::InTime, Some(above)) if self.allows(now, rung.content, above) => {
                rate.max(slowest.unwrap_or(0))
            }
            (Came::InTime, Some(above)) => {
                let under = above.max(rung.this.saturating_add(rung.this / 8));
                rate.max(with_reserve(rung.this)).min(under)
            }
            (Came::InTime, None) => rate.max(with_reserve(rung.this)),
        }
    }

    /// Whether a segment of several rungs was late a moment ago: the link may barely suffice.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.to_settle > 0
    }

    /// The player jumped: lateness of what it wants now says nothing.
    pub(crate) fn on_jump(&mut self) {
        self.to_settle = 0;
        self.ladders.iter_mut().for_each(|(_, ladder)| ladder.on_jump());
    }

    /// What is known of the rungs of one kind of content.
    fn ladder(&self, content: Content) -> Ladder {
        self.ladders.get(&content).copied().unwrap_or_default()
    }

    /// Whether a rung may be offered.
    fn allows(&self, now: Timestamp, content: Content, bandwidth: u64) -> bool {
        let slowest = self.link.slowest(now);
        slowest.is_some_and(|slowest| self.ladder(content).allows(now, bandwidth, slowest))
    }

    /// The sustainable rate in bits per second: most of what came in while the origin sent, or what peers sustain if
    /// that is more; 0 before anything came.
    pub(crate) fn sustainable(&self, now: Timestamp) -> u64 {
        let link = self.link.mean() / RESERVE.0 * RESERVE.1;
        link.max(self.of_peers(now).unwrap_or(0))
    }

    /// The lower quartile of the rates at which peers delivered lately.
    fn of_peers(&self, now: Timestamp) -> Option<u64> {
        let lately = self.samples.iter().filter(|(at, _)| now.since(*at) <= MEMORY);
        let mut rates: Vec<u64> = lately.map(|(_, rate)| *rate).collect();
        rates.sort_unstable();
        rates.get(rates.len() / 4).copied()
    }
}

/// The rate in bits per second; times below a millisecond count as one.
fn bits_per_second(bytes: u64, took: Duration) -> u64 {
    let micros = took.as_micros().max(1_000);
    u64::try_from(u128::from(bytes) * 8_000_000 / micros).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
