//! The engine's deadlines: one table, each timer at most once, the earliest known.

use crate::id::{PeerId, SegmentKey};
use crate::time::Timestamp;
use crate::vecmap::VecMap;

/// What a deadline is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// When a demanded segment can wait for peers no longer.
    Rescue(SegmentKey),
    /// When a connected peer must have shaken hands.
    Handshake(PeerId),
    /// When a peer must have answered.
    Answer(PeerId),
    /// When something about a segment's stripes becomes due.
    Stripes(SegmentKey),
    /// When claims are passed on.
    Flood,
    /// When a peer that was busy can be asked again.
    Pull,
    /// When a channel that stands still must no longer hold up what waits to be sent.
    Upload,
    /// When the window ahead of the player is looked at again.
    Window,
    /// When peers are told of segments that came and went.
    Announce,
    /// When new digests are signed.
    #[cfg_attr(
        not(feature = "seeder"),
        expect(dead_code, reason = "only a seeder signs and fetches unasked")
    )]
    Publish,
    /// When records and batches expire.
    Expire,
    /// When a followed manifest, by its index, is read again.
    Refresh(usize),
    /// When a seeder looks for segments that have become available, or retries failed ones.
    #[cfg_attr(
        not(feature = "seeder"),
        expect(dead_code, reason = "only a seeder signs and fetches unasked")
    )]
    Harvest,
    /// When the links are looked after.
    Mesh,
    /// When segments that live playback has left behind are forgotten.
    Sweep,
    /// When a segment that was left to a fellow is no longer waited for.
    #[cfg(feature = "seeder")]
    Lease(SegmentKey),
    /// When the next segment of a film is rechecked.
    #[cfg(feature = "seeder")]
    Recheck,
    /// When the shelf needs attention.
    #[cfg(feature = "shelf")]
    Shelf,
}

/// The table of deadlines.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    set: VecMap<Timer, Timestamp>,
    /// The earliest deadline.
    next: Option<Timestamp>,
}

impl Timers {
    /// Sets a deadline, replacing an earlier one of the same timer.
    pub(crate) fn set(&mut self, timer: Timer, at: Timestamp) {
        let before = self.set.insert(timer, at);
        if self.next.is_none_or(|next| at <= next) {
            self.next = Some(at);
        } else if before == self.next {
            self.look();
        }
    }

    /// Sets a deadline unless the timer is set already for as early or earlier.
    pub(crate) fn set_no_later(&mut self, timer: Timer, at: Timestamp) {
        if self.set.get(&timer).is_none_or(|set| at < *set) {
            self.set(timer, at);
        }
    }

    /// Stops a timer; nothing happens if it is not set.
    pub(crate) fn stop(&mut self, timer: &Timer) {
        if let Some(at) = self.set.remove(timer)
            && Some(at) == self.next
        {
            self.look();
        }
    }

    /// Stops and returns the earliest timer that is due, or `None`.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Timer> {
        let next = self.next.filter(|next| *next <= now)?;
        let (timer, _) = self.set.iter().find(|(_, at)| **at == next)?;
        let timer = timer.clone();
        self.stop(&timer);
        Some(timer)
    }

    /// When the earliest timer is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.next
    }

    fn look(&mut self) {
        self.next = self.set.values().min().copied();
    }
}

#[cfg(test)]
mod tests;
