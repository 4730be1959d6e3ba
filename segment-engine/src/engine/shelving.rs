//! The shelf under the store: what is put there, forgotten, and held by it.
//!
//! A segment on the shelf counts as held if the record known for it has its root. Reading back is in `unshelving`,
//! what an earlier session left in `opening`, and what a seeder makes of that in `adopting`.

#[cfg(feature = "seeder")]
use super::adopting::Doubt;
use super::{Engine, Replan};
use crate::id::SegmentKey;
use crate::integrity::Record;
use crate::output::Output;
use crate::shelf::{Reads, Shelf, ShelfCommand, ShelfEntry, ShelfFact, Standing};
use crate::stats::Stats;
use crate::store::Stored;
use crate::time::Timestamp;
use crate::timer::Timer;

/// More neighbours than are ever counted: segments on the shelf leave memory before all others.
const MORE_THAN_COUNTED: u32 = 64;

/// The shelf, and when it next needs attention.
#[derive(Debug, Default)]
pub(super) struct Shelving {
    pub(super) shelf: Shelf,
    pub(super) reads: Reads,
    /// Until when the shelf's contents are waited for.
    pub(super) opens_until: Option<Timestamp>,
    /// Whether the driver keeps batches of digests as well.
    pub(super) keeps_digests: bool,
    /// How many of the batches that it had kept are being checked.
    pub(super) checks: usize,
    #[cfg(feature = "seeder")]
    pub(super) again_at: Option<Timestamp>,
    #[cfg(feature = "seeder")]
    pub(super) adopts_at: Option<Timestamp>,
    #[cfg(feature = "seeder")]
    pub(super) spared: usize,
    /// Whether what an earlier session left belongs to the title as it is now.
    #[cfg(feature = "seeder")]
    pub(super) doubt: Doubt,
}

impl Shelving {
    /// How little a segment would be missed in memory: the number of neighbours that also hold it. For one on the
    /// shelf more than any such number, and growing with the time since it was last of use.
    pub(super) fn copies<'a>(
        &'a self,
        mut replicas: impl FnMut(&SegmentKey) -> u32 + 'a,
    ) -> impl FnMut(&SegmentKey) -> u32 + 'a {
        move |key| match self.shelf.age(key) {
            Some(age) => MORE_THAN_COUNTED.saturating_add(u32::try_from(age).unwrap_or(u32::MAX)),
            None => replicas(key),
        }
    }

    /// Counts what is on the shelf.
    pub(super) fn count(&self, stats: &mut Stats) {
        (stats.shelved_segments, stats.shelved_bytes) = self.shelf.size();
    }
}

impl Engine {
    pub(super) fn on_shelf(&mut self, fact: ShelfFact) {
        match fact {
            ShelfFact::Opening => self.on_shelf_opening(),
            ShelfFact::Digests(batches) => self.on_shelf_digests(batches),
            ShelfFact::Opened(entries) => self.on_shelf_opened(&entries),
            ShelfFact::Shelved(entry) => self.on_shelved(&entry),
            ShelfFact::Unshelvable(entry) => self.on_unshelvable(&entry),
            ShelfFact::Unreadable(key) => self.on_unreadable(key),
            ShelfFact::Unshelved { key, body } => self.on_unshelved(key, body),
            ShelfFact::Dropped(keys) => {
                for key in keys {
                    if self.shelving.shelf.on_dropped(&key) {
                        self.let_go(key);
                    }
                }
            }
        }
        self.watch_shelf();
    }

    fn on_shelved(&mut self, entry: &ShelfEntry) {
        if self.shelving.shelf.standing != Standing::Open {
            // It was commanded before this session, and is among what is found.
            return;
        }
        if !self.shelving.shelf.on_written(entry) {
            self.discard(vec![entry.key]);
        } else if !self.store.contains(&entry.key) {
            // It left memory while it was being written.
            self.offer(entry.key);
        }
    }

    /// A write failed. A seeder tries again; a viewer does not, as it may have no room for good, and each try is a
    /// copy.
    fn on_unshelvable(&mut self, entry: &ShelfEntry) {
        if self.seeding.is_none() {
            self.shelving.shelf.on_unwritten(entry);
        } else {
            self.shelve_later(entry);
        }
    }

    /// Puts a segment that is in memory and vouched for on the shelf, unless it is there.
    pub(super) fn shelve(&mut self, key: SegmentKey) {
        let Some(stored) = self.store.get(&key) else {
            return;
        };
        let (record, sources) = (stored.record(), stored.sources());
        // In memory it is of use whatever the disk does; the shelf is read again when it is wanted.
        self.shelving.shelf.on_readable(&key);
        if !self.keeps_on_shelf()
            || self.integrity.record(&key) != Some(record)
            // The next session could not tell that it is the file of its digest.
            || self.is_by_digest(&key)
            || self.shelving.shelf.record(&key) == Some(record)
        {
            return;
        }
        if self.puts_off(key) {
            return;
        }
        let entry = ShelfEntry { key, record };
        if self.has_left_live(&key) || !self.shelving.shelf.on_writing(&entry, sources) {
            return;
        }
        let Some(body) = self.store.get(&key).map(Stored::body) else {
            return;
        };
        let root = record.root;
        self.command(ShelfCommand::Shelve { key, root, body });
    }

    pub(super) fn command(&mut self, command: ShelfCommand) {
        self.outputs.push_back(Output::Shelf(command));
    }

    /// Forgets segments on the shelf.
    pub(super) fn discard(&mut self, keys: Vec<SegmentKey>) {
        if keys.is_empty() {
            return;
        }
        for key in &keys {
            self.shelving.shelf.remove(key);
        }
        self.command(ShelfCommand::Discard(keys));
    }

    /// The record of a segment on the shelf, if others would accept its bytes.
    pub(super) fn on_shelf_of(&self, key: &SegmentKey) -> Option<Record> {
        let record = self.shelving.shelf.there(key)?;
        (self.integrity.record(key) == Some(record)).then_some(record)
    }

    /// The size of a segment that is held on the shelf.
    pub(super) fn shelved_len(&self, key: &SegmentKey) -> Option<u64> {
        self.on_shelf_of(key).map(|record| record.size)
    }

    /// The segments that are held, in memory or on the shelf, in order of their keys.
    pub(super) fn held_keys(&self) -> Vec<SegmentKey> {
        let mut keys: Vec<SegmentKey> = self.store.keys().into_iter().map(|(key, _)| key).collect();
        keys.extend(self.shelving.shelf.keys());
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Memory or the shelf no longer holds a segment: its offer is withdrawn, unless the other still does.
    pub(super) fn let_go(&mut self, key: SegmentKey) {
        if !self.is_held(&key) {
            self.withdraw(key);
        }
    }

    /// Notes that a segment is of use: it stays in memory longer.
    pub(super) fn touch(&mut self, key: &SegmentKey) {
        self.shelving.shelf.touch(key);
    }

    /// The record of what a seeder saw of a segment itself, if it still holds that.
    pub(super) fn seen(&self, key: &SegmentKey) -> Option<Record> {
        let in_memory = self.store.get(key).map(Stored::record);
        in_memory.or_else(|| self.shelving.shelf.there(key))
    }

    /// A record has become known: what is on the shelf may turn out to be another segment's.
    pub(super) fn compare_shelved(&mut self, key: SegmentKey, record: Record) {
        if self
            .shelving
            .shelf
            .there(&key)
            .is_some_and(|shelved| shelved != record)
        {
            self.discard(vec![key]);
            self.let_go(key);
            self.harvest_again(key);
        }
    }

    /// Schedules the shelf's next attention.
    pub(super) fn watch_shelf(&mut self) {
        let Shelving {
            reads, opens_until, ..
        } = &self.shelving;
        let due = [reads.next_due(), *opens_until, self.next_of_a_seeder()];
        match due.into_iter().flatten().min() {
            Some(at) => self.timers.set(Timer::Shelf, at),
            None => self.timers.stop(&Timer::Shelf),
        }
    }

    pub(super) fn on_shelf_due(&mut self) {
        if is_due(&mut self.shelving.opens_until, self.now) {
            self.begin_awaited();
            self.replan(Replan::Window);
        }
        self.on_seeders_shelf_due();
        self.give_up_reads();
    }
}

/// Whether the time has come; clears it if so.
pub(super) fn is_due(at: &mut Option<Timestamp>, now: Timestamp) -> bool {
    at.take_if(|at| *at <= now).is_some()
}

#[cfg(test)]
mod tests;
