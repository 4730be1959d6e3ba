//! What fits, what is dropped, and when it is too much.

use super::{Farewell, Limit, MAX_DROPPED, Outgoing, Sent, outbox};
use signaling_proto::message::{Signal, ToClient};

fn offer(bytes: usize) -> Outgoing {
    Outgoing::Message(ToClient::Signal {
        from: "a".into(),
        signal: Signal::Offer {
            sdp: "s".repeat(bytes),
        },
    })
}

const PONG: Outgoing = Outgoing::Message(ToClient::Pong);

#[test]
fn signals_leave_room_for_what_the_server_says() {
    let (outbox, mut inbox) = outbox(Limit {
        frames: 4,
        bytes: 1 << 20,
    });
    for _ in 0..3 {
        assert_eq!(outbox.send(offer(10)), Sent::Queued);
    }
    assert_eq!(outbox.send(offer(10)), Sent::Dropped(Box::new(offer(10))));
    assert_eq!(outbox.send(PONG), Sent::Queued);
    assert_eq!(outbox.send(PONG), Sent::Overrun);
    assert!(inbox.frames.try_recv().is_some());
    assert_eq!(outbox.send(PONG), Sent::Queued, "there is room again");
}

#[test]
fn bytes_are_bounded_as_frames_are() {
    let (outbox, mut inbox) = outbox(Limit {
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
    let (outbox, _inbox) = outbox(Limit {
        frames: 4,
        bytes: 1 << 20,
    });
    let mut dropped = 0;
    while outbox.send(offer(1)) != Sent::Overrun {
        dropped += 1;
    }
    assert_eq!(dropped, 3 + MAX_DROPPED);
}

#[test]
fn the_outboxes_of_one_connection_share_its_room() {
    let (first, mut inbox) = outbox(Limit {
        frames: 1_000,
        bytes: 16 << 10,
    });
    let second = first.clone();
    let text = || Outgoing::Text("t".repeat(8 << 10));
    assert_eq!(first.send(text()), Sent::Queued);
    assert!(matches!(second.send(text()), Sent::Dropped(_)));
    assert_eq!(inbox.frames.try_recv().as_deref(), Some(&text()));
    assert_eq!(second.send(text()), Sent::Queued);
}

#[tokio::test]
async fn the_first_farewell_counts() {
    let (outbox, inbox) = outbox(Limit {
        frames: 1,
        bytes: 1 << 20,
    });
    outbox.clone().part(Farewell::SLOW);
    outbox.part(Farewell::STOPPING);
    assert_eq!(inbox.farewell.recv().await, Farewell::SLOW);
    assert_eq!(inbox.farewell.recv().await, Farewell::SLOW);
}
