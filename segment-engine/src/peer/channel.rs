//! What a peer is told besides pieces, in order, and how full its channel is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::input::LOW_WATER;
use crate::integrity::SignedBatch;
use crate::time::Timestamp;
use crate::wire::{Frame, MAX_FRAME, Message, encode};

/// The most notes that wait for one peer: the announcements of a large store, and new digests.
const MAX_NOTES: usize = 4_096;

/// A channel in which this many windows wait is no longer read by its peer.
const STUCK: u64 = 4;

/// Something to tell a peer, which can wait for its channel.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// Digests.
    Digests(Arc<SignedBatch>),
    /// A part of a segment's leaves, as it travels.
    Leaves(Message),
    /// Anything else that must not be lost, as it travels.
    Message(Message),
}

/// A peer's channel: what waits for it, and what it has not sent yet.
#[derive(Debug)]
pub(crate) struct Channel {
    notes: VecDeque<Note>,
    /// Digests from before the peer came: pieces need not wait for all of them.
    later: VecDeque<Arc<SignedBatch>>,
    window: u64,
    buffered: u64,
    /// When it started to hold something, or last got rid of some.
    moved: Timestamp,
    /// How many of its bytes stand still, and no longer count as on the uplink.
    stranded: u64,
}

/// As much waits for a peer as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

impl Channel {
    /// An empty channel that takes `window` bytes at a time.
    pub(crate) fn new(window: u64) -> Self {
        Self {
            notes: VecDeque::new(),
            later: VecDeque::new(),
            window,
            buffered: 0,
            moved: Timestamp::ZERO,
            stranded: 0,
        }
    }

    /// Queues a note; in order, and before all pieces.
    pub(crate) fn note(&mut self, note: Note) -> Result<(), QueueFull> {
        if self.notes.len() >= MAX_NOTES {
            return Err(QueueFull);
        }
        self.notes.push_back(note);
        Ok(())
    }

    /// Queues digests that can wait for pieces, replacing all that wait.
    pub(crate) fn tell_later(&mut self, batches: Vec<Arc<SignedBatch>>) {
        self.later = batches.into();
    }

    /// The peer has a batch itself: it need not be told.
    pub(crate) fn on_digests(&mut self, message: &[u8]) {
        self.later.retain(|batch| batch.message != message);
    }

    /// Turns the next digests that can wait into a note, if the channel is all but empty; false if it is not, or none
    /// wait.
    pub(crate) fn fill(&mut self) -> bool {
        self.buffered <= LOW_WATER && self.has_room() && self.promote()
    }

    fn promote(&mut self) -> bool {
        let next = self.later.pop_front().map(Note::Digests);
        let promoted = next.is_some();
        self.notes.extend(next);
        promoted
    }

    /// How many bytes of leaves wait.
    pub(crate) fn leaves_waiting(&self) -> usize {
        let leaves = self.notes.iter().filter_map(|note| match note {
            Note::Leaves(message) => Some(message.len()),
            Note::Digests(_) | Note::Message(_) => None,
        });
        leaves.sum()
    }

    /// Whether more waits in it than even a slow reader lets gather: only answers and requests of a few bytes are
    /// sent without asking for room.
    pub(crate) fn is_stuck(&self) -> bool {
        self.buffered > self.window.saturating_mul(STUCK)
    }

    /// The next note to send, while there is room.
    pub(crate) fn next_note(&mut self) -> Option<Note> {
        if !self.has_room() {
            return None;
        }
        self.notes.pop_front()
    }

    /// Whether it has room for any frame.
    pub(crate) fn has_room(&self) -> bool {
        self.buffered.saturating_add(MAX_FRAME as u64) <= self.window
    }

    /// Whether a piece may be sent: there is room, no note waits, and nothing in it stands still.
    pub(crate) fn takes_piece(&self) -> bool {
        self.notes.is_empty() && self.has_room() && self.stranded == 0
    }

    /// Whether nothing that it holds has left for `long`.
    pub(crate) fn stands_still(&self, now: Timestamp, long: Duration) -> bool {
        self.buffered > 0 && now.since(self.moved) >= long
    }

    /// Stops counting what has stood still for `long` as load of the uplink, and returns how many bytes that is.
    pub(crate) fn strand(&mut self, now: Timestamp, long: Duration) -> u64 {
        if !self.stands_still(now, long) {
            return 0;
        }
        let fresh = self.on_uplink();
        self.stranded = self.buffered;
        fresh
    }

    /// How many of its bytes count as on the uplink.
    pub(crate) fn on_uplink(&self) -> u64 {
        self.buffered.saturating_sub(self.stranded)
    }

    /// Notes that a frame was handed to the channel.
    pub(crate) fn on_sent(&mut self, now: Timestamp, bytes: usize) {
        if self.buffered == 0 {
            self.moved = now;
        }
        self.buffered = self.buffered.saturating_add(bytes as u64);
    }

    /// Notes how many bytes wait in the channel, and returns how many that counted as on the uplink have left since.
    /// One of the digests that can wait for pieces no longer does: it gets its turn however many pieces there are.
    pub(crate) fn on_buffered(&mut self, now: Timestamp, bytes: u64) -> u64 {
        if self.notes.is_empty() {
            self.promote();
        }
        let left = self.buffered.saturating_sub(bytes);
        self.buffered = bytes;
        if left > 0 {
            self.moved = now;
        }
        // What has stood still was there first.
        let counted = left.saturating_sub(self.stranded);
        self.stranded = self.stranded.saturating_sub(left);
        counted
    }

    /// How much waits in the channel.
    pub(crate) fn buffered(&self) -> u64 {
        self.buffered
    }
}

impl Note {
    /// The message that says it.
    pub(crate) fn into_message(self) -> Message {
        match self {
            Self::Digests(batch) => encode(&Frame::Digests {
                batch: batch.message.clone(),
                signature: batch.signature,
            }),
            Self::Leaves(message) | Self::Message(message) => message,
        }
    }
}

#[cfg(test)]
mod tests;
