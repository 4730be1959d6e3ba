//! What waits for a channel, and how full it is.

use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::input::Signature;
use crate::wire::{Holds, Leaves, RequestId};

const WINDOW: u64 = 64 << 10;

fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}

fn have() -> Have {
    Have {
        key: key(1),
        size: 9,
        holds: Holds::All,
        leaves: Leaves::Held,
    }
}

#[test]
fn notes_are_sent_in_order() {
    let mut channel = Channel::new(WINDOW);
    for time in 0..5 {
        channel.note(Note::Gone(vec![key(time)])).unwrap();
    }
    let sent: Vec<_> = std::iter::from_fn(|| channel.next_note())
        .map(Note::into_frame)
        .collect();
    let expected: Vec<_> = (0..5)
        .map(|time| Frame::Announce {
            came: Vec::new(),
            gone: vec![key(time)],
        })
        .collect();
    assert_eq!(sent, expected);
}

#[test]
fn there_is_room_for_what_fits_whole() {
    let frame = MAX_FRAME as u64;
    for (buffered, room) in [
        (0, true),
        (WINDOW - frame, true),
        (WINDOW - frame + 1, false),
        (WINDOW, false),
        (u64::MAX, false),
    ] {
        let mut channel = Channel::new(WINDOW);
        channel.on_buffered(buffered);
        assert_eq!(channel.has_room(), room, "{buffered}");
    }
}

#[test]
fn notes_wait_for_room() {
    let mut channel = Channel::new(WINDOW);
    channel.note(Note::Gone(vec![key(1)])).unwrap();
    channel.on_buffered(60 << 10);
    assert!(channel.next_note().is_none(), "the channel is full");
    channel.on_buffered(0);
    assert!(channel.next_note().is_some());
}

#[test]
fn pieces_wait_for_notes_and_for_room() {
    let mut channel = Channel::new(WINDOW);
    assert!(channel.takes_piece());
    channel.note(Note::Gone(vec![key(1)])).unwrap();
    assert!(!channel.takes_piece(), "a note goes first");
    channel.next_note();
    assert!(channel.takes_piece());
    channel.on_sent(60 << 10);
    assert!(!channel.takes_piece(), "the channel is full");
}

#[test]
fn tells_what_has_left_it() {
    let mut channel = Channel::new(WINDOW);
    channel.on_sent(16_000);
    channel.on_sent(4_000);
    assert_eq!(channel.buffered(), 20_000);
    for (buffered, left) in [(15_000, 5_000), (15_000, 0), (18_000, 0), (0, 18_000)] {
        assert_eq!(channel.on_buffered(buffered), left, "{buffered}");
        assert_eq!(channel.buffered(), buffered);
    }
}

#[test]
fn no_more_notes_wait_than_the_most() {
    let mut channel = Channel::new(WINDOW);
    for _ in 0..MAX_NOTES {
        assert_eq!(channel.note(Note::Gone(Vec::new())), Ok(()));
    }
    assert_eq!(channel.note(Note::Gone(Vec::new())), Err(QueueFull));
    channel.next_note();
    assert_eq!(channel.note(Note::Gone(Vec::new())), Ok(()));
}

#[test]
fn each_note_has_its_frame() {
    let signature = Signature([3; 64]);
    let batch = Arc::new(SignedBatch {
        message: vec![1, 2],
        signature,
    });
    let cancel = Frame::Cancel(RequestId(4));
    let table = [
        (
            Note::Digests(batch),
            Frame::Digests {
                batch: vec![1, 2],
                signature,
            },
        ),
        (
            Note::Came(vec![have()]),
            Frame::Announce {
                came: vec![have()],
                gone: Vec::new(),
            },
        ),
        (
            Note::Gone(vec![key(2)]),
            Frame::Announce {
                came: Vec::new(),
                gone: vec![key(2)],
            },
        ),
        (Note::Frame(Box::new(cancel.clone())), cancel),
    ];
    for (note, frame) in table {
        assert_eq!(note.into_frame(), frame);
    }
}
