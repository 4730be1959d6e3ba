//! When reports count, for how much, and that the book stays as large as it may be.

use proptest::prelude::*;

use super::{ConnId, Group, LONGEST_MS, MAX_PAIRS, PARTS, RttBook};

const NEAR: Group = Group::Asn(1);
const FAR: Group = Group::Asn(2);

#[test]
fn three_members_must_have_told() {
    let mut book = RttBook::default();
    for (reporter, expected) in [(1, 0), (2, 0), (2, 0), (1, 0), (3, -2)] {
        book.note(ConnId(reporter), NEAR, FAR, 5);
        assert_eq!(book.shift(NEAR, FAR), expected);
        assert_eq!(book.shift(FAR, NEAR), expected, "in either order");
    }
    assert_eq!(book.shift(NEAR, NEAR), 0);
}

#[test]
fn round_trips_move_a_score_by_their_length() {
    let cases = [
        (0, -2),
        (19, -2),
        (20, -1),
        (49, -1),
        (50, 0),
        (99, 0),
        (100, 1),
        (149, 1),
        (150, 2),
        (60_000, 2),
    ];
    for (rtt_ms, shift) in cases {
        let mut book = RttBook::default();
        (1..=4).for_each(|reporter| book.note(ConnId(reporter), NEAR, FAR, rtt_ms));
        assert_eq!(book.shift(NEAR, FAR), shift, "{rtt_ms} ms");
    }
}

#[test]
fn one_liar_among_many_changes_nothing() {
    let mut book = RttBook::default();
    for honest in 1..=20 {
        book.note(ConnId(honest), NEAR, FAR, 180);
        // Tells again and again, whatever the others say meanwhile.
        book.note(ConnId(99), NEAR, FAR, 0);
        book.note(ConnId(99), NEAR, FAR, 0);
    }
    assert!(book.shift(NEAR, FAR) >= 1);
}

#[test]
fn a_network_that_became_slower_is_seen_to_be() {
    let mut book = RttBook::default();
    (0..20).for_each(|reporter| book.note(ConnId(reporter), NEAR, FAR, 10));
    assert_eq!(book.shift(NEAR, FAR), -2);
    (20..50).for_each(|reporter| book.note(ConnId(reporter), NEAR, FAR, 300));
    assert_eq!(book.shift(NEAR, FAR), 2);
}

#[test]
fn the_pair_that_was_told_of_longest_ago_makes_room() {
    let mut book = RttBook::default();
    let tell = |book: &mut RttBook, system| {
        (1..=3).for_each(|reporter| book.note(ConnId(reporter), NEAR, Group::Asn(system), 5));
    };
    let most = u32::try_from(MAX_PAIRS).unwrap();
    (0..most).for_each(|system| tell(&mut book, system));
    book.note(ConnId(4), NEAR, Group::Asn(0), 5);
    tell(&mut book, most);
    assert_eq!(book.entries.len(), MAX_PAIRS);
    assert_eq!(book.by_age.len(), MAX_PAIRS);
    assert_eq!(book.shift(NEAR, Group::Asn(0)), -2, "told of again");
    assert_eq!(book.shift(NEAR, Group::Asn(1)), 0, "the oldest");
    assert_eq!(book.shift(NEAR, Group::Asn(most)), -2);
}

proptest! {
    #[test]
    fn the_mean_is_between_the_shortest_and_the_longest_told(
        told in prop::collection::vec((0..12u64, 0..70_000u32), 1..60),
    ) {
        let mut book = RttBook::default();
        for (reporter, rtt_ms) in &told {
            book.note(ConnId(*reporter), NEAR, FAR, *rtt_ms);
        }
        let clamped = || told.iter().map(|(_, rtt_ms)| (*rtt_ms).min(LONGEST_MS) * PARTS);
        let mean = book.entries[&(NEAR, FAR)].mean;
        prop_assert!(mean >= clamped().min().unwrap() && mean <= clamped().max().unwrap());
        prop_assert_eq!(book.by_age.len(), 1);
    }
}
