//! The pieces of one segment that are on their way over HTTP, and which of them have been for too long.

use crate::bits::Bits;
use crate::transfer::Span;

/// Pieces that responses are to bring.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    pieces: Bits,
    /// Of those: on their way for so long that neighbours are asked for them as well.
    overdue: Bits,
}

impl Fetches {
    /// Nothing yet, of so many pieces.
    pub(super) fn none(count: u32) -> Self {
        Self {
            pieces: Bits::none(count),
            overdue: Bits::none(count),
        }
    }

    /// All that are on their way.
    pub(crate) fn pieces(&self) -> &Bits {
        &self.pieces
    }

    /// Notes that a piece is being fetched.
    pub(crate) fn start(&mut self, piece: u32) {
        self.pieces.add(piece);
        self.overdue.remove(piece);
    }

    /// Notes that a response brings these, and has just said something.
    pub(crate) fn start_all(&mut self, pieces: Bits) {
        self.overdue = Bits::none(pieces.len());
        self.pieces = pieces;
    }

    /// Notes that a piece came, or that no response brings it any more.
    pub(crate) fn end(&mut self, piece: u32) {
        self.pieces.remove(piece);
    }

    /// Notes that nothing comes of a response that was to bring these.
    pub(crate) fn on_silence(&mut self, span: Span) {
        match span {
            Span::Whole => self.overdue = Bits::all(self.overdue.len()),
            Span::Pieces { first, end, .. } => self.overdue.add_run(first, end - first),
        }
    }

    /// Notes that a response goes on: what another owes is noted again by and by.
    pub(crate) fn on_sound(&mut self) {
        if !self.overdue.is_empty() {
            self.overdue = Bits::none(self.overdue.len());
        }
    }

    /// Whether a piece is on its way as it should be.
    pub(super) fn expects(&self, piece: u32) -> bool {
        self.pieces.contains(piece) && !self.overdue.contains(piece)
    }

    /// Takes what is on its way as it should be out of a set.
    pub(super) fn subtract_expected(&self, from: &mut Bits) {
        if self.overdue.is_empty() {
            from.subtract(&self.pieces);
        } else {
            from.subtract(&self.pieces.minus(&self.overdue));
        }
    }
}
