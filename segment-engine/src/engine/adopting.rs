//! A seeder that begins with a shelf: what is there it takes over as if it had fetched it, and fetches only the rest.

use std::time::Duration;

use super::Engine;
use crate::id::SegmentKey;
use crate::shelf::Standing;

/// So many segments of an earlier session are looked for at a time: some milliseconds' work.
const ADOPTED_AT_ONCE: usize = 512;

/// Between two of those times: others are let in.
const ADOPT_STEP: Duration = Duration::from_millis(2);

impl Engine {
    /// Whether a seeder has to wait with its harvest: it may have all of it.
    pub(super) fn awaits_shelf(&self) -> bool {
        self.shelving.opens_until.is_some()
    }

    /// Whether the shelf spares a seeder a segment's fetch.
    fn is_spared(&self, key: &SegmentKey) -> bool {
        let Some(shelved) = self.shelving.shelf.there(key) else {
            return false;
        };
        if self.shelving.shelf.is_unreadable(key) {
            return false;
        }
        let known = self.integrity.record(key);
        known.is_none_or(|known| known == shelved)
    }

    /// Whether a seeder has a segment: in memory, or on the shelf.
    pub(super) fn has(&self, key: &SegmentKey) -> bool {
        self.store.contains(key) || self.is_spared(key)
    }

    /// The origin has not brought what could not be read from the shelf: it is tried there again when it is wanted. False
    /// where it could be read.
    pub(super) fn falls_back_to_shelf(&mut self, key: &SegmentKey) -> bool {
        self.shelving.shelf.on_readable(key)
    }

    /// How many segments are held, in memory and on the shelf; those that are in both count once, those of memory alone
    /// not at all while the shelf holds more.
    pub(super) fn held_count(&self) -> usize {
        let (shelved, _) = self.shelving.shelf.size();
        self.store
            .len()
            .max(usize::try_from(shelved).unwrap_or(usize::MAX))
    }

    /// Whether the harvest rests for a moment: it has passed over many segments that it was spared.
    pub(super) fn pauses_harvest(&mut self) -> bool {
        if self.shelving.shelf.standing == Standing::Absent {
            return false;
        }
        self.shelving.spared = (self.shelving.spared + 1) % ADOPTED_AT_ONCE;
        let rests = self.shelving.spared == 0;
        if rests {
            self.shelving.adopts_at = Some(self.now + ADOPT_STEP);
            self.watch_shelf();
        }
        rests
    }

    /// The manifest was read: what was not in it may be by now.
    pub(super) fn on_shelf_timeline(&mut self) {
        self.shelving.shelf.on_timeline();
    }

    /// Whether a segment has left the window of a live title.
    pub(super) fn has_left_live(&self, key: &SegmentKey) -> bool {
        self.timeline.live().is_some() && self.timeline.has_left(key, self.unix())
    }

    /// Forgets what has left a live title, and takes over what an earlier session left.
    pub(super) fn tend_shelf(&mut self) {
        if self.seeding.is_none() || self.shelving.shelf.standing != Standing::Open {
            return;
        }
        if self.timeline.live().is_some() {
            let unix = self.unix();
            let left = |key: &SegmentKey| self.timeline.has_left(key, unix);
            let tracks = self.timeline.tracks().iter();
            let gone = tracks.flat_map(|track| self.shelving.shelf.earliest_of(track.key, left));
            let gone: Vec<SegmentKey> = gone.collect();
            self.discard(gone.clone());
            gone.into_iter().for_each(|key| self.let_go(key));
        }
        for _ in 0..ADOPTED_AT_ONCE {
            let Some(key) = self.shelving.shelf.next_stranger() else {
                return;
            };
            self.adopt(key);
        }
        self.shelving.adopts_at = Some(self.now + ADOPT_STEP);
        self.watch_shelf();
    }

    /// A seeder takes over what an earlier session left of a segment, as if it had fetched it, if it is in the timeline.
    fn adopt(&mut self, key: SegmentKey) {
        let Some(shelved) = self.shelving.shelf.there(&key) else {
            return;
        };
        if self.has_left_live(&key) {
            self.discard(vec![key]);
        } else if self.timeline.segment(&key).is_none() {
            self.shelving.shelf.put_back(key);
        } else if self.integrity.record(&key).is_some_and(|known| known != shelved) {
            self.discard(vec![key]);
            self.harvest_again(key);
        } else {
            self.on_harvested(key, shelved);
        }
    }

    /// A seeder is asked for a segment that it may not have taken over yet.
    pub(super) fn adopt_now(&mut self, key: &SegmentKey) {
        if self.seeding.is_some() && self.integrity.record(key).is_none() {
            self.adopt(*key);
        }
    }
}
