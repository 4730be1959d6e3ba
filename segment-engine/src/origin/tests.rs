//! How an origin is judged.

use super::*;
use crate::manifest::sample;
use crate::time::{Timestamp, UnixTime};
use crate::timeline::Timeline;

const NOW: UnixTime = UnixTime::from_millis(0);

fn timeline() -> Timeline {
    let mpd = r#"<MPD type="static" mediaPresentationDuration="PT6S"><Period>
        <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$RepresentationID$/$Number$.m4s"
            initialization="$RepresentationID$/init.mp4"/>
          <Representation id="a" bandwidth="1000"/><Representation id="b" bandwidth="2000"/>
        </AdaptationSet></Period></MPD>"#;
    sample::title(mpd, "http://origin/x.mpd")
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn requests_have_names_of_their_own() {
    let mut origin = Origin::default();
    let (one, two) = (origin.next_id(), origin.next_id());
    assert!(one < two);
}

#[test]
fn an_origin_in_trouble_is_left_alone_ever_longer() {
    let mut origin = Origin::default();
    let mut now = at(1_000);
    let pauses: Vec<_> = (0..7)
        .map(|_| {
            origin.on_failed(now, FetchError::Timeout, Duration::MAX);
            let pause = origin.up_at().since(now);
            assert!(!origin.is_up(now) && origin.is_up(origin.up_at()));
            now = origin.up_at();
            pause.as_millis()
        })
        .collect();
    assert_eq!(pauses, [150, 300, 600, 1_200, 2_400, 4_000, 4_000]);
}

#[test]
fn an_origin_in_trouble_is_tried_the_sooner_the_less_time_there_is() {
    let pause = |slack| {
        let mut origin = Origin::default();
        let mut now = at(0);
        for _ in 0..6 {
            now = origin.up_at();
            origin.on_failed(now, FetchError::Network, slack);
        }
        origin.up_at().since(now).as_millis()
    };
    assert_eq!(pause(ms(60_000)), 4_000);
    assert_eq!(pause(ms(8_000)), 2_000);
    assert_eq!(pause(ms(0)), 150);
}

#[test]
fn only_what_tells_of_trouble_keeps_it_from_being_asked() {
    let table = [
        (FetchError::Network, false),
        (FetchError::Timeout, false),
        (FetchError::Status(500), false),
        (FetchError::Status(503), false),
        (FetchError::Status(408), false),
        (FetchError::Status(425), false),
        (FetchError::Status(429), false),
        (FetchError::Status(302), false),
        (FetchError::Status(400), true),
        (FetchError::Status(404), true),
        (FetchError::Status(416), true),
        (FetchError::Status(428), true),
        (FetchError::Status(430), true),
        (FetchError::Status(499), true),
    ];
    for (error, up) in table {
        let mut origin = Origin::default();
        origin.on_failed(at(1_000), error, Duration::MAX);
        assert_eq!(origin.is_up(at(1_000)), up, "{error:?}");
    }
}

#[test]
fn requests_that_fail_together_count_once() {
    let mut origin = Origin::default();
    for _ in 0..4 {
        origin.on_failed(at(1_000), FetchError::Network, Duration::MAX);
    }
    assert_eq!(origin.up_at(), at(1_150));
}

#[test]
fn a_response_forgives_earlier_failures() {
    let mut origin = Origin::default();
    origin.on_failed(at(0), FetchError::Network, Duration::MAX);
    origin.on_failed(at(250), FetchError::Network, Duration::MAX);
    origin.on_finished(1, 1, ms(1));
    origin.on_failed(at(9_000), FetchError::Network, Duration::MAX);
    assert_eq!(origin.up_at(), at(9_150));
}

#[test]
fn an_origin_that_ignores_ranges_once_is_taken_to_do_so() {
    let mut origin = Origin::default();
    assert!(origin.serves_ranges());
    origin.on_range_ignored();
    origin.on_finished(1 << 20, 1 << 20, ms(100));
    assert!(!origin.serves_ranges());
}

#[test]
fn what_a_segment_takes_is_expected_from_what_others_took() {
    let timeline = timeline();
    // The track of 1000 bit/s: 250 bytes in 2 s.
    let track = &timeline.tracks()[0];
    let segment = timeline
        .segments(
            track.key,
            crate::time::MediaTime::ZERO,
            crate::time::MediaTime::from_micros(1),
            NOW,
            1,
        )
        .remove(0);
    let expected = |origin: &Origin, size| origin.expected(track, &segment, size);
    let mut origin = Origin::default();
    assert_eq!(expected(&origin, None), ms(300), "before anything came");
    assert_eq!(expected(&origin, Some(1 << 20)), ms(300), "before anything came");
    origin.on_started(ms(100));
    assert_eq!(expected(&origin, None), ms(100), "the rate is not known");
    origin.on_finished(20_000, 20_000, ms(1_000));
    assert_eq!(expected(&origin, None), ms(100) + Duration::from_micros(17_850));
    assert_eq!(
        expected(&origin, Some(14_000)),
        ms(1_100),
        "7 parts in 10 are counted on"
    );
}

#[test]
fn small_bodies_say_nothing_of_the_rate() {
    for (bytes, rate) in [
        (TELLS_ORIGIN_RATE - 1, None),
        (TELLS_ORIGIN_RATE, Some(TELLS_ORIGIN_RATE * 8)),
    ] {
        let mut origin = Origin::default();
        origin.on_finished(bytes, bytes, ms(1_000));
        assert_eq!(
            origin.rate.bytes_per_second().map(|rate| rate * 8),
            rate,
            "{bytes} bytes"
        );
    }
}

#[test]
fn pauses_double_up_to_the_last() {
    let table = [
        (0, 10),
        (1, 10),
        (2, 20),
        (3, 40),
        (4, 75),
        (33, 75),
        (u32::MAX, 75),
    ];
    for (failures, pause) in table {
        assert_eq!(
            back_off(failures, ms(10), ms(75)),
            ms(pause),
            "{failures} failures"
        );
    }
}
