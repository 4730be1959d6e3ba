//! What the dates of an origin tell of its clock.

use super::*;

fn at(millis: i64) -> UnixTime {
    UnixTime::from_millis(1_700_000_000_000 + millis)
}

/// A response that took so long, of an origin whose clock is so far ahead.
fn dated(sent: i64, took: i64, ahead: i64) -> Dated {
    let date = (sent + took / 2 + ahead).div_euclid(1_000) * 1_000;
    Dated {
        sent: at(sent),
        received: at(sent + took),
        date: at(date),
        within: 1_000,
    }
}

/// What the clock says that a manifest names, which tells milliseconds.
fn named(sent: i64, took: i64, ahead: i64) -> Dated {
    Dated {
        date: at(sent + took / 2 + ahead),
        within: 1,
        ..dated(sent, took, ahead)
    }
}

#[test]
fn a_clock_that_may_be_right_is_left_alone() {
    let mut skew = Skew::default();
    for sent in (0..20_000).step_by(333) {
        assert_eq!(skew.on_dated(dated(sent, 40, 0)), None, "{sent}");
    }
    assert_eq!(skew.corrected(at(5)), at(5));
}

#[test]
fn a_clock_that_is_off_is_met_within_the_time_of_a_request() {
    for ahead in [30_000, -30_000, 2_400, -1_700] {
        let mut skew = Skew::default();
        let first = skew.on_dated(dated(100, 40, ahead)).expect("it is told");
        assert!(first.abs_diff(ahead) <= 520, "{first} of {ahead}");
        for sent in (0..20_000).step_by(317) {
            skew.on_dated(dated(sent, 40, ahead));
        }
        let met = skew.corrected(at(0)).as_millis() - at(0).as_millis();
        assert!(met.abs_diff(ahead) <= 90, "{met} of {ahead}");
    }
}

#[test]
fn a_clock_that_is_set_is_followed() {
    let mut skew = Skew::default();
    skew.on_dated(dated(100, 40, 30_000));
    assert_eq!(skew.on_dated(dated(5_100, 40, 0)), None, "it may be another's");
    assert_eq!(skew.on_dated(dated(14_100, 40, 0)), None);
    assert_eq!(skew.on_dated(dated(15_100, 40, 0)), Some(0));
}

#[test]
fn one_of_several_clocks_is_kept_to() {
    let mut skew = Skew::default();
    let mut told = 0;
    for (nth, sent) in (0..120_000).step_by(500).enumerate() {
        let ahead = if nth % 2 == 0 { 3_000 } else { 0 };
        told += u32::from(skew.on_dated(dated(sent, 40, ahead)).is_some());
    }
    assert!(told <= 4, "it is met, and left alone: {told}");
    let met = skew.corrected(at(0)).as_millis() - at(0).as_millis();
    assert!(met.abs_diff(3_000) <= 520, "{met}");
}

#[test]
fn a_clock_that_is_far_off_is_not_followed() {
    let mut skew = Skew::default();
    for ahead in [3_600_000, -3_600_000, i64::MAX / 4_000 * 1_000] {
        assert_eq!(skew.on_dated(dated(0, 40, ahead)), None);
    }
    let backwards = Dated {
        sent: at(9_000),
        received: at(0),
        date: at(0),
        within: 1_000,
    };
    assert_eq!(
        skew.on_dated(backwards),
        None,
        "a clock that was set in the meantime"
    );
    assert_eq!(skew.corrected(at(0)), at(0));
}

#[test]
fn the_clock_that_a_manifest_names_counts_more_than_the_origin_s() {
    let mut skew = Skew::default();
    skew.on_dated(dated(100, 40, 30_000));
    let told = skew.on_named_clock(named(5_000, 40, -4_000)).expect("it is told");
    assert!(told.abs_diff(-4_000) <= 21, "{told}");
    for sent in (6_000..20_000).step_by(317) {
        assert_eq!(skew.on_dated(dated(sent, 40, 30_000)), None, "{sent}");
    }
    assert_eq!(skew.corrected(at(0)), at(told));
}

#[test]
fn the_origin_s_clock_counts_again_once_a_manifest_names_none() {
    let mut skew = Skew::default();
    skew.on_named_clock(named(0, 40, -4_000));
    skew.go_by_origin();
    assert_eq!(skew.on_dated(dated(1_000, 40, 0)), Some(0));
}

#[test]
fn a_named_clock_that_is_far_off_leaves_the_origin_s_in_its_place() {
    let mut skew = Skew::default();
    assert_eq!(skew.on_named_clock(named(0, 40, 3_600_000)), None);
    let told = skew
        .on_dated(dated(1_100, 40, 30_000))
        .expect("the origin's counts");
    assert!(told.abs_diff(30_000) <= 520, "{told}");
}
