//! What each conduct does to what is sent.

use segment_engine::wire::RequestId;

use super::*;

fn piece(bytes: &[u8]) -> Message {
    Message::Piece {
        request: RequestId(7),
        index: 3,
        piece: Piece::new(bytes),
    }
}

#[test]
fn an_honest_peer_sends_what_it_has() {
    assert_eq!(Conduct::Honest.treat(piece(b"right")), piece(b"right"));
}

#[test]
fn pieces_are_altered_in_one_byte_and_nothing_else_is() {
    assert_eq!(
        Conduct::AltersPieces.treat(piece(b"\x00ight")),
        piece(b"\xffight")
    );
    let other = Message::from_bytes(vec![0x92, 4, 7]);
    assert_eq!(Conduct::AltersPieces.treat(other.clone()), other);
}
