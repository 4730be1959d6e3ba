//! What can be told without a NATS server; the rest is in `tests/it/cluster`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::Event;
use signaling_proto::cluster::NodeId;

use super::Subjects;
use super::tasks::{NEVER, Notice, Shared};

#[test]
fn subjects_begin_with_the_prefix() {
    let subjects = Subjects::new("a.b");
    assert_eq!(subjects.of(NodeId(0x1f)).as_str(), "a.b.sig.n.0000001f");
    assert_eq!(subjects.all().as_str(), "a.b.sig.all");
}

#[test]
fn attempts_slow_down_and_each_server_is_tried_within_two_seconds() {
    let shared = Shared::new();
    for servers in [1, 3, 16] {
        let first = shared.delay(1, servers);
        assert!(first <= Duration::from_millis(50), "{first:?}");
        for attempt in [10, 1_000, usize::MAX] {
            let delay = shared.delay(attempt, servers);
            let round = delay * u32::try_from(servers).unwrap();
            assert!(round <= Duration::from_secs(2), "{servers} servers: {round:?}");
            assert!(delay >= Duration::from_millis(25), "{delay:?}");
        }
    }
}

#[test]
fn after_the_end_no_attempt_is_made() {
    let shared = Shared::new();
    shared.closed.store(true, Ordering::Relaxed);
    assert_eq!(shared.delay(1, 1), NEVER);
}

#[test]
fn a_lost_connection_closes_the_link_before_anyone_follows_it() {
    let shared = Shared::new();
    shared.up.send_replace(Some(1));
    assert!(matches!(
        shared.hear(Event::Disconnected),
        Some(Notice::Disconnected)
    ));
    assert_eq!(*shared.up.borrow(), None);
    assert_eq!(shared.losses.load(Ordering::SeqCst), 1);
    assert!(shared.hear(Event::SlowConsumer(1)).is_none());
    assert_eq!(shared.overflow.load(Ordering::Relaxed), 1);
}
