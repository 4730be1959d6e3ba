//! What an operator reads.

use super::*;

#[test]
fn writes_what_came_of_what_there_is() {
    let progress = Progress {
        segments: 12,
        bytes: 3_149_000,
        available: 96,
        was_complete: false,
    };
    assert_eq!(progress.to_string(), "12/96 segments, 3.1 MB");
}

#[test]
fn a_live_title_that_outran_its_window_has_no_fraction() {
    let progress = Progress {
        segments: 120,
        bytes: 50_000,
        available: 80,
        was_complete: true,
    };
    assert_eq!(progress.to_string(), "120 segments, 0.0 MB; 80 available now");
}

#[test]
fn what_a_live_title_brings_is_told_once_a_minute() {
    let mut progress = Progress::default();
    assert_eq!(Bar::Lines.period(&progress), PERIOD);
    progress.was_complete = true;
    assert_eq!(Bar::Lines.period(&progress), LATER);
}
