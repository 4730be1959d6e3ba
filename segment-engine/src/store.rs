//! The segments that are held: bytes within a budget, the least useful forgotten first. Compressible ones are held
//! compressed.

pub(crate) mod retention;
mod stored;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasherDefault, Hasher};

use quick_cache::unsync::Cache;
use quick_cache::{Lifecycle, Weighter};

use self::retention::{Horizon, Place, Rank, rank};
use crate::fnv::Fnv;
use crate::id::SegmentKey;
use crate::piece::Digest;

pub(crate) use self::stored::Stored;

/// Keeps segments up to a number of bytes.
///
/// [`rank`] chooses what goes when room is needed; the cache's own eviction is only the hard stop.
#[derive(Debug)]
pub(crate) struct Store {
    cache: Cache<SegmentKey, Stored, ByBytes, BuildHasherDefault<KeyHasher>, Evictions>,
}

/// The assumed weight of an ordinary segment, in bytes; it only sizes the cache's tables.
const TYPICAL_SEGMENT: u64 = 256 << 10;

/// The part of the budget (a divisor) that is freed beyond what is needed, so that segments are ranked once for many
/// that come. Also what the largest segment must leave free; the cache itself refuses what takes more than 97 %.
const SPARE: u64 = 16;

impl Store {
    /// Holds up to `budget` bytes.
    pub(crate) fn new(budget: u64) -> Self {
        let items = usize::try_from(budget / TYPICAL_SEGMENT)
            .unwrap_or(usize::MAX)
            .clamp(64, 65_536);
        let hasher = BuildHasherDefault::default();
        Self {
            cache: Cache::with(items, budget, ByBytes, hasher, Evictions),
        }
    }

    /// Changes the budget, and returns the keys of evicted segments.
    pub(crate) fn set_budget(
        &mut self,
        budget: u64,
        horizon: &Horizon,
        replicas: impl FnMut(&SegmentKey) -> u32,
    ) -> Vec<SegmentKey> {
        let gone = self.make_room(budget, budget, horizon, replicas);
        // Nothing exceeds the budget any more: the cache itself evicts nothing, which would go unnoticed.
        self.cache.set_capacity(budget);
        gone
    }

    /// Keeps a segment, replacing an earlier one of its key, and returns the keys of evicted segments: its own, if it
    /// is too large. `replicas` tells how many neighbours hold a segment, or how little it would be missed; it is
    /// only asked when room is needed, and only of those that could go.
    pub(crate) fn insert(
        &mut self,
        key: SegmentKey,
        segment: Stored,
        horizon: &Horizon,
        replicas: impl FnMut(&SegmentKey) -> u32,
    ) -> Vec<SegmentKey> {
        self.cache.remove(&key);
        let spare = self.budget() / SPARE;
        if !self.takes(segment.weight()) {
            return vec![key];
        }
        let room = self.budget() - segment.weight();
        let mut gone = self.make_room(room, room.saturating_sub(spare), horizon, replicas);
        self.cache.insert_with_lifecycle(key, segment, &mut gone);
        gone
    }

    /// Forgets what lies outside the window, even if there is room, and returns its keys.
    pub(crate) fn sweep(&mut self, horizon: &Horizon) -> Vec<SegmentKey> {
        self.forget(|stored| horizon.place(stored.span()) == Place::Outside)
    }

    /// The segments that came from others than the origin.
    pub(crate) fn received(&self) -> Vec<SegmentKey> {
        let received = self.select(|stored| stored.sources().total() > stored.sources().origin);
        received.into_iter().map(|(key, _)| key).collect()
    }

    fn forget(&mut self, unwanted: impl Fn(&Stored) -> bool) -> Vec<SegmentKey> {
        let gone: Vec<_> = self.select(unwanted).into_iter().map(|(key, _)| key).collect();
        for key in &gone {
            self.cache.remove(key);
        }
        gone
    }

    /// Forgets a segment.
    pub(crate) fn remove(&mut self, key: &SegmentKey) {
        self.cache.remove(key);
    }

    /// The segment with that key.
    pub(crate) fn get(&self, key: &SegmentKey) -> Option<&Stored> {
        self.cache.peek(key)
    }

    /// Whether a segment is held.
    pub(crate) fn contains(&self, key: &SegmentKey) -> bool {
        self.cache.contains_key(key)
    }

    /// The root of a held segment's tree.
    pub(crate) fn root(&self, key: &SegmentKey) -> Option<Digest> {
        self.cache.peek(key).map(Stored::root)
    }

    /// The segments held, in order of their keys, with their sizes.
    pub(crate) fn keys(&self) -> Vec<(SegmentKey, u64)> {
        self.select(|_| true)
    }

    /// How many segments are held.
    pub(crate) fn len(&self) -> usize {
        self.cache.len()
    }

    /// How many bytes are held, counting compressed segments as compressed.
    pub(crate) fn bytes(&self) -> u64 {
        self.cache.weight()
    }

    /// Whether a segment of that weight in bytes can be kept at all.
    pub(crate) fn takes(&self, weight: u64) -> bool {
        weight <= self.budget() - self.budget() / SPARE
    }

    fn budget(&self) -> u64 {
        self.cache.capacity()
    }

    /// The segments for which `wanted` is true, in order of their keys, with their sizes.
    fn select(&self, wanted: impl Fn(&Stored) -> bool) -> Vec<(SegmentKey, u64)> {
        let held = self.cache.iter().filter(|(_, stored)| wanted(stored));
        let mut keys: Vec<_> = held.map(|(key, stored)| (*key, stored.len())).collect();
        keys.sort_unstable();
        keys
    }

    /// If more than `room` bytes are held, forgets segments, the lowest ranks first, until at most `most` are, and
    /// returns their keys.
    fn make_room(
        &mut self,
        room: u64,
        most: u64,
        horizon: &Horizon,
        mut replicas: impl FnMut(&SegmentKey) -> u32,
    ) -> Vec<SegmentKey> {
        let mut gone = Vec::new();
        if self.bytes() <= room {
            return gone;
        }
        // Place by place, in their order: counting replicas is what costs, and the segments outside are mostly
        // enough.
        for place in [Place::Outside, Place::Inside, Place::Always] {
            if self.bytes() <= most {
                break;
            }
            let ranked = |(key, stored): (&SegmentKey, &Stored)| {
                let span = stored.span();
                (horizon.place(span) == place).then(|| Reverse((rank(span, horizon, replicas(key)), *key)))
            };
            // Few of many go: a heap is less work than a sort, and less code.
            let mut lowest: BinaryHeap<Reverse<(Rank, SegmentKey)>> =
                self.cache.iter().filter_map(ranked).collect();
            while self.bytes() > most
                && let Some(Reverse((_, key))) = lowest.pop()
            {
                self.cache.remove(&key);
                gone.push(key);
            }
        }
        gone
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<SegmentKey, Stored> for ByBytes {
    fn weight(&self, _: &SegmentKey, segment: &Stored) -> u64 {
        segment.weight()
    }
}

#[derive(Debug, Clone)]
struct Evictions;

impl Lifecycle<SegmentKey, Stored> for Evictions {
    type RequestState = Vec<SegmentKey>;

    fn on_evict(&self, evicted: &mut Vec<SegmentKey>, key: SegmentKey, _: Stored) {
        evicted.push(key);
    }
}

/// Keys come from manifests and not from peers, so nobody can choose them to collide.
#[derive(Debug, Clone, Copy, Default)]
struct KeyHasher(Fnv);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        // The cache uses both ends of the hash; only FNV's upper bits are well mixed.
        self.0.value() ^ (self.0.value() >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

#[cfg(test)]
mod tests;
