//! What could not be written to a seeder's shelf: tried again after a while.

use std::time::Duration;

use super::shelving::is_due;
use super::{Engine, Replan};
use crate::id::SegmentKey;
use crate::shelf::ShelfEntry;
use crate::time::Timestamp;

/// How long after a failed write it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// How many segments are tried again at a time.
const AGAIN_AT_ONCE: usize = 16;

/// The pause between two such batches.
const AGAIN_STEP: Duration = Duration::from_secs(1);

impl Engine {
    /// A segment could not be written: no room, no disk, too much to do.
    pub(super) fn shelve_later(&mut self, entry: &ShelfEntry) {
        if self.shelving.shelf.on_refused(entry) {
            self.shelving.again_at = Some(self.now + AGAIN_AFTER);
        }
    }

    /// Lets a segment wait while failed writes do; false if there are none.
    pub(super) fn puts_off(&mut self, key: SegmentKey) -> bool {
        let waits = self.shelving.again_at.is_some();
        if waits {
            self.shelving.shelf.put_off(key);
        }
        waits
    }

    /// When a seeder's shelf next needs attention.
    pub(super) fn next_of_a_seeder(&self) -> Option<Timestamp> {
        let due = [self.shelving.again_at, self.shelving.adopts_at];
        due.into_iter().flatten().min()
    }

    pub(super) fn on_seeders_shelf_due(&mut self) {
        if is_due(&mut self.shelving.adopts_at, self.now) {
            self.replan(Replan::Window);
        }
        if is_due(&mut self.shelving.again_at, self.now) {
            self.shelve_again();
        }
    }

    fn shelve_again(&mut self) {
        for _ in 0..AGAIN_AT_ONCE {
            let Some(key) = self.shelving.shelf.next_refused() else {
                return;
            };
            self.shelve(key);
        }
        if self.shelving.shelf.has_refused() {
            self.shelving.again_at = Some(self.now + AGAIN_STEP);
        }
    }
}
