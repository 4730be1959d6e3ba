//! The true bytes of each resource, made once and shared by all nodes.

use std::collections::BTreeMap;

use bytes::Bytes;
use segment_engine::piece::{Body, PIECE, Piece};

use super::title::{Resource, Title};
use crate::clock::Dice;

/// The true bytes, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    made: BTreeMap<Resource, True>,
}

/// One resource: its bytes, and the pieces that are slices of them.
#[derive(Debug)]
struct True {
    bytes: Bytes,
    body: Body,
}

impl Truth {
    /// A resource's bytes as pieces.
    pub(crate) fn body(&mut self, title: &Title, resource: Resource) -> &Body {
        &self.get(title, resource).body
    }

    /// A part of a resource, `end` excluded.
    pub(crate) fn bytes(&mut self, title: &Title, resource: Resource, first: u64, end: u64) -> Bytes {
        let bytes = &self.get(title, resource).bytes;
        let [first, end] = [first, end].map(|at| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len()));
        bytes.slice(first..end)
    }

    fn get(&mut self, title: &Title, resource: Resource) -> &True {
        self.made.entry(resource).or_insert_with(|| make(title, resource))
    }

    /// Forgets segments before `number`; who still holds them keeps them.
    pub(crate) fn forget_before(&mut self, number: u32) {
        self.made
            .retain(|resource, _| resource.number == 0 || resource.number >= number);
    }
}

fn make(title: &Title, resource: Resource) -> True {
    let mut dice = Dice::new(0x7275_7468 ^ u64::from(resource.rung) << 40 ^ u64::from(resource.number));
    let mut bytes = vec![0; usize::try_from(title.size(resource)).unwrap_or(0)];
    for part in bytes.chunks_mut(8) {
        let drawn = dice.next().to_le_bytes();
        part.copy_from_slice(&drawn[..part.len()]);
    }
    let bytes = Bytes::from(bytes);
    let pieces = (0..bytes.len())
        .step_by(PIECE)
        .map(|at| Piece::of(bytes.slice(at..bytes.len().min(at + PIECE))));
    True {
        body: Body::new(pieces.collect()),
        bytes,
    }
}
