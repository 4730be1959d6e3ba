//! What the origin's responses tell of this viewer's share of its link, and when one more is worth asking for.

use std::collections::VecDeque;
use std::time::Duration;

use super::bits_per_second;
use crate::time::Timestamp;

/// Of so many responses the slowest counts.
const LATEST: usize = 4;

/// For how long a response tells what can be had: others in the house begin and end what they do. Where segments are longer
/// than a quarter of it, a rung that was not kept up waits until it is not doubted any more.
const FRESH: Duration = Duration::from_secs(60);

/// After so long without a response the next one counts for half of the average.
const STALE: Duration = Duration::from_secs(30);

/// For how long nothing is asked for after a round that did not tell enough: at first, and at the most. Each time twice as
/// long.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LAST_PAUSE: Duration = Duration::from_secs(480);

/// The link, as far as responses of the origin tell.
#[derive(Debug)]
pub(crate) struct Link {
    /// Bits per second that came in while the origin sent: a moving average.
    mean: Option<u64>,
    /// The latest of what it is the mean of, and when they came.
    latest: VecDeque<(Timestamp, u64)>,
    /// How many more may be asked for in this round.
    left: usize,
    /// When it begins, or began.
    next_round: Timestamp,
    /// When something was asked for last.
    probed_at: Timestamp,
    /// For how long nothing is asked for after it.
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
    /// Notes how many bytes came in from everywhere while a response took so long.
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

    /// The slowest of the latest responses; `None` where none came lately.
    pub(crate) fn slowest(&self, now: Timestamp) -> Option<Slowest> {
        let fresh = self.latest.iter().filter(|(at, _)| now.since(*at) <= FRESH);
        let is_sure = fresh.clone().count() == LATEST;
        let rate = fresh.map(|(_, rate)| *rate).min()?;
        Some(Slowest { rate, is_sure })
    }

    /// Whether the origin may be asked for something only for what that tells.
    pub(crate) fn may_probe(&self, now: Timestamp) -> bool {
        now >= self.next_round
    }

    /// Notes that it was.
    pub(crate) fn on_probe(&mut self, now: Timestamp) {
        if now.since(self.probed_at) > FRESH {
            // What a round that was broken off told is forgotten.
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

    /// What it tells is enough: the pause is short again.
    pub(crate) fn on_told(&mut self) {
        (self.left, self.pause) = (LATEST, FIRST_PAUSE);
    }

    /// Nothing is asked for until then.
    pub(crate) fn rest_until(&mut self, until: Timestamp) {
        (self.left, self.next_round, self.pause) = (LATEST, until, FIRST_PAUSE);
    }
}

#[cfg(test)]
mod tests;
