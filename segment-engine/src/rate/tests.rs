//! What is made of samples.

use proptest::prelude::*;

use super::*;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Notes a segment that came from peers at so many kbit/s.
fn from_peers(rates: &mut Rates, now: u64, kbits: u64) {
    let sources = SourceBytes {
        peer: kbits * 125,
        ..SourceBytes::default()
    };
    rates.on_segment(at(now), sources, ms(1_000));
}

/// Notes that so many kbit/s came in while the origin sent.
fn from_origin(rates: &mut Rates, kbits: u64) {
    rates.on_response(at(0), kbits * 125, ms(1_000));
}

#[test]
fn knows_nothing_before_the_first_transfer() {
    assert_eq!(Throughput::default().time_for(1), None);
    assert_eq!(Rates::default().sustainable(at(0)), 0);
}

#[test]
fn latency_follows_its_samples() {
    let mut latency = Latency::default();
    assert_eq!(latency.mean(), None);
    latency.record(ms(40));
    latency.record(ms(80));
    assert_eq!(latency.mean(), Some(ms(50)));
}

#[test]
fn follows_a_change_of_speed() {
    let mut rate = Throughput::default();
    rate.record(1_000_000, Duration::from_secs(1));
    assert_eq!(rate.time_for(500_000), Some(ms(500)));
    for _ in 0..12 {
        rate.record(100_000, Duration::from_secs(1));
    }
    let slow = rate.time_for(100_000).expect("was recorded");
    assert!(slow > ms(700) && slow <= ms(1_000), "{slow:?}");
}

#[test]
fn the_ends_of_what_can_be_measured_are_measured() {
    let table = [
        (0, ms(1_000), 1, "never nothing"),
        (
            1_000,
            Duration::ZERO,
            1_000_000,
            "a burst counts as a millisecond",
        ),
        (u64::MAX, Duration::ZERO, u64::MAX, "no overflow"),
        (1, Duration::MAX, 1, "never nothing"),
    ];
    for (bytes, took, rate, why) in table {
        let mut throughput = Throughput::default();
        throughput.record(bytes, took);
        assert_eq!(throughput.bytes_per_second, Some(rate), "{why}");
    }
}

#[test]
fn peers_keep_up_what_three_segments_in_four_came_at() {
    let table = [
        (vec![7], 7),
        (vec![9, 5], 5),
        (vec![4, 1, 3, 2], 2),
        (vec![8, 7, 6, 5, 4, 3, 2, 1], 3),
        (vec![1, 100, 100, 100, 100, 100, 100, 100], 100),
    ];
    for (samples, quartile) in table {
        let mut rates = Rates::default();
        for kbits in &samples {
            from_peers(&mut rates, 0, *kbits);
        }
        assert_eq!(rates.sustainable(at(0)), quartile * 1_000, "{samples:?}");
    }
}

#[test]
fn the_better_of_peers_and_origin_can_be_kept_up() {
    for (peers, origin, sustainable) in [(500, 300, 500), (300, 500, 350), (1, 400, 280)] {
        let mut rates = Rates::default();
        from_peers(&mut rates, 0, peers);
        from_origin(&mut rates, origin);
        assert_eq!(rates.sustainable(at(0)), sustainable * 1_000, "{peers} {origin}");
    }
}

#[test]
fn what_the_origin_brought_alone_says_nothing_of_peers() {
    let mut rates = Rates::default();
    let sources = SourceBytes {
        origin: 125_000,
        ..SourceBytes::default()
    };
    rates.on_segment(at(0), sources, ms(1_000));
    assert_eq!(rates.sustainable(at(0)), 0);
    let mixed = SourceBytes {
        origin: 100_000,
        seeder: 24_999,
        peer: 1,
    };
    rates.on_segment(at(0), mixed, ms(1_000));
    assert_eq!(rates.sustainable(at(0)), 1_000_000, "all of its bytes count");
}

#[test]
fn what_is_known_of_the_origin_is_kept_and_weighs_less_when_it_is_old() {
    let response = |second: u64, kbits: u64, rates: &mut Rates| {
        rates.on_response(at(second * 1_000), kbits * 125, ms(1_000));
        rates.sustainable(at(second * 1_000)) / 1_000
    };
    let mut rates = Rates::default();
    assert_eq!(
        response(40, 400, &mut rates),
        280,
        "seven tenths; the first counts as it is"
    );
    assert_eq!(response(50, 800, &mut rates), 350, "a further one for a quarter");
    assert!(!rates.is_stale(at(79_999)) && rates.is_stale(at(80_000)));
    assert_eq!(
        response(80, 1_500, &mut rates),
        700,
        "one after a long time for half"
    );
    assert_eq!(rates.sustainable(at(600_000)), 700_000, "none is forgotten");
    rates.on_probe(at(600_000));
    assert!(!rates.is_stale(at(600_001)), "an answer is to come");
}

#[test]
fn what_came_from_peers_long_ago_does_not_count() {
    let mut rates = Rates::default();
    from_peers(&mut rates, 0, 100);
    from_peers(&mut rates, 20_000, 900);
    for (now, sustainable) in [
        (20_000, 100),
        (30_000, 100),
        (30_001, 900),
        (50_000, 900),
        (50_001, 0),
    ] {
        assert_eq!(rates.sustainable(at(now)), sustainable * 1_000, "{now}");
    }
}

#[test]
fn only_the_latest_samples_count() {
    let mut rates = Rates::default();
    for _ in 0..20 {
        from_peers(&mut rates, 0, 1);
    }
    for _ in 0..48 {
        from_peers(&mut rates, 1, 100);
    }
    assert_eq!(rates.sustainable(at(1)), 100_000, "16 of 64 are slow");
}

/// Rates whose origin brought so many kbit/s each time.
fn brought(kbits: &[u64]) -> Rates {
    let mut rates = Rates::default();
    for kbits in kbits {
        from_origin(&mut rates, *kbits);
    }
    rates
}

fn rung(this: u64, above: Option<u64>) -> Rung {
    Rung {
        this: this * 1_000,
        above: above.map(|above| above * 1_000),
    }
}

#[test]
fn a_rung_that_is_kept_up_stays_and_the_next_needs_four_good_responses() {
    let top = rung(2_000, None);
    let low = rung(2_000, Some(4_000));
    let table = [
        (
            vec![1_000],
            low,
            Came::InTime,
            3_000,
            "half to spare, whatever comes in",
        ),
        (
            vec![9_000; 3],
            low,
            Came::InTime,
            9_000,
            "all that is known allows the next",
        ),
        (
            vec![9_000, 9_000, 5_000, 9_000],
            low,
            Came::InTime,
            4_000,
            "one does not: what is below the next",
        ),
        (
            vec![5_000, 9_000, 9_000, 9_000, 9_000],
            low,
            Came::InTime,
            9_000,
            "four do",
        ),
        (vec![9_000], top, Came::InTime, 6_300, "nothing is above"),
        (
            vec![9_000, 1_000],
            low,
            Came::Late,
            1_000,
            "what is late goes by the slowest",
        ),
        (
            vec![9_000],
            low,
            Came::Late,
            4_000,
            "and says nothing for the next",
        ),
        (vec![], low, Came::Late, 0, "nothing is known"),
    ];
    for (responses, rung, came, told, why) in table {
        assert_eq!(brought(&responses).told(at(0), rung, came), told * 1_000, "{why}");
    }
}

#[test]
fn a_rung_that_was_not_kept_up_is_left_alone_for_longer_each_time() {
    let mut rates = brought(&[9_000; 4]);
    let (low, high) = (rung(2_000, Some(4_000)), rung(4_000, None));
    let fall = |rates: &mut Rates, second: u64| {
        for came in [Came::InTime, Came::InTime, Came::InTime, Came::Late] {
            rates.told(at(second * 1_000), high, came);
        }
    };
    let offered =
        |rates: &mut Rates, second: u64| rates.told(at(second * 1_000), low, Came::InTime) > 4_000_000;
    fall(&mut rates, 0);
    assert_eq!((offered(&mut rates, 59), offered(&mut rates, 60)), (false, true));
    fall(&mut rates, 70);
    assert_eq!(
        (offered(&mut rates, 189), offered(&mut rates, 190)),
        (false, true)
    );
    fall(&mut rates, 2_000);
    assert!(offered(&mut rates, 2_060), "the last time is long ago");
}

#[test]
fn a_rung_that_was_not_kept_up_needs_twice_its_bandwidth_for_a_while() {
    let mut rates = brought(&[7_000; 4]);
    assert!(rates.allows(at(0), 4_000_000));
    for came in [Came::InTime, Came::InTime, Came::InTime, Came::Late] {
        rates.told(at(0), rung(4_000, None), came);
    }
    let allowed = |second: u64| rates.allows(at(second * 1_000), 4_000_000);
    assert_eq!(
        [59, 60, 959, 960].map(allowed),
        [false, false, false, true],
        "7 Mbit/s are less than twice as much"
    );
}

#[test]
fn what_says_nothing_of_its_rung_changes_nothing() {
    let mut rates = brought(&[9_000; 4]);
    let high = rung(4_000, None);
    for _ in 0..5 {
        rates.told(at(0), high, Came::InTime);
    }
    assert_eq!(rates.tells(at(0), high, Came::Late), 6_300_000);
    assert!(rates.allows(at(0), 4_000_000) && rates.is_open(at(0), 4_000_000));
}

#[test]
fn what_comes_late_after_a_jump_says_nothing_of_its_rung() {
    let mut rates = brought(&[9_000; 4]);
    for _ in 0..5 {
        rates.told(at(0), rung(4_000, None), Came::InTime);
    }
    rates.on_jump();
    rates.told(at(0), rung(4_000, None), Came::Late);
    assert!(rates.allows(at(0), 4_000_000));
}

proptest! {
    #[test]
    fn a_naive_quartile_says_the_same(samples in prop::collection::vec((0_u64..3_000, 1_u64..1_000), 1..100)) {
        let (mut rates, mut now, mut model) = (Rates::default(), 0, Vec::new());
        for (pause, kbits) in samples {
            now += pause;
            from_peers(&mut rates, now, kbits);
            model.push((now, kbits * 1_000));
            let latest = &model[model.len().saturating_sub(64)..];
            let mut lately: Vec<u64> =
                latest.iter().filter(|(at, _)| now - at <= 30_000).map(|(_, rate)| *rate).collect();
            lately.sort_unstable();
            prop_assert_eq!(rates.sustainable(at(now)), lately[lately.len() / 4]);
        }
    }
}
