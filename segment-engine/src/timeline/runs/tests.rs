//! Tests of runs against plain lists.

use proptest::prelude::*;

use super::*;

fn runs(steps: &[(u64, u64, u64)], timescale: u64, origin: u64) -> Runs {
    let mut list = RunList::default();
    for (time, duration, count) in steps {
        list.push(*time, *duration, *count).unwrap();
    }
    Runs {
        timescale,
        origin,
        start: MediaTime::from_micros(5_000_000),
        runs: list.finish(),
    }
}

#[test]
fn refuses_runs_that_go_back_or_nowhere() {
    let mut list = RunList::default();
    list.push(10, 5, 3).unwrap();
    assert_eq!(list.push(20, 5, 1), Err(RunError::Backwards));
    assert_eq!(list.push(30, 0, 1), Err(RunError::ZeroDuration));
    assert_eq!(list.push(u64::MAX, 1, 1), Err(RunError::Overflow));
    assert_eq!(list.push(22, 5, 1), Ok(()), "a small overlap is common");
}

#[test]
fn joins_runs_that_continue() {
    let mut list = RunList::default();
    for time in [0, 5, 10, 20] {
        list.push(time, 5, 1).unwrap();
    }
    assert_eq!((list.runs(), list.len(), list.end()), (2, 4, 25));
}

#[test]
fn an_endless_run_costs_nothing() {
    let endless = runs(&[(0, 1, u64::MAX)], 1000, 0);
    assert_eq!(endless.len(), i64::MAX as u64);
    assert_eq!(endless.index_of(i64::MAX - 1), Some(i64::MAX as u64 - 1));
    assert!(endless.at(i64::MAX as u64).is_none());
    assert_eq!(
        endless.first_ending_after(MediaTime::from_micros(5_000_000 + 2_000_000)),
        2000
    );
    assert_eq!(endless.first_ending_after(MediaTime::MIN), 0);
}

#[test]
fn truncates_within_a_run() {
    let mut list = RunList::default();
    list.push(0, 5, 10).unwrap();
    list.push(100, 7, 10).unwrap();
    list.truncate(12);
    assert_eq!((list.len(), list.end()), (12, 114));
    list.truncate(0);
    assert_eq!((list.len(), list.runs()), (0, 0));
}

proptest! {
    #[test]
    fn agrees_with_a_list(
        steps in prop::collection::vec((0..50u64, 1..40u64, 1..6u64), 1..8),
        timescale in prop::sample::select(vec![1u64, 7, 1000, 48000, 90000, 10_000_000]),
        origin in 0..200u64,
        probe in -100_000_000..100_000_000i64,
    ) {
        let mut list = Vec::new();
        let mut placed = Vec::new();
        let mut end = 0;
        for (gap, duration, count) in steps {
            placed.push((end + gap, duration, count));
            list.extend((0..count).map(|within| (end + gap + within * duration, duration)));
            end += gap + duration * count;
        }
        let runs = runs(&placed, timescale, origin);
        prop_assert_eq!(runs.len(), list.len() as u64);
        for (index, (time, duration)) in (0u64..).zip(&list) {
            let found = runs.at(index).unwrap();
            prop_assert_eq!(found.time, *time as i64);
            prop_assert_eq!(runs.index_of(found.time), Some(index));
            let exact = (*time as f64 - origin as f64) / timescale as f64 + 5.0;
            prop_assert!((found.start.as_micros() as f64 / 1e6 - exact).abs() < 2e-6);
            prop_assert!((found.duration.as_secs_f64() - *duration as f64 / timescale as f64).abs() < 2e-6);
        }
        let probe = MediaTime::from_micros(probe);
        let ends_after = |index: &u64| runs.at(*index).unwrap().end() > probe;
        let expected = (0..runs.len()).find(ends_after).unwrap_or(runs.len());
        prop_assert_eq!(runs.first_ending_after(probe), expected);
    }
}

#[test]
fn no_position_is_too_far_for_any_timescale() {
    let mut runs = runs(&[(0, 1, 9)], u64::MAX, u64::MAX);
    runs.start = MediaTime::MAX;
    assert_eq!(runs.first_ending_after(MediaTime::MIN), 0);
    runs.start = MediaTime::MIN;
    assert_eq!(runs.first_ending_after(MediaTime::MAX), 9);
}
