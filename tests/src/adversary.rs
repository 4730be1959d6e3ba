//! Peers that mean harm: real engines, whose messages are tampered with on their way out and in.

use segment_engine::piece::Piece;
use segment_engine::wire::Message;

/// How a node treats what its engine sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Sends it as it is.
    Honest,
    /// Changes a byte of each piece.
    Alters,
    /// Takes requests, and sends no piece.
    Withholds,
    /// Claims all stripes of each segment, and fetches none.
    ClaimsFalsely,
    /// Says that it holds all of each segment, and refuses.
    HoldsFalsely,
    /// Sends frames without end.
    Floods,
}

impl Conduct {
    /// What leaves a node of what its engine sends.
    pub(crate) fn passes(self, message: Message) -> Option<Message> {
        match (self, message) {
            (
                Self::Alters,
                Message::Piece {
                    request,
                    index,
                    piece,
                },
            ) => {
                let mut bytes = piece.bytes().to_vec();
                bytes[0] ^= 0xff;
                let piece = Piece::new(&bytes);
                Some(Message::Piece {
                    request,
                    index,
                    piece,
                })
            }
            (Self::Withholds, Message::Piece { .. }) => None,
            (_, message) => Some(message),
        }
    }
}
