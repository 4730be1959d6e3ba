//! Figures from runs, and medians over seeds.

use super::table::quantile;
use super::*;

#[test]
fn medians_and_quantiles_are_of_the_middle_and_the_end() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0]), Some(3.0));
    assert_eq!(median(&[1.0, 3.0]), Some(2.0));
    assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
    let values: Vec<f64> = (1..=20).map(f64::from).collect();
    assert_eq!(quantile(&values, 0.95), 19.0);
    assert_eq!(quantile(&values, 0.5), 10.0);
    assert_eq!(quantile(&[], 0.5), 0.0);
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = NAMES.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), NAMES.len());
}
