//! A peer that means harm, for those who show or test what others do about it: a real engine, whose pieces are altered
//! on their way out. Only with the feature `hostile`; without it every peer is honest.

use segment_engine::piece::Piece;
use segment_engine::wire::Message;

/// How a peer treats what its engine sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conduct {
    /// Sends it as it is.
    #[default]
    Honest,
    /// Changes the first byte of each plain piece; all else goes out as it is.
    AltersPieces,
}

impl Conduct {
    /// The message to send in place of `message`.
    pub(crate) fn treat(self, message: Message) -> Message {
        match (self, message) {
            (
                Self::AltersPieces,
                Message::Piece {
                    request,
                    index,
                    piece,
                },
            ) => Message::Piece {
                request,
                index,
                piece: altered(&piece),
            },
            (Self::Honest | Self::AltersPieces, message) => message,
        }
    }
}

fn altered(piece: &Piece) -> Piece {
    let mut bytes = piece.bytes().to_vec();
    if let Some(first) = bytes.first_mut() {
        *first ^= 0xff;
    }
    Piece::new(&bytes)
}

#[cfg(test)]
mod tests;
