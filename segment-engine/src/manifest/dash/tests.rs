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
