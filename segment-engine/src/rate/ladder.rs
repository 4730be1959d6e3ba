//! The rungs of one kind of content: which of them was not kept up, and what it needs to be tried again.

use std::time::Duration;

use super::link::Slowest;
use crate::time::Timestamp;
use crate::timeline::Content;

/// A rung, its bandwidths in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung {
    /// Of what.
    pub(crate) content: Content,
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

/// After so many segments in a row that came in time a late one means that its rung is not kept up. At a start all who share
/// a link fill their buffers at once.
pub(super) const SETTLED: u32 = 3;

/// For how long a rung that was not kept up is not offered again: at first, and at the most. Each viewer adds a part of its
/// own, up to half as much again. Longer ones cost bits, shorter ones stalls: 300 viewers, four to a downlink that others use
/// as well, have 0.979 of the bits that they have with HTTP only and 69 stalls in three minutes with 40 s at first, 0.987 and
/// 80 with 34 s (`cargo xtask sim abr-cross-traffic --seeds 5`).
const FIRST_TRY: Duration = Duration::from_secs(34);
const LAST_TRY: Duration = Duration::from_secs(544);

/// For how long after it may be tried again a rung that was not kept up needs more than others: half of its bandwidth more
/// for each time.
const DOUBTED: Duration = Duration::from_secs(900);

/// The rungs of one kind of content.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ladder {
    /// How many segments in a row have come in time.
    in_time: u32,
    fallen: Option<Fallen>,
}

/// The latest rung that was not kept up; none above it is.
#[derive(Debug, Clone, Copy)]
struct Fallen {
    bandwidth: u64,
    /// For how long it is not offered.
    pause: Duration,
    until: Timestamp,
    /// How often one was not kept up, each within [`DOUBTED`] of the last.
    times: u64,
}

impl Ladder {
    /// A segment came. Returns until when its rung is not offered again, where that means that it is not kept up. Pauses are
    /// longer by `apart` parts of 512.
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

    /// The player jumped: that what it wants now comes late says nothing.
    pub(super) fn on_jump(&mut self) {
        self.in_time = 0;
    }

    /// A rung turned out not to be kept up: it is not tried again for a while, each time for twice as long.
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

    /// When a rung, or one below it, was not kept up.
    fn fall_of(&self, bandwidth: u64) -> Option<Fallen> {
        self.fallen.filter(|fallen| bandwidth >= fallen.bandwidth)
    }

    /// Whether a rung would be offered if the origin were fast enough.
    pub(super) fn is_open(&self, now: Timestamp, bandwidth: u64) -> bool {
        self.fall_of(bandwidth).is_none_or(|fallen| now >= fallen.until)
    }

    /// Whether a rung may be offered: the slowest of the origin's latest responses allows it, and it was not found lately that
    /// it cannot be kept up. For a while after that all of them have to, and it needs more each time.
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
