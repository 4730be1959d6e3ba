//! Bytes that come in parts.

use super::assembly::WrongPiece;
use super::*;
use crate::id::{ByteRange, SegmentKind, TrackKey};
use crate::piece::{Digest, MAX_SEGMENT, PIECE, Piece};

fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}

#[test]
fn pieces_make_a_segment() {
    let mut pieces = Pieces::new(PIECE as u64 + 2);
    assert_eq!(pieces.add(0, Piece::new(&[1; PIECE])), Ok(false));
    assert_eq!(pieces.add(1, Piece::new(&[2; 2])), Ok(true));
    let bytes = pieces.into_body().to_vec();
    assert_eq!((bytes.len(), bytes[PIECE]), (PIECE + 2, 2));
}

#[test]
fn pieces_out_of_order_or_of_another_size_are_wrong() {
    let two = || Pieces::new(PIECE as u64 + 2);
    assert_eq!(two().add(1, Piece::new(&[2; 2])), Err(WrongPiece), "not the next");
    assert_eq!(two().add(0, Piece::new(&[1; 5])), Err(WrongPiece), "too short");
    let mut pieces = two();
    pieces.add(0, Piece::new(&[1; PIECE])).unwrap();
    assert_eq!(pieces.add(1, Piece::new(&[2; 3])), Err(WrongPiece), "too long");
    pieces.add(1, Piece::new(&[2; 2])).unwrap();
    assert_eq!(pieces.add(2, Piece::new(&[0])), Err(WrongPiece), "beyond the end");
}

#[test]
fn a_body_is_taken_whole() {
    let mut body = Body::new(None);
    body.on_started(false, Some(3)).unwrap();
    assert_eq!(body.add(b"ab"), Ok(2));
    assert_eq!(body.add(b"c"), Ok(1));
    assert_eq!(body.finish(), Ok(b"abc".to_vec()));
}

#[test]
fn a_range_is_cut_out_where_the_origin_sends_all() {
    let mut body = Body::new(ByteRange::new(2, 4));
    body.on_started(false, Some(9)).unwrap();
    assert_eq!(body.add(b"0"), Ok(0));
    assert_eq!(body.add(b"12"), Ok(1));
    assert_eq!(body.add(b"345678"), Ok(2));
    assert_eq!(body.finish(), Ok(b"234".to_vec()));
}

#[test]
fn a_range_is_taken_as_it_comes_where_the_origin_honours_it() {
    let mut body = Body::new(ByteRange::new(2, 4));
    body.on_started(true, Some(3)).unwrap();
    assert_eq!(body.add(b"234"), Ok(3));
    assert_eq!(body.finish(), Ok(b"234".to_vec()));
}

#[test]
fn what_is_short_empty_or_huge_is_no_segment() {
    let started = |length| {
        let mut body = Body::new(None);
        body.on_started(false, length).map(|()| body)
    };
    assert_eq!(started(Some(3)).unwrap().finish(), Err(BodyError::Truncated));
    assert_eq!(
        started(None).unwrap().finish(),
        Err(BodyError::Truncated),
        "empty"
    );
    assert_eq!(started(Some(MAX_SEGMENT + 1)).unwrap_err(), BodyError::TooLarge);
    let mut endless = started(None).unwrap();
    let chunk = vec![0; 1 << 20];
    assert_eq!((0..99).find(|_| endless.add(&chunk).is_err()), Some(64));
    let mut other = Body::new(ByteRange::new(0, 9));
    assert_eq!(
        other.on_started(true, Some(4)),
        Err(BodyError::Truncated),
        "another range"
    );
}

#[test]
fn transfers_are_found_by_fetch_and_by_peer() {
    let mut transfers = Transfers::default();
    let peer = PeerId::new("p").unwrap();
    let from_peer = Via::Peer {
        peer: peer.clone(),
        request: RequestId(1),
        record: Record {
            size: 9,
            root: Digest([0; 28]),
        },
        pieces: Pieces::new(9),
    };
    let from_origin = Via::Origin {
        fetch: FetchId(7),
        head_at: None,
        body: Body::new(None),
    };
    transfers.start(
        key(1),
        Transfer {
            via: from_peer,
            started: Timestamp::ZERO,
        },
    );
    transfers.start(
        key(2),
        Transfer {
            via: from_origin,
            started: Timestamp::ZERO,
        },
    );
    assert_eq!(transfers.sent_by(&peer), [key(1)]);
    assert_eq!(transfers.fetched(FetchId(7)), Some(key(2)));
    assert_eq!((transfers.peers_running(), transfers.fetches_running()), (1, 1));
    transfers.end(&key(2));
    assert_eq!(transfers.fetched(FetchId(7)), None);
}

#[test]
fn who_failed_is_remembered_until_the_segment_is_there() {
    let mut transfers = Transfers::default();
    let peer = PeerId::new("p").unwrap();
    transfers.on_failed(key(1), peer.clone());
    assert!(transfers.has_failed(&key(1), &peer));
    assert!(!transfers.has_failed(&key(2), &peer));
    transfers.on_arrived(&key(1));
    assert!(!transfers.has_failed(&key(1), &peer));
}
