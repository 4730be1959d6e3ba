//! The pieces of one segment that are on their way over HTTP, and which of them are overdue.

use crate::bits::Bits;
use crate::transfer::Span;

/// Pieces that responses are to bring.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    pieces: Bits,
    /// Those that have been on their way for so long that neighbours are asked for them as well.
    overdue: Bits,
}

impl Fetches {
    /// Starts with none, of `count` pieces.
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

    /// Notes that a response brings these pieces, and has just said something.
    pub(crate) fn start_all(&mut self, pieces: Bits) {
        self.overdue = Bits::none(pieces.len());
        self.pieces = pieces;
    }

    /// Notes that a piece came, or that no response brings it any more.
    pub(crate) fn end(&mut self, piece: u32) {
        self.pieces.remove(piece);
    }

    /// Notes that a response has fallen silent which was to bring these pieces.
    pub(crate) fn on_silence(&mut self, span: Span) {
        match span {
            Span::Whole => self.overdue = Bits::all(self.overdue.len()),
            Span::Pieces { first, end, .. } => self.overdue.add_run(first, end - first),
        }
    }

    /// Notes that some response goes on; what another one owes is marked again after a while.
    pub(crate) fn on_sound(&mut self) {
        if !self.overdue.is_empty() {
            self.overdue = Bits::none(self.overdue.len());
        }
    }

    /// Whether a piece is on its way in good time.
    pub(super) fn expects(&self, piece: u32) -> bool {
        self.pieces.contains(piece) && !self.overdue.contains(piece)
    }

    /// Takes out of a set what is on its way in good time.
    pub(super) fn subtract_expected(&self, from: &mut Bits) {
        if self.overdue.is_empty() {
            from.subtract(&self.pieces);
        } else {
            from.subtract(&self.pieces.minus(&self.overdue));
        }
    }
}
