//! Tests of availability by the clock.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn clock(early: Early, depth: Option<Duration>) -> Clock {
    Clock {
        epoch: UnixTime::from_millis(1_000_000),
        early,
        depth,
        end: None,
    }
}

#[test]
fn a_segment_is_there_once_it_has_ended() {
    let plain = clock(Early::default(), Some(10 * SECOND));
    let now = UnixTime::from_millis(1_060_000);
    assert_eq!(plain.edge(now), Some(MediaTime::from_micros(60_000_000)));
    assert_eq!(plain.oldest(now), MediaTime::from_micros(50_000_000));
    assert_eq!(
        plain.available(MediaTime::from_micros(60_000_001)),
        UnixTime::from_millis(1_060_001)
    );
}

#[test]
fn the_last_segment_of_a_period_is_there_at_the_periods_end() {
    let ten = MediaTime::from_micros(10_000_000);
    let ended = Clock {
        end: Some(ten),
        ..clock(Early::By(1_000_000), None)
    };
    assert_eq!(
        ended.available(ten + 3 * SECOND),
        UnixTime::from_millis(1_009_000)
    );
    assert_eq!(ended.available(ten - SECOND), UnixTime::from_millis(1_008_000));
    let reach = |millis| ended.reach(UnixTime::from_millis(millis));
    assert_eq!(reach(1_008_999), Some(MediaTime::from_micros(9_999_000)));
    assert_eq!(reach(1_009_000), Some(MediaTime::MAX));
}

#[test]
fn an_offset_makes_it_earlier() {
    let early = clock(Early::By(7_000_000), None);
    assert_eq!(
        early.edge(UnixTime::from_millis(1_000_000)),
        Some(MediaTime::from_micros(7_000_000))
    );
    assert_eq!(
        early.available(MediaTime::from_micros(7_000_000)),
        UnixTime::from_millis(1_000_000)
    );
}

#[test]
fn an_offset_below_zero_makes_it_later() {
    let late = clock(Early::By(-4_000_000), None);
    let ten = MediaTime::from_micros(10_000_000);
    assert_eq!(late.edge(UnixTime::from_millis(1_014_000)), Some(ten));
    assert_eq!(late.available(ten), UnixTime::from_millis(1_014_000));
}

#[test]
fn an_endless_offset_waits_for_the_beginning() {
    let always = clock(Early::Always, None);
    assert_eq!(always.edge(UnixTime::from_millis(999_999)), None);
    assert_eq!(
        always.edge(UnixTime::from_millis(1_000_000)),
        Some(MediaTime::MAX)
    );
    assert_eq!(
        always.available(MediaTime::from_micros(1)),
        UnixTime::from_millis(1_000_000)
    );
}
