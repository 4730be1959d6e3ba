//! A seeder that begins with a shelf: what is there it takes over as if it had fetched it, and fetches only the rest.

use std::time::Duration;

use super::{Engine, Replan};
use crate::id::{SegmentKey, SegmentKind};
use crate::input::FetchError;
use crate::integrity::Record;
use crate::shelf::Standing;
use crate::transfer::{Cause, Download, Span};

/// So many segments of an earlier session are looked for at a time: some milliseconds' work.
const ADOPTED_AT_ONCE: usize = 512;

/// Between two of those times: others are let in.
const ADOPT_STEP: Duration = Duration::from_millis(2);

/// How soon an origin that failed at the segment to compare is asked for it again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What lies so far beyond a live title's edge is of another run of its packager: clocks differ by less.
const BEYOND: Duration = Duration::from_secs(10);

/// Whether what an earlier session left of a live title is of the run that goes on: another has other bytes under the same
/// names. One segment is compared with the origin's before any of it is taken over.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It is, or nothing was left.
    #[default]
    None,
    /// Nobody knows.
    Open,
    /// This segment has been asked for, and should be this.
    Trial(SegmentKey, Record),
}

impl Engine {
    /// Whether a seeder has to wait with its harvest: it may have all of it.
    pub(super) fn awaits_shelf(&self) -> bool {
        self.shelving.opens_until.is_some() || self.is_live_in_doubt()
    }

    fn is_live_in_doubt(&self) -> bool {
        self.shelving.doubt != Doubt::None && self.timeline.live().is_some()
    }

    /// What is on the shelf was left by an earlier session.
    pub(super) fn doubt_shelf(&mut self) {
        if self.seeding.is_some() && self.shelving.shelf.strangers().next().is_some() {
            self.shelving.doubt = Doubt::Open;
        }
    }

    /// What an earlier session left can be taken over, or is there no more.
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

    /// Has the newest segment that an earlier session left of a live title, and that is still there, fetched once more.
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
            // Nothing of it can be compared, an initialization segment of another run neither.
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

    /// The origin's bytes of a segment have come, or have not: they say whether what is on the shelf is of the same run.
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

    /// What an earlier session left is of no use.
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
        if self.seeding.is_some() && self.integrity.record(key).is_none() && !self.is_in_doubt() {
            self.adopt(*key);
        }
    }
}
