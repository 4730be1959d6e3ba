//! Which later manifests are of another run.

use crate::manifest::sample;
use crate::timeline::Timeline;

fn title(text: &str) -> Timeline {
    sample::title(text, "http://origin/x")
}

fn counted(begun: &str) -> Timeline {
    title(&format!(
        r#"<MPD type="dynamic" availabilityStartTime="{begun}" timeShiftBufferDepth="PT60S"><Period id="1" start="PT0S">
        <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$"/><Representation id="a"/>
        </AdaptationSet></Period></MPD>"#
    ))
}

/// Of segments of 2 s.
fn listed(kind: &str, from: u32, count: u32) -> Timeline {
    title(&format!(
        r#"<MPD type="{kind}" availabilityStartTime="2024-01-01T00:00:00Z"><Period id="1" start="PT0S">
        <AdaptationSet contentType="video"><SegmentTemplate timescale="1" media="$Time$"><SegmentTimeline>
        <S t="{from}" d="2" r="{}"/></SegmentTimeline></SegmentTemplate><Representation id="a"/></AdaptationSet>
        </Period></MPD>"#,
        count - 1
    ))
}

#[test]
fn a_presentation_that_begins_much_later_is_another() {
    let known = counted("2024-01-01T00:00:00Z");
    let table = [
        ("2024-01-01T00:00:00Z", false),
        ("2024-01-01T00:00:02Z", false),
        ("2023-12-31T00:00:00Z", false),
        ("2024-01-01T00:05:00Z", true),
    ];
    for (begun, anew) in table {
        assert_eq!(known.is_begun_anew(&counted(begun)), anew, "{begun}");
    }
}

#[test]
fn a_list_that_is_back_at_its_beginning_is_another_and_an_old_copy_is_not() {
    // (known, later, whether it is another)
    let table = [
        ((1_000, 15), (1_002, 15), false),
        ((1_000, 15), (990, 15), false),
        ((1_000, 15), (900, 15), false),
        ((1_000, 15), (0, 3), true),
        ((1_000, 15), (100, 15), true),
        ((40, 15), (0, 15), false),
    ];
    for ((known, count), (from, later), anew) in table {
        let known = listed("dynamic", known, count);
        let later = listed("dynamic", from, later);
        assert_eq!(known.is_begun_anew(&later), anew, "{from}");
    }
}

#[test]
fn what_was_complete_and_is_live_is_another() {
    let (film, live) = (listed("static", 0, 15), listed("dynamic", 0, 3));
    assert!(film.is_begun_anew(&live));
    assert!(!live.is_begun_anew(&film), "it has ended");
    assert!(
        !film.is_begun_anew(&listed("dynamic", 0, 16)),
        "it had not ended after all"
    );
    assert!(film.is_begun_anew(&counted("2024-01-01T00:00:00Z")));
    assert!(!film.is_begun_anew(&film));
}

#[test]
fn a_complete_playlist_that_begins_again_is_another_and_one_that_goes_on_is_not() {
    let playlist = |first: u32, count: usize, end: &str| {
        title(&format!(
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n{}{end}",
            "#EXTINF:2,\na.ts\n".repeat(count)
        ))
    };
    let known = playlist(0, 10, "#EXT-X-ENDLIST\n");
    assert!(known.is_begun_anew(&playlist(0, 2, "")));
    assert!(
        !known.is_begun_anew(&playlist(0, 12, "")),
        "it had not ended after all"
    );
    assert!(!known.is_begun_anew(&playlist(0, 10, "#EXT-X-ENDLIST\n")));
}
