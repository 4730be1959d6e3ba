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
    /// Whether this machine's own is wrong, and signaling's stands in its place.
    is_signalings: bool,
}

impl WallClock {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            read: (now, UnixTime::default()),
            is_signalings: false,
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
        if self.is_signalings && self.is_off(now, unix, TOLERATED) {
            return false;
        }
        self.read = (now, unix);
        self.is_signalings = false;
        true
    }

    /// Signaling's reads that, give or take `within`. Whether it counts: only where what is known is off.
    fn on_signalings(&mut self, now: Timestamp, unix: UnixTime, within: Duration) -> bool {
        if !self.is_off(now, unix, TOLERATED + within) {
            return false;
        }
        self.read = (now, unix);
        self.is_signalings = true;
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
            self.replan = self.replan.max(Replan::Window);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_millis(1_700_000_000_000 + seconds * 1_000)
    }

    fn after(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn clock() -> WallClock {
        let mut clock = WallClock::new(Timestamp::ZERO);
        assert!(clock.on_own(Timestamp::ZERO, at(0)));
        clock
    }

    #[test]
    fn one_that_is_right_as_far_as_can_be_known_is_left_alone() {
        for (told, within) in [(0, 0), (1, 0), (-1, 0), (3, 2_000), (-3, 2_000)] {
            let mut clock = clock();
            let within = Duration::from_millis(within);
            assert!(!clock.on_signalings(after(10), at(10 + told), within), "{told}");
            assert_eq!(clock.at(after(10)), at(10));
        }
    }

    #[test]
    fn one_that_is_wrong_gives_way_until_it_is_put_right() {
        for off in [-40, 90_000] {
            let mut clock = clock();
            assert!(clock.on_signalings(after(10), at(10 + off), Duration::from_millis(30)));
            assert_eq!(clock.at(after(25)), at(25 + off));
            assert!(!clock.on_own(after(30), at(30)), "still as wrong");
            assert_eq!(clock.at(after(30)), at(30 + off));
            assert!(clock.on_own(after(40), at(40 + off)));
            assert!(
                clock.on_own(after(50), at(90 + off)),
                "it counts as it did at first"
            );
            assert_eq!(clock.at(after(50)), at(90 + off));
        }
    }
}
