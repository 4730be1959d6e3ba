//! The shelf as it is found at the start: whom it keeps waiting, and the digests beside the segments, so that they are
//! vouched for before anybody else is there.

use std::sync::Arc;
use std::time::Duration;

use super::digests::{BatchSource, Check};
use super::{Engine, Replan};
use crate::id::SegmentKey;
use crate::integrity::{SignedBatch, read_batch};
use crate::piece::MAX_SEGMENT;
use crate::shelf::{ShelfCommand, ShelfEntry, Standing};
use crate::stats::SourceBytes;
use crate::transfer::Cause;

/// How long a seeder waits to be told what is on its shelf before it goes to the origin: a folder of 100 000 files is read
/// in some seconds.
const SEEDER_PATIENCE: Duration = Duration::from_secs(10);

/// How long a viewer waits for it: a browser's database takes some 50 ms to open, and a player that starts can wait no
/// longer.
const VIEWER_PATIENCE: Duration = Duration::from_secs(1);

impl Engine {
    pub(super) fn on_shelf_opening(&mut self) {
        self.shelving.shelf.standing = Standing::Opening;
        let patience = match &self.seeding {
            Some(_) => SEEDER_PATIENCE,
            None => VIEWER_PATIENCE,
        };
        self.shelving.opens_until = Some(self.now + patience);
    }

    /// The batches that an earlier session had kept: their signatures are checked anew, for others can write to what a
    /// browser keeps.
    pub(super) fn on_shelf_digests(&mut self, batches: Vec<SignedBatch>) {
        self.shelving.keeps_digests = true;
        let Some(key) = self.config.trust.key() else {
            return;
        };
        let unix = self.unix();
        let mut unwanted = Vec::new();
        for batch in batches {
            let content = read_batch(&batch.message, &self.config.swarm);
            if !content.is_ok_and(|content| !self.integrity.is_outdated(&content, unix)) {
                unwanted.push(batch.signature);
                continue;
            }
            if self.integrity.has_batch(&batch.message) {
                continue;
            }
            self.shelving.checks += 1;
            self.ask_signature(key, batch.clone(), Check::Shelved(batch));
        }
        if !unwanted.is_empty() {
            self.command(ShelfCommand::DiscardDigests(unwanted));
        }
    }

    pub(super) fn on_shelved_checked(&mut self, batch: SignedBatch, valid: bool) {
        self.shelving.checks = self.shelving.checks.saturating_sub(1);
        if valid {
            self.learn(BatchSource::Shelf, batch);
        } else {
            self.command(ShelfCommand::DiscardDigests(vec![batch.signature]));
        }
        self.on_shelf_ready();
    }

    /// Keeps a batch beside the segments, where the driver does.
    pub(super) fn shelve_digests(&mut self, source: BatchSource<'_>, batch: &Arc<SignedBatch>) {
        let kept = matches!(source, BatchSource::Shelf);
        if self.shelving.keeps_digests && !kept && self.keeps_on_shelf() {
            self.command(ShelfCommand::ShelveDigests(batch.clone()));
        }
    }

    /// Whether the title is one to keep: of a live one a viewer has no use by the time that it comes back.
    pub(super) fn keeps_on_shelf(&self) -> bool {
        self.shelving.shelf.standing == Standing::Open
            && (self.seeding.is_some() || self.timeline.live().is_none())
    }

    pub(super) fn on_shelf_opened(&mut self, entries: &[ShelfEntry]) {
        let first = std::mem::replace(&mut self.shelving.shelf.standing, Standing::Open) != Standing::Open;
        let mut unwanted = Vec::new();
        for entry in entries {
            let size = entry.record.size;
            let fits = size > 0 && size <= MAX_SEGMENT && self.store.takes(size);
            if !fits || self.shelving.shelf.is_crowded() {
                unwanted.push(entry.key);
            } else if self.shelving.shelf.on_found(entry, self.sources_of_old(size)) {
                // Of use at once to who has its record; a seeder looks for it in the timeline first.
                self.offer(entry.key);
                self.spare(&entry.key);
            }
        }
        self.discard(unwanted);
        self.on_shelf_timeline();
        if first {
            self.doubt_shelf();
            for batch in self.integrity.batches(|_| true) {
                self.shelve_digests(BatchSource::Own, &batch);
            }
            for (key, _) in self.store.keys() {
                self.shelve(key);
            }
        }
        self.on_shelf_ready();
        self.replan(Replan::Window);
    }

    /// What a viewer fetches ahead, and another tab has come to have, need not be fetched.
    fn spare(&mut self, key: &SegmentKey) {
        let is_ahead = self.seeding.is_none() && !self.demands.wants(key);
        if is_ahead && self.transfers.contains(key) && self.shelved_len(key).is_some() {
            self.abandon(key);
        }
    }

    /// What is on the shelf is known, and checked as far as it can be: who waited for that is answered.
    fn on_shelf_ready(&mut self) {
        if self.shelving.shelf.standing != Standing::Open || self.shelving.checks > 0 {
            return;
        }
        self.shelving.opens_until = None;
        self.watch_shelf();
        self.begin_awaited();
    }

    /// Whether the player's demands wait for word of what is on the shelf: what is there is not fetched.
    pub(super) fn awaits_opening(&self) -> bool {
        self.seeding.is_none() && self.shelving.opens_until.is_some()
    }

    /// Looks for what the player wanted while it was not known what is on the shelf: what is not there it has waited for
    /// long enough.
    pub(super) fn begin_awaited(&mut self) {
        let awaited: Vec<SegmentKey> = self.demands.keys().collect();
        for key in awaited {
            if self.transfers.contains(&key) {
                // It was fetched ahead before anybody knew.
                self.check_rescue(key);
            } else if self.seeding.is_none() && !self.unshelve(&key) {
                self.begin(key);
                self.fetch_rest(key, Cause::Start);
            }
        }
    }

    /// Where the bytes of an earlier session count as having come from: a seeder's came from its origin.
    fn sources_of_old(&self, size: u64) -> SourceBytes {
        let mut sources = SourceBytes::default();
        if self.seeding.is_some() {
            sources.origin = size;
        } else {
            sources.stored = size;
        }
        sources
    }
}
