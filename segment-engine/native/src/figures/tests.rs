//! Counting by buckets.

use super::*;

#[test]
fn a_duration_is_counted_in_the_first_bucket_that_holds_it() {
    let mut histogram = Histogram::default();
    for millis in [5, 6, 1_000, 60_000] {
        histogram.observe(Duration::from_millis(millis));
    }
    let cumulative = histogram.cumulative();
    assert_eq!(cumulative, [1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3]);
    assert_eq!(
        (histogram.count(), histogram.sum()),
        (4, Duration::from_millis(61_011))
    );
}

#[test]
fn failures_are_told_apart() {
    let mut failures = Failures::default();
    let statuses = [404, 403, 500, 302].map(FetchError::Status);
    for error in statuses
        .into_iter()
        .chain([FetchError::Network, FetchError::Timeout])
    {
        failures.count(error);
    }
    let expected = Failures {
        network: 1,
        timeout: 1,
        client_status: 2,
        server_status: 2,
    };
    assert_eq!(failures, expected);
}
