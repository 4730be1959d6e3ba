//! How a seeder spares an origin in trouble: no player waits for it, so it leaves the origin alone for longer than a
//! viewer could afford, and then sends one request at a time until one succeeds.

use std::time::Duration;

use super::back_off;
use crate::input::FetchError;
use crate::rng::Rng;
use crate::time::Timestamp;

/// After this many failures in a row the origin itself is in trouble, and not one segment.
const TROUBLE: u32 = 3;

/// How long it is then left alone: doubling from the first pause to the last, plus up to half as much at random, so
/// that seeders do not come back together.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// The longest `Retry-After` that is heeded: an hour would be an outage of its own making.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What is known of the origin's trouble.
#[derive(Debug, Default)]
pub(crate) struct Caution {
    failures: u32,
    until: Timestamp,
}

impl Caution {
    /// Notes that a request failed.
    pub(crate) fn on_failed(&mut self, now: Timestamp, error: FetchError, rng: &mut Rng) {
        if error.is_of_one_thing() {
            return;
        }
        // Requests that were in flight together fail together: that counts as one more failure.
        if self.failures >= TROUBLE && now < self.until {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if let Some(failures) = self
            .failures
            .checked_sub(TROUBLE - 1)
            .filter(|failures| *failures > 0)
        {
            let pause = back_off(failures, FIRST_PAUSE, LAST_PAUSE);
            self.until = self.until.max(now + pause + rng.up_to(pause / 2));
        }
    }

    /// Notes that it asks to be left alone.
    pub(crate) fn on_retry_after(&mut self, now: Timestamp, wait: Duration, rng: &mut Rng) {
        let wait = wait.min(LONGEST_WAIT);
        self.until = self.until.max(now + wait + rng.up_to(wait / 8));
    }

    /// Notes that a request succeeded.
    pub(crate) fn on_fetched(&mut self) {
        self.failures = 0;
    }

    /// Until when it is left alone; in the past if it is not.
    pub(crate) fn until(&self) -> Timestamp {
        self.until
    }

    /// How many requests may run at once, `most` at the most.
    pub(crate) fn parallel(&self, most: u32) -> u32 {
        if self.failures >= TROUBLE { 1 } else { most }
    }
}

#[cfg(test)]
mod tests;
