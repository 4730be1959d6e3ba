//! Streams of randomness repeat, differ, and keep to their range.

use super::*;

#[test]
fn forks_differ_and_repeat() {
    let mut first = Rng::new([7; 32]);
    let mut again = Rng::new([7; 32]);
    let limit = Duration::from_secs(1);
    let (mut left, mut right) = (first.fork(), first.fork());
    assert_ne!(left.up_to(limit), right.up_to(limit));
    assert_eq!(Rng::new([7; 32]).fork().up_to(limit), again.fork().up_to(limit));
}

#[test]
fn draws_stay_in_range() {
    let mut rng = Rng::new([1; 32]);
    assert_eq!(rng.up_to(Duration::ZERO), Duration::ZERO);
    let limit = Duration::from_millis(3);
    assert!((0..1000).all(|_| rng.up_to(limit) <= limit));
}
