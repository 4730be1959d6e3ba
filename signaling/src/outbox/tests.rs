//! What fits, what is dropped, and when it is too much.

use super::{Limit, MAX_DROPPED, Sent, outbox};
use signaling_proto::message::{Signal, ToClient};

fn offer(bytes: usize) -> ToClient {
    ToClient::Signal {
        from: "a".into(),
        signal: Signal::Offer {
            sdp: "s".repeat(bytes),
        },
    }
}

#[test]
fn signals_leave_room_for_what_the_server_says() {
    let (mut outbox, mut inbox) = outbox(Limit {
        frames: 4,
        bytes: 1 << 20,
    });
    for _ in 0..3 {
        assert_eq!(outbox.send(offer(10)), Sent::Queued);
    }
    assert_eq!(outbox.send(offer(10)), Sent::Dropped(Box::new(offer(10))));
    assert_eq!(outbox.send(ToClient::Pong), Sent::Queued);
    assert_eq!(outbox.send(ToClient::Pong), Sent::Overrun);
    assert!(inbox.frames.try_recv().is_some());
    assert_eq!(outbox.send(ToClient::Pong), Sent::Queued, "there is room again");
}

#[test]
fn bytes_are_bounded_as_frames_are() {
    let (mut outbox, mut inbox) = outbox(Limit {
        frames: 1_000,
        bytes: 16 << 10,
    });
    assert_eq!(outbox.send(offer(8 << 10)), Sent::Queued);
    assert!(matches!(outbox.send(offer(8 << 10)), Sent::Dropped(_)));
    assert!(inbox.frames.try_recv().is_some());
    assert_eq!(outbox.send(offer(8 << 10)), Sent::Queued);
}

#[test]
fn a_connection_that_loses_signal_after_signal_is_overrun() {
    let (mut outbox, _inbox) = outbox(Limit {
        frames: 4,
        bytes: 1 << 20,
    });
    let mut dropped = 0;
    while outbox.send(offer(1)) != Sent::Overrun {
        dropped += 1;
    }
    assert_eq!(dropped, 3 + MAX_DROPPED);
}
