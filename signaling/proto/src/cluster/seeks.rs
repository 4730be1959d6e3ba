//! The seeks that wait for an answer, one for each seeker: the nodes that were asked, and until when to wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::node::NodeId;
use crate::rooms::{Envelope, Stranger};

/// A member that looks for others elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seek {
    pub(super) seeker: Stranger,
    pub(super) swarm: String,
    /// The number of its room, among its server's rooms of that swarm.
    pub(super) room: u32,
    pub(super) count: u32,
    /// The nodes that were asked; the last one may still answer in time.
    pub(super) tried: Vec<NodeId>,
}

impl Seek {
    /// The envelope that its room sent.
    pub(super) fn into_envelope(self) -> Envelope {
        Envelope::Seek {
            seeker: self.seeker,
            swarm: self.swarm,
            room: self.room,
            count: self.count,
        }
    }
}

/// The seeks that wait.
#[derive(Debug, Default)]
pub(super) struct Seeks {
    open: BTreeMap<String, (Duration, Seek)>,
    due: BTreeSet<(Duration, String)>,
}

impl Seeks {
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Lets a seek wait until `due`. Another of the same seeker must have been taken before.
    pub(super) fn insert(&mut self, due: Duration, seek: Seek) {
        self.due.insert((due, seek.seeker.id.clone()));
        let replaced = self.open.insert(seek.seeker.id.clone(), (due, seek));
        debug_assert!(replaced.is_none(), "a seeker has one open seek");
    }

    /// Takes the seek of a seeker.
    pub(super) fn take(&mut self, seeker: &str) -> Option<Seek> {
        let (due, seek) = self.open.remove(seeker)?;
        self.due.remove(&(due, seek.seeker.id.clone()));
        Some(seek)
    }

    /// Takes the seek of a seeker, if `node` is the one that may still answer it in time.
    pub(super) fn take_from(&mut self, seeker: &str, node: NodeId) -> Option<Seek> {
        let (_, seek) = self.open.get(seeker)?;
        if seek.tried.last() != Some(&node) {
            return None;
        }
        self.take(seeker)
    }

    /// Takes a seek that is due at `now`.
    pub(super) fn pop_due(&mut self, now: Duration) -> Option<Seek> {
        let (due, seeker) = self.due.first()?;
        if *due > now {
            return None;
        }
        let seeker = seeker.clone();
        self.take(&seeker)
    }

    /// Takes all.
    pub(super) fn drain(&mut self) -> Vec<Seek> {
        self.due.clear();
        std::mem::take(&mut self.open)
            .into_values()
            .map(|(_, seek)| seek)
            .collect()
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.due.first().map(|(due, _)| *due)
    }
}
