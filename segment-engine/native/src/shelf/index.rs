//! The segments on the disk, in the order in which they are removed when room is needed: least recently used first.
//! Pure.

use std::collections::BTreeMap;

use segment_engine::id::{SegmentKey, SegmentKind, TrackKey};
use segment_engine::integrity::Record;
use segment_engine::shelf::ShelfEntry;

use super::file::{StreamId, taken};

/// The most files that a shelf has, whatever its bytes: some 300 bytes of memory each.
pub(super) const MAX_FILES: usize = 200_000;

/// One segment of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) stream: StreamId,
    pub(super) key: SegmentKey,
}

/// A file that was removed from the index, and is to be removed from the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone {
    pub(super) place: Place,
    bytes: u64,
}

#[derive(Debug)]
struct Held {
    record: Record,
    used: u64,
}

/// The files of a shelf.
#[derive(Debug)]
pub(super) struct Index {
    budget: u64,
    most: usize,
    bytes: u64,
    files: BTreeMap<Place, Held>,
    /// The files by when they were of use last.
    order: BTreeMap<u64, Place>,
    uses: u64,
    /// Files that could not be removed, and the bytes that they take: useless, but they still take up room.
    stuck: BTreeMap<Place, u64>,
    stuck_bytes: u64,
}

impl Index {
    /// An index without files, with room for this many bytes and files.
    pub(super) fn new(budget: u64, most: usize) -> Self {
        Self {
            budget,
            most,
            bytes: 0,
            files: BTreeMap::new(),
            order: BTreeMap::new(),
            uses: 0,
            stuck: BTreeMap::new(),
            stuck_bytes: 0,
        }
    }

    /// Notes a file, in place of an earlier one of the same segment, as the one that was of use last.
    pub(super) fn put(&mut self, place: Place, record: Record) {
        self.remove(&place);
        // A file that could not be removed was written over.
        self.unstick(&place);
        self.uses += 1;
        self.bytes += taken(record.size);
        let used = self.uses;
        self.files.insert(place, Held { record, used });
        self.order.insert(used, place);
    }

    /// Notes that a file is of use, and returns what is in it; `None` where there is none.
    pub(super) fn touch(&mut self, place: &Place) -> Option<Record> {
        let held = self.files.get_mut(place)?;
        self.uses += 1;
        self.order.remove(&std::mem::replace(&mut held.used, self.uses));
        self.order.insert(self.uses, *place);
        Some(held.record)
    }

    /// Forgets a file; `None` where there was none.
    pub(super) fn remove(&mut self, place: &Place) -> Option<Gone> {
        let held = self.files.remove(place)?;
        self.order.remove(&held.used);
        let bytes = taken(held.record.size);
        self.bytes -= bytes;
        let place = *place;
        Some(Gone { place, bytes })
    }

    /// Whether a segment of that size has room once others are gone.
    pub(super) fn fits(&self, size: u64) -> bool {
        self.stuck_bytes.saturating_add(taken(size)) <= self.budget
    }

    /// Forgets a file if that is in it; `None` where not.
    pub(super) fn remove_if(&mut self, place: &Place, record: Record) -> Option<Gone> {
        let held = self.files.get(place);
        if held.is_some_and(|held| held.record == record) {
            return self.remove(place);
        }
        None
    }

    /// Notes that a file is still to be removed: it takes room until it is.
    pub(super) fn stick(&mut self, gone: Gone) {
        self.unstick(&gone.place);
        self.stuck.insert(gone.place, gone.bytes);
        self.stuck_bytes += gone.bytes;
    }

    /// Notes that a file that was still to be removed is gone.
    pub(super) fn unstick(&mut self, place: &Place) {
        self.stuck_bytes -= self.stuck.remove(place).unwrap_or(0);
    }

    /// Up to `most` of the files that are still to be removed.
    pub(super) fn stuck(&self, most: usize) -> Vec<Place> {
        self.stuck.keys().take(most).copied().collect()
    }

    /// Forgets the files that have to go for one more of a segment of that size, and returns them.
    pub(super) fn make_room(&mut self, size: u64) -> Vec<Gone> {
        let most = self
            .budget
            .saturating_sub(self.stuck_bytes)
            .saturating_sub(taken(size));
        self.forget_until(|index| index.bytes <= most && index.files.len() + index.stuck.len() < index.most)
    }

    /// Forgets files that take as much as a segment of that size, and returns them: the disk has less room than was
    /// thought.
    pub(super) fn free(&mut self, size: u64) -> Vec<Gone> {
        let most = self.bytes.saturating_sub(taken(size));
        self.forget_until(|index| index.bytes <= most)
    }

    fn forget_until(&mut self, is_enough: impl Fn(&Self) -> bool) -> Vec<Gone> {
        let mut gone = Vec::new();
        while !is_enough(self)
            && let Some((_, oldest)) = self.order.pop_first()
        {
            gone.extend(self.remove(&oldest));
        }
        gone
    }

    /// The segments of a stream, in the order of their keys.
    pub(super) fn of(&self, stream: StreamId) -> Vec<ShelfEntry> {
        let first = SegmentKey {
            track: TrackKey([0; 8]),
            kind: SegmentKind::Init,
            time: i64::MIN,
            range: None,
        };
        let from = self.files.range(Place { stream, key: first }..);
        let files = from.take_while(|(place, _)| place.stream == stream);
        let entry = |(place, held): (&Place, &Held)| ShelfEntry {
            key: place.key,
            record: held.record,
        };
        files.map(entry).collect()
    }

    /// How many files there are, and how many bytes they take, with those that are still to be removed.
    pub(super) fn size(&self) -> (usize, u64) {
        (self.files.len() + self.stuck.len(), self.bytes + self.stuck_bytes)
    }
}

#[cfg(test)]
mod tests;
