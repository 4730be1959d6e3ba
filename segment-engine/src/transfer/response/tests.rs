//! What is asked of the origin, and what is made of what it sends.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::piece::Body;
use crate::transfer::Truncated;

const PIECES: u64 = PIECE as u64;

fn key(range: Option<(u64, u64)>) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time: 0,
        range: range.and_then(|(first, last)| ByteRange::new(first, last)),
    }
}

fn response(range: Option<(u64, u64)>, span: Span) -> Response {
    Response::new(key(range), span, Cause::Start, Timestamp::ZERO)
}

fn pieces(first: u32, end: u32, size: u64) -> Span {
    Span::Pieces { first, end, size }
}

/// Bytes of which no two pieces are alike.
fn bytes(len: u64) -> Vec<u8> {
    let byte = |index: u64| (index ^ (index >> 8)).to_le_bytes()[0];
    (0..len).map(byte).collect()
}

/// What a response's bytes come to.
fn cut(response: &mut Response, body: &[u8]) -> Result<Vec<(u32, Piece)>, Truncated> {
    let mut out = Vec::new();
    for chunk in body.chunks(10_000) {
        response.cutter.feed(&Bytes::copy_from_slice(chunk), &mut out)?;
    }
    response.cutter.finish(&mut out)?;
    Ok(out)
}

#[test]
fn asks_for_the_part_of_the_resource_that_holds_its_pieces() {
    let size = 2 * PIECES + 10;
    let table = [
        (None, Span::Whole, None),
        (Some((100, 299)), Span::Whole, Some((100, 299))),
        (None, pieces(0, 1, size), Some((0, PIECES - 1))),
        (None, pieces(1, 3, size), Some((PIECES, size - 1))),
        (None, pieces(2, 3, size), Some((2 * PIECES, size - 1))),
        (Some((100, 99 + size)), pieces(0, 3, size), Some((100, 99 + size))),
        (
            Some((100, 99 + size)),
            pieces(1, 2, size),
            Some((100 + PIECES, 99 + 2 * PIECES)),
        ),
        (
            Some((u64::MAX - 9, u64::MAX)),
            pieces(0, 1, 10),
            Some((u64::MAX - 9, u64::MAX)),
        ),
        (
            Some((u64::MAX - 9, u64::MAX)),
            pieces(0, 1, 11),
            Some((u64::MAX - 9, u64::MAX)),
        ),
    ];
    for (of, span, range) in table {
        let expected = range.and_then(|(first, last)| ByteRange::new(first, last));
        assert_eq!(response(of, span).range(), expected, "{of:?} {span:?}");
    }
}

#[test]
fn covers_the_pieces_that_were_asked_for() {
    let part = response(None, pieces(2, 4, 9 * PIECES));
    let covered: Vec<_> = (0..9).filter(|piece| part.covers(*piece)).collect();
    assert_eq!(covered, [2, 3]);
    let mut whole = response(None, Span::Whole);
    assert!(whole.covers(0) && whole.covers(u32::MAX));
    whole = part;
    whole.on_whole(None);
    assert!(whole.covers(0), "the origin sends all");
}

#[test]
fn a_span_has_the_bytes_of_its_pieces() {
    let size = 2 * PIECES + 10;
    for (span, expected) in [
        (Span::Whole, 0),
        (pieces(0, 3, size), size),
        (pieces(1, 2, size), PIECES),
        (pieces(2, 3, size), 10),
        (pieces(2, 9, size), 10),
        (pieces(3, 9, size), 0),
    ] {
        assert_eq!(span.bytes(), expected, "{span:?}");
    }
}

#[test]
fn what_the_whole_resource_lacks_is_missed() {
    let table = [
        (None, pieces(0, 1, PIECES), Some(300), 299, "shorter than it said"),
        (
            Some((100, 299)),
            Span::Whole,
            Some(1_000),
            299,
            "ends within the segment",
        ),
        (
            Some((100, 299)),
            Span::Whole,
            None,
            100,
            "ends before the segment",
        ),
        (None, pieces(0, 1, PIECES), None, 0, "is empty"),
    ];
    for (range, span, told, sent, why) in table {
        let mut response = response(range, span);
        response.on_whole(told);
        let cut = cut(&mut response, &bytes(sent));
        assert_eq!(cut, Err(Truncated::Short), "{why}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_come_out_at_their_places_whatever_the_origin_makes_of_ranges(
        size in 1..4 * PIECES,
        around in prop::option::of((0_u64..40_000, 0_u64..40_000)),
        span in prop::option::of((0_u32..4, 1_u32..5)),
        (served, told) in any::<(bool, bool)>(),
    ) {
        let count = crate::wire::piece_count(size);
        let span = span.map_or(Span::Whole, |(first, more)| {
            let first = first.min(count - 1);
            pieces(first, (first + more).min(count), size)
        });
        let range = around.map(|(before, _)| (before, before + size - 1));
        let resource = bytes(around.map_or(size, |(before, after)| before + size + after));
        let mut response = response(range, span);
        let start = around.map_or(0, |(before, _)| before);
        let segment = &resource[usize::try_from(start).unwrap()..][..usize::try_from(size).unwrap()];
        let all: Vec<_> = (0..).zip(Body::of(segment).pieces().iter().cloned()).collect();
        let asked = response.range();
        let (sent, expected) = match (asked, span) {
            (Some(range), Span::Pieces { first, end, .. }) if served => {
                (&resource[usize::try_from(range.first).unwrap()..=usize::try_from(range.last).unwrap()], &all[first as usize..end as usize])
            }
            (Some(range), Span::Whole) if served => {
                (&resource[usize::try_from(range.first).unwrap()..=usize::try_from(range.last).unwrap()], &all[..])
            }
            (asked, _) => {
                if asked.is_some() {
                    response.on_whole(told.then_some(resource.len() as u64));
                }
                (&resource[..], &all[..])
            }
        };
        prop_assert_eq!(cut(&mut response, sent), Ok(expected.to_vec()));
    }
}
