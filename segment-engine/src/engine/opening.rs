//! The shelf at the start: who waits for it, and the digests kept beside the segments, which vouch for them before
//! anybody else is there.

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

/// How long a seeder waits for the contents of its shelf before it goes to the origin: a folder of 100 000 files is
/// read in some seconds.
const SEEDER_PATIENCE: Duration = Duration::from_secs(10);

/// How long a viewer waits for them: a browser's database takes some 50 ms to open, and a starting player can wait no
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

    /// Takes in the batches that an earlier session kept: their signatures are checked again, as others can write to
    /// what a browser keeps.
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
            self.ask_signature(key, batch, Check::Shelved);
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

    /// What vouches for a kept segment cannot be checked here: it is kept for a session that can.
    pub(super) fn on_shelved_unclear(&mut self) {
        self.shelving.checks = self.shelving.checks.saturating_sub(1);
        self.on_shelf_ready();
    }

    /// Keeps a batch beside the segments, if the driver does that.
    pub(super) fn shelve_digests(&mut self, source: BatchSource<'_>, batch: &Arc<SignedBatch>) {
        let kept = matches!(source, BatchSource::Shelf);
        if self.shelving.keeps_digests && !kept && self.keeps_on_shelf() {
            self.command(ShelfCommand::ShelveDigests(batch.clone()));
        }
    }

    /// Whether the title is worth keeping: a viewer that comes back has no use for an old live window.
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
                // It can be offered at once if its record is known; a seeder looks for it in the timeline first.
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

    /// Cancels a prefetch of what another tab has put on the shelf meanwhile.
    fn spare(&mut self, key: &SegmentKey) {
        let is_ahead = self.seeding.is_none() && !self.demands.wants(key);
        if is_ahead && self.transfers.contains(key) && self.shelved_len(key).is_some() {
            self.abandon(key);
        }
    }

    /// The shelf's contents are known, and checked as far as possible: whoever waited for that is answered.
    fn on_shelf_ready(&mut self) {
        if self.shelving.shelf.standing != Standing::Open || self.shelving.checks > 0 {
            return;
        }
        self.shelving.opens_until = None;
        self.watch_shelf();
        self.begin_awaited();
    }

    /// Whether the player's demands wait for the shelf's contents: what is there is not fetched.
    pub(super) fn awaits_opening(&self) -> bool {
        self.seeding.is_none() && self.shelving.opens_until.is_some()
    }

    /// Starts what the player wanted while the shelf's contents were unknown: whatever is not there has waited long
    /// enough.
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

    /// The source that an earlier session's bytes count for: for a seeder, its origin.
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
