//! Durations and rates of small tracks; the tracks also serve the manifests' tests.

use super::*;

/// Two video segments of 2 s at 1000 ticks per second.
pub(in crate::media) fn video() -> Track {
    Track {
        id: "v180",
        media: Media::Video {
            width: 320,
            height: 180,
        },
        codec: "avc1.64000c".to_owned(),
        timescale: 1000,
        segments: durations(&[(0, 1000), (2000, 3000)], 4000).unwrap(),
    }
}

/// Two audio segments, the first a frame longer than 2 s.
pub(in crate::media) fn audio() -> Track {
    Track {
        id: "a64",
        media: Media::Audio,
        codec: "mp4a.40.2".to_owned(),
        timescale: 48_000,
        segments: durations(&[(0, 500), (96_256, 500)], 192_000).unwrap(),
    }
}

#[test]
fn last_segment_lasts_until_the_end() {
    let segments = audio().segments;
    assert_eq!(segments[0].duration, 96_256);
    assert_eq!(segments[1].duration, 95_744);
}

#[test]
fn rates_are_those_of_the_largest_segment_and_of_all() {
    assert_eq!(video().peak_bandwidth(), 12_000);
    assert_eq!(video().average_bandwidth(), 8_000);
}

#[test]
fn refuses_times_that_do_not_grow() {
    assert!(durations(&[(0, 1), (2000, 1), (2000, 1)], 4000).is_err());
    assert!(durations(&[(10, 1)], 4000).is_err());
    assert!(durations(&[], 4000).is_err());
}
