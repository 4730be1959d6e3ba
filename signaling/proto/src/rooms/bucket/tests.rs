//! Bursts, steady rates and floods.

use std::time::Duration;

use super::{Bucket, Verdict};

#[test]
fn admits_a_burst_then_the_rate() {
    let mut bucket = Bucket::new(Duration::ZERO, 10, 5);
    assert_eq!(
        take(&mut bucket, 0, 6),
        [vec![Verdict::Admit; 5], vec![Verdict::Refuse]].concat()
    );
    // The debt of one is paid first.
    assert_eq!(take(&mut bucket, 199, 1), [Verdict::Refuse]);
    assert_eq!(
        take(&mut bucket, 499, 3),
        [Verdict::Admit, Verdict::Admit, Verdict::Refuse]
    );
}

#[test]
fn a_sender_at_the_rate_is_never_refused_however_often_it_is_asked() {
    let mut bucket = Bucket::new(Duration::ZERO, 50, 1);
    assert!((1..1000).all(|count| take(&mut bucket, count * 20, 1) == [Verdict::Admit]));
}

#[test]
fn a_sender_that_owes_a_whole_burst_is_a_flood() {
    let mut bucket = Bucket::new(Duration::ZERO, 1, 10);
    assert_eq!(
        take(&mut bucket, 0, 21)[10..],
        [[Verdict::Refuse; 10].as_slice(), &[Verdict::Flood]].concat()
    );
}

#[test]
fn idling_for_ages_earns_no_more_than_a_burst() {
    let mut bucket = Bucket::new(Duration::ZERO, 10_000, 3);
    assert_eq!(take(&mut bucket, u64::MAX, 4)[3], Verdict::Refuse);
}

fn take(bucket: &mut Bucket, at_ms: u64, times: usize) -> Vec<Verdict> {
    (0..times)
        .map(|_| bucket.take(Duration::from_millis(at_ms)))
        .collect()
}

#[test]
fn the_level_tells_how_many_whole_tokens_there_are() {
    let start = Duration::from_secs(5);
    let mut bucket = Bucket::new(start, 1, 4);
    assert_eq!(bucket.level(start), 4);
    bucket.take_many(start, 6);
    assert_eq!(bucket.level(start), 0, "none of a debt");
    assert_eq!(bucket.level(start + Duration::from_millis(3_999)), 1);
    assert_eq!(bucket.level(start + Duration::from_secs(60)), 4);
}
