//! What the origin's responses tell of this viewer's share of its link, and when a probe is worth sending.

use std::collections::VecDeque;
use std::time::Duration;

use super::bits_per_second;
use crate::time::Timestamp;

/// How many of the latest responses are looked at; the slowest counts.
const LATEST: usize = 4;

/// How long a response is valid: others in the house start and stop what they do. If segments are longer than a
/// quarter of it, a rung that fell waits until it is no longer doubted.
const FRESH: Duration = Duration::from_secs(60);

/// After this long without a response, the next one counts for half of the average.
const STALE: Duration = Duration::from_secs(30);

/// How long no probe is sent after a round that told too little, at first and at most: doubling each time.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LAST_PAUSE: Duration = Duration::from_secs(480);

/// The link, as far as responses of the origin tell.
#[derive(Debug)]
pub(crate) struct Link {
    /// Bits per second that came in while the origin sent: a moving average.
    mean: Option<u64>,
    /// The latest samples of that mean, and when they came.
    latest: VecDeque<(Timestamp, u64)>,
    /// How many more probes this round may send.
    left: usize,
    /// When the round begins, or began.
    next_round: Timestamp,
    /// When the last probe was sent.
    probed_at: Timestamp,
    /// How long no probe is sent after this round.
    pause: Duration,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            mean: None,
            latest: VecDeque::new(),
            left: LATEST,
            next_round: Timestamp::default(),
            probed_at: Timestamp::default(),
            pause: FIRST_PAUSE,
        }
    }
}

/// The slowest of the latest responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slowest {
    /// Bits per second.
    pub(crate) rate: u64,
    /// Whether there were as many as are looked at.
    pub(crate) is_sure: bool,
}

impl Link {
    /// Notes how many bytes came in from all sources in the time that a response took.
    pub(crate) fn on_response(&mut self, now: Timestamp, bytes: u64, took: Duration) {
        let sample = bits_per_second(bytes, took);
        let is_stale = self.latest.back().is_none_or(|(at, _)| now.since(*at) >= STALE);
        let weight = if is_stale { 2 } else { 4 };
        let mean = self.mean.map(|mean| mean - mean / weight + sample / weight);
        self.mean = Some(mean.unwrap_or(sample));
        self.latest.push_back((now, sample));
        if self.latest.len() > LATEST {
            self.latest.pop_front();
        }
    }

    /// The moving average; 0 before the first response.
    pub(crate) fn mean(&self) -> u64 {
        self.mean.unwrap_or(0)
    }

    /// The slowest of the latest responses; `None` if none came lately.
    pub(crate) fn slowest(&self, now: Timestamp) -> Option<Slowest> {
        let fresh = self.latest.iter().filter(|(at, _)| now.since(*at) <= FRESH);
        let is_sure = fresh.clone().count() == LATEST;
        let rate = fresh.map(|(_, rate)| *rate).min()?;
        Some(Slowest { rate, is_sure })
    }

    /// Whether a probe may be sent.
    pub(crate) fn may_probe(&self, now: Timestamp) -> bool {
        now >= self.next_round
    }

    /// Notes that a probe was sent.
    pub(crate) fn on_probe(&mut self, now: Timestamp) {
        if now.since(self.probed_at) > FRESH {
            // Whatever an abandoned round told is forgotten.
            self.left = LATEST;
        }
        self.probed_at = now;
        self.left -= 1;
        if self.left == 0 {
            self.left = LATEST;
            self.next_round = now + self.pause;
            self.pause = (self.pause * 2).min(LAST_PAUSE);
        }
    }

    /// The link's rate is known well enough: the pause is short again.
    pub(crate) fn on_told(&mut self) {
        (self.left, self.pause) = (LATEST, FIRST_PAUSE);
    }

    /// Sends no probe until then.
    pub(crate) fn rest_until(&mut self, until: Timestamp) {
        (self.left, self.next_round, self.pause) = (LATEST, until, FIRST_PAUSE);
    }
}

#[cfg(test)]
mod tests;
