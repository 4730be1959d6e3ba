//! What is carried, and how much.

use super::*;

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

#[test]
fn payloads_are_read_as_they_are_written() {
    for carried in [
        Carried::To(b"offer"),
        Carried::From(b"offer"),
        Carried::To(&[]),
        Carried::From(&[]),
    ] {
        assert_eq!(Carried::read(&carried.payload()), Some(carried));
    }
    assert_eq!(Carried::read(&[]), None);
    assert_eq!(Carried::read(&[2, 3]), None);
}

#[test]
fn a_link_has_64_messages_carried_in_ten_seconds() {
    let mut budget = Budget::default();
    let taken = (0..100).filter(|_| budget.take(at(1), 100)).count();
    assert_eq!(taken, 64);
    assert!(!budget.take(at(9), 100));
    assert!(budget.take(at(11), 100), "the next ten seconds");
}

#[test]
fn a_link_has_64_kib_carried_in_ten_seconds() {
    let mut budget = Budget::default();
    let taken = (0..100).filter(|_| budget.take(at(1), MAX_PAYLOAD)).count();
    assert_eq!(taken, 4);
    assert!(!budget.take(at(2), 1));
}
