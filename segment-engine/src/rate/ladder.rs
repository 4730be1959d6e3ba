//! The rungs of one kind of content: which was not sustained, and what it takes to try it again.

use std::time::Duration;

use super::link::Slowest;
use crate::time::Timestamp;
use crate::timeline::Content;

/// A rung and its neighbours, by bandwidth in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung {
    /// The content of its track.
    pub(crate) content: Content,
    /// Its own bandwidth.
    pub(crate) this: u64,
    /// The bandwidth of the next rung up, if there is one.
    pub(crate) above: Option<u64>,
}

/// Whether a segment came in good time before the player needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// It did.
    InTime,
    /// It did not, or there is no time at which it is needed.
    Late,
}

/// How many segments in a row have to come in time before a late one means that its rung is not sustained. At a start
/// all who share a link fill their buffers at once.
pub(super) const SETTLED: u32 = 3;

/// How long a rung that was not sustained is withheld, at first and at most. Each viewer adds its own stretch, up to
/// half as much again. Longer pauses cost bits, shorter ones stalls: 300 viewers, four to a downlink with cross
/// traffic, have 0.979 of the bits that they have with HTTP only and 69 stalls in three minutes with 40 s at first,
/// 0.987 and 80 with 34 s (`cargo xtask sim abr-cross-traffic --seeds 5`).
const FIRST_TRY: Duration = Duration::from_secs(34);
const LAST_TRY: Duration = Duration::from_secs(544);

/// How long, after it may be tried again, a rung that was not sustained needs more than others: half of its bandwidth
/// more for each such time.
const DOUBTED: Duration = Duration::from_secs(900);

/// The rungs of one kind of content.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ladder {
    /// How many segments in a row have come in time.
    in_time: u32,
    fallen: Option<Fallen>,
}

/// The latest rung that was not sustained; none above it counts as sustained.
#[derive(Debug, Clone, Copy)]
struct Fallen {
    bandwidth: u64,
    /// How long it is withheld.
    pause: Duration,
    until: Timestamp,
    /// How many times a rung was not sustained, each within [`DOUBTED`] of the last.
    times: u64,
}

impl Ladder {
    /// A segment came. Returns until when its rung is withheld, if this means that it is not sustained. Pauses are
    /// stretched by `apart` 512ths.
    pub(super) fn on_came(&mut self, now: Timestamp, rung: Rung, came: Came, apart: u8) -> Option<Timestamp> {
        match came {
            Came::InTime => {
                self.in_time = self.in_time.saturating_add(1);
                None
            }
            Came::Late => {
                let settled = std::mem::take(&mut self.in_time) >= SETTLED;
                settled.then(|| self.on_fallen(now, rung.this, apart))
            }
        }
    }

    /// The player jumped: lateness of what it wants now says nothing.
    pub(super) fn on_jump(&mut self) {
        self.in_time = 0;
    }

    /// A rung was not sustained: it is withheld for a while, each time for twice as long.
    fn on_fallen(&mut self, now: Timestamp, bandwidth: u64, apart: u8) -> Timestamp {
        let doubted = self.fallen.filter(|fallen| now < fallen.until + DOUBTED);
        let again = self.fallen.filter(|fallen| now < fallen.until + fallen.pause);
        let pause = again.map_or(FIRST_TRY, |fallen| (fallen.pause * 2).min(LAST_TRY));
        let until = now + pause + pause * u32::from(apart) / 512;
        self.fallen = Some(Fallen {
            bandwidth,
            pause,
            until,
            times: doubted.map_or(0, |fallen| fallen.times) + 1,
        });
        until
    }

    /// The fall of a rung, or of one below it.
    fn fall_of(&self, bandwidth: u64) -> Option<Fallen> {
        self.fallen.filter(|fallen| bandwidth >= fallen.bandwidth)
    }

    /// Whether a rung would be offered if the origin were fast enough.
    pub(super) fn is_open(&self, now: Timestamp, bandwidth: u64) -> bool {
        self.fall_of(bandwidth).is_none_or(|fallen| now >= fallen.until)
    }

    /// Whether a rung may be offered: the slowest of the origin's latest responses allows it, and it did not fall
    /// lately. For a while after a fall a full set of responses is needed, and a higher rate each time.
    pub(super) fn allows(&self, now: Timestamp, bandwidth: u64, slowest: Slowest) -> bool {
        let fall = self
            .fall_of(bandwidth)
            .filter(|fallen| now < fallen.until + DOUBTED);
        let more = fall.map_or(bandwidth / 3, |fallen| {
            (bandwidth / 2).saturating_mul(fallen.times)
        });
        let is_sure = slowest.is_sure || fall.is_none();
        is_sure && self.is_open(now, bandwidth) && slowest.rate >= bandwidth.saturating_add(more)
    }
}
