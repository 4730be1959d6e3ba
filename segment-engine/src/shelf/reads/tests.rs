//! Few reads at a time, few who wait, and nobody for ever.

use super::*;
use crate::id::sample::key;

const MIB: u64 = 1 << 20;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn run(peer: &str, request: u32, time: i64) -> ShelfWaiter {
    ShelfWaiter::Run {
        peer: PeerId::new(peer).unwrap(),
        request: RequestId(request),
        key: key(time),
        run: PieceRun::one(0),
    }
}

fn asked(reads: &mut Reads, most: u64) -> Vec<i64> {
    std::iter::from_fn(|| reads.next(most))
        .map(|key| key.time)
        .collect()
}

#[test]
fn a_segment_is_asked_for_once() {
    let mut reads = Reads::default();
    assert!(reads.want(key(1), MIB, at(10)) && reads.want(key(1), MIB, at(20)));
    assert_eq!(asked(&mut reads, MIB), [1]);
    assert!(reads.want(key(1), MIB, at(30)));
    assert!(asked(&mut reads, MIB).is_empty());
    assert!(reads.on_answer(&key(1)));
    assert!(!reads.on_answer(&key(1)), "it was answered");
}

#[test]
fn few_are_asked_for_at_a_time_in_order() {
    let mut reads = Reads::default();
    for time in 0..20 {
        reads.want(key(time), MIB, at(10));
    }
    assert_eq!(asked(&mut reads, 100 * MIB), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert!(!reads.on_answer(&key(9)), "it was not asked for");
    reads.on_answer(&key(3));
    assert_eq!(asked(&mut reads, 100 * MIB), [8]);
}

#[test]
fn bytes_on_their_way_are_bounded_but_one_may_always_be() {
    let mut reads = Reads::default();
    for time in 0..4 {
        reads.want(key(time), 3 * MIB, at(10));
    }
    assert_eq!(asked(&mut reads, 7 * MIB), [0, 1]);
    reads.on_answer(&key(0));
    reads.on_answer(&key(1));
    assert_eq!(asked(&mut reads, MIB), [2]);
}

#[test]
fn what_takes_too_long_is_waited_for_by_nobody_and_counts_as_on_its_way() {
    let mut reads = Reads::default();
    for time in 0..20 {
        reads.want(key(time), MIB, at(10));
    }
    asked(&mut reads, 100 * MIB);
    assert_eq!(reads.next_due(), Some(at(10)));
    assert_eq!(reads.overdue(at(9)), []);
    assert_eq!(reads.overdue(at(10)).len(), 20);
    assert_eq!((reads.overdue(at(11)), reads.next_due()), (Vec::new(), None));
    assert!(!reads.want(key(0), MIB, at(20)), "the driver still has it");
    assert!(reads.want(key(9), MIB, at(20)), "the driver was never asked");
    assert!(asked(&mut reads, 100 * MIB).is_empty());
    assert!(reads.on_answer(&key(0)), "it came after all");
    assert_eq!(asked(&mut reads, 100 * MIB), [9]);
}

#[test]
fn segments_that_are_wanted_are_bounded() {
    let mut reads = Reads::default();
    let wanted = (0..10_000)
        .filter(|time| reads.want(key(*time), MIB, at(10)))
        .count();
    assert_eq!(wanted, MAX_QUEUED);
}

#[test]
fn who_waits_is_bounded_for_each_and_for_all() {
    let mut reads = Reads::default();
    let one = (0..1_000)
        .filter(|request| reads.wait(run("a", *request, 1)))
        .count();
    assert_eq!(one, MAX_WAITERS_OF_ONE);
    let all = (0..1_000)
        .filter(|peer| reads.wait(run(&format!("p{peer}"), 1, 1)))
        .count();
    assert_eq!(one + all, MAX_WAITERS);
}

#[test]
fn who_waits_is_taken_out_once() {
    let mut reads = Reads::default();
    for (peer, request, time) in [("a", 1, 1), ("a", 2, 2), ("b", 1, 1)] {
        reads.wait(run(peer, request, time));
    }
    let of_a = |asked: &ShelfWaiter| asked.peer().as_str() == "a" && asked.request() == RequestId(1);
    assert_eq!(reads.take(&of_a), [run("a", 1, 1)]);
    assert_eq!(reads.take(&|asked| asked.key() == key(1)), [run("b", 1, 1)]);
    assert_eq!(reads.take(&|_| true), [run("a", 2, 2)]);
}
