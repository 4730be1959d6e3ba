//! What waits is bounded, and what there is to say at once is said.

use tokio::sync::mpsc;

use super::*;
use crate::shelf::tests::key;

fn shelve(time: i64, bytes: usize) -> ShelfCommand {
    let body = Body::of(&vec![1; bytes]);
    let root = Record::of(&body).root;
    let key = key(time);
    ShelfCommand::Shelve { key, root, body }
}

fn is_refused(queue: &Queue, command: ShelfCommand) -> bool {
    let said = queue.push(StreamId::of("wss://s.example", "a"), command);
    matches!(said, Some(ShelfFact::Unshelvable(_)))
}

#[test]
fn bytes_that_wait_to_be_written_are_bounded() {
    let queue = Queue::default();
    let refused = (0..10).filter(|time| is_refused(&queue, shelve(*time, 10 << 20)));
    assert_eq!(refused.count(), 4, "64 MiB wait");
    assert!(matches!(queue.next_write(), Some(Write::Put { .. })));
    assert!(is_refused(&queue, shelve(20, 10 << 20)), "it is still in memory");
    queue.on_put(10 << 20);
    assert!(!is_refused(&queue, shelve(20, 10 << 20)));
}

#[test]
fn small_segments_count_as_what_they_take() {
    let queue = Queue::default();
    let refused = (0..20_000).filter(|time| is_refused(&queue, shelve(*time, 1)));
    assert_eq!(refused.count(), 20_000 - (64 << 20) / 4096);
}

#[test]
fn what_waits_while_the_disk_does_not_answer_is_bounded() {
    let queue = Queue::default();
    let stream = StreamId::of("wss://s.example", "a");
    let discard = || queue.push(stream, ShelfCommand::Discard((0..1_000).map(key).collect()));
    for _ in 0..200 {
        assert_eq!(discard(), None);
    }
    for _ in 0..50 {
        let (sender, _receiver) = mpsc::unbounded_channel();
        queue.attach(stream, sender);
        queue.detach(stream);
    }
    queue.close();
    let (mut removed, mut listed) = (0, 0);
    while let Some(write) = queue.next_write() {
        match write {
            Write::Remove(_, keys) => removed += keys.len(),
            Write::List(_) => listed += 1,
            Write::Put { .. } => panic!("nothing was put"),
            Write::Sweep => panic!("nothing was read"),
        }
    }
    assert_eq!((removed, listed), (MAX_REMOVALS, 1));
}

#[test]
fn reads_that_wait_are_bounded() {
    let queue = Queue::default();
    let stream = StreamId::of("wss://s.example", "a");
    let mut waiting = 0;
    for time in 0..10_000 {
        match queue.push(stream, ShelfCommand::Unshelve(key(time))) {
            None => waiting += 1,
            // It is there: too much to do is no reason to forget it.
            Some(said) => assert_eq!(said, ShelfFact::Unreadable(key(time))),
        }
    }
    assert_eq!(waiting, MAX_READS);
}

#[test]
fn while_the_disk_fails_nothing_is_queued_for_it() {
    let queue = Queue::default();
    queue.pause(Duration::from_secs(60));
    assert!(is_refused(&queue, shelve(1, 100)));
    queue.pause(Duration::ZERO);
    assert!(!is_refused(&queue, shelve(1, 100)));
}

#[test]
fn a_stream_is_let_in_once_at_a_time() {
    let queue = Queue::default();
    let (sender, _receiver) = mpsc::unbounded_channel();
    assert!(queue.attach(StreamId::of("wss://s.example", "a"), sender.clone()));
    assert!(!queue.attach(StreamId::of("wss://s.example", "a"), sender.clone()));
    assert!(queue.attach(StreamId::of("wss://s.example", "b"), sender.clone()));
    queue.detach(StreamId::of("wss://s.example", "a"));
    assert!(queue.attach(StreamId::of("wss://s.example", "a"), sender));
}

#[test]
fn a_queue_that_closes_hands_out_what_waits_to_be_written_and_nothing_to_be_read() {
    let queue = Queue::default();
    let stream = StreamId::of("wss://s.example", "a");
    queue.push(stream, shelve(1, 100));
    queue.push(stream, ShelfCommand::Unshelve(key(1)));
    queue.close();
    assert!(queue.next_read().is_none());
    assert!(queue.next_write().is_some());
    assert!(queue.next_write().is_none());
}

#[test]
fn a_file_is_given_up_only_for_what_was_in_it() {
    let queue = Queue::default();
    let place = Place {
        stream: StreamId::of("wss://s.example", "a"),
        key: key(1),
    };
    let [old, new] = [1, 2].map(|byte| Record::of(&Body::of(&[byte])));
    let mut index = Index::new(1 << 20, 10);
    index.put(place, new);
    queue.set_index(index);
    queue.give_up(&place, old);
    assert_eq!(queue.with_index(|index| index.stuck(10)), Some(vec![]));
    queue.give_up(&place, new);
    assert_eq!(queue.with_index(|index| index.stuck(10)), Some(vec![place]));
    queue.close();
    assert!(matches!(queue.next_write(), Some(Write::Sweep)));
}
