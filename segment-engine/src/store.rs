//! The segments that are held: bytes within a budget, the least useful forgotten first.

use std::hash::{BuildHasherDefault, Hasher};

use quick_cache::unsync::Cache;
use quick_cache::{Lifecycle, Weighter};

use crate::id::SegmentKey;
use crate::piece::{Body, Digest, Piece};
use crate::stats::SourceBytes;
use crate::wire::PieceBody;

/// A segment that is held.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    body: Body,
    root: Digest,
    /// Where its bytes came from.
    pub(crate) sources: SourceBytes,
}

impl Stored {
    pub(crate) fn new(body: Body, root: Digest, sources: SourceBytes) -> Self {
        Self { body, root, sources }
    }
    pub(crate) fn len(&self) -> u64 {
        self.body.len()
    }
    pub(crate) fn root(&self) -> Digest {
        self.root
    }
    pub(crate) fn body(&self) -> Body {
        self.body.clone()
    }
    pub(crate) fn leaves(&self) -> Vec<Digest> {
        self.body.leaves()
    }
    pub(crate) fn for_wire(&self, index: u32, _reads_zstd: bool) -> Option<PieceBody> {
        self.body
            .pieces()
            .get(index as usize)
            .cloned()
            .map(PieceBody::Plain)
    }
}

pub(crate) fn unpack(_bytes: &[u8], _plain: usize) -> Result<Piece, ()> {
    Err(())
}

/// Keeps segments up to a number of bytes.
#[derive(Debug)]
pub(crate) struct Store {
    cache: Cache<SegmentKey, Stored, ByBytes, BuildHasherDefault<KeyHasher>, Evictions>,
}

/// What a segment of ordinary size weighs; only sizes the cache's tables.
const TYPICAL_SEGMENT: u64 = 256 << 10;

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

    /// Keeps a segment, and returns the keys of those that had to go for it: its own, if it is too large.
    pub(crate) fn insert(&mut self, key: SegmentKey, segment: Stored) -> Vec<SegmentKey> {
        let mut evicted = Vec::new();
        self.cache.insert_with_lifecycle(key, segment, &mut evicted);
        evicted
    }

    /// The segment of that key; counts as a use.
    pub(crate) fn get(&self, key: &SegmentKey) -> Option<&Stored> {
        self.cache.get(key)
    }

    /// The segment of that key; counts as no use.
    pub(crate) fn peek(&self, key: &SegmentKey) -> Option<&Stored> {
        self.cache.peek(key)
    }

    /// Whether a segment is held; counts as no use.
    pub(crate) fn contains(&self, key: &SegmentKey) -> bool {
        self.cache.contains_key(key)
    }

    /// The root of a held segment; counts as no use.
    pub(crate) fn root(&self, key: &SegmentKey) -> Option<Digest> {
        self.cache.peek(key).map(|stored| stored.root)
    }

    /// The segments held, in order of their keys, with their sizes.
    pub(crate) fn keys(&self) -> Vec<(SegmentKey, u64)> {
        let mut keys: Vec<_> = self
            .cache
            .iter()
            .map(|(key, stored)| (*key, stored.body.len()))
            .collect();
        keys.sort_unstable();
        keys
    }

    /// How many segments are held.
    pub(crate) fn len(&self) -> usize {
        self.cache.len()
    }

    /// How many bytes are held.
    pub(crate) fn bytes(&self) -> u64 {
        self.cache.weight()
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<SegmentKey, Stored> for ByBytes {
    fn weight(&self, _: &SegmentKey, segment: &Stored) -> u64 {
        segment.body.len()
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

/// FNV-1a: the same on every target and in every run, as replays need. Keys come from manifests and not from
/// peers, so nobody can choose them to collide.
#[derive(Debug, Clone, Copy)]
struct KeyHasher(u64);

impl Default for KeyHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        // The cache takes both ends of the hash; FNV's upper bits alone are well mixed.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests;
