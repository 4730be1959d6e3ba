//! The drivers' jobs for the disk threads. It is bounded, with reads apart from writes, so that no read waits behind a
//! sync.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use segment_engine::id::SegmentKey;
use segment_engine::integrity::Record;
use segment_engine::piece::Body;
use segment_engine::shelf::{ShelfCommand, ShelfEntry, ShelfFact};
use tokio::sync::mpsc::UnboundedSender;

use super::file::{StreamId, taken};
use super::index::{Index, Place};

/// The sending end of a stream's queue of facts. It is bounded by what its engine asks for: a driver that does not take
/// its answers asks for nothing more, and an engine has at most eight reads open.
pub(super) type FactSender = UnboundedSender<ShelfFact>;

/// The most bytes that wait to be written or are, all streams together, as blocks of the disk: they are kept in memory
/// meanwhile. One segment may wait, however large.
const MAX_WRITES: u64 = 64 << 20;

/// The most segments that wait to be removed, while the disk does not answer. What is not removed then goes when it was of use
/// longest ago.
const MAX_REMOVALS: usize = 100_000;

/// The most segments that wait to be read: the engine of each stream asks for few at a time.
const MAX_READS: usize = 4_096;

/// How long what waits is written while the shelf closes.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// Something for the thread that writes.
#[derive(Debug)]
pub(super) enum Write {
    /// Tell a stream what is there of it.
    List(StreamId),
    /// Write a segment.
    Put {
        place: Place,
        record: Record,
        body: Body,
    },
    /// Remove segments.
    Remove(StreamId, Vec<SegmentKey>),
    /// Remove the files that are still to be removed.
    Sweep,
}

/// The jobs to be done.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    to_read: Condvar,
    to_write: Condvar,
}

#[derive(Debug, Default)]
struct State {
    streams: BTreeMap<StreamId, FactSender>,
    reads: VecDeque<Place>,
    writes: VecDeque<Write>,
    writes_bytes: u64,
    removals: usize,
    /// The segments on the disk; `None` until the folder was looked through.
    index: Option<Index>,
    /// When writing goes on, after the disk has failed.
    paused: Option<Instant>,
    closes: Option<Instant>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        // No thread panics while it holds it, and what is in it is right after each step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a stream in, and has it told what is there of it; false where one of its name is there.
    pub(super) fn attach(&self, stream: StreamId, facts: FactSender) -> bool {
        let mut state = self.state();
        if state.streams.contains_key(&stream) {
            return false;
        }
        state.streams.insert(stream, facts);
        // A stream that comes and goes while the disk does not answer is told once.
        let is_same = |write: &Write| matches!(write, Write::List(listed) if *listed == stream);
        if !state.writes.iter().any(is_same) {
            state.writes.push_back(Write::List(stream));
        }
        self.to_write.notify_all();
        true
    }

    /// Lets a stream go: it is told nothing more.
    pub(super) fn detach(&self, stream: StreamId) {
        self.state().streams.remove(&stream);
    }

    /// Queues what an engine wants; returns what there is to say at once.
    pub(super) fn push(&self, stream: StreamId, command: ShelfCommand) -> Option<ShelfFact> {
        let mut state = self.state();
        match command {
            ShelfCommand::Shelve { key, root, body } => {
                let size = body.len();
                let record = Record { size, root };
                let busy = state.writes_bytes > 0 && state.writes_bytes + taken(size) > MAX_WRITES;
                if busy || state.is_paused() {
                    return Some(ShelfFact::Unshelvable(ShelfEntry { key, record }));
                }
                state.writes_bytes += taken(size);
                let place = Place { stream, key };
                state.writes.push_back(Write::Put { place, record, body });
                self.to_write.notify_all();
            }
            ShelfCommand::Unshelve(key) => {
                if state.reads.len() >= MAX_READS {
                    return Some(ShelfFact::Unreadable(key));
                }
                state.reads.push_back(Place { stream, key });
                self.to_read.notify_one();
            }
            ShelfCommand::Discard(keys) => {
                if state.removals.saturating_add(keys.len()) > MAX_REMOVALS {
                    return None;
                }
                state.removals += keys.len();
                state.writes.push_back(Write::Remove(stream, keys));
                self.to_write.notify_all();
            }
            // A folder keeps none, and no engine was told that it does.
            ShelfCommand::ShelveDigests(_) | ShelfCommand::DiscardDigests(_) => {}
        }
        None
    }

    /// Waits for something to write; `None` once the shelf closes and nothing waits, or has waited too long.
    pub(super) fn next_write(&self) -> Option<Write> {
        let mut state = self.state();
        loop {
            let closes = state.closes;
            if closes.is_some_and(|closes| closes <= Instant::now()) {
                return None;
            }
            if let Some(write) = state.writes.pop_front() {
                if let Write::Remove(_, keys) = &write {
                    state.removals -= keys.len();
                }
                return Some(write);
            }
            if closes.is_some() {
                return None;
            }
            state = self.to_write.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes that a segment of that size was written, or not: its bytes are not in memory for it any more.
    pub(super) fn on_put(&self, size: u64) {
        let mut state = self.state();
        state.writes_bytes = state.writes_bytes.saturating_sub(taken(size));
    }

    /// Waits for something to read, and notes that it is of use; `None` once the shelf closes. With it comes what is known to
    /// be there.
    pub(super) fn next_read(&self) -> Option<(Place, Option<Record>)> {
        let mut state = self.state();
        loop {
            if state.closes.is_some() {
                return None;
            }
            if let Some(place) = state.reads.pop_front() {
                let record = state.index.as_mut().and_then(|index| index.touch(&place));
                return Some((place, record));
            }
            state = self.to_read.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes what is on the disk.
    pub(super) fn set_index(&self, index: Index) {
        self.state().index = Some(index);
    }

    /// Looks at what is on the disk, or changes what is known of it; `None` before that was looked up.
    pub(super) fn with_index<T>(&self, look: impl FnOnce(&mut Index) -> T) -> Option<T> {
        self.state().index.as_mut().map(look)
    }

    /// Queues the removal of a useless file, if it still holds this record.
    pub(super) fn give_up(&self, place: &Place, record: Record) {
        let mut state = self.state();
        let Some(index) = state.index.as_mut() else { return };
        if let Some(gone) = index.remove_if(place, record) {
            index.stick(gone);
            state.writes.push_back(Write::Sweep);
            self.to_write.notify_all();
        }
    }

    /// Stops writing for a while.
    pub(super) fn pause(&self, pause: Duration) {
        self.state().paused = Some(Instant::now() + pause);
    }

    /// Whether nothing is to be written now.
    pub(super) fn is_paused(&self) -> bool {
        self.state().is_paused()
    }

    /// Tells a stream something; a stream that has gone needs no telling. Never waits: a stream that has no time holds up
    /// nobody else's disk.
    pub(super) fn tell(&self, stream: StreamId, fact: ShelfFact) {
        if let Some(facts) = self.state().streams.get(&stream) {
            // It is just going.
            let _ = facts.send(fact);
        }
    }

    /// Makes the threads end.
    pub(super) fn close(&self) {
        self.state().closes = Some(Instant::now() + CLOSES_WITHIN);
        self.to_read.notify_all();
        self.to_write.notify_all();
    }

    /// Whether the threads are to end.
    pub(super) fn is_closing(&self) -> bool {
        self.state().closes.is_some()
    }
}

impl State {
    fn is_paused(&self) -> bool {
        self.paused.is_some_and(|until| Instant::now() < until)
    }
}

#[cfg(test)]
mod tests;
