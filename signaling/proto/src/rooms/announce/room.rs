//! The members of one room: as a list to draw from, by name, and as numbers.

use std::collections::BTreeMap;

use super::member::Announcer;
use super::{Announce, Census, Event, Id20, Progress};
use crate::rooms::ConnId;

#[derive(Debug, Default)]
pub(super) struct Room {
    /// In no particular order; a member knows its place.
    list: Vec<ConnId>,
    names: BTreeMap<Id20, ConnId>,
    complete: usize,
    downloaded: u64,
}

impl Room {
    /// Takes in a member whose name nobody else has. Returns its index in the list.
    pub(super) fn seat(&mut self, conn: ConnId, peer: Id20) -> usize {
        self.list.push(conn);
        self.names.insert(peer, conn);
        self.list.len() - 1
    }

    /// Counts what a member says of itself.
    pub(super) fn note(&mut self, member: &mut Announcer, announce: &Announce) {
        match (member.progress, announce.progress) {
            (Progress::Partial, Progress::Complete) => self.complete += 1,
            (Progress::Complete, Progress::Partial) => self.complete -= 1,
            (Progress::Complete, Progress::Complete) | (Progress::Partial, Progress::Partial) => {}
        }
        member.progress = announce.progress;
        if announce.event == Event::Completed && !member.counted {
            member.counted = true;
            self.downloaded += 1;
        }
    }

    /// Takes a member out. The one that is returned, if any, moves to its place.
    pub(super) fn remove(&mut self, member: &Announcer) -> Option<ConnId> {
        self.names.remove(&member.peer);
        if member.progress == Progress::Complete {
            self.complete -= 1;
        }
        self.list.swap_remove(member.place);
        self.list.get(member.place).copied()
    }

    pub(super) fn find(&self, peer: &Id20) -> Option<ConnId> {
        self.names.get(peer).copied()
    }

    pub(super) fn list(&self) -> &[ConnId] {
        &self.list
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn census(&self) -> Census {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Census {
            complete: count(self.complete),
            incomplete: count(self.list.len() - self.complete),
            downloaded: self.downloaded,
        }
    }
}
