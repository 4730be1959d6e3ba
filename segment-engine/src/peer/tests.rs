//! One link: what may be asked, what is answered, what is too much.

use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::piece::{Body, PIECE};
use crate::wire::{Frame, Leaves, PieceBody};

const WINDOW: u64 = 256 << 10;

fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}

fn whole(time: i64, size: u64) -> Have {
    Have {
        key: key(time),
        size,
        holds: Holds::All,
        leaves: Leaves::Missing,
    }
}

fn body(byte: u8, size: usize) -> Body {
    Body::of(&vec![byte; size])
}

fn size(body: &PieceBody) -> usize {
    match body {
        PieceBody::Plain(piece) => piece.len(),
        PieceBody::Zstd(bytes) => bytes.len(),
    }
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

#[test]
fn shakes_hands_once() {
    let mut peer = Peer::new(WINDOW);
    assert_eq!(peer.role(), None);
    assert!(peer.on_hello(PeerRole::Viewer));
    assert!(!peer.on_hello(PeerRole::Seeder));
}

#[test]
fn holds_what_it_announced_at_the_size_it_said() {
    let mut peer = Peer::new(WINDOW);
    peer.on_announce(&[whole(1, 10), whole(2, 20)], &[]);
    assert!(peer.holds(&key(1), 10));
    assert!(!peer.holds(&key(1), 11), "another size is another segment");
    peer.on_announce(&[], &[key(1)]);
    assert!(!peer.holds(&key(1), 10));
    peer.on_not_held(&key(2));
    assert!(!peer.holds(&key(2), 20));
}

#[test]
fn remembers_no_more_than_the_most() {
    let mut peer = Peer::new(WINDOW);
    let many = i64::try_from(MAX_HELD).unwrap() + 10;
    for time in 0..many {
        peer.on_announce(&[whole(time, 1)], &[]);
    }
    assert!(peer.holds(&key(0), 1));
    assert!(!peer.holds(&key(many - 1), 1));
}

#[test]
fn is_locked_while_its_window_is_full() {
    let mut peer = Peer::new(WINDOW);
    let requests: Vec<_> = (0..4).map(|time| peer.on_asked(key(time))).collect();
    assert!(peer.is_locked(Urgency::Demanded));
    peer.on_answered(requests[0], 1000, at(0), at(10));
    assert!(!peer.is_locked(Urgency::Demanded));
    assert!(
        peer.is_locked(Urgency::Ahead),
        "the last place is for what the player demands"
    );
}

#[test]
fn tells_late_answers_from_unasked_ones() {
    let mut peer = Peer::new(WINDOW);
    let request = peer.on_asked(key(1));
    assert_eq!(peer.requested(request), Answer::Expected(key(1)));
    peer.on_abandoned(request);
    assert_eq!(peer.requested(request), Answer::Late);
    assert_eq!(peer.requested(RequestId(77)), Answer::Unasked);
}

#[test]
fn three_failures_in_a_row_are_one_too_many() {
    let mut peer = Peer::new(WINDOW);
    assert!(!peer.strike());
    assert!(!peer.strike());
    let request = peer.on_asked(key(1));
    peer.on_answered(request, 1, at(0), at(1));
    assert!(!peer.strike(), "an answer in between forgives");
    assert!(!peer.strike());
    assert!(peer.strike());
}

#[test]
fn uploads_stop_when_the_channel_is_full_and_go_on_when_it_drains() {
    let mut uploads = Uploads::new(32 << 10);
    uploads.push(RequestId(0), body(1, 4 * PIECE), 0, 4).unwrap();
    let mut sent = Vec::new();
    while let Some(Frame::Piece { piece, body, .. }) = uploads.next_frame() {
        uploads.on_sent(size(&body));
        sent.push(piece);
    }
    assert_eq!(sent, [0], "a second frame might not fit");
    uploads.on_buffered(0);
    assert!(matches!(
        uploads.next_frame(),
        Some(Frame::Piece { piece: 1, .. })
    ));
}

#[test]
fn uploads_take_turns_and_stop_at_the_end_of_a_segment() {
    let mut uploads = Uploads::new(WINDOW);
    uploads.push(RequestId(0), body(1, PIECE + 1), 0, 99).unwrap();
    uploads.push(RequestId(1), body(2, 3), 0, 1).unwrap();
    uploads.push(RequestId(2), body(2, 3), 5, 1).unwrap();
    let mut sent = Vec::new();
    while let Some(Frame::Piece { request, piece, body }) = uploads.next_frame() {
        sent.push((request.0, piece, size(&body)));
    }
    assert_eq!(sent, [(0, 0, PIECE), (1, 0, 3), (0, 1, 1)]);
}

#[test]
fn uploads_are_refused_beyond_the_queue_and_forgotten_when_cancelled() {
    let mut uploads = Uploads::new(WINDOW);
    let full = (0..99).find(|request| uploads.push(RequestId(*request), body(1, 9), 0, 1).is_err());
    assert_eq!(full, Some(16));
    (0..16).for_each(|request| uploads.cancel(RequestId(request)));
    assert_eq!(uploads.next_frame(), None);
}

#[test]
fn notes_wait_for_room_and_go_before_pieces() {
    let mut uploads = Uploads::new(64 << 10);
    uploads.push(RequestId(0), body(1, 9), 0, 1).unwrap();
    uploads.note(Note::Gone(vec![key(1)])).unwrap();
    uploads.on_buffered(60 << 10);
    assert_eq!(uploads.next_frame(), None, "the channel is full");
    uploads.on_buffered(0);
    assert!(matches!(uploads.next_frame(), Some(Frame::Announce { .. })));
    assert!(matches!(uploads.next_frame(), Some(Frame::Piece { .. })));
    let full = (0..9_999).find(|_| uploads.note(Note::Gone(vec![key(1)])).is_err());
    assert_eq!(full, Some(4_096));
}
