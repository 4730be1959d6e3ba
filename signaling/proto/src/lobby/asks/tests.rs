//! What one asker gets, however it asks, and what is kept of it.

use std::time::Duration;

use super::{Asker, Asks, LEAST_MEMBERS, MEMBER_ASKS, REFILL};
use crate::admission::Place;

const NOW: Duration = Duration::from_secs(1_000);

fn token(id: &str) -> Asker {
    Asker::Token(id.to_owned())
}

fn place(last: u8) -> Asker {
    Asker::Place(Place::of([192, 0, 2, last].into()))
}

#[test]
fn memberships_one_after_the_other_share_what_an_asker_has() {
    let mut asks = Asks::new(10);
    let mut given = 0;
    for _ in 0..100 {
        given += asks.take(NOW, token("viewer"), 1);
    }
    assert_eq!(given, MEMBER_ASKS * u32::try_from(LEAST_MEMBERS).unwrap());
    assert_eq!(asks.take(NOW, token("another"), 1), MEMBER_ASKS);
    assert_eq!(asks.take(NOW, place(1), 1), MEMBER_ASKS);
}

#[test]
fn it_comes_back_at_the_pace_of_as_many_members() {
    let mut asks = Asks::new(10);
    while asks.take(NOW, place(1), 10) > 0 {}
    let mut given = 0;
    for second in 1..=20 {
        given += asks.take(NOW + Duration::from_secs(second), place(1), 10);
    }
    assert!((199..=200).contains(&given), "10 a second: {given}");
    let later = NOW + Duration::from_secs(20) + REFILL;
    let all: u32 = (0..100).map(|_| asks.take(later, place(1), 10)).sum();
    assert_eq!(all, 10 * MEMBER_ASKS, "no more than at first");
}

#[test]
fn many_behind_one_address_get_all_that_they_come_for() {
    let mut asks = Asks::new(10);
    assert!((0..128).all(|_| asks.take(NOW, place(1), 128) == MEMBER_ASKS));
    assert_eq!(asks.take(NOW, place(1), 128), 0);
    assert_eq!(asks.take(NOW, place(2), usize::MAX), MEMBER_ASKS);
}

#[test]
fn whoever_misses_nothing_is_forgotten() {
    let mut asks = Asks::new(10);
    for last in 0..5 {
        asks.take(NOW, place(last), 128);
    }
    assert_eq!(asks.len(), 5);
    asks.take(NOW + REFILL, place(9), 128);
    assert_eq!(asks.len(), 1);
}

#[test]
fn so_many_askers_are_known_and_those_that_took_most_are_the_last_to_be_forgotten() {
    let mut asks = Asks::new(10);
    while asks.take(NOW, place(0), 128) > 0 {}
    for last in 1..=200 {
        asks.take(NOW, place(last), 128);
    }
    assert_eq!(asks.len(), 10);
    assert_eq!(asks.take(NOW, place(0), 128), 0, "it took all, and is known");
}

#[test]
fn what_was_not_used_is_there_for_the_next() {
    let mut asks = Asks::new(10);
    for _ in 0..1_000 {
        assert_eq!(asks.take(NOW, place(1), 1), MEMBER_ASKS);
        asks.give_back(&place(1), 1, MEMBER_ASKS);
    }
    for _ in 0..25 {
        assert_eq!(asks.take(NOW, place(1), 1), MEMBER_ASKS);
        asks.give_back(&place(1), 1, MEMBER_ASKS - 4);
    }
    assert_eq!(asks.take(NOW, place(1), 1), 28, "128, less four each");
    asks.give_back(&place(2), 1, MEMBER_ASKS);
    assert_eq!(asks.len(), 1, "whoever took nothing gets nothing");
}
