//! Whole manifests in, segments out.

use super::*;
use crate::time::MediaTime;

fn read_title(body: &str) -> Timeline {
    match read(
        body.as_bytes(),
        "https://cdn.example/t/m.mpd",
        None,
        UnixTime::default(),
        &Limits::default(),
    ) {
        Ok(Manifest::Title(timeline)) => timeline,
        other => panic!("not a title: {other:?}"),
    }
}

fn urls(timeline: &Timeline, track: usize) -> Vec<String> {
    let key = timeline.tracks()[track].key;
    let everything = (MediaTime::from_micros(i64::MIN), MediaTime::from_micros(i64::MAX));
    let segments = timeline.segments(key, everything.0, everything.1, UnixTime::default(), 1000);
    segments.into_iter().map(|segment| segment.url).collect()
}

#[test]
fn numbers_segments_of_equal_length() {
    let timeline = read_title(
        r#"<MPD mediaPresentationDuration="PT5S"><Period><AdaptationSet contentType="video">
        <SegmentTemplate media="$RepresentationID$/$Number%03d$.m4s" duration="2" startNumber="7"/>
        <Representation id="v" bandwidth="1"/></AdaptationSet></Period></MPD>"#,
    );
    let expected = ["7", "8", "9"].map(|number| format!("https://cdn.example/t/v/00{number}.m4s"));
    assert_eq!(urls(&timeline, 0), expected);
    let found = timeline
        .locate("http://other.example/t/v/008.m4s?CMCD=bs", None)
        .unwrap();
    assert_eq!(
        (found.key.time, found.start),
        (2, MediaTime::from_micros(2_000_000))
    );
    assert_eq!(timeline.locate("https://cdn.example/t/v/8.m4s", None), None);
}
