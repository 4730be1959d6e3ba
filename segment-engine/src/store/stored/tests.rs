//! What is held is given back as it came, packed or not.

use std::time::Duration;

use super::*;
use crate::id::{SegmentKey, SegmentKind, TrackKey};
use crate::time::MediaTime;

fn stored(url: &str, bytes: &[u8]) -> Stored {
    let key = SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time: 0,
        range: None,
    };
    let segment = Segment {
        key,
        url: url.into(),
        start: MediaTime::ZERO,
        duration: Duration::from_secs(4),
    };
    let body = Body::of(bytes);
    let root = body.pieces()[0].leaf();
    Stored::new(body, root, SourceBytes::default(), &segment)
}

/// Subtitles of some length.
fn text(len: usize) -> Vec<u8> {
    let cues = (0_u32..).flat_map(|n| format!("00:{:02}.{:03} --> cue {n}\n", n % 60, n % 1000).into_bytes());
    b"WEBVTT\n\n".iter().copied().chain(cues).take(len).collect()
}

#[test]
fn media_is_held_as_it_is() {
    let stored = stored("https://origin.example/1.m4s", &[0; 40_000]);
    assert_eq!(stored.weight(), 40_000, "its address says that it is media");
}

#[cfg(all(feature = "zstd", not(target_arch = "wasm32")))]
#[test]
fn text_takes_less_and_is_given_back_piece_by_piece() {
    for len in [1024, PIECE, PIECE + 1, 3 * PIECE, 100_000] {
        let bytes = text(len);
        let body = Body::of(&bytes);
        let stored = stored("https://origin.example/1.vtt", &bytes);
        assert!(stored.weight() < len as u64 / 2, "{} of {len}", stored.weight());
        assert_eq!(stored.len(), len as u64);
        assert_eq!(stored.body(), body);
        assert_eq!(stored.leaves(), body.leaves());
        for (index, piece) in (0..).zip(body.pieces()) {
            assert_eq!(stored.plain(index).as_ref(), Some(piece));
            assert_eq!(
                stored.for_wire(index, Reads::Plain),
                Some(PieceBody::Plain(piece.clone()))
            );
            match stored.for_wire(index, Reads::Zstd) {
                Some(PieceBody::Zstd(frame)) => assert_eq!(unpack(&frame, piece.len()).as_ref(), Ok(piece)),
                Some(PieceBody::Plain(plain)) => assert!(plain.len() < 1024, "a short last piece"),
                None => panic!("piece {index} of {len} is there"),
            }
        }
        let beyond = u32::try_from(body.pieces().len()).unwrap();
        assert_eq!(stored.plain(beyond), None);
        assert_eq!(stored.for_wire(beyond, Reads::Zstd), None);
        assert_eq!(stored.for_wire(u32::MAX, Reads::Plain), None);
    }
}

#[test]
fn what_does_not_shrink_stays_plain() {
    // A name that promises much, over bytes that keep nothing of it.
    let noise = crate::compression::noise(50_000);
    let stored = stored("https://origin.example/1.vtt", &noise);
    assert_eq!(stored.weight(), 50_000);
    assert_eq!(stored.body().to_vec(), noise);
    let piece = stored.plain(1).map(PieceBody::Plain);
    assert_eq!(stored.for_wire(1, Reads::Zstd), piece);
}

#[test]
fn what_shrinks_too_little_as_a_whole_stays_plain() {
    // The first piece shrinks, the others do not.
    let mut bytes = text(PIECE);
    bytes.extend(crate::compression::noise(20 * PIECE));
    let stored = stored("https://origin.example/1.vtt", &bytes);
    assert_eq!(stored.weight(), bytes.len() as u64);
}
