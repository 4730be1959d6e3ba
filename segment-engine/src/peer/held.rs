//! What a peer holds, by its own word: whole segments, or some of their pieces.

use std::collections::BTreeMap;

use crate::bits::Bits;
use crate::id::{SegmentKey, SegmentKind, TrackKey};
use crate::wire::{Have, Holds, Leaves, MAX_SEGMENT, piece_count};

/// The most segments that are remembered of one peer; what it announces beyond them is not asked of it.
const MAX_HELD: usize = 16_384;

/// The most of them of which it holds a part: some 600 bytes each.
const MAX_PARTIAL: usize = 512;

/// What a peer holds of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    /// The segment's size, by its word.
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
}

/// What a peer holds.
#[derive(Debug, Default)]
pub(crate) struct Held {
    segments: BTreeMap<SegmentKey, Holding>,
    partial: usize,
}

impl Held {
    /// Notes what came to be held, and returns what is held of that segment now; `None` where it cannot be remembered.
    pub(crate) fn on_have(&mut self, have: &Have) -> Option<&Holding> {
        if have.size == 0 || have.size > MAX_SEGMENT {
            return None;
        }
        // Who speaks of another size speaks of another segment: what it said before is void.
        if self.of(&have.key).is_some_and(|known| known.size != have.size) {
            self.on_gone(&have.key);
        }
        let part = !matches!(have.holds, Holds::All);
        let full = self.segments.len() >= MAX_HELD || (part && self.partial >= MAX_PARTIAL);
        if full && self.of(&have.key).is_none() {
            return None;
        }
        let before = self.segments.remove(&have.key);
        self.partial -= usize::from(before.as_ref().is_some_and(|before| !before.is_whole()));
        let holding = Self::grown(before, have);
        self.partial += usize::from(!holding.is_whole());
        Some(self.segments.entry(have.key).or_insert(holding))
    }

    fn grown(before: Option<Holding>, have: &Have) -> Holding {
        let leaves = match before.as_ref().map(|before| before.leaves) {
            Some(Leaves::Held) => Leaves::Held,
            Some(Leaves::Missing) | None => have.leaves,
        };
        let was_whole = before.as_ref().is_some_and(Holding::is_whole);
        let pieces = match &have.holds {
            Holds::All => None,
            Holds::Runs(_) if was_whole => None,
            Holds::Runs(runs) => {
                let empty = || Bits::none(piece_count(have.size));
                let mut bits = before.and_then(|before| before.pieces).unwrap_or_else(empty);
                for (first, count) in runs {
                    bits.add_run(*first, *count);
                }
                (!bits.is_full()).then_some(bits)
            }
        };
        Holding {
            size: have.size,
            pieces,
            leaves,
        }
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
