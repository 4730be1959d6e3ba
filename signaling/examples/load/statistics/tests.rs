//! Quantiles and medians.

use super::*;

#[test]
fn a_quantile_is_one_of_the_values() {
    let values: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
    let millis = |percent| quantile(&values, percent).as_millis();
    assert_eq!(
        (millis(1), millis(50), millis(99), millis(100)),
        (2, 100, 198, 200)
    );
    assert_eq!(quantile(&values[..1], 99), Duration::from_millis(1));
    assert_eq!(quantile(&[], 99), Duration::ZERO);
}

#[test]
fn a_median_does_not_care_for_order_or_outliers() {
    assert_eq!(median([5.0, 1.0, 900.0]), Some(5.0));
    assert_eq!(median([4.0, 1.0, 2.0, 900.0]), Some(3.0));
    assert_eq!(median([]), None);
}
