//! Bytes in, pieces out, whatever they come in.

use proptest::prelude::*;

use super::*;
use crate::piece::Body;

type Cut = (Vec<(u32, Piece)>, Result<u64, Truncated>);

/// Bytes of which no two pieces are alike.
fn bytes(len: usize) -> Bytes {
    let byte = |index: usize| (index ^ (index >> 8)).to_le_bytes()[0];
    (0..len).map(byte).collect()
}

fn cut(mut cutter: Cutter, chunks: &[&[u8]]) -> Cut {
    let mut out = Vec::new();
    for chunk in chunks {
        if let Err(error) = cutter.feed(&Bytes::copy_from_slice(chunk), &mut out) {
            return (out, Err(error));
        }
    }
    let finished = cutter.finish(&mut out);
    (out, finished)
}

fn numbered(first: u32, bytes: &[u8]) -> Vec<(u32, Piece)> {
    (first..).zip(Body::of(bytes).pieces().iter().cloned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_chunks_give_the_pieces_of_the_body(
        len in prop_oneof![1..4 * PIECE, Just(PIECE), Just(2 * PIECE)],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        first in 0_u32..100,
        (skip, beyond) in (0_usize..40_000, 0_usize..40_000),
        told: bool,
    ) {
        let beyond = if told { beyond } else { 0 };
        let all = bytes(skip + len + beyond);
        let wanted = &all[skip..skip + len];
        let mut edges: Vec<usize> = cuts.iter().map(|cut| cut.index(all.len())).collect();
        edges.extend([0, all.len()]);
        edges.sort_unstable();
        let mut cutter = Cutter::new(first, skip as u64, told.then_some(len as u64));
        let (mut out, mut counted) = (Vec::new(), 0);
        for edge in edges.windows(2) {
            counted += cutter.feed(&all.slice(edge[0]..edge[1]), &mut out).unwrap();
        }
        prop_assert_eq!(counted, len as u64, "each wanted byte counts once");
        if told {
            prop_assert_eq!(&out, &numbered(first, wanted), "all is out when the last wanted byte is in");
        }
        prop_assert_eq!(cutter.finish(&mut out), Ok(len as u64));
        prop_assert_eq!(out, numbered(first, wanted));
    }
}

#[test]
fn a_piece_is_out_as_soon_as_it_is_whole() {
    let all = bytes(2 * PIECE);
    let mut cutter = Cutter::new(0, 0, None);
    let mut out = Vec::new();
    for (chunk, whole) in [(0..PIECE - 1, 0), (PIECE - 1..PIECE, 1), (PIECE..2 * PIECE, 2)] {
        cutter.feed(&all.slice(chunk.clone()), &mut out).unwrap();
        assert_eq!(out.len(), whole, "{chunk:?}");
    }
}

#[test]
fn a_response_that_ends_early_is_short() {
    let all = bytes(PIECE + 10);
    let table = [
        (0, Some(PIECE as u64 + 11), 1, "a byte is missing"),
        (0, Some(2 * PIECE as u64), 1, "half is missing"),
        (
            PIECE as u64 + 10,
            Some(1),
            0,
            "it ends where the wanted bytes begin",
        ),
        (
            PIECE as u64 + 99,
            Some(1),
            0,
            "it ends before the wanted bytes begin",
        ),
        (PIECE as u64 + 10, None, 0, "nothing is wanted of it"),
    ];
    for (skip, wanted, pieces, why) in table {
        let (out, finished) = cut(Cutter::new(0, skip, wanted), &[&all]);
        assert_eq!(finished, Err(Truncated::Short), "{why}");
        assert_eq!(
            out,
            numbered(0, &all)[..pieces],
            "{why}: pieces that are whole are right"
        );
    }
}

#[test]
fn an_empty_response_is_short() {
    for wanted in [None, Some(0), Some(1)] {
        let (out, finished) = cut(Cutter::new(0, 0, wanted), &[b"", b""]);
        assert_eq!((out.len(), finished), (0, Err(Truncated::Short)), "{wanted:?}");
    }
}

#[test]
fn a_response_larger_than_a_segment_may_be_is_long() {
    let large = vec![0; usize::try_from(MAX_SEGMENT).unwrap() + 1];
    let (out, finished) = cut(Cutter::new(0, 0, None), &[&large]);
    assert_eq!((out.len(), finished), (0, Err(Truncated::Long)));
    let (_, finished) = cut(Cutter::new(0, 0, None), &[&large[..1], &large[1..]]);
    assert_eq!(finished, Err(Truncated::Long), "all chunks count together");
    let (out, finished) = cut(Cutter::new(0, MAX_SEGMENT, Some(1)), &[&large]);
    assert_eq!(
        (out.len(), finished),
        (1, Ok(1)),
        "what is not wanted does not count"
    );
}
