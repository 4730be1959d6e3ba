//! What is being read back from the shelf, and who waits for it: both bounded.

use std::collections::VecDeque;

use crate::bits::PieceRun;
use crate::id::{PeerId, SegmentKey};
use crate::serving::Queued;
use crate::time::Timestamp;
use crate::vecmap::VecMap;
use crate::wire::RequestId;

/// The most segments that the driver is asked for at a time.
const MAX_ASKED: usize = 8;

/// The most segments that wait to be asked for.
const MAX_QUEUED: usize = 256;

/// The most requests of peers, for runs or single pieces, that wait for segments.
const MAX_WAITERS: usize = 1_024;

/// The most of them that belong to one peer.
const MAX_WAITERS_OF_ONE: usize = 64;

/// A peer's request that waits for its segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ShelfWaiter {
    /// Pieces.
    Run {
        /// The asking peer.
        peer: PeerId,
        /// Its name for the request.
        request: RequestId,
        /// The segment.
        key: SegmentKey,
        /// Which pieces.
        run: PieceRun,
    },
    /// A piece of an admitted request: it has only to be sent.
    Piece(Queued),
}

impl ShelfWaiter {
    /// The asking peer.
    pub(crate) fn peer(&self) -> &PeerId {
        match self {
            Self::Run { peer, .. } | Self::Piece(Queued { peer, .. }) => peer,
        }
    }

    /// Its name for the request.
    pub(crate) fn request(&self) -> RequestId {
        match self {
            Self::Run { request, .. } | Self::Piece(Queued { request, .. }) => *request,
        }
    }

    /// The segment.
    pub(crate) fn key(&self) -> SegmentKey {
        match self {
            Self::Run { key, .. } | Self::Piece(Queued { key, .. }) => *key,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The driver is yet to be asked.
    Queued,
    /// The driver was asked.
    Asked,
    /// The driver was asked, but took too long: nobody waits any more.
    GivenUp,
}

#[derive(Debug)]
struct Read {
    phase: Phase,
    size: u64,
    until: Timestamp,
}

/// The reads under way.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    reads: VecMap<SegmentKey, Read>,
    queue: VecDeque<SegmentKey>,
    waiters: Vec<ShelfWaiter>,
}

impl Reads {
    /// Wants a segment of `size` bytes, and waits for it until then; false if it already takes too long, or too many
    /// are wanted.
    pub(crate) fn want(&mut self, key: SegmentKey, size: u64, until: Timestamp) -> bool {
        if let Some(read) = self.reads.get_mut(&key) {
            read.until = read.until.min(until);
            return read.phase != Phase::GivenUp;
        }
        if self.queue.len() >= MAX_QUEUED {
            return false;
        }
        let phase = Phase::Queued;
        self.reads.insert(key, Read { phase, size, until });
        self.queue.push_back(key);
        true
    }

    /// The same for this peer's own player, whose segments are read before all that peers want.
    pub(crate) fn want_first(&mut self, key: SegmentKey, size: u64, until: Timestamp) -> bool {
        self.queue.retain(|queued| *queued != key);
        let phase = Phase::Queued;
        let read = self.reads.get_or_insert_with(key, || Read { phase, size, until });
        read.until = read.until.min(until);
        let phase = read.phase;
        if phase == Phase::Queued {
            self.queue.push_front(key);
        }
        phase != Phase::GivenUp
    }

    /// The next segment to ask the driver for; no more than `most` bytes are on their way at a time, but always one
    /// segment.
    pub(crate) fn next(&mut self, most: u64) -> Option<SegmentKey> {
        let asked = || self.reads.values().filter(|read| read.phase != Phase::Queued);
        let key = *self.queue.front()?;
        let size = self.reads.get(&key).map_or(0, |read| read.size);
        let bytes: u64 = asked().map(|read| read.size).sum();
        let count = asked().count();
        if count >= MAX_ASKED || (count > 0 && bytes + size > most) {
            return None;
        }
        self.queue.pop_front();
        if let Some(read) = self.reads.get_mut(&key) {
            read.phase = Phase::Asked;
        }
        Some(key)
    }

    /// Notes the driver's answer; false if it was not asked.
    pub(crate) fn on_answer(&mut self, key: &SegmentKey) -> bool {
        let asked = self
            .reads
            .get(key)
            .is_some_and(|read| read.phase != Phase::Queued);
        if asked {
            self.reads.remove(key);
        }
        asked
    }

    /// Lets a request wait for its segment; false if too many do.
    pub(crate) fn wait(&mut self, waiter: ShelfWaiter) -> bool {
        let own = self.waiters.iter().filter(|other| other.peer() == waiter.peer());
        if self.waiters.len() >= MAX_WAITERS || own.count() >= MAX_WAITERS_OF_ONE {
            return false;
        }
        self.waiters.push(waiter);
        true
    }

    /// Takes the waiting requests for which `is_meant` is true.
    pub(crate) fn take(&mut self, is_meant: &dyn Fn(&ShelfWaiter) -> bool) -> Vec<ShelfWaiter> {
        take_of(&mut self.waiters, is_meant)
    }

    /// Gives up segments that take too long, and returns them. Those that the driver was asked for still count as on
    /// their way.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Vec<SegmentKey> {
        let mut overdue = Vec::new();
        for (key, read) in self.reads.iter_mut() {
            if read.until <= now && read.phase != Phase::GivenUp {
                overdue.push(*key);
                if read.phase == Phase::Asked {
                    read.phase = Phase::GivenUp;
                }
            }
        }
        self.reads
            .retain(|key, read| read.phase != Phase::Queued || !overdue.contains(key));
        self.queue.retain(|key| !overdue.contains(key));
        overdue
    }

    /// Until when the earliest read is waited for.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let waiting = self.reads.values().filter(|read| read.phase != Phase::GivenUp);
        waiting.map(|read| read.until).min()
    }
}

/// Takes the matching requests out of a list. One function for all predicates, which spares pages some code.
pub(crate) fn take_of(
    list: &mut Vec<ShelfWaiter>,
    is_meant: &dyn Fn(&ShelfWaiter) -> bool,
) -> Vec<ShelfWaiter> {
    list.extract_if(.., |asked| is_meant(asked)).collect()
}

#[cfg(test)]
mod tests;
