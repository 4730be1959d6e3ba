//! What a proof is made of, and that nothing else is one.

use super::*;
use crate::integrity::{BatchError, read_batch};

fn end(byte: u8) -> End {
    End {
        certificate: Fingerprint([byte; 32]),
        member: Member([byte; 8]),
    }
}

#[test]
fn every_part_of_it_counts() {
    let proof = proof_of("title", end(1), end(2));
    assert_eq!(proof, proof_of("title", end(1), end(2)));
    let other = End {
        certificate: Fingerprint([3; 32]),
        ..end(1)
    };
    for another in [
        proof_of("titles", end(1), end(2)),
        proof_of("title", end(2), end(1)),
        proof_of("title", other, end(2)),
        proof_of("title", end(1), end(3)),
        proof_of(
            "title",
            end(1),
            End {
                member: Member([9; 8]),
                ..end(2)
            },
        ),
    ] {
        assert_ne!(proof, another);
    }
}

#[test]
fn is_no_batch() {
    let proof = proof_of("title", end(1), end(2));
    assert_eq!(read_batch(&proof, "title"), Err(BatchError::Malformed));
}

#[test]
fn is_written_as_the_protocol_says() {
    let proof = proof_of("t", end(1), end(2));
    let expected = [
        &[0x96, 0xb1][..],
        b"fugitive fellow 1",
        &[0xa1, b't', 0xc4, 32],
        &[1; 32],
        &[0xc4, 8],
        &[1; 8],
        &[0xc4, 32],
        &[2; 32],
        &[0xc4, 8],
        &[2; 8],
    ];
    assert_eq!(proof, expected.concat());
}
