//! Tests of where periods are, and of what they are called.

use super::*;

fn period(id: Option<&str>, start: Option<i64>, duration: Option<i64>) -> Period {
    let seconds = |seconds: i64| Nanos(seconds * 1_000_000_000);
    Period {
        id: id.map(str::to_owned),
        start: start.map(seconds),
        duration: duration.map(seconds),
        ..Period::default()
    }
}

/// Name, start and length in seconds of each period that is placed.
fn placed(mpd: &Mpd) -> Vec<(PeriodName, i64, Option<i64>)> {
    let seconds = |nanos: Nanos| nanos.0 / 1_000_000_000;
    let told = |placed: Placed<'_>| (placed.name, seconds(placed.start), placed.duration.map(seconds));
    place(mpd).0.into_iter().map(told).collect()
}

#[test]
fn a_period_ends_where_the_next_begins() {
    let periods = vec![
        period(None, None, Some(5)),
        period(None, Some(4), None),
        period(None, None, None),
    ];
    let mpd = Mpd {
        periods,
        ..Mpd::default()
    };
    // Nothing says where the second one ends, so that the third is not placed.
    let expected = [
        (PeriodName::Index(0), 0, Some(4)),
        (PeriodName::Index(1), 4, None),
    ];
    assert_eq!(placed(&mpd), expected);
}

#[test]
fn a_period_is_no_longer_than_it_says_where_the_next_begins_later() {
    // The length of the first and the start of the second -> the length of the first
    let table = [
        (Some(5), 8, Some(5)),
        (Some(5), 5, Some(5)),
        (Some(5), 4, Some(4)),
        (None, 8, Some(8)),
    ];
    for (duration, next, expected) in table {
        let periods = vec![period(None, None, duration), period(None, Some(next), Some(1))];
        let mpd = Mpd {
            periods,
            ..Mpd::default()
        };
        assert_eq!(placed(&mpd)[0].2, expected, "{duration:?} {next}");
    }
}

#[test]
fn a_length_that_ends_before_the_first_period_starts_counts_from_there() {
    // The length of all, and the starts -> the length of the last
    let table = [
        (6, vec![754], Some(6)),
        (10, vec![100, 105], Some(5)),
        (110, vec![100], Some(10)),
        (10, vec![0, 20], Some(0)),
        (50, vec![30, 60], Some(0)),
        (0, vec![5], Some(0)),
    ];
    for (total, starts, expected) in table {
        let periods = starts.iter().map(|start| period(None, Some(*start), None));
        let mpd = Mpd {
            duration: Some(Nanos(total * 1_000_000_000)),
            periods: periods.collect(),
            ..Mpd::default()
        };
        let last = placed(&mpd).pop().unwrap();
        assert_eq!(last.2, expected, "{total} {starts:?}");
    }
}

#[test]
fn an_id_names_a_period_only_where_no_other_has_it() {
    let periods = vec![
        period(Some("a"), Some(0), Some(1)),
        period(Some("b"), None, Some(1)),
        period(Some("a"), None, Some(1)),
    ];
    let mut mpd = Mpd {
        periods,
        ..Mpd::default()
    };
    let names = |mpd: &Mpd| placed(mpd).into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
    let own = PeriodName::Id("b".to_owned());
    assert_eq!(
        names(&mpd),
        [PeriodName::Index(0), own.clone(), PeriodName::Index(2)]
    );
    mpd.dynamic = true;
    assert_eq!(
        names(&mpd),
        [PeriodName::Start(0), own, PeriodName::Start(2_000_000)]
    );
}

#[test]
fn an_early_period_of_a_live_title_waits_for_its_start() {
    let periods = vec![
        period(Some("now"), Some(0), None),
        period(Some("next"), None, None),
    ];
    let mpd = Mpd {
        dynamic: true,
        periods,
        ..Mpd::default()
    };
    assert_eq!(placed(&mpd), [(PeriodName::Id("now".to_owned()), 0, None)]);
}
