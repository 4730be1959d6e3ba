//! Leaf layers: the hashes of all pieces of a segment, by which each piece is checked as it comes.
//!
//! A layer that is kept was checked against the root that is vouched for; what is still coming stays apart.

use std::collections::VecDeque;
use std::sync::Arc;

use super::tree::{Record, leaves_match};
use crate::id::SegmentKey;
use crate::piece::{Digest, piece_count};
use crate::vecmap::VecMap;

/// What a layer costs beside its leaves, in bytes.
const OVERHEAD: usize = 160;

/// Leaves that are not the segment's, or not the ones that are due: their sender errs or lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongLeaves;

/// Leaf layers that are known to be right, up to a number of bytes; the oldest are forgotten first.
#[derive(Debug)]
pub struct LeafLayers {
    layers: VecMap<SegmentKey, (Digest, Arc<[Digest]>)>,
    order: VecDeque<SegmentKey>,
    bytes: usize,
    budget: usize,
}

impl LeafLayers {
    /// Keeps up to `budget` bytes of layers. 4 MiB are those of some 2 GiB of segments.
    pub fn new(budget: usize) -> Self {
        Self {
            layers: VecMap::default(),
            order: VecDeque::new(),
            bytes: 0,
            budget,
        }
    }

    /// Keeps a layer, in place of an older one of the segment.
    ///
    /// # Errors
    /// When it is not the layer that `record` vouches for; nothing changes then.
    pub fn insert(
        &mut self,
        key: SegmentKey,
        record: &Record,
        leaves: Vec<Digest>,
    ) -> Result<(), WrongLeaves> {
        if !leaves_match(record, &leaves) {
            return Err(WrongLeaves);
        }
        self.remove(&key);
        self.bytes += cost(leaves.len());
        self.layers.insert(key, (record.root, leaves.into()));
        self.order.push_back(key);
        while self.bytes > self.budget
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(&oldest);
        }
        Ok(())
    }

    /// The layer of a segment, if it is there and still what `record` vouches for.
    pub fn get(&self, key: &SegmentKey, record: &Record) -> Option<&Arc<[Digest]>> {
        let (root, leaves) = self.layers.get(key)?;
        (*root == record.root).then_some(leaves)
    }

    /// Forgets the layer of a segment.
    pub fn remove(&mut self, key: &SegmentKey) {
        if self.forget(key) {
            self.order.retain(|kept| kept != key);
        }
    }

    /// How many bytes the layers cost.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn forget(&mut self, key: &SegmentKey) -> bool {
        let forgotten = self.layers.remove(key);
        self.bytes -= forgotten.as_ref().map_or(0, |(_, leaves)| cost(leaves.len()));
        forgotten.is_some()
    }
}

fn cost(leaves: usize) -> usize {
    OVERHEAD + leaves * size_of::<Digest>()
}

/// A leaf layer that comes in parts, in order.
#[derive(Debug)]
pub struct LeafParts {
    record: Record,
    leaves: Vec<Digest>,
}

impl LeafParts {
    /// Expects the layer that `record` vouches for.
    pub fn new(record: Record) -> Self {
        Self {
            record,
            leaves: Vec::new(),
        }
    }

    /// Adds the part from leaf `first` on; gives the layer with its last part.
    ///
    /// # Errors
    /// When the part is not the next one or goes beyond the end, or the whole is not what is vouched for.
    pub fn add(&mut self, first: u32, part: &[Digest]) -> Result<Option<Vec<Digest>>, WrongLeaves> {
        let all = piece_count(self.record.size) as usize;
        if first as usize != self.leaves.len() || part.len() > all - self.leaves.len() {
            return Err(WrongLeaves);
        }
        self.leaves.extend_from_slice(part);
        if self.leaves.len() < all {
            return Ok(None);
        }
        let whole = std::mem::take(&mut self.leaves);
        if leaves_match(&self.record, &whole) {
            Ok(Some(whole))
        } else {
            Err(WrongLeaves)
        }
    }
}

#[cfg(test)]
mod tests;
