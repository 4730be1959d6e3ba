//! How pauses grow.

use super::*;

#[test]
fn pauses_double_from_the_first_to_the_last_with_jitter() {
    let (first, last) = (Duration::from_secs(2), Duration::from_secs(30));
    let mut backoff = Backoff::new(first, last);
    let mut rng = Rng::new([3; 32]);
    let mut now = Timestamp::from_millis(5);
    assert!(backoff.is_due(now));
    for full in [2, 4, 8, 16, 30, 30, 30] {
        backoff.on_tried(now, &mut rng);
        let pause = backoff.due().since(now);
        let full = Duration::from_secs(full);
        assert!(pause >= full / 2 && pause <= full, "{pause:?} of {full:?}");
        assert!(!backoff.is_due(now));
        now = backoff.due();
        assert!(backoff.is_due(now));
    }
    backoff.reset();
    backoff.on_tried(now, &mut rng);
    assert!(backoff.due().since(now) <= first);
}

#[test]
fn a_try_is_brought_forward_but_not_too_near_to_the_last() {
    let at = Timestamp::from_millis;
    let mut backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(30));
    let mut rng = Rng::new([3; 32]);
    backoff.on_tried(at(10_000), &mut rng);
    backoff.set(at(40_000));
    for (now, wish, due) in [
        (10_100, 10_600, 12_000),
        (12_000, 12_500, 12_500),
        (12_100, 12_600, 12_500),
        (13_000, 13_500, 13_500),
    ] {
        backoff.bring_forward(at(now), at(wish));
        assert_eq!(backoff.due(), at(due), "{now}");
    }
}

#[test]
fn two_do_not_pause_alike() {
    let due = |seed| {
        let mut backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(30));
        backoff.on_tried(Timestamp::ZERO, &mut Rng::new([seed; 32]));
        backoff.due()
    };
    assert_ne!(due(1), due(2));
}
