//! What time it is: by this machine's clock, or by signaling's where this machine's is wrong.

use std::time::Duration;

use super::player::millis;
use super::{Engine, Replan};
use crate::time::{Timestamp, UnixTime};

/// A clock that is off by less is left alone; the uncertainty of the reading is allowed on top of it, twice for signaling's.
const TOLERATED: Duration = Duration::from_secs(1);

/// The wall clock, as far as known.
#[derive(Debug, Clone, Copy)]
pub(super) struct WallClock {
    read: (Timestamp, UnixTime),
    /// The uncertainty of signaling's clock, while it stands in for this machine's.
    signalings: Option<Duration>,
}

impl WallClock {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            read: (now, UnixTime::default()),
            signalings: None,
        }
    }

    /// The wall-clock time at `now`.
    pub(super) fn at(&self, now: Timestamp) -> UnixTime {
        let (at, unix) = self.read;
        let passed = i64::try_from(now.since(at).as_millis()).unwrap_or(i64::MAX);
        UnixTime::from_millis(unix.as_millis().saturating_add(passed))
    }

    /// Takes a reading of this machine's clock. Returns whether it counts: once found wrong, it does only when it is
    /// right again.
    fn on_own(&mut self, now: Timestamp, unix: UnixTime) -> bool {
        if self
            .signalings
            .is_some_and(|within| self.is_off(now, unix, TOLERATED + within))
        {
            return false;
        }
        self.read = (now, unix);
        self.signalings = None;
        true
    }

    /// Takes a reading of signaling's clock, give or take `within`. Returns whether it counts: only if what is known
    /// is off by more than that uncertainty explains.
    fn on_signalings(&mut self, now: Timestamp, unix: UnixTime, within: Duration) -> bool {
        if !self.is_off(now, unix, TOLERATED + within * 2) {
            return false;
        }
        self.read = (now, unix);
        self.signalings = Some(within);
        true
    }

    fn is_off(&self, now: Timestamp, unix: UnixTime, tolerated: Duration) -> bool {
        let off = self.at(now).as_millis().abs_diff(unix.as_millis());
        off > millis(tolerated)
    }
}

impl Engine {
    pub(super) fn unix(&self) -> UnixTime {
        self.clock.at(self.now)
    }

    /// This machine's wall clock was read.
    pub(super) fn on_own_clock(&mut self, unix: UnixTime) {
        if self.clock.on_own(self.now, unix) {
            self.on_clock();
        }
    }

    /// Signaling told its clock's time. A seeder goes by its origin's, which its driver watches.
    pub(super) fn on_signalings_clock(&mut self, unix: UnixTime, within: Duration) {
        if self.seeding.is_none() && self.clock.on_signalings(self.now, unix, within) {
            self.replan(Replan::Window);
        }
    }
}

#[cfg(test)]
mod tests;
