//! A seeder that starts with a shelf takes over what is there as if it had fetched it, and fetches only the rest.

use std::time::Duration;

use super::{Engine, Replan};
use crate::id::{SegmentKey, SegmentKind};
use crate::input::FetchError;
use crate::integrity::Record;
use crate::shelf::Standing;
use crate::transfer::{Cause, Download, Span};

/// How many segments of an earlier session are looked for at a time: some milliseconds of work.
const ADOPTED_AT_ONCE: usize = 512;

/// The pause between two such batches, in which other work gets its turn.
const ADOPT_STEP: Duration = Duration::from_millis(2);

/// How soon the origin is asked again for the segment to compare, after it failed.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// A segment this far beyond a live title's edge is of another run of its packager: clocks differ by less.
const BEYOND: Duration = Duration::from_secs(10);

/// Whether what an earlier session left of a live title belongs to the present run of its packager: another run has
/// other bytes under the same names. One segment is compared with the origin's before any is taken over.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It does, or nothing was left.
    #[default]
    None,
    /// Not known yet.
    Open,
    /// This segment was asked of the origin, and should have this record.
    Trial(SegmentKey, Record),
}

impl Engine {
    /// Whether a seeder's harvest has to wait: all of it may be on the shelf.
    pub(super) fn awaits_shelf(&self) -> bool {
        self.shelving.opens_until.is_some() || self.is_live_in_doubt()
    }

    fn is_live_in_doubt(&self) -> bool {
        self.shelving.doubt != Doubt::None && self.timeline.live().is_some()
    }

    /// Notes that an earlier session left something on the shelf: it is in doubt.
    pub(super) fn doubt_shelf(&mut self) {
        if self.seeding.is_some() && self.shelving.shelf.strangers().next().is_some() {
            self.shelving.doubt = Doubt::Open;
        }
    }

    /// Ends the doubt: what was left can be taken over, or is gone.
    pub(super) fn end_doubt(&mut self) {
        self.shelving.doubt = Doubt::None;
    }

    /// Whether nothing of an earlier session may be taken over yet.
    fn is_in_doubt(&mut self) -> bool {
        if self.shelving.doubt == Doubt::Open {
            let waits = self.shelving.adopts_at.is_some_and(|at| at > self.now);
            if waits || self.timeline.tracks().is_empty() {
                return true;
            }
            if self.timeline.live().is_some() {
                self.try_shelf();
            } else {
                self.end_doubt();
            }
        }
        self.shelving.doubt != Doubt::None
    }

    /// Fetches again the newest segment that an earlier session left of a live title and that is still available.
    fn try_shelf(&mut self) {
        let unix = self.unix();
        let media = self.shelving.shelf.strangers();
        let media = media.filter(|key| key.kind == SegmentKind::Media);
        let known: Vec<SegmentKey> = media.copied().collect();
        if known.iter().any(|key| self.timeline.is_ahead(key, unix + BEYOND)) {
            self.reject_shelf();
            return;
        }
        let there = known.into_iter().filter(|key| !self.timeline.has_left(key, unix));
        let there = there.filter_map(|key| self.timeline.segment(&key));
        let Some(segment) = there.max_by_key(|segment| segment.start) else {
            // Nothing that was left can be compared, and an init segment may be of another run too.
            self.reject_shelf();
            return;
        };
        let key = segment.key;
        let Some(record) = self.shelving.shelf.there(&key) else {
            return;
        };
        self.shelving.doubt = Doubt::Trial(key, record);
        if !self.transfers.contains(&key) {
            self.transfers
                .start(Download::new(segment, 1, self.now, self.now));
            self.fetch(key, Span::Whole, Cause::Seed);
        }
    }

    /// Settles the doubt by the origin's copy of a segment, or by its absence.
    pub(super) fn end_trial(&mut self, key: &SegmentKey, came: Result<Record, FetchError>) {
        let Doubt::Trial(tried, record) = self.shelving.doubt else {
            return;
        };
        if tried != *key {
            return;
        }
        match came {
            Ok(came) if came == record => self.end_doubt(),
            Err(error) if !error.is_of_one_thing() => {
                self.shelving.doubt = Doubt::Open;
                self.shelving.adopts_at = Some(self.now + TRY_AGAIN);
                self.watch_shelf();
            }
            Ok(_) | Err(_) => self.reject_shelf(),
        }
        self.replan(Replan::Window);
    }

    /// Gives up what an earlier session left.
    fn reject_shelf(&mut self) {
        self.end_doubt();
        let keys: Vec<SegmentKey> = self.shelving.shelf.strangers().copied().collect();
        self.discard(keys.clone());
        keys.into_iter().for_each(|key| self.let_go(key));
    }

    /// Whether the shelf spares a seeder a segment's fetch.
    fn is_spared(&self, key: &SegmentKey) -> bool {
        let Some(shelved) = self.shelving.shelf.there(key) else {
            return false;
        };
        if self.is_live_in_doubt() || self.shelving.shelf.is_unreadable(key) {
            return false;
        }
        let known = self.integrity.record(key);
        known.is_none_or(|known| known == shelved)
    }

    /// Whether a seeder has a segment: in memory, or on the shelf.
    pub(super) fn has(&self, key: &SegmentKey) -> bool {
        self.store.contains(key) || self.is_spared(key)
    }

    /// Forgets that a segment could not be read, now that the origin has not brought it either: the shelf is tried
    /// again when it is wanted. False if it was readable.
    pub(super) fn falls_back_to_shelf(&mut self, key: &SegmentKey) -> bool {
        self.shelving.shelf.on_readable(key)
    }

    /// How many segments are held, in memory and on the shelf: those in both count once, and those in memory alone do
    /// not count while the shelf holds more.
    pub(super) fn held_count(&self) -> usize {
        let (shelved, _) = self.shelving.shelf.size();
        self.store
            .len()
            .max(usize::try_from(shelved).unwrap_or(usize::MAX))
    }

    /// Whether the harvest pauses for a moment: it has passed over many segments that the shelf spared it.
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

    /// A manifest was read: what was not in the timeline may be by now.
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
        if self.is_in_doubt() {
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

    /// Takes over what an earlier session left of a segment, as if it had been fetched, if it is in the timeline.
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
        if self.seeding.is_some() && self.integrity.record(key).is_none() && !self.is_in_doubt() {
            self.adopt(*key);
        }
    }
}
