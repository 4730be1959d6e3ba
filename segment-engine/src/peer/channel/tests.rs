//! What waits for a channel, and how full it is.

use super::*;
use crate::input::Signature;
use crate::wire::RequestId;

const WINDOW: u64 = 64 << 10;

const NOW: Timestamp = Timestamp::from_millis(1_000);

fn message(request: u32) -> Message {
    encode(&Frame::Cancel(RequestId(request)))
}

fn note(request: u32) -> Note {
    Note::Message(message(request))
}

#[test]
fn notes_are_sent_in_order() {
    let mut channel = Channel::new(WINDOW);
    for request in 0..5 {
        channel.note(note(request)).unwrap();
    }
    let sent: Vec<_> = std::iter::from_fn(|| channel.next_note())
        .map(Note::into_message)
        .collect();
    let expected: Vec<_> = (0..5).map(message).collect();
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
        channel.on_buffered(NOW, buffered);
        assert_eq!(channel.has_room(), room, "{buffered}");
    }
}

#[test]
fn notes_wait_for_room() {
    let mut channel = Channel::new(WINDOW);
    channel.note(note(1)).unwrap();
    channel.on_buffered(NOW, 60 << 10);
    assert!(channel.next_note().is_none(), "the channel is full");
    channel.on_buffered(NOW, 0);
    assert!(channel.next_note().is_some());
}

#[test]
fn pieces_wait_for_notes_and_for_room() {
    let mut channel = Channel::new(WINDOW);
    assert!(channel.takes_piece());
    channel.note(note(1)).unwrap();
    assert!(!channel.takes_piece(), "a note goes first");
    channel.next_note();
    assert!(channel.takes_piece());
    channel.on_sent(NOW, 60 << 10);
    assert!(!channel.takes_piece(), "the channel is full");
}

#[test]
fn digests_that_can_wait_do_not_hold_pieces_up() {
    let batch = |number| {
        Arc::new(SignedBatch {
            message: vec![number],
            signature: Signature([0; 64]),
        })
    };
    let next = |channel: &mut Channel| {
        let Some(Note::Digests(batch)) = channel.next_note() else {
            return None;
        };
        Some(batch.message[0])
    };
    let mut channel = Channel::new(8 * MAX_FRAME as u64);
    channel.tell_later((0..4).map(batch).collect());
    assert!(channel.takes_piece() && channel.next_note().is_none());
    assert!(channel.fill());
    assert_eq!(next(&mut channel), Some(0));
    channel.on_sent(NOW, MAX_FRAME);
    assert!(!channel.fill(), "few are in the way of what is asked for next");
    channel.on_digests(&[2]);
    channel.on_buffered(NOW, LOW_WATER + 1);
    assert!(!channel.takes_piece(), "but they get their turn");
    assert_eq!(next(&mut channel), Some(1));
    channel.on_buffered(NOW, 0);
    assert_eq!(next(&mut channel), Some(3), "but for what the peer has itself");
    assert!(!channel.fill());
}

#[test]
fn tells_what_has_left_it() {
    let mut channel = Channel::new(WINDOW);
    channel.on_sent(NOW, 16_000);
    channel.on_sent(NOW, 4_000);
    assert_eq!(channel.buffered(), 20_000);
    for (buffered, left) in [(15_000, 5_000), (15_000, 0), (18_000, 0), (0, 18_000)] {
        assert_eq!(channel.on_buffered(NOW, buffered), left, "{buffered}");
        assert_eq!(channel.buffered(), buffered);
    }
}

#[test]
fn no_more_notes_wait_than_the_most() {
    let mut channel = Channel::new(WINDOW);
    for _ in 0..MAX_NOTES {
        assert_eq!(channel.note(note(1)), Ok(()));
    }
    assert_eq!(channel.note(note(1)), Err(QueueFull));
    channel.next_note();
    assert_eq!(channel.note(note(1)), Ok(()));
}

#[test]
fn each_note_has_its_message() {
    let signature = Signature([3; 64]);
    let batch = Arc::new(SignedBatch {
        message: vec![1, 2],
        signature,
    });
    let digests = encode(&Frame::Digests {
        batch: vec![1, 2],
        signature,
    });
    for (note, expected) in [(Note::Digests(batch), digests), (note(4), message(4))] {
        assert_eq!(note.into_message(), expected);
    }
}
