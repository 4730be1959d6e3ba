//! Which neighbours hold which pieces of one segment, and how many hold each.

use crate::bits::Bits;
use crate::id::Slot;
use crate::vecmap::VecMap;

/// What neighbours say they hold.
#[derive(Debug, Default)]
pub(super) struct Holders {
    of: VecMap<Slot, Bits>,
    /// How many neighbours hold each piece.
    replicas: Vec<u16>,
}

impl Holders {
    /// Starts with nobody, for `count` pieces.
    pub(super) fn none(count: u32) -> Self {
        Self {
            of: VecMap::default(),
            replicas: vec![0; count as usize],
        }
    }

    /// Notes pieces that a neighbour holds; returns those that it was not known to hold. A set for another number of
    /// pieces is ignored.
    pub(super) fn on_held(&mut self, slot: Slot, holds: &Bits) -> Bits {
        if holds.len() as usize != self.replicas.len() {
            return Bits::default();
        }
        let known = self.of.get_or_insert_with(slot, || Bits::none(holds.len()));
        let new = holds.minus(known);
        known.union(&new);
        for index in new.iter() {
            let replicas = &mut self.replicas[index as usize];
            *replicas = replicas.saturating_add(1);
        }
        new
    }

    /// Forgets what a neighbour holds.
    pub(super) fn on_gone(&mut self, slot: Slot) {
        let Some(held) = self.of.remove(&slot) else {
            return;
        };
        for index in held.iter() {
            let replicas = &mut self.replicas[index as usize];
            *replicas = replicas.saturating_sub(1);
        }
    }

    /// What each neighbour holds.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &Bits)> {
        self.of.iter().map(|(slot, bits)| (*slot, bits))
    }

    /// What a neighbour holds.
    pub(super) fn get(&self, slot: Slot) -> Option<&Bits> {
        self.of.get(&slot)
    }

    /// How many neighbours hold a piece; 255 for more.
    pub(super) fn replicas(&self, piece: u32) -> u8 {
        let replicas = self.replicas.get(piece as usize).copied().unwrap_or(0);
        u8::try_from(replicas).unwrap_or(u8::MAX)
    }
}
