//! When to try again: exponential back-off with jitter, bounded.

use std::time::Duration;

use crate::rng::Rng;
use crate::time::Timestamp;

/// A pause that doubles with each try, from the first to the last; each is drawn from its upper half.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    last: Duration,
    pause: Duration,
    tried: Timestamp,
    due: Timestamp,
}

impl Backoff {
    /// A back-off that is due at once.
    pub(crate) fn new(first: Duration, last: Duration) -> Self {
        Self {
            first,
            last,
            pause: first,
            tried: Timestamp::ZERO,
            due: Timestamp::ZERO,
        }
    }

    /// When to try.
    pub(crate) fn due(&self) -> Timestamp {
        self.due
    }

    /// Whether to try.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.due <= now
    }

    /// Notes a try.
    pub(crate) fn on_tried(&mut self, now: Timestamp, rng: &mut Rng) {
        let half = self.pause / 2;
        self.tried = now;
        self.due = now + half + rng.up_to(half);
        self.pause = (self.pause * 2).min(self.last);
    }

    /// Restarts at the first pause; what is due stays so.
    pub(crate) fn reset(&mut self) {
        self.pause = self.first;
    }

    /// Puts the next try at `at`.
    pub(crate) fn set(&mut self, at: Timestamp) {
        self.due = at;
    }

    /// Moves the next try forward to `at`, unless it is sooner anyway, but no nearer to the last try than the first
    /// pause.
    pub(crate) fn bring_forward(&mut self, now: Timestamp, at: Timestamp) {
        let at = at.max(self.tried + self.first);
        if self.due > at || self.due <= now {
            self.due = at;
        }
    }
}

#[cfg(test)]
mod tests;
