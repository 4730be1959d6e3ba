//! Which failures have an origin left alone, and for how long.

use super::*;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn rng() -> Rng {
    Rng::new([3; 32])
}

#[test]
fn an_origin_is_left_alone_after_three_failures_in_a_row_ever_longer() {
    let (mut caution, mut rng) = (Caution::default(), rng());
    let mut now = at(1_000);
    for _ in 0..2 {
        caution.on_failed(now, FetchError::Status(500), &mut rng);
        assert!(caution.until() <= now, "one segment may be at fault");
        assert_eq!(caution.parallel(4), 4);
    }
    for least in [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000] {
        caution.on_failed(now, FetchError::Timeout, &mut rng);
        let pause = caution.until().since(now).as_millis();
        assert!((least..=least * 3 / 2).contains(&pause), "{pause} of {least}");
        assert_eq!(caution.parallel(4), 1, "and then tried by one");
        now = caution.until();
    }
    caution.on_fetched();
    assert_eq!(caution.parallel(4), 4);
    caution.on_failed(now, FetchError::Network, &mut rng);
    assert!(caution.until() <= now, "forgiven");
}

#[test]
fn failures_of_requests_that_were_in_flight_together_count_once_in_trouble() {
    let (mut caution, mut rng) = (Caution::default(), rng());
    for _ in 0..3 {
        caution.on_failed(at(0), FetchError::Network, &mut rng);
    }
    let until = caution.until();
    caution.on_failed(at(1), FetchError::Network, &mut rng);
    assert_eq!(caution.until(), until);
}

#[test]
fn what_is_only_not_there_is_no_trouble() {
    let (mut caution, mut rng) = (Caution::default(), rng());
    for _ in 0..9 {
        caution.on_failed(at(0), FetchError::Status(404), &mut rng);
    }
    assert_eq!((caution.until(), caution.parallel(4)), (at(0), 4));
}

#[test]
fn retry_after_is_heeded_up_to_a_minute() {
    for (asked, least, most) in [(0, 0, 0), (2, 2_000, 2_250), (86_400, 60_000, 67_500)] {
        let mut caution = Caution::default();
        caution.on_retry_after(at(0), Duration::from_secs(asked), &mut rng());
        let wait = caution.until().since(at(0)).as_millis();
        assert!((least..=most).contains(&wait), "{asked} s: {wait}");
    }
}
