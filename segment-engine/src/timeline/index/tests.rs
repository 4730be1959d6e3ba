//! Manifests with SegmentBase, and the index that comes later.

use std::time::Duration;

use crate::error::IndexError;
use crate::id::{ByteRange, SegmentKind};
use crate::manifest::sample;
use crate::time::{MediaTime, UnixTime};
use crate::timeline::{Segment, Timeline};

/// Three subsegments of 2 s, 2 s and 1 s, in ticks of a millisecond, from 500 on; the box is 68 bytes long.
fn index() -> Vec<u8> {
    let mut body = vec![0, 0, 0, 68];
    body.extend(b"sidx");
    for field in [0, 1, 1000, 500, 0, 3] {
        body.extend(u32::to_be_bytes(field));
    }
    for (size, duration) in [(4000, 2000), (3000, 2000), (10, 1000)] {
        for field in [size, duration, 0] {
            body.extend(u32::to_be_bytes(field));
        }
    }
    body
}

fn title(host: &str, range: &str) -> Timeline {
    let body = format!(
        r#"<MPD mediaPresentationDuration="PT9S"><Period start="PT10S"><AdaptationSet contentType="video">
        <Representation id="v"><BaseURL>v.mp4</BaseURL><SegmentBase indexRange="{range}" timescale="100"
        presentationTimeOffset="50"><Initialization range="0-99"/></SegmentBase></Representation></AdaptationSet></Period></MPD>"#
    );
    sample::title(&body, &format!("https://{host}/t/m.mpd"))
}

fn segments(timeline: &Timeline) -> Vec<Segment> {
    let track = timeline.tracks()[0].key;
    let (from, to) = (MediaTime::ZERO, MediaTime::MAX);
    timeline.segments(track, from, to, UnixTime::default(), 10)
}

#[test]
fn subsegments_become_known_with_the_index() {
    let mut timeline = title("cdn.example", "100-167");
    let track = timeline.tracks()[0].key;
    let first = "https://cdn.example/t/v.mp4";
    assert_eq!(segments(&timeline), []);
    let index_segment = timeline.index_segment(track).unwrap();
    assert_eq!(
        timeline.locate(first, ByteRange::new(100, 167)).as_ref(),
        Some(&index_segment)
    );
    assert_eq!(index_segment.key.kind, SegmentKind::Init);
    assert_eq!(timeline.init_segments(track).len(), 2, "init segment and index");
    assert!(timeline.lacks_index(&index_segment.key));
    timeline.add_index(track, &index()).unwrap();
    assert!(!timeline.lacks_index(&index_segment.key));
    let found = segments(&timeline);
    let told: Vec<_> = found
        .iter()
        .map(|s| {
            let range = s.key.range.unwrap().to_string();
            (range, s.start.as_micros() / 1000, s.duration)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("168-4167".to_owned(), 10_000, Duration::from_secs(2)),
            ("4168-7167".to_owned(), 12_000, Duration::from_secs(2)),
            ("7168-7177".to_owned(), 14_000, Duration::from_secs(1)),
        ]
    );
    for segment in found {
        assert_eq!(timeline.segment(&segment.key).as_ref(), Some(&segment));
        assert_eq!(timeline.locate(first, segment.key.range), Some(segment));
    }
    assert_eq!(timeline.locate(first, ByteRange::new(168, 4166)), None);
    assert_eq!(timeline.locate(first, None), None);
}

#[test]
fn a_manifest_that_is_read_again_keeps_the_index() {
    let mut timeline = title("one.example", "100-167");
    let track = timeline.tracks()[0].key;
    timeline.add_index(track, &index()).unwrap();
    let before = segments(&timeline);
    timeline.merge(title("two.example", "100-167"));
    let after = segments(&timeline);
    assert_eq!(after[1].url, "https://two.example/t/v.mp4");
    assert_eq!(
        before.iter().map(|s| s.key).collect::<Vec<_>>(),
        after.iter().map(|s| s.key).collect::<Vec<_>>()
    );
    timeline.merge(title("two.example", "100-171"));
    assert_eq!(segments(&timeline), [], "another index is another file");
}

#[test]
fn what_is_no_index_leaves_the_track_without_segments() {
    let mut timeline = title("one.example", "100-167");
    let track = timeline.tracks()[0].key;
    assert_eq!(timeline.add_index(track, b"cues"), Err(IndexError::Truncated));
    assert_eq!(segments(&timeline), []);
    assert_eq!(timeline.tracks().len(), 1);
}

#[test]
fn the_cues_of_webm_are_no_index() {
    let mut timeline = title("cdn.example", "100-167");
    let track = timeline.tracks()[0].key;
    let cues = b"\x1c\x53\xbb\x6b\xeb\xbb\x8f\xb3\x81\x00";
    assert_eq!(timeline.add_index(track, cues), Err(IndexError::NoIndex));
}
