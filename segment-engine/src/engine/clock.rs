//! What time it is: by this machine's clock, or by signaling's where this machine's is wrong.

use std::time::Duration;

use super::player::millis;
use super::{Engine, Replan};
use crate::time::{Timestamp, UnixTime};

/// A clock that is off by less is left alone, and so is each by what its reading took: signaling's is no better known.
const TOLERATED: Duration = Duration::from_secs(1);

/// The wall clock as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct WallClock {
    read: (Timestamp, UnixTime),
    /// Where this machine's own is wrong and signaling's stands in its place: how exactly that is known.
    signalings: Option<Duration>,
}

impl WallClock {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            read: (now, UnixTime::default()),
            signalings: None,
        }
    }

    /// What it reads.
    pub(super) fn at(&self, now: Timestamp) -> UnixTime {
        let (at, unix) = self.read;
        let passed = i64::try_from(now.since(at).as_millis()).unwrap_or(i64::MAX);
        UnixTime::from_millis(unix.as_millis().saturating_add(passed))
    }

    /// This machine's own reads that. Whether it counts: one that was found wrong does so once it is right.
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

    /// Signaling's reads that, give or take `within`. Whether it counts: only where what is known is further off than that may be.
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

    /// Signaling said what its clock reads. A seeder goes by its origin's, which its driver minds.
    pub(super) fn on_signalings_clock(&mut self, unix: UnixTime, within: Duration) {
        if self.seeding.is_none() && self.clock.on_signalings(self.now, unix, within) {
            self.replan(Replan::Window);
        }
    }
}

#[cfg(test)]
mod tests;
