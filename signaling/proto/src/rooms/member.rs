//! One connection as the server knows it: before its join, and as a member of a swarm.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::admission::Place;
use super::bucket::Bucket;
use super::pairing::Party;
use super::roster::{Seat, Standing};
use super::{ConnId, RoomKey};

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
    pub(super) room: RoomKey,
    /// How many pairings it takes; at most as many as the server allows.
    pub(super) capacity: usize,
    pub(super) seat: Seat,
    /// Whom it is paired with in its own room.
    pub(super) pairs: BTreeSet<ConnId>,
    /// Whom in others, by peer id.
    pub(super) far: BTreeSet<String>,
    /// How many it looks for in other rooms, and has not heard of yet.
    pub(super) sought: u32,
    parted: VecDeque<(ConnId, Duration)>,
}

impl Member {
    pub(super) fn new(id: String, room: RoomKey, capacity: usize, seat: Seat) -> Self {
        Self {
            id,
            room,
            capacity,
            seat,
            pairs: BTreeSet::new(),
            far: BTreeSet::new(),
            sought: 0,
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

    /// Whether it takes more pairings, where the server allows it `limit`.
    pub(super) fn standing(&self, limit: usize) -> Standing {
        if self.pair_count() >= limit {
            return Standing::Shut;
        }
        if self.pair_count() >= self.capacity {
            return Standing::Full;
        }
        Standing::Open
    }

    /// How many members it is paired with, in whichever room.
    pub(super) fn pair_count(&self) -> usize {
        self.pairs.len() + self.far.len()
    }

    /// What a strategy sees of it.
    pub(super) fn party(&self, conn: ConnId) -> Party {
        Party {
            conn,
            pairs: self.pair_count(),
        }
    }
}
