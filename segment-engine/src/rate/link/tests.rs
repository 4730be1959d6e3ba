//! What a link is taken to carry, by what came over it.

use super::*;

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

/// Notes that so many kbit/s came in while the origin sent.
fn brought(link: &mut Link, second: u64, kbits: u64) {
    link.on_response(at(second), kbits * 125, Duration::from_secs(1));
}

#[test]
fn the_average_outlives_its_responses_and_those_after_a_long_time_count_for_half() {
    let mut link = Link::default();
    assert_eq!(link.mean(), 0);
    let table = [
        (40, 400, 400, "the first counts as it is"),
        (69, 800, 500, "a further one for a quarter"),
        (99, 1_500, 1_000, "one after a long time for half"),
    ];
    for (second, kbits, mean, why) in table {
        brought(&mut link, second, kbits);
        assert_eq!(link.mean(), mean * 1_000, "{why}");
    }
}

#[test]
fn the_slowest_of_the_latest_four_tells_for_a_minute() {
    let mut link = Link::default();
    assert_eq!(link.slowest(at(0)), None);
    for (second, kbits) in [(0, 1), (10, 7), (20, 9), (30, 8), (40, 9)] {
        brought(&mut link, second, kbits);
    }
    let slowest = |second: u64| {
        let slowest = link.slowest(at(second));
        slowest.map(|slowest| (slowest.rate / 1_000, slowest.is_sure))
    };
    assert_eq!(
        [40, 70, 71, 91, 100, 101].map(slowest),
        [
            Some((7, true)),
            Some((7, true)),
            Some((8, false)),
            Some((9, false)),
            Some((9, false)),
            None
        ]
    );
}

#[test]
fn a_round_of_four_is_asked_for_and_the_next_after_ever_longer() {
    let mut link = Link::default();
    let mut rounds = Vec::new();
    for second in 0..2_000 {
        if link.may_probe(at(second)) {
            link.on_probe(at(second));
            rounds.push(second);
        }
    }
    let first: Vec<u64> = rounds.iter().copied().step_by(4).collect();
    assert_eq!(first, [0, 33, 96, 219, 462, 945, 1_428, 1_911]);
    assert_eq!(rounds[..5], [0, 1, 2, 3, 33]);
}

#[test]
fn a_round_that_was_broken_off_begins_anew() {
    let mut link = Link::default();
    for second in [0, 4, 100, 104, 108] {
        link.on_probe(at(second));
        assert!(link.may_probe(at(second)), "{second}");
    }
    link.on_probe(at(112));
    assert!(!link.may_probe(at(141)) && link.may_probe(at(142)));
}

#[test]
fn what_told_enough_makes_the_next_pause_short() {
    let mut link = Link::default();
    for second in [0, 0, 0, 0, 30] {
        link.on_probe(at(second));
    }
    link.on_told();
    for _ in 0..4 {
        assert!(link.may_probe(at(31)));
        link.on_probe(at(31));
    }
    assert!(!link.may_probe(at(60)) && link.may_probe(at(61)));
}

#[test]
fn a_rest_puts_off_the_next_round_and_shortens_the_pause_after_it() {
    let mut link = Link::default();
    for second in [0, 0, 0, 0, 30, 30] {
        link.on_probe(at(second));
    }
    link.rest_until(at(200));
    assert!(!link.may_probe(at(199)) && link.may_probe(at(200)));
    for _ in 0..4 {
        assert!(link.may_probe(at(200)));
        link.on_probe(at(200));
    }
    assert!(!link.may_probe(at(229)) && link.may_probe(at(230)));
}
