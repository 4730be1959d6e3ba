//! Indexes of files: the bytes of one tell which subsegments its track has.

use super::{Engine, Replan};
use crate::id::SegmentKey;
use crate::output::Event;
use crate::piece::Body;
use crate::store::Stored;

impl Engine {
    /// Reads a segment's bytes if they are the index of its track: from then on its subsegments are shared.
    pub(super) fn learn_index(&mut self, key: &SegmentKey, body: &Body) {
        if !self.timeline.lacks_index(key) {
            return;
        }
        match self.timeline.add_index(key.track, &body.to_vec()) {
            Ok(()) => {
                self.harvest_anew(key.track);
                self.on_timeline();
            }
            Err(error) => self.emit(Event::ManifestRejected {
                reason: error.to_string(),
            }),
        }
        self.replan(Replan::Window);
    }

    /// Reads an index that is already held, from before a manifest was read or from an earlier run.
    pub(super) fn learn_stored(&mut self, key: &SegmentKey) {
        if !self.timeline.lacks_index(key) {
            return;
        }
        if let Some(body) = self.store.get(key).map(Stored::body) {
            self.learn_index(key, &body);
            return;
        }
        // The shelf yields it later; it is read then, or fetched.
        self.adopt_now(key);
        self.unshelve(key);
    }
}

#[cfg(test)]
mod tests;
