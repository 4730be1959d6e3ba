//! Medians, ratios and spreads, and the verdicts over goals.

use super::*;

#[test]
fn a_median_is_the_middle_or_the_mean_of_the_middle_two() {
    assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(median([]), None);
}

#[test]
fn a_quantile_is_one_of_the_values() {
    let values: Vec<f64> = (1..=20).map(f64::from).collect();
    assert_eq!(quantile(values.clone(), 95), Some(19.0));
    assert_eq!(quantile(values, 100), Some(20.0));
    assert_eq!(quantile([7.0], 95), Some(7.0));
    assert_eq!(quantile([], 95), None);
}

#[test]
fn ratios_are_of_the_same_round_and_leave_out_rounds_that_failed() {
    let ours = [Some(2.0), Some(30.0), None, Some(4.0)];
    let theirs = [Some(1.0), Some(10.0), Some(1.0), Some(4.0)];
    assert_eq!(median_ratio(&ours, &theirs), Some(2.0));
    assert_eq!(median_ratio(&[None], &[Some(1.0)]), None);
}

#[test]
fn one_that_gets_less_is_what_a_spread_tells() {
    assert_eq!(spread(&[10.0, 10.0, 10.0]), Some(0.0));
    assert_eq!(spread(&[12.0, 12.0, 6.0]), Some(0.4));
    assert_eq!(spread(&[]), None);
}

#[test]
fn figures_say_whether_their_goal_is_met() {
    let figures = [
        Figure::aimed("a", Some(1.2), "ratio", Goal::AtMost(1.3)),
        Figure::aimed("b", Some(0.6), "ratio", Goal::AtLeast(0.7)),
        Figure::aimed("c", None, "ratio", Goal::AtMost(0.5)),
        Figure::plain("d", Some(5.0), "ms"),
    ];
    let told: Value = serde_json::from_str(&json(&figures)).unwrap();
    let holds: Vec<&Value> = told["figures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["holds"])
        .collect();
    assert_eq!(holds, [&json!(true), &json!(false), &Value::Null, &Value::Null]);
    let table = table(&figures);
    assert!(table.contains("holds") && table.contains("MISSED") && table.contains("not measured"));
}
