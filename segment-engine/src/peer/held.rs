//! What a peer says it holds: whole segments, or some of their pieces.

use std::collections::BTreeMap;

use crate::bits::Bits;
use crate::id::{SegmentKey, SegmentKind, TrackKey};
use crate::wire::{Have, Holds, Leaves, MAX_SEGMENT, piece_count};

/// The most segments that are remembered of one peer; what it announces beyond them is not asked of it.
const MAX_HELD: usize = 16_384;

/// The most segments of which it holds only a part: some 600 bytes each.
const MAX_PARTIAL: usize = 512;

/// What a peer holds of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    /// The segment's size, as the peer gives it.
    pub(crate) size: u64,
    /// The pieces; `None` for all.
    pub(crate) pieces: Option<Bits>,
    /// Whether it can send the leaves.
    pub(crate) leaves: Leaves,
}

impl Holding {
    /// The pieces as a set.
    pub(crate) fn bits(&self) -> Bits {
        let all = || Bits::all(piece_count(self.size));
        self.pieces.clone().unwrap_or_else(all)
    }

    /// Whether it holds all of it.
    pub(crate) fn is_whole(&self) -> bool {
        self.pieces.is_none()
    }

    /// Notes what came to be held.
    fn grow(&mut self, have: &Have) {
        if have.leaves == Leaves::Held {
            self.leaves = Leaves::Held;
        }
        let Some(pieces) = &mut self.pieces else { return };
        match &have.holds {
            Holds::All => self.pieces = None,
            Holds::Runs(runs) => {
                for (first, count) in runs {
                    pieces.add_run(*first, *count);
                }
                if pieces.is_full() {
                    self.pieces = None;
                }
            }
        }
    }
}

/// What a peer holds.
#[derive(Debug, Default)]
pub(crate) struct Held {
    segments: BTreeMap<SegmentKey, Holding>,
    partial: usize,
}

impl Held {
    /// Notes an announcement, and returns what is held of that segment now; `None` if it cannot be remembered.
    pub(crate) fn on_have(&mut self, have: &Have) -> Option<&Holding> {
        if have.size == 0 || have.size > MAX_SEGMENT {
            return None;
        }
        // An announcement of another size means another segment: what was said before is void.
        if self.of(&have.key).is_some_and(|known| known.size != have.size) {
            self.on_gone(&have.key);
        }
        let part = !matches!(have.holds, Holds::All);
        let full = self.segments.len() >= MAX_HELD || (part && self.partial >= MAX_PARTIAL);
        if full && self.of(&have.key).is_none() {
            return None;
        }
        let partial = &mut self.partial;
        let holding = self.segments.entry(have.key).or_insert_with(|| {
            *partial += 1;
            Holding {
                size: have.size,
                pieces: Some(Bits::none(piece_count(have.size))),
                leaves: Leaves::Missing,
            }
        });
        let was_part = !holding.is_whole();
        holding.grow(have);
        *partial -= usize::from(was_part && holding.is_whole());
        Some(holding)
    }

    /// Notes that a segment is held no longer.
    pub(crate) fn on_gone(&mut self, key: &SegmentKey) {
        if let Some(gone) = self.segments.remove(key) {
            self.partial -= usize::from(!gone.is_whole());
        }
    }

    /// What is held of a segment.
    pub(crate) fn of(&self, key: &SegmentKey) -> Option<&Holding> {
        self.segments.get(key)
    }

    /// Whether it holds anything of a track's media.
    pub(crate) fn is_of_track(&self, track: TrackKey) -> bool {
        let key = |time| SegmentKey {
            track,
            kind: SegmentKind::Media,
            time,
            range: None,
        };
        let mut from = self.segments.range(key(i64::MIN)..);
        from.next().is_some_and(|(key, _)| key.track == track)
    }

    /// Whether all of a segment is held.
    pub(crate) fn holds_all(&self, key: &SegmentKey) -> bool {
        self.of(key).is_some_and(Holding::is_whole)
    }
}

#[cfg(test)]
mod tests;
