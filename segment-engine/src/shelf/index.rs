//! What is on the shelf, as far as the driver has told. Pure.

#[cfg(feature = "seeder")]
use std::collections::{BTreeMap, VecDeque};

use super::{MAX_SHELVED, ShelfEntry};
use crate::id::SegmentKey;
#[cfg(feature = "seeder")]
use crate::id::{SegmentKind, TrackKey};
use crate::integrity::Record;
use crate::stats::SourceBytes;
#[cfg(not(feature = "seeder"))]
use crate::vecmap::VecMap;
use crate::vecmap::VecSet;

/// The entries of a seeder's shelf: those of many films.
#[cfg(feature = "seeder")]
type Entries = BTreeMap<SegmentKey, Entry>;

/// The entries of a page's shelf: those of one film, found in key order. A B-tree's code would be half of the
/// shelf's.
#[cfg(not(feature = "seeder"))]
type Entries = VecMap<SegmentKey, Entry>;

/// The most segments that could not be written and are remembered for a retry.
#[cfg(feature = "seeder")]
const MAX_REFUSED: usize = 4_096;

/// Whether there is a shelf.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// There is none.
    #[default]
    Absent,
    /// Its contents are not known yet.
    Opening,
    /// It can be used.
    Open,
}

/// Whether a segment can be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is being written.
    Writing,
    /// It is there.
    There,
}

#[derive(Debug)]
struct Entry {
    record: Record,
    state: State,
    /// The original sources of its bytes.
    sources: SourceBytes,
    /// When it was last of use, on the shelf's own count of uses.
    used: u64,
}

/// The segments on the shelf.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// Whether there is one.
    pub(crate) standing: Standing,
    entries: Entries,
    /// How many of them can be read back, and their total bytes.
    there: (u64, u64),
    uses: u64,
    /// Strangers: segments that an earlier session left and that were not found in the timeline yet.
    #[cfg(feature = "seeder")]
    strangers: VecDeque<SegmentKey>,
    /// How many strangers are still to be looked for since the timeline changed.
    #[cfg(feature = "seeder")]
    unseen: usize,
    /// Segments that could not be written.
    #[cfg(feature = "seeder")]
    refused: VecSet<SegmentKey>,
    /// Segments that are there but could not be read when last wanted.
    unreadable: VecSet<SegmentKey>,
}

impl Shelf {
    /// Notes a segment that an earlier session left; false if there are too many, or it is already known.
    pub(crate) fn on_found(&mut self, entry: &ShelfEntry, sources: SourceBytes) -> bool {
        if self.is_crowded() || self.entries.contains_key(&entry.key) {
            return false;
        }
        #[cfg(feature = "seeder")]
        self.strangers.push_back(entry.key);
        self.put(entry, State::There, sources);
        true
    }

    /// Notes that a segment is being written; false if there are too many.
    pub(crate) fn on_writing(&mut self, entry: &ShelfEntry, sources: SourceBytes) -> bool {
        if self.is_crowded() && !self.entries.contains_key(&entry.key) {
            return false;
        }
        self.remove(&entry.key);
        self.put(entry, State::Writing, sources);
        true
    }

    fn put(&mut self, entry: &ShelfEntry, state: State, sources: SourceBytes) {
        self.uses += 1;
        if state == State::There {
            self.count(entry.record);
        }
        let put = Entry {
            record: entry.record,
            state,
            sources,
            used: self.uses,
        };
        self.entries.insert(entry.key, put);
    }

    /// Notes that a segment was written; false if it is no longer what is wanted.
    pub(crate) fn on_written(&mut self, written: &ShelfEntry) -> bool {
        let entry = self.entries.get_mut(&written.key);
        let Some(entry) = entry.filter(|entry| entry.record == written.record) else {
            return false;
        };
        if std::mem::replace(&mut entry.state, State::There) == State::Writing {
            self.count(written.record);
        }
        true
    }

    fn count(&mut self, there: Record) {
        self.there.0 += 1;
        self.there.1 += there.size;
    }

    /// Notes that a segment could not be written and is worth a retry. False if it was not being written.
    #[cfg(feature = "seeder")]
    pub(crate) fn on_refused(&mut self, refused: &ShelfEntry) -> bool {
        let was_writing = self.on_unwritten(refused);
        if was_writing {
            self.put_off(refused.key);
        }
        was_writing
    }

    /// Forgets that a segment is being written; false if it is not.
    pub(crate) fn on_unwritten(&mut self, refused: &ShelfEntry) -> bool {
        let entry = self.entries.get(&refused.key);
        let writing =
            entry.is_some_and(|entry| entry.record == refused.record && entry.state == State::Writing);
        writing && self.remove(&refused.key)
    }

    /// Has a segment written together with those that could not be.
    #[cfg(feature = "seeder")]
    pub(crate) fn put_off(&mut self, key: SegmentKey) {
        if self.refused.len() < MAX_REFUSED {
            self.refused.insert(key);
        }
    }

    /// The next segment that could not be written.
    #[cfg(feature = "seeder")]
    pub(crate) fn next_refused(&mut self) -> Option<SegmentKey> {
        self.refused.pop_first()
    }

    /// Whether any segment waits for another try.
    #[cfg(feature = "seeder")]
    pub(crate) fn has_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Notes that the driver dropped a segment; false if it was not there, or is being written again.
    pub(crate) fn on_dropped(&mut self, key: &SegmentKey) -> bool {
        self.there(key).is_some() && self.remove(key)
    }

    /// Notes that a segment is there and cannot be read now.
    pub(crate) fn on_unreadable(&mut self, key: SegmentKey) {
        if self.there(&key).is_some() {
            self.unreadable.insert(key);
        }
    }

    /// Forgets that a segment could not be read; false if it could.
    pub(crate) fn on_readable(&mut self, key: &SegmentKey) -> bool {
        self.unreadable.remove(key)
    }

    /// Whether a segment could not be read when it was wanted last.
    #[cfg(feature = "seeder")]
    pub(crate) fn is_unreadable(&self, key: &SegmentKey) -> bool {
        self.unreadable.contains(key)
    }

    /// Forgets a segment; false if it is not there.
    pub(crate) fn remove(&mut self, key: &SegmentKey) -> bool {
        self.unreadable.remove(key);
        let Some(gone) = self.entries.remove(key) else {
            return false;
        };
        if gone.state == State::There {
            self.there.0 -= 1;
            self.there.1 -= gone.record.size;
        }
        true
    }

    /// The record of a segment that can be read back.
    pub(crate) fn there(&self, key: &SegmentKey) -> Option<Record> {
        let entry = self.entries.get(key)?;
        (entry.state == State::There).then_some(entry.record)
    }

    /// The record of a segment that is on the shelf, or is being written.
    pub(crate) fn record(&self, key: &SegmentKey) -> Option<Record> {
        self.entries.get(key).map(|entry| entry.record)
    }

    /// The original sources of a segment's bytes.
    pub(crate) fn sources(&self, key: &SegmentKey) -> SourceBytes {
        self.entries
            .get(key)
            .map_or_else(SourceBytes::default, |entry| entry.sources)
    }

    /// Notes that a segment is of use.
    pub(crate) fn touch(&mut self, key: &SegmentKey) {
        if let Some(entry) = self.entries.get_mut(key) {
            self.uses += 1;
            entry.used = self.uses;
        }
    }

    /// How many uses of others there were since a segment's last, if it can be read back.
    pub(crate) fn age(&self, key: &SegmentKey) -> Option<u64> {
        let entry = self.entries.get(key)?;
        (entry.state == State::There).then_some(self.uses - entry.used)
    }

    /// The segments that can be read back, in order of their keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = SegmentKey> {
        let there = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.state == State::There);
        there.map(|(key, _)| *key)
    }

    /// The media segments of a track, earliest first, as long as `is_meant`.
    #[cfg(feature = "seeder")]
    pub(crate) fn earliest_of(
        &self,
        track: TrackKey,
        is_meant: impl Fn(&SegmentKey) -> bool,
    ) -> Vec<SegmentKey> {
        let first = SegmentKey {
            track,
            kind: SegmentKind::Media,
            time: i64::MIN,
            range: None,
        };
        let media = self.entries.range(first..).map(|(key, _)| *key);
        media
            .take_while(|key| key.track == track && is_meant(key))
            .collect()
    }

    /// Has all strangers looked for again: the timeline has changed.
    #[cfg(feature = "seeder")]
    pub(crate) fn on_timeline(&mut self) {
        self.unseen = self.strangers.len();
    }

    /// The next stranger to look for.
    #[cfg(feature = "seeder")]
    pub(crate) fn next_stranger(&mut self) -> Option<SegmentKey> {
        self.unseen = self.unseen.checked_sub(1)?;
        self.strangers.pop_front()
    }

    /// A stranger is not in the timeline, yet.
    #[cfg(feature = "seeder")]
    pub(crate) fn put_back(&mut self, key: SegmentKey) {
        self.strangers.push_back(key);
    }

    /// The segments that an earlier session left and that were not found in the timeline yet.
    #[cfg(feature = "seeder")]
    pub(crate) fn strangers(&self) -> impl Iterator<Item = &SegmentKey> {
        let there = |key: &&SegmentKey| self.there(key).is_some();
        self.strangers.iter().filter(there)
    }

    /// Whether as many segments are tracked as may be.
    pub(crate) fn is_crowded(&self) -> bool {
        self.entries.len() >= MAX_SHELVED
    }

    /// How many segments can be read back, and how many bytes they have.
    pub(crate) fn size(&self) -> (u64, u64) {
        self.there
    }
}

#[cfg(test)]
mod tests;
