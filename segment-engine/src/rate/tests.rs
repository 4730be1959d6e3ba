//! What is made of samples.

use proptest::prelude::*;

use super::*;
use crate::timeline::Content;

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
    rate.record(1_000_000, 1_000_000, Duration::from_secs(1));
    assert_eq!(rate.time_for(500_000), Some(ms(500)));
    for _ in 0..12 {
        rate.record(100_000, 100_000, Duration::from_secs(1));
    }
    let slow = rate.time_for(100_000).expect("was recorded");
    assert!(slow > ms(700) && slow <= ms(1_000), "{slow:?}");
}

#[test]
fn what_shared_the_link_leaves_a_rate_in_doubt() {
    // (bytes, all) of the second transfer, after 1,000 bytes in the first second, and what is made of it.
    let table = [
        (100, 1_000, 944, "it had a tenth of the link"),
        (100, 5_000, 944, "it might have had more than was known"),
        (100, 600, 900, "all of the link is less than was known"),
        (1_400, 5_000, 1_100, "it had more than was known"),
        (100, 0, 775, "all is no less than a part"),
    ];
    for (bytes, all, rate, why) in table {
        let mut throughput = Throughput::default();
        throughput.record(1_000, 9_000, Duration::from_secs(1));
        throughput.record(bytes, all, Duration::from_secs(1));
        assert_eq!(throughput.bytes_per_second, Some(rate), "{why}");
    }
}

#[test]
fn a_transfer_that_is_slow_next_to_others_is_believed_in_the_end() {
    let mut throughput = Throughput::default();
    throughput.record(10_000, 10_000, Duration::from_secs(1));
    for _ in 0..32 {
        throughput.record(1_000, 100_000, Duration::from_secs(1));
    }
    let rate = throughput.bytes_per_second.unwrap();
    assert!((1_000..2_500).contains(&rate), "{rate}");
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
        throughput.record(bytes, bytes, took);
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
        ..SourceBytes::default()
    };
    rates.on_segment(at(0), mixed, ms(1_000));
    assert_eq!(rates.sustainable(at(0)), 1_000_000, "all of its bytes count");
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
        content: Content::Video,
        this: this * 1_000,
        above: above.map(|above| above * 1_000),
    }
}

#[test]
fn a_rung_that_is_kept_up_stays_and_the_next_needs_all_that_is_known_to_allow_it() {
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
        assert_eq!(
            brought(&responses).told(at(0), Some(rung), came),
            told * 1_000,
            "{why}"
        );
    }
}

/// Four responses at that second that brought so many kbit/s each.
fn four(rates: &mut Rates, second: u64, kbits: u64) {
    for _ in 0..4 {
        rates.on_response(at(second * 1_000), kbits * 125, ms(1_000));
    }
}

/// A rung of 4 Mbit/s turns out not to be kept up.
fn fall(rates: &mut Rates, second: u64) {
    for came in [Came::InTime, Came::InTime, Came::InTime, Came::Late] {
        rates.told(at(second * 1_000), Some(rung(4_000, None)), came);
    }
}

/// Whether 4 Mbit/s are offered to who has 2.
fn offered(rates: &Rates, second: u64) -> bool {
    rates.tells(at(second * 1_000), Some(rung(2_000, Some(4_000))), Came::InTime) > 4_000_000
}

#[test]
fn a_rung_that_was_not_kept_up_is_left_alone_for_longer_each_time() {
    let mut rates = Rates::default();
    // (falls at, is offered at last)
    let table = [(0, 34), (50, 118), (150, 286), (3_000, 3_034)];
    for (falls, until) in table {
        fall(&mut rates, falls);
        four(&mut rates, until - 1, 90_000);
        let before = offered(&rates, until - 1);
        assert_eq!((before, offered(&rates, until)), (false, true), "{falls}");
    }
}

#[test]
fn who_shares_a_link_does_not_try_again_with_all_others_at_once() {
    for (apart, until) in [(0, 34), (128, 43), (255, 51)] {
        let mut rates = Rates::new(apart);
        fall(&mut rates, 0);
        four(&mut rates, until - 1, 90_000);
        let before = offered(&rates, until - 1);
        assert_eq!((before, offered(&rates, until)), (false, true), "{apart}");
    }
}

#[test]
fn a_rung_needs_half_its_bandwidth_more_for_each_time_that_it_was_not_kept_up() {
    let mut rates = Rates::default();
    // A third more where it never fell.
    let mut least = |second: u64, kbits: u64| {
        four(&mut rates, second, kbits - 1);
        let less = offered(&rates, second);
        four(&mut rates, second, kbits);
        assert_eq!((less, offered(&rates, second)), (false, true), "{second}");
        fall(&mut rates, second);
    };
    least(0, 5_334);
    least(60, 6_000);
    least(180, 8_000);
    least(420, 10_000);
    least(3_000, 5_334);
}

#[test]
fn a_rung_that_was_not_kept_up_needs_four_responses_of_late() {
    let mut rates = Rates::default();
    fall(&mut rates, 0);
    let mut told = Vec::new();
    for second in 60..64 {
        rates.on_response(at(second * 1_000), 9_000 * 125, ms(1_000));
        told.push(offered(&rates, second));
    }
    assert_eq!(told, [false, false, false, true]);
    assert!(
        offered(&rates, 120) && !offered(&rates, 121),
        "the first is a minute old"
    );
}

#[test]
fn the_origin_is_probed_for_a_rung_that_is_open_and_not_allowed() {
    let mut rates = Rates::default();
    let probed = |rates: &Rates, second: u64| rates.wants_probe(at(second * 1_000), rung(2_000, Some(4_000)));
    assert!(probed(&rates, 0), "nothing is known");
    four(&mut rates, 0, 9_000);
    assert!(
        !probed(&rates, 60) && probed(&rates, 61),
        "as long as it is allowed"
    );
    fall(&mut rates, 61);
    assert!(!probed(&rates, 94) && probed(&rates, 95), "it is left alone");
    for _ in 0..4 {
        rates.on_probe(at(95_000));
    }
    assert!(!probed(&rates, 124) && probed(&rates, 125), "a round was had");
}

#[test]
fn a_late_segment_of_several_rungs_unsettles_until_three_came_in_time() {
    let several = Some(rung(2_000, Some(4_000)));
    let mut rates = Rates::default();
    let mut unsettled = Vec::new();
    for (rung, came) in [
        (None, Came::Late),
        (several, Came::Late),
        (several, Came::InTime),
        (None, Came::InTime),
        (several, Came::InTime),
        (several, Came::InTime),
        (several, Came::Late),
    ] {
        rates.told(at(0), rung, came);
        unsettled.push(rates.is_unsettled());
    }
    assert_eq!(unsettled, [false, true, true, true, true, false, true]);
    rates.on_jump();
    assert!(!rates.is_unsettled());
}

#[test]
fn what_says_nothing_of_its_rung_changes_nothing() {
    let mut rates = brought(&[9_000; 4]);
    let high = rung(4_000, None);
    for _ in 0..5 {
        rates.told(at(0), Some(high), Came::InTime);
    }
    assert_eq!(rates.tells(at(0), Some(high), Came::Late), 6_300_000);
    assert!(offered(&rates, 0));
}

#[test]
fn what_comes_late_after_a_jump_says_nothing_of_its_rung() {
    let mut rates = brought(&[9_000; 4]);
    for _ in 0..5 {
        rates.told(at(0), Some(rung(4_000, None)), Came::InTime);
    }
    rates.on_jump();
    rates.told(at(0), Some(rung(4_000, None)), Came::Late);
    assert!(offered(&rates, 0));
}

#[test]
fn what_is_late_goes_by_peers_where_the_origin_told_nothing_lately() {
    let mut rates = brought(&[9_000; 4]);
    let tells =
        |rates: &Rates, second: u64| rates.tells(at(second * 1_000), Some(rung(4_000, None)), Came::Late);
    assert_eq!(tells(&rates, 60), 6_300_000, "a minute ago it did");
    from_peers(&mut rates, 61_000, 1_500);
    assert_eq!(
        [61, 91, 92].map(|second| tells(&rates, second)),
        [1_500_000, 1_500_000, 6_300_000]
    );
}

#[test]
fn late_sound_says_nothing_of_pictures() {
    let sound = Rung {
        content: Content::Audio,
        ..rung(128, None)
    };
    let mut rates = brought(&[9_000; 4]);
    for came in [Came::InTime, Came::InTime, Came::InTime, Came::Late] {
        rates.told(at(0), Some(sound), came);
    }
    assert!(offered(&rates, 0));
    for came in [Came::InTime, Came::InTime, Came::InTime, Came::Late] {
        rates.told(at(0), Some(rung(4_000, None)), Came::InTime);
        rates.told(at(0), None, came);
    }
    fall(&mut rates, 0);
    assert!(
        !offered(&rates, 0),
        "nor does it keep a late segment from counting"
    );
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
