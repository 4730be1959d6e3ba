//! The pieces of one segment that peers are asked for, and which of them are asked of two.

use crate::bits::Bits;

/// Pieces that peers are to bring.
#[derive(Debug, Default)]
pub(crate) struct Asks {
    pieces: Bits,
    /// Of those: asked of a second peer as well.
    twice: Bits,
}

impl Asks {
    /// Starts with none, of `count` pieces.
    pub(super) fn none(count: u32) -> Self {
        Self {
            pieces: Bits::none(count),
            twice: Bits::none(count),
        }
    }

    /// Notes that a peer is asked for a piece, be it the first or a second.
    pub(crate) fn ask(&mut self, piece: u32) {
        let again = !self.pieces.add(piece);
        if again {
            self.twice.add(piece);
        }
    }

    /// Notes that a piece does not come from a peer that was asked for it: another may be asked.
    pub(crate) fn release(&mut self, piece: u32) {
        if self.twice.contains(piece) {
            self.twice.remove(piece);
        } else {
            self.pieces.remove(piece);
        }
    }

    /// Notes that a piece came, from wherever.
    pub(super) fn on_come(&mut self, piece: u32) {
        self.pieces.remove(piece);
        self.twice.remove(piece);
    }

    /// All that are asked for.
    pub(crate) fn pieces(&self) -> &Bits {
        &self.pieces
    }

    /// Whether two peers are asked for a piece.
    pub(crate) fn is_twice(&self, piece: u32) -> bool {
        self.twice.contains(piece)
    }
}

#[cfg(test)]
mod tests;
