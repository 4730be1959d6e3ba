//! Round trips, times of service, and what a link is worth.

use super::*;

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

#[test]
fn smooths_round_trips_as_rfc_6298_does() {
    let mut quality = LinkQuality::default();
    quality.on_sample(millis(800));
    assert_eq!(quality.timeout(Duration::ZERO), millis(4 * 800));
    quality.on_sample(millis(1_600));
    assert_eq!(quality.timeout(Duration::ZERO), millis(4 * 900));
}

#[test]
fn gives_a_request_up_after_four_round_trips_and_twice_what_it_should_take() {
    let mut quality = LinkQuality::default();
    assert_eq!(quality.timeout(Duration::ZERO), millis(1_500));
    assert_eq!(quality.timeout(millis(2_000)), millis(4_000));
    (0..100).for_each(|_| quality.on_sample(millis(500)));
    assert_eq!(quality.timeout(millis(300)), millis(2_600));
}

#[test]
fn waits_longer_on_a_link_that_varies() {
    let mut quality = LinkQuality::default();
    (0..50).for_each(|sample| quality.on_sample(millis(if sample % 2 == 0 { 10 } else { 1_500 })));
    let (mean, timeout) = (millis(755), quality.timeout(Duration::ZERO));
    assert!(timeout > mean * 4 + millis(200), "{timeout:?}");
}

#[test]
fn service_follows_the_latest_answers_by_a_fifth_each() {
    let mut quality = LinkQuality::default();
    assert_eq!(quality.service_time(1 << 20), UNTRIED);
    quality.on_served(1 << 20, millis(1_000));
    assert_eq!(quality.service_time(1 << 18), millis(250));
    quality.on_served(1 << 20, millis(500));
    assert_eq!(quality.service_time(1 << 20), millis(900));
    (0..40).for_each(|_| quality.on_served(1 << 14, millis(1)));
    let fast = quality.service_time(1 << 20);
    assert!(fast > millis(60) && fast < millis(70), "{fast:?}");
}

#[test]
fn the_percentile_forgets_what_is_32_samples_old() {
    let mut quality = LinkQuality::default();
    (0..4).for_each(|_| quality.on_sample(millis(10)));
    assert_eq!(quality.p95(), None, "too few to tell");
    (0..16).for_each(|_| quality.on_sample(millis(10)));
    assert_eq!(quality.p95(), Some(millis(10)));
    (0..3).for_each(|_| quality.on_sample(millis(400)));
    assert_eq!(quality.p95(), Some(millis(400)));
    (0..31).for_each(|_| quality.on_sample(millis(20)));
    assert_eq!(quality.p95(), Some(millis(20)));
}

#[test]
fn what_is_received_counts_twice_what_is_sent() {
    let mut quality = LinkQuality::default();
    assert_eq!((quality.score(at(0)), quality.useful_at()), (0, None));
    quality.useful_in(at(10), 300_000);
    assert_eq!(quality.score(at(10)), 300_000 / 40);
    quality.useful_out(at(20), 600_000);
    assert_eq!(quality.score(at(20)), 600_000 / 50);
    assert_eq!(quality.useful_at(), Some(at(20)));
    assert_eq!(quality.score(at(45)), 600_000 / 45, "in the period before");
    assert_eq!(quality.score(at(60)), 0, "and then no more");
}

#[test]
fn extreme_values_do_no_harm() {
    let mut quality = LinkQuality::default();
    quality.on_sample(Duration::MAX);
    quality.on_sample(Duration::ZERO);
    quality.on_served(0, Duration::MAX);
    quality.on_served(u64::MAX, Duration::ZERO);
    quality.useful_in(at(1), u64::MAX);
    assert!(quality.timeout(Duration::MAX) > millis(1_500));
    assert!(quality.service_time(u64::MAX) > Duration::ZERO);
    assert!(quality.score(at(2)) > 0);
}
