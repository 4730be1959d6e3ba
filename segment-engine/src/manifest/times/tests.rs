//! Tests of counts, and of what is shared.

use super::*;

fn step(time: Option<u64>, duration: u64, repeat: i64) -> Step {
    Step {
        time,
        number: None,
        duration,
        repeat,
    }
}

fn key(steps: &Rc<[Step]>, end: Option<u64>, most: Option<u64>) -> TimelineKey {
    TimelineKey {
        steps: Rc::clone(steps),
        end,
        most,
        listed: false,
        numbers: None,
    }
}

/// Runs of which a tick is a second.
fn whole_ticks(runs: &[Run]) -> Runs {
    Runs {
        timescale: 1,
        origin: 0,
        start: crate::time::MediaTime::ZERO,
        runs: Arc::from(runs),
    }
}

fn len(runs: &[Run]) -> u64 {
    whole_ticks(runs).len()
}

#[test]
fn repeats_up_to_the_next_time_or_the_end() {
    let mut times = Times::new(&Limits::default());
    let steps: Rc<[_]> = Rc::from([step(Some(0), 4, -1), step(Some(10), 5, -1)]);
    assert_eq!(len(&times.timeline(key(&steps, Some(20), None)).unwrap()), 3 + 2);
    assert_eq!(len(&times.timeline(key(&steps, Some(21), None)).unwrap()), 3 + 3);
    assert_eq!(
        len(&times.timeline(key(&steps, Some(5), None)).unwrap()),
        3,
        "nothing after the end"
    );
    assert_eq!(len(&times.timeline(key(&steps, None, Some(9))).unwrap()), 9);
}

#[test]
fn segments_that_go_back_are_no_segments_and_use_their_numbers_up() {
    // Time, duration and repeats of each entry -> number, time and duration of each segment
    type Written = (Option<u64>, u64, i64);
    type Told = (u64, i64, u64);
    let table: [(&[Written], &[Told]); 5] = [
        // As in an example of the standard's Annex G.
        (
            &[(Some(0), 2, 3), (Some(4), 1, 0)],
            &[(0, 0, 2), (1, 2, 2), (2, 4, 2), (3, 6, 2)],
        ),
        (
            &[(Some(0), 2, 1), (Some(0), 3, 1)],
            &[(0, 0, 2), (1, 2, 2), (3, 3, 3)],
        ),
        (
            &[(Some(9), 1, 0), (Some(3), 1, 0), (None, 1, 6)],
            &[(0, 9, 1), (8, 10, 1)],
        ),
        (
            &[(Some(4), 2, 0), (Some(0), 2, -1), (Some(6), 2, 0)],
            &[(0, 4, 2), (4, 6, 2)],
        ),
        (
            &[(Some(4), 2, 0), (Some(0), 2, 0), (Some(6), 2, 0)],
            &[(0, 4, 2), (2, 6, 2)],
        ),
    ];
    for (written, expected) in table {
        let steps = written
            .iter()
            .map(|(time, duration, repeat)| step(*time, *duration, *repeat));
        let steps: Rc<[_]> = steps.collect();
        let runs = Times::new(&Limits::default()).timeline(key(&steps, Some(20), None));
        let runs = whole_ticks(&runs.unwrap());
        let found: Vec<_> = (0..runs.len())
            .filter_map(|index| runs.at(index))
            .map(|at| (at.number, at.time, at.duration.as_secs()))
            .collect();
        assert_eq!(found, expected, "{written:?}");
    }
}

#[test]
fn builds_a_shared_timeline_once() {
    let mut times = Times::new(&Limits::default());
    let steps: Rc<[_]> = Rc::from([step(None, 4, 2)]);
    let one = times.timeline(key(&steps, None, None)).unwrap();
    let other = times.timeline(key(&steps, None, None)).unwrap();
    assert!(Arc::ptr_eq(&one, &other));
    let cut = times.timeline(key(&steps, None, Some(1))).unwrap();
    assert_eq!((len(&one), len(&cut)), (3, 1));
}

#[test]
fn bounds_the_entries_of_one_and_of_all() {
    let limits = Limits {
        segments: 2,
        ..Limits::default()
    };
    let steps: Rc<[_]> = Rc::from([step(None, 1, 0), step(None, 2, 0), step(None, 1, 0)]);
    let built = Times::new(&limits).timeline(key(&steps, None, None));
    assert!(matches!(
        built,
        Err(Fault::Fatal(ManifestError::OverLimit { .. }))
    ));
    let mut times = Times::new(&Limits::default());
    times.runs = MAX_RUNS - 2;
    assert!(matches!(
        times.timeline(key(&steps, None, None)),
        Err(Fault::Fatal(ManifestError::OverLimit { .. }))
    ));
    // What is left out in the end has been built all the same.
    let back: Rc<[_]> = Rc::from([step(Some(9), 1, 0), step(Some(3), 1, 0)]);
    let listed = TimelineKey {
        listed: true,
        ..key(&back, None, None)
    };
    times.runs = 0;
    assert!(matches!(
        times.timeline(listed),
        Err(Fault::Left(Omission::Untimed))
    ));
    assert_eq!(times.runs, 1);
}

#[test]
fn a_segment_of_which_less_than_a_millisecond_is_in_its_period_is_not_in_it() {
    // A period's length in nanoseconds, the timescale, ticks of a segment -> segments
    let table = [
        (9_900_000_000, 1, 3, 4),
        (9_000_000_000, 1, 3, 3),
        (8_040_000_000, 1, 4, 3),
        (8_001_000_000, 1, 4, 2),
        (8_001_000_001, 1, 4, 3),
        (10_026_670_000, 48_000, 96_256, 5),
        (10_028_000_000, 48_000, 96_256, 6),
        (333_333_333, 3, 1, 1),
        (0, 1, 1, 0),
        (i64::MAX, u64::MAX, 1, u64::MAX),
    ];
    for (nanos, timescale, duration, expected) in table {
        let count = ticks(Nanos(nanos), timescale).div_ceil(duration);
        assert_eq!(count, expected, "{nanos} {timescale} {duration}");
    }
}
