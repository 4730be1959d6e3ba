//! One segment that is held: plain, or packed where that saves memory.

use std::sync::Arc;

use super::retention::Span;
use crate::compression::{Reads, is_promising, is_saving, pack, unpack};
use crate::integrity::Record;
use crate::piece::{Body, Digest, PIECE, Piece};
use crate::stats::SourceBytes;
use crate::timeline::Segment;
use crate::wire::PieceBody;

/// A segment that is held. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    kept: Kept,
    root: Digest,
    sources: SourceBytes,
    span: Span,
}

/// The bytes of a segment.
#[derive(Debug, Clone)]
enum Kept {
    /// As they are.
    Plain(Body),
    /// Piece by piece, packed where that saves.
    Packed {
        pieces: Arc<[Packed]>,
        /// Length when plain, in bytes.
        len: u64,
        /// Length when packed, in bytes.
        weight: u64,
    },
}

#[derive(Debug, Clone)]
enum Packed {
    Plain(Piece),
    Zstd { frame: Box<[u8]>, leaf: Digest },
}

impl Stored {
    /// Prepares a segment for keeping: packs it if it looks worth it and turns out to be.
    ///
    /// `root` is that of the body's tree, `sources` where the bytes came from.
    pub(crate) fn new(body: Body, root: Digest, sources: SourceBytes, segment: &Segment) -> Self {
        let packed = is_promising(&segment.url, &body)
            .then(|| pack_all(&body))
            .flatten();
        Self {
            kept: packed.unwrap_or(Kept::Plain(body)),
            root,
            sources,
            span: Span {
                start: segment.start,
                duration: segment.duration,
            },
        }
    }

    /// Its plain length in bytes.
    pub(crate) fn len(&self) -> u64 {
        match &self.kept {
            Kept::Plain(body) => body.len(),
            Kept::Packed { len, .. } => *len,
        }
    }

    /// The record that peers are told, and that is signed.
    pub(crate) fn record(&self) -> Record {
        let (size, root) = (self.len(), self.root);
        Record { size, root }
    }

    /// How many bytes of the budget it takes.
    pub(crate) fn weight(&self) -> u64 {
        match &self.kept {
            Kept::Plain(body) => body.len(),
            Kept::Packed { weight, .. } => *weight,
        }
    }

    /// The root of its tree.
    pub(crate) fn root(&self) -> Digest {
        self.root
    }

    /// Where its bytes came from.
    pub(crate) fn sources(&self) -> SourceBytes {
        self.sources
    }

    /// Where it is on the presentation's timeline.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// The whole segment, plain.
    pub(crate) fn body(&self) -> Body {
        match &self.kept {
            Kept::Plain(body) => body.clone(),
            Kept::Packed { pieces, len, .. } => {
                let plain = pieces.iter().zip(lengths(*len));
                Body::new(plain.map(|(piece, len)| piece.plain(len)).collect())
            }
        }
    }

    /// The leaves of its tree, in order.
    pub(crate) fn leaves(&self) -> Vec<Digest> {
        match &self.kept {
            Kept::Plain(body) => body.leaves(),
            Kept::Packed { pieces, .. } => pieces.iter().map(Packed::leaf).collect(),
        }
    }

    /// One piece, plain; `None` beyond the end.
    pub(crate) fn plain(&self, index: u32) -> Option<Piece> {
        let index = index as usize;
        match &self.kept {
            Kept::Plain(body) => body.pieces().get(index).cloned(),
            Kept::Packed { pieces, len, .. } => {
                let plain_len = lengths(*len).nth(index)?;
                Some(pieces.get(index)?.plain(plain_len))
            }
        }
    }

    /// One piece as it is sent to a peer with these abilities; `None` beyond the end.
    pub(crate) fn for_wire(&self, index: u32, reads: Reads) -> Option<PieceBody> {
        if let (Kept::Packed { pieces, .. }, Reads::Zstd) = (&self.kept, reads)
            && let Packed::Zstd { frame, .. } = pieces.get(index as usize)?
        {
            return Some(PieceBody::Zstd(frame.to_vec()));
        }
        self.plain(index).map(PieceBody::Plain)
    }
}

impl Packed {
    fn of(piece: &Piece) -> Self {
        match pack(piece) {
            // Unpacked at once: what is kept must be the piece, whatever the packer did.
            Some(frame) if unpack(&frame, piece.len()).as_ref() == Ok(piece) => Self::Zstd {
                frame: frame.into(),
                leaf: piece.leaf(),
            },
            Some(_) | None => Self::Plain(piece.clone()),
        }
    }

    fn plain(&self, len: usize) -> Piece {
        match self {
            Self::Plain(piece) => piece.clone(),
            Self::Zstd { frame, .. } => {
                unpack(frame, len).expect("invariant: it was unpacked when it was packed")
            }
        }
    }

    fn leaf(&self) -> Digest {
        match self {
            Self::Plain(piece) => piece.leaf(),
            Self::Zstd { leaf, .. } => *leaf,
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Plain(piece) => piece.len(),
            Self::Zstd { frame, .. } => frame.len(),
        }
    }
}

/// Packs a segment; `None` if that does not save enough.
fn pack_all(body: &Body) -> Option<Kept> {
    let mut pieces = Vec::with_capacity(body.pieces().len());
    let mut weight = 0;
    for piece in body.pieces() {
        let packed = Packed::of(piece);
        if let (true, Packed::Plain(_)) = (pieces.is_empty(), &packed) {
            // The others are as compressible as the first piece: no more time is spent on them.
            return None;
        }
        weight += packed.weight() as u64;
        pieces.push(packed);
    }
    is_saving(weight, body.len()).then(|| Kept::Packed {
        pieces: pieces.into(),
        len: body.len(),
        weight,
    })
}

/// The lengths of the pieces of a segment of `len` bytes.
fn lengths(len: u64) -> impl Iterator<Item = usize> {
    let piece = PIECE as u64;
    (0..len.div_ceil(piece)).map(move |index| {
        usize::try_from((len - index * piece).min(piece)).expect("invariant: a piece fits in memory")
    })
}

#[cfg(test)]
mod tests;
