//! The events to come, in the order of (time, sequence): a timing wheel, with a heap for those that are far away.
//!
//! A swarm of 10,000 has some two million events in a second, nearly all of them within 100 ms. A wheel takes and gives
//! each without moving others, whatever their number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One slot of the wheel spans 2^6 = 64 microseconds: some hundred events of the largest swarm.
const SLOT_BITS: u32 = 6;

/// How many slots the wheel has: it spans 4.2 s.
const SLOTS: u64 = 1 << 16;

/// A queue of `T`, ordered by time, then by the order of [`Queue::push`].
#[derive(Debug)]
pub(crate) struct Queue<T> {
    /// The entries of the slot at the cursor, the next one last.
    current: Vec<Entry<T>>,
    cursor: u64,
    slots: Vec<Vec<Entry<T>>>,
    occupied: Vec<u64>,
    far: BinaryHeap<Reverse<Entry<T>>>,
    spare: Vec<Vec<Entry<T>>>,
    sequence: u64,
    near: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry<T> {
    at: u64,
    sequence: u64,
    what: T,
}

impl<T> Entry<T> {
    fn order(&self) -> (u64, u64) {
        (self.at, self.sequence)
    }

    fn slot(&self) -> u64 {
        self.at >> SLOT_BITS
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl<T> Queue<T> {
    /// An empty queue, at time zero.
    pub(crate) fn new() -> Self {
        let slots = usize::try_from(SLOTS).expect("invariant: a small number");
        Self {
            current: Vec::new(),
            cursor: 0,
            slots: std::iter::repeat_with(Vec::new).take(slots).collect(),
            occupied: vec![0; slots / 64],
            far: BinaryHeap::new(),
            spare: Vec::new(),
            sequence: 0,
            near: 0,
        }
    }

    /// Adds something. What should have happened already happens next.
    pub(crate) fn push(&mut self, at: u64, what: T) {
        self.sequence += 1;
        let entry = Entry {
            at,
            sequence: self.sequence,
            what,
        };
        if entry.slot() <= self.cursor {
            let index = self.current.partition_point(|other| *other > entry);
            self.current.insert(index, entry);
        } else if entry.slot() < self.cursor + SLOTS {
            self.put(entry);
        } else {
            self.far.push(Reverse(entry));
        }
    }

    /// Takes out what happens next, if that is before `end`.
    pub(crate) fn pop_before(&mut self, end: u64) -> Option<(u64, T)> {
        if self.current.is_empty() && !self.advance() {
            return None;
        }
        if self.current.last()?.at >= end {
            return None;
        }
        self.current.pop().map(|entry| (entry.at, entry.what))
    }

    fn put(&mut self, entry: Entry<T>) {
        let slot = index(entry.slot());
        self.near += 1;
        let entries = &mut self.slots[slot];
        if entries.is_empty() {
            self.occupied[slot / 64] |= 1 << (slot % 64);
            if entries.capacity() == 0
                && let Some(spare) = self.spare.pop()
            {
                *entries = spare;
            }
        }
        entries.push(entry);
    }

    /// Moves on to the next slot in which anything happens; false where nothing does any more.
    fn advance(&mut self) -> bool {
        self.cursor = match (self.near, self.far.peek()) {
            (0, None) => return false,
            (0, Some(Reverse(first))) => first.slot(),
            (_, _) => self.next_occupied(),
        };
        while let Some(Reverse(first)) = self.far.peek()
            && first.slot() < self.cursor + SLOTS
        {
            let Some(Reverse(entry)) = self.far.pop() else {
                break;
            };
            self.put(entry);
        }
        let slot = index(self.cursor);
        self.occupied[slot / 64] &= !(1 << (slot % 64));
        let drained = std::mem::replace(&mut self.current, std::mem::take(&mut self.slots[slot]));
        self.spare.push(drained);
        self.near -= self.current.len();
        self.current.sort_unstable_by_key(|entry| Reverse(entry.order()));
        true
    }

    fn next_occupied(&self) -> u64 {
        let start = self.cursor + 1;
        let mut word = index(start) / 64;
        let mut bits = self.occupied[word] & (u64::MAX << (index(start) % 64));
        let mut base = start - (start % 64);
        while bits == 0 {
            word = (word + 1) % self.occupied.len();
            base += 64;
            bits = self.occupied[word];
        }
        base + u64::from(bits.trailing_zeros())
    }
}

fn index(slot: u64) -> usize {
    usize::try_from(slot % SLOTS).expect("invariant: below SLOTS")
}

#[cfg(test)]
mod tests;
