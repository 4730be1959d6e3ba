//! The windows of live titles and films, and what goes before what.

use super::*;

const SEGMENT: Duration = Duration::from_secs(4);

fn at(seconds: i64) -> MediaTime {
    MediaTime::from_micros(seconds * 1_000_000)
}

fn span(start: i64) -> Span {
    Span {
        start: at(start),
        duration: SEGMENT,
    }
}

fn live(edge: Option<i64>, hold_back: u64, playhead: Option<i64>) -> Horizon {
    Horizon {
        playhead: playhead.map(at),
        title: Title::Live {
            edge: edge.map(at),
            hold_back: Duration::from_secs(hold_back),
        },
    }
}

fn film(playhead: Option<i64>) -> Horizon {
    Horizon {
        playhead: playhead.map(at),
        title: Title::Complete,
    }
}

#[test]
fn windows_begin_where_nobody_needs_what_is_older() {
    // Horizon, and the start of the oldest segment of 4 s in its window.
    let table = [
        ("30 s at least", live(Some(1000), 6, Some(994)), 967),
        ("twice the hold-back", live(Some(1000), 40, Some(960)), 917),
        ("a late viewer", live(Some(1000), 6, Some(600)), 582),
        ("nobody plays", live(Some(1000), 0, None), 967),
        ("no edge yet", live(None, 0, Some(50)), 32),
        ("a film", film(Some(1000)), 697),
        ("a film's start", film(Some(10)), -293),
    ];
    for (what, horizon, oldest) in table {
        assert_eq!(horizon.place(span(oldest)), Place::Inside, "{what}");
        assert_eq!(horizon.place(span(oldest - 1)), Place::Outside, "{what}");
        assert_eq!(
            horizon.place(span(oldest + 100_000)),
            Place::Inside,
            "{what}: ahead"
        );
    }
}

#[test]
fn keeps_everything_where_nothing_is_known() {
    for horizon in [film(None), live(None, 12, None)] {
        assert_eq!(horizon.place(span(-1_000_000)), Place::Inside);
    }
}

#[test]
fn what_has_no_place_in_time_is_of_use_all_along() {
    let init = Span {
        start: at(0),
        duration: Duration::ZERO,
    };
    assert_eq!(film(Some(100_000)).place(init), Place::Always);
    assert_eq!(live(Some(100_000), 6, Some(99_994)).place(init), Place::Always);
}

#[test]
fn goes_by_window_then_replicas_then_age() {
    let horizon = film(Some(1000));
    let init = Span {
        start: at(0),
        duration: Duration::ZERO,
    };
    let order = [
        (span(104), 3),
        (span(100), 0),
        (span(104), 0),
        (span(2000), 9),
        (span(900), 2),
        (span(1000), 2),
        (span(900), 0),
        (span(2000), 0),
        (init, 12),
        (init, 0),
    ];
    let ranks: Vec<_> = order
        .into_iter()
        .map(|(span, replicas)| rank(span, &horizon, replicas))
        .collect();
    assert!(ranks.is_sorted_by(|one, other| one < other), "{ranks:#?}");
}

#[test]
fn no_time_overflows() {
    let extreme = MediaTime::MAX;
    let spans = [i64::MIN, i64::MAX].map(|start| Span {
        start: MediaTime::from_micros(start),
        duration: Duration::MAX,
    });
    for span in spans {
        rank(span, &film(Some(0)), u32::MAX);
        let horizon = Horizon {
            playhead: Some(extreme),
            title: Title::Live {
                edge: Some(extreme),
                hold_back: Duration::MAX,
            },
        };
        rank(span, &horizon, 0);
    }
}
