//! Pieces and bodies.

use super::*;

#[test]
fn pieces_cover_a_segment() {
    for (size, pieces) in [
        (1, 1),
        (16_384, 1),
        (16_385, 2),
        (MAX_SEGMENT, 4096),
        (u64::MAX, 4096),
    ] {
        assert_eq!(piece_count(size), pieces, "{size} bytes");
    }
}

#[test]
fn digests_are_sha224() {
    // FIPS 180-4's example: the message "abc".
    let hex: String = Digest::of(&[b"a", b"bc"])
        .0
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hex, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
}

#[test]
fn a_piece_carries_the_leaf_of_its_bytes() {
    let piece = Piece::new(b"abc");
    assert_eq!((piece.bytes(), piece.len()), (&b"abc"[..], 3));
    assert_eq!(piece.leaf(), Digest::of(&[b"\0abc"]));
}

#[test]
fn a_body_is_cut_and_put_together() {
    let bytes: Vec<u8> = (0..2 * PIECE + 5).map(|index| index.to_le_bytes()[0]).collect();
    let body = Body::of(&bytes);
    assert_eq!(body.len(), bytes.len() as u64);
    let lengths: Vec<_> = body.pieces().iter().map(Piece::len).collect();
    assert_eq!(lengths, [PIECE, PIECE, 5]);
    assert_eq!(body.to_vec(), bytes);
    assert_eq!(Body::new(body.pieces().to_vec()), body);
    assert_eq!(body.leaves()[2], Piece::new(&bytes[2 * PIECE..]).leaf());
}
