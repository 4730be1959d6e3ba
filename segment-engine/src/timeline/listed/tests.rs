//! What each kind of manifest lets expect of its next segment.

use super::*;
use crate::manifest::sample;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn lists_tell_how_far_they_go_and_when_the_next_segment_is_expected() {
    let timeline = |update: &str, last: &str| {
        mpd(&format!(
            r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" {update}><Period start="PT0S">
            <AdaptationSet contentType="video"><SegmentTemplate timescale="1" media="$Time$"><SegmentTimeline>
            <S t="0" d="4" r="2"/>{last}</SegmentTimeline></SegmentTemplate><Representation id="a"/></AdaptationSet>
            </Period></MPD>"#
        ))
    };
    let table = [
        ("", "", 4, 8),
        ("", r#"<S d="2"/>"#, 2, 12),
        (r#"minimumUpdatePeriod="PT1S""#, "", 4, 8),
        (r#"minimumUpdatePeriod="PT30S""#, "", 30, 8),
    ];
    for (update, last, pace, mark) in table {
        let listed = timeline(update, last).listed();
        let expected = Listed {
            mark,
            pace: SECOND * pace,
        };
        assert_eq!(listed, Some(expected), "{update} {last}");
    }
}

#[test]
fn nothing_is_listed_of_what_goes_by_the_clock_or_is_complete() {
    let by_clock = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z"><Period start="PT0S">
        <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$"/><Representation id="a"/>
        </AdaptationSet></Period></MPD>"#;
    let complete = r#"<MPD type="static" mediaPresentationDuration="PT4S"><Period><AdaptationSet contentType="video">
        <SegmentTemplate duration="2" media="$Number$"/><Representation id="a"/></AdaptationSet></Period></MPD>"#;
    for manifest in [by_clock, complete] {
        assert_eq!(mpd(manifest).listed(), None);
    }
}

#[cfg(feature = "hls")]
#[test]
fn a_playlist_whose_window_moves_has_grown() {
    let marks = [7, 8].map(|first| {
        let playlist = format!(
            "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:{first}\n#EXTINF:6,\na.ts\n#EXTINF:6,\nb.ts\n"
        );
        mpd(&playlist).listed().map(|listed| listed.mark)
    });
    assert_eq!(marks, [Some(8), Some(9)]);
}

#[cfg(feature = "hls")]
#[test]
fn a_playlist_grows_by_its_last_segment_whatever_its_target() {
    let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXTINF:3.5,\nb.ts\n";
    let listed = mpd(playlist).listed().map(|listed| listed.pace);
    assert_eq!(listed, Some(Duration::from_millis(3_500)));
}

fn mpd(text: &str) -> Timeline {
    sample::title(text, "http://origin/x")
}
