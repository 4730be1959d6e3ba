//! One connection as the server knows it: before its join, and as a member of a swarm.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::ConnId;
use super::admission::Place;
use super::bucket::Bucket;

/// How many ended pairings a member remembers.
const MAX_PARTED: usize = 64;

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) place: Place,
    pub(super) bucket: Bucket,
    /// When it is closed unless it says something.
    pub(super) deadline: Duration,
    /// The entry it has in the timer table; never after `deadline`.
    pub(super) armed: Duration,
    pub(super) member: Option<Member>,
}

/// A place in a swarm.
#[derive(Debug)]
pub(super) struct Member {
    /// The peer id that the server issued.
    pub(super) id: String,
    pub(super) swarm: String,
    /// Numbers joins: the order of members in their swarm.
    pub(super) joined: u64,
    pub(super) pairs: BTreeSet<ConnId>,
    parted: VecDeque<(ConnId, Duration)>,
}

impl Member {
    pub(super) fn new(id: String, swarm: String, joined: u64) -> Self {
        Self {
            id,
            swarm,
            joined,
            pairs: BTreeSet::new(),
            parted: VecDeque::new(),
        }
    }

    /// Keeps `other` apart from this member until then.
    pub(super) fn part(&mut self, other: ConnId, until: Duration) {
        if self.parted.len() == MAX_PARTED {
            self.parted.pop_front();
        }
        self.parted.push_back((other, until));
    }

    pub(super) fn is_parted(&self, now: Duration, other: ConnId) -> bool {
        self.parted
            .iter()
            .any(|(peer, until)| *peer == other && now < *until)
    }

    /// Its place in the order of its swarm.
    pub(super) fn rank(&self, conn: ConnId) -> Rank {
        Rank {
            pairs: self.pairs.len(),
            joined: self.joined,
            conn,
        }
    }
}

/// Orders the members of a swarm: the least loaded first, and of equals the one that joined first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) pairs: usize,
    pub(super) joined: u64,
    pub(super) conn: ConnId,
}
