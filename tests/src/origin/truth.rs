//! The true bytes of each resource, made once and shared by all nodes.

use std::collections::BTreeMap;

use segment_engine::piece::{Body, PIECE, Piece};

use super::title::{Resource, Title};
use crate::clock::Dice;

/// The true bytes, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    bodies: BTreeMap<Resource, Body>,
}

impl Truth {
    /// A resource's bytes.
    pub(crate) fn body(&mut self, title: &Title, resource: Resource) -> &Body {
        self.bodies
            .entry(resource)
            .or_insert_with(|| make(title, resource))
    }

    /// A part of a resource, `end` excluded.
    pub(crate) fn bytes(&mut self, title: &Title, resource: Resource, first: u64, end: u64) -> Vec<u8> {
        let body = self.body(title, resource);
        let mut bytes = Vec::with_capacity(usize::try_from(end - first).unwrap_or(0));
        let mut at = first;
        while at < end {
            let (piece, offset) = (at / PIECE as u64, at % PIECE as u64);
            let Some(piece) = usize::try_from(piece)
                .ok()
                .and_then(|piece| body.pieces().get(piece))
            else {
                break;
            };
            let offset = usize::try_from(offset).unwrap_or(0);
            let count = (piece.len() - offset).min(usize::try_from(end - at).unwrap_or(usize::MAX));
            bytes.extend_from_slice(&piece.bytes()[offset..offset + count]);
            at += count as u64;
        }
        bytes
    }

    /// Forgets segments before `number`; who still holds them keeps them.
    pub(crate) fn forget_before(&mut self, number: u32) {
        self.bodies
            .retain(|resource, _| resource.number == 0 || resource.number >= number);
    }
}

fn make(title: &Title, resource: Resource) -> Body {
    let mut dice = Dice::new(0x7275_7468 ^ u64::from(resource.rung) << 40 ^ u64::from(resource.number));
    let mut left = usize::try_from(title.size(resource)).unwrap_or(0);
    let mut pieces = Vec::new();
    let mut bytes = vec![0; PIECE];
    while left > 0 {
        let count = left.min(PIECE);
        for part in bytes[..count].chunks_mut(8) {
            let drawn = dice.next().to_le_bytes();
            part.copy_from_slice(&drawn[..part.len()]);
        }
        pieces.push(Piece::new(&bytes[..count]));
        left -= count;
    }
    Body::new(pieces)
}
