//! Whole manifests in, segments out; and text of any kind in, no panic out.

use proptest::prelude::*;

use super::*;
use crate::time::MediaTime;
use std::time::Duration;

use crate::id::{ByteRange, SegmentKey, SegmentKind};
use crate::timeline::{LeftOut, Omission, Segment, Telling};

const URL: &str = "https://cdn.example/t/m.mpd?token=1";

fn read_text(body: &str) -> Result<Manifest, ManifestError> {
    read(body.as_bytes(), URL, None, &Limits::default())
}

fn title(body: &str) -> Timeline {
    sample::title(body, URL)
}

/// An MPD of one period and one representation.
fn mpd(attributes: &str, addressing: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" {attributes}><Period id="p">
        <AdaptationSet mimeType="video/mp4">{addressing}<Representation id="v" bandwidth="900"/>
        </AdaptationSet></Period></MPD>"#
    )
}

fn segments(timeline: &Timeline, track: usize, now: i64) -> Vec<Segment> {
    let key = timeline.tracks()[track].key;
    let (from, to) = (MediaTime::MIN, MediaTime::MAX);
    timeline.segments(key, from, to, UnixTime::from_millis(now), 1000)
}

/// Name, start in milliseconds, and key time of each segment.
fn listed(timeline: &Timeline, track: usize) -> Vec<(String, i64, i64)> {
    let name = |url: &str| {
        url.strip_prefix("https://cdn.example/t/")
            .unwrap_or(url)
            .to_owned()
    };
    let told = |s: Segment| (name(&s.url), s.start.as_micros() / 1000, s.key.time);
    segments(timeline, track, i64::MAX)
        .into_iter()
        .map(told)
        .collect()
}

fn row(name: &str, start: i64, time: i64) -> (String, i64, i64) {
    (name.to_owned(), start, time)
}

#[test]
fn numbers_segments_of_equal_length() {
    let addressing = r#"<SegmentTemplate media="$RepresentationID$/$Number%03d$.m4s" timescale="10" duration="20"
        startNumber="7" presentationTimeOffset="5" initialization="$RepresentationID$.mp4"/>"#;
    let timeline = title(&mpd(r#"mediaPresentationDuration="PT5S""#, addressing));
    assert_eq!(
        listed(&timeline, 0),
        [
            row("v/007.m4s", 0, 5),
            row("v/008.m4s", 2000, 25),
            row("v/009.m4s", 4000, 45)
        ]
    );
    let key = timeline.tracks()[0].key;
    assert_eq!(
        timeline.init_segment(key).unwrap().url,
        "https://cdn.example/t/v.mp4"
    );
    assert_eq!(timeline.live(), None);
    assert_eq!(timeline.next_available(UnixTime::default()), None);
}

#[test]
fn a_time_in_a_url_counts_durations_and_leaves_the_offset_out() {
    let table = [
        ("", [0, 5000]),
        ("presentationTimeOffset='60000'", [0, 5000]),
        ("presentationTimeOffset='60000' startNumber='0'", [0, 5000]),
        (
            "presentationTimeOffset='60000' startNumber='13'",
            [60_000, 65_000],
        ),
    ];
    for (attributes, times) in table {
        let addressing =
            format!("<SegmentTemplate media='$Time$.m4s' timescale='1000' duration='5000' {attributes}/>");
        let timeline = title(&mpd(r#"mediaPresentationDuration="PT10S""#, &addressing));
        let offset = if attributes.is_empty() { 0 } else { 60_000 };
        let expected = [(0, 0), (1, 5000)]
            .map(|(index, time): (usize, i64)| row(&format!("{}.m4s", times[index]), time, offset + time));
        assert_eq!(listed(&timeline, 0), expected, "{attributes}");
        for segment in segments(&timeline, 0, 0) {
            assert_eq!(timeline.locate(&segment.url, None), Some(segment));
        }
    }
}

#[test]
fn an_end_number_ends_the_count() {
    let addressing = r#"<SegmentTemplate media="$Number$" duration="2" startNumber="0" endNumber="1"/>"#;
    let timeline = title(&mpd(r#"mediaPresentationDuration="PT60S""#, addressing));
    assert_eq!(listed(&timeline, 0), [row("0", 0, 0), row("1", 2000, 2)]);
}

#[test]
fn times_segments_by_their_timeline() {
    let addressing = r#"<SegmentTemplate media="$Time$" timescale="1000" presentationTimeOffset="1000"><SegmentTimeline>
        <S t="1000" d="2000" r="1"/><S d="500"/><S t="9000" d="1000" r="-1"/><S t="11000" d="700" r="-1"/>
        </SegmentTimeline></SegmentTemplate>"#;
    let timeline = title(&mpd(r#"mediaPresentationDuration="PT11.5S""#, addressing));
    let expected = [
        row("1000", 0, 1000),
        row("3000", 2000, 3000),
        row("5000", 4000, 5000),
        row("9000", 8000, 9000),
        row("10000", 9000, 10000),
        row("11000", 10000, 11000),
        row("11700", 10700, 11700),
        row("12400", 11400, 12400),
    ];
    assert_eq!(listed(&timeline, 0), expected);
    assert_eq!(
        timeline.locate("https://cdn.example/t/7000", None),
        None,
        "a gap holds no segment"
    );
}

#[test]
fn numbers_a_timeline() {
    let addressing = r#"<SegmentTemplate media="$Number$" startNumber="40" endNumber="42"><SegmentTimeline>
        <S t="100" d="2" r="5"/></SegmentTimeline></SegmentTemplate>"#;
    let timeline = title(&mpd("", addressing));
    assert_eq!(
        listed(&timeline, 0),
        [
            row("40", 100_000, 100),
            row("41", 102_000, 102),
            row("42", 104_000, 104)
        ]
    );
}

#[test]
fn lists_segments_with_ranges() {
    let addressing = r#"<SegmentList duration="2"><Initialization sourceURL="v.mp4" range="0-99"/>
        <SegmentURL media="v.mp4" mediaRange="100-199"/><SegmentURL mediaRange="200-299"/></SegmentList>"#;
    let timeline = title(&mpd("", addressing));
    let found = segments(&timeline, 0, 0);
    assert_eq!(found[0].key.range, ByteRange::new(100, 199));
    assert_eq!(found[1].url, URL, "without a media attribute it is the base URL");
    let located = timeline.locate("https://cdn.example/t/v.mp4", ByteRange::new(100, 199));
    assert_eq!(located.as_ref(), Some(&found[0]));
    assert_eq!(timeline.locate("https://cdn.example/t/v.mp4", None), None);
    assert_eq!(
        timeline.locate("https://cdn.example/t/v.mp4", ByteRange::new(100, 198)),
        None
    );
    let init = timeline.init_segment(timeline.tracks()[0].key).unwrap();
    assert_eq!(
        timeline.locate("https://cdn.example/t/v.mp4", ByteRange::new(0, 99)),
        Some(init)
    );
}

#[test]
fn a_range_from_0_without_end_is_the_whole_resource_and_so_is_an_empty_one() {
    let text = r#"<MPD mediaPresentationDuration="PT9S"><Period><AdaptationSet><Representation id="a"><BaseURL>a.mp4</BaseURL>
        <SegmentBase indexRange="7-9"><Initialization sourceURL="i.mp4" range="0-"/></SegmentBase></Representation>
        <Representation id="b"><BaseURL>b.mp4</BaseURL><SegmentBase indexRange=""/></Representation><Representation id="c">
        <SegmentList duration="5"><SegmentURL media="1" mediaRange="0-"/><SegmentURL media="2" mediaRange=""/></SegmentList>
        </Representation></AdaptationSet></Period></MPD>"#;
    let timeline = title(text);
    let init = timeline.init_segment(timeline.tracks()[0].key).unwrap();
    assert_eq!(
        (init.url.as_str(), init.key.range),
        ("https://cdn.example/t/i.mp4", None)
    );
    assert_eq!(listed(&timeline, 1), [row("b.mp4", 0, 0)]);
    assert_eq!(listed(&timeline, 2), [row("1", 0, 0), row("2", 5000, 5)]);
    assert!(
        segments(&timeline, 2, 0)
            .iter()
            .all(|segment| segment.key.range.is_none())
    );
}

#[test]
fn one_file_is_one_segment_and_an_index_is_left_alone() {
    let text = r#"<MPD mediaPresentationDuration="PT9S"><Period><AdaptationSet contentType="text"><Representation id="t">
        <BaseURL>t.vtt</BaseURL></Representation></AdaptationSet><AdaptationSet contentType="audio">
        <Representation id="a"><BaseURL>a.mp4</BaseURL><SegmentBase indexRange="700-999"><Initialization range="0-699"/>
        </SegmentBase></Representation></AdaptationSet></Period></MPD>"#;
    let timeline = title(text);
    assert_eq!(listed(&timeline, 0), [row("t.vtt", 0, 0)]);
    assert_eq!(listed(&timeline, 1), []);
    let init = timeline.init_segment(timeline.tracks()[1].key).unwrap();
    assert_eq!(
        (init.url.as_str(), init.key.range),
        ("https://cdn.example/t/a.mp4", ByteRange::new(0, 699))
    );
}

#[test]
fn inherits_attribute_by_attribute_and_replaces_timelines() {
    let text = r#"<MPD><BaseURL>a/</BaseURL><Period><BaseURL>b/</BaseURL>
        <SegmentTemplate timescale="10" media="$RepresentationID$-$Time$" startNumber="3"/>
        <AdaptationSet><SegmentTemplate presentationTimeOffset="50"><SegmentTimeline><S t="50" d="9" r="7"/>
        </SegmentTimeline></SegmentTemplate><Representation id="x"/><Representation id="y"><BaseURL>c/</BaseURL>
        <SegmentTemplate><SegmentTimeline><S t="60" d="9"/></SegmentTimeline></SegmentTemplate></Representation>
        <Representation id="z"><SegmentBase indexRange="1-2"/></Representation></AdaptationSet></Period></MPD>"#;
    let timeline = title(text);
    assert_eq!(listed(&timeline, 0).len(), 8);
    assert_eq!(listed(&timeline, 0)[1], row("a/b/x-59", 900, 59));
    assert_eq!(listed(&timeline, 1), [row("a/b/c/y-60", 1000, 60)]);
    assert_eq!(listed(&timeline, 2), []);
}

#[test]
fn places_periods_one_after_another() {
    let set = r#"<AdaptationSet><SegmentTemplate media="$Number$.m4s" duration="4"/><Representation id="v"/></AdaptationSet>"#;
    let text = format!(
        r#"<MPD mediaPresentationDuration="PT20S"><Period duration="PT6S"><BaseURL>0/</BaseURL>{set}</Period>
        <Period xmlns:x="y" x:href="urn:mpeg:dash:resolve-to-zero:2013">{set}</Period>
        <Period><BaseURL>1/</BaseURL>{set}</Period><Period start="PT12S"><BaseURL>2/</BaseURL>{set}</Period></MPD>"#
    );
    let timeline = title(&text);
    assert_eq!(
        listed(&timeline, 0),
        [row("0/1.m4s", 0, 0), row("0/2.m4s", 4000, 4)]
    );
    assert_eq!(
        listed(&timeline, 1),
        [row("1/1.m4s", 6000, 0), row("1/2.m4s", 10_000, 4)]
    );
    assert_eq!(
        listed(&timeline, 2),
        [row("2/1.m4s", 12_000, 0), row("2/2.m4s", 16_000, 4)]
    );
    assert_eq!(timeline.tracks().len(), 3);
}

#[test]
fn counts_live_segments_by_the_clock() {
    let addressing = r#"<SegmentTemplate media="$Number$" timescale="1000" duration="2000" startNumber="1"
        availabilityTimeOffset="0.5"/>"#;
    let live = r#"type="dynamic" availabilityStartTime="1970-01-01T00:16:40Z" timeShiftBufferDepth="PT5S"
        minimumUpdatePeriod="PT3S" suggestedPresentationDelay="PT6S""#;
    let timeline = title(&mpd(live, addressing));
    let numbers = |now| {
        segments(&timeline, 0, now)
            .into_iter()
            .map(|s| s.key.time / 2000 + 1)
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(999_000), [0_i64; 0]);
    assert_eq!(numbers(1_001_499), [0_i64; 0]);
    assert_eq!(numbers(1_001_500), [1]);
    // The second ended at 4 s, and stays for its own 2 s and the depth of 5 s.
    assert_eq!(numbers(1_010_000), [2, 3, 4, 5]);
    assert_eq!(numbers(1_011_000), [3, 4, 5]);
    let next = |now| {
        timeline
            .next_available(UnixTime::from_millis(now))
            .map(UnixTime::as_millis)
    };
    assert_eq!(next(0), Some(1_001_500));
    assert_eq!(next(1_001_500), Some(1_003_500));
    // Ten years on, nothing has been listed.
    assert_eq!(numbers(315_361_000_000).len(), 4);
    let live = timeline.live().unwrap();
    assert_eq!(
        (live.refresh, live.delay),
        (Some(Duration::from_secs(3)), Some(Duration::from_secs(6)))
    );
}

#[test]
fn a_segment_longer_than_the_depth_is_there_until_the_next_one_is() {
    let live = r#"type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" timeShiftBufferDepth="PT1S""#;
    let timeline = title(&mpd(live, r#"<SegmentTemplate media="$Number$" duration="4"/>"#));
    let track = timeline.tracks()[0].key;
    for (now, there) in [
        (3_999, 0..0),
        (4_000, 0..1),
        (7_999, 0..1),
        (8_999, 0..2),
        (9_000, 1..2),
    ] {
        let at = UnixTime::from_millis(now);
        assert_eq!(timeline.available(track, at), there, "{now}");
        assert_eq!(segments(&timeline, 0, now).len() as u64, there.end - there.start);
        let first = timeline.segment_at(track, 0).unwrap();
        assert_eq!(timeline.has_left(&first.key, at), there.start > 0);
    }
    // A gap in a timeline keeps nothing.
    let addressing = r#"<SegmentTemplate media="$Time$"><SegmentTimeline><S t="0" d="4"/><S t="100" d="4" r="-1"/>
        </SegmentTimeline></SegmentTemplate>"#;
    let timeline = title(&mpd(live, addressing));
    let there = |now| timeline.available(track, UnixTime::from_millis(now));
    assert_eq!((there(8_000), there(50_000)), (0..1, 1..1));
}

#[test]
fn a_live_list_moves_with_its_number_also_from_0_on() {
    let at = |first: u64| {
        let urls: String = (first..first + 3)
            .map(|number| format!(r#"<SegmentURL media="s{number}"/>"#))
            .collect();
        let list = format!(r#"<SegmentList duration="4" startNumber="{first}">{urls}</SegmentList>"#);
        title(&mpd(r#"type="dynamic""#, &list))
    };
    for first in 0..3 {
        let (old, new) = (at(first), at(first + 1));
        let shared = old.segment_at(old.tracks()[0].key, 1).unwrap();
        assert_eq!(new.segment(&shared.key).unwrap().url, shared.url);
        assert_eq!(listed(&new, 0)[0].1, 0, "where it starts is not told");
    }
}

#[test]
fn a_timeline_and_a_count_end_with_the_period_alike() {
    // The period's length, the attributes and the segments of both.
    let table = [
        ("PT9.9S", "timescale='1'", "3", 4),
        ("PT9S", "timescale='1'", "3", 3),
        ("PT8.5S", "timescale='1'", "2", 5),
        ("PT10.02667S", "timescale='48000'", "96256", 5),
    ];
    for (length, attributes, duration, expected) in table {
        let count = format!("<SegmentTemplate media='$Number$' {attributes} duration='{duration}'/>");
        let repeat = format!(
            "<SegmentTemplate media='$Number$' {attributes}><SegmentTimeline><S t='0' d='{duration}' r='-1'/>\
             </SegmentTimeline></SegmentTemplate>"
        );
        for addressing in [count, repeat] {
            let attributes = format!("mediaPresentationDuration='{length}'");
            let timeline = title(&mpd(&attributes, &addressing));
            assert_eq!(listed(&timeline, 0).len(), expected, "{length} {addressing}");
        }
    }
}

#[test]
fn an_entry_without_length_is_no_segment() {
    let addressing = r#"<SegmentTemplate media="$Number$"><SegmentTimeline><S t="0" d="2"/><S d="0"/><S d="2"/></SegmentTimeline>
        </SegmentTemplate>"#;
    let timeline = title(&mpd("", addressing));
    assert_eq!(listed(&timeline, 0), [row("1", 0, 0), row("2", 2000, 2)]);
    let carried = r#"<SegmentTemplate media="$Number$"><SegmentTimeline><S t="8" d="0"/><S d="2"/><S t="30"/><S t="40"/><S d="2"/>
        <S t="50" d="0"/><S t="60" d="2"/></SegmentTimeline></SegmentTemplate>"#;
    let timeline = title(&mpd("", carried));
    let expected = [row("1", 8000, 8), row("2", 40_000, 40), row("3", 60_000, 60)];
    assert_eq!(
        listed(&timeline, 0),
        expected,
        "its time is that of the next one without"
    );
}

#[test]
fn an_init_segment_of_its_own_counts_before_one_of_a_level_above() {
    let own = |period: &str, set: &str| {
        let text = format!(
            "<MPD mediaPresentationDuration='PT4S'><Period><SegmentTemplate media='$Number$' duration='2' {period}\
             <AdaptationSet><SegmentTemplate {set}<Representation id='v'/></AdaptationSet></Period></MPD>"
        );
        let timeline = title(&text);
        let init = timeline.init_segment(timeline.tracks()[0].key).unwrap();
        init.url
            .strip_prefix("https://cdn.example/t/")
            .unwrap()
            .to_owned()
    };
    let attribute = |name: &str| format!("initialization='{name}'/>");
    let element = |name: &str| format!("><Initialization sourceURL='{name}'/></SegmentTemplate>");
    assert_eq!(own(&element("above"), &attribute("own")), "own");
    assert_eq!(own(&attribute("above"), &element("own")), "own");
    assert_eq!(own(&element("above"), "/>"), "above");
}

#[test]
fn addresses_that_are_kept_for_each_representation_are_bounded() {
    let base = |n| format!("<BaseURL>{n}/{}</BaseURL>", "a/".repeat(3000));
    let bases: String = (0..8).map(base).collect();
    let representations = |many: usize| -> String {
        let representation = |n| format!(r#"<Representation id="{n}"/>"#);
        (0..many).map(representation).collect()
    };
    let read = |addressing: &str, many: usize| {
        let all = representations(many);
        read_text(&format!(
            "<MPD mediaPresentationDuration='PT4S'>{bases}<Period><AdaptationSet>{addressing}{all}</AdaptationSet></Period></MPD>"
        ))
    };
    let table = [
        "",
        "<SegmentBase indexRange='5-9'/>",
        "<SegmentBase><Initialization range='0-4'/></SegmentBase>",
        "<SegmentList duration='4'><SegmentURL/></SegmentList>",
    ];
    for addressing in table {
        assert!(read(addressing, 100).is_ok(), "{addressing}");
        let refused = read(addressing, 400);
        assert!(
            matches!(refused, Err(ManifestError::OverLimit { .. })),
            "{addressing}"
        );
    }
}

#[test]
fn the_base_url_that_is_used_is_the_one_to_prefer() {
    let dvb =
        |priority: &str, url: &str| format!("<BaseURL {priority} serviceLocation='{url}'>{url}</BaseURL>");
    let first = |level: String| {
        let addressing = format!("{level}<SegmentTemplate media='$Number$' duration='2'/>");
        listed(&title(&mpd("mediaPresentationDuration='PT2S'", &addressing)), 0)[0]
            .0
            .clone()
    };
    let rank = |n: u8| format!("dvb:priority='{n}' xmlns:dvb='urn:dvb:dash:dash-extensions:2014-1'");
    assert_eq!(
        first(dvb(&rank(2), "a/") + &dvb("", "b/") + &dvb(&rank(1), "c/")),
        "b/1"
    );
    assert_eq!(
        first(dvb(&rank(3), "a/") + &dvb(&rank(2), "b/") + &dvb("dvb:priority='x'", "c/")),
        "c/1"
    );
}

#[test]
fn offsets_of_the_base_url_that_is_used_are_summed_over_all_levels() {
    let base = |offset: &str, url: &str| format!("<BaseURL {offset}>{url}</BaseURL>");
    let (two, four) = ("availabilityTimeOffset='2'", "availabilityTimeOffset='4'");
    let table = [
        (
            [base("", "https://a.example/"), base(four, "https://b.example/")],
            "",
            "",
            0,
        ),
        (
            [base(four, "https://a.example/"), base("", "https://b.example/")],
            "",
            "",
            4,
        ),
        (
            [base(four, "ftp://a.example/"), base("", "https://b.example/")],
            "",
            "",
            0,
        ),
        (
            [base(four, "https://a.example/"), base(two, "https://b.example/")],
            two,
            "",
            6,
        ),
        ([base(four, "https://a.example/"), String::new()], two, two, 8),
        (
            [
                base("availabilityTimeOffset='INF'", "https://a.example/"),
                String::new(),
            ],
            two,
            "",
            99,
        ),
    ];
    for (bases, of_period, of_template, early) in table {
        let text = format!(
            "<MPD type='dynamic' availabilityStartTime='1970-01-01T00:00:00Z' mediaPresentationDuration='PT99S'>{}<Period>\
             <BaseURL {of_period}>p/</BaseURL><AdaptationSet><SegmentTemplate media='$Number$' duration='1' {of_template}/>\
             <Representation id='v'/></AdaptationSet></Period></MPD>",
            bases.concat()
        );
        let timeline = title(&text);
        let there = timeline.available(timeline.tracks()[0].key, UnixTime::default());
        assert_eq!(there, 0..early, "{text}");
    }
}

#[test]
fn a_segment_that_would_end_after_its_period_is_there_at_the_periods_end() {
    let set = r#"<AdaptationSet><SegmentTemplate media="$Number$" duration="4"/><Representation id="v"/></AdaptationSet>"#;
    let text = format!(
        r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z"><Period id="a" start="PT0S">{set}</Period>
        <Period id="b" start="PT10S">{set}</Period></MPD>"#
    );
    let timeline = title(&text);
    let track = timeline.tracks()[0].key;
    let table = [
        (9_999, 0..2, Some(10_000)),
        (10_000, 0..3, Some(14_000)),
        (11_000, 0..3, Some(14_000)),
    ];
    for (now, there, next) in table {
        let now = UnixTime::from_millis(now);
        assert_eq!(timeline.available(track, now), there);
        assert_eq!(segments(&timeline, 0, now.as_millis()).len() as u64, there.end);
        assert_eq!(timeline.next_available(now).map(UnixTime::as_millis), next);
    }
    let key = segments(&timeline, 0, 11_000)[2].key;
    let past = Duration::from_secs(5);
    assert!(timeline.is_current(&key, UnixTime::from_millis(11_000), past));
    assert!(!timeline.is_current(&key, UnixTime::from_millis(60_000), past));
}

#[test]
fn nothing_is_there_after_the_end_of_availability() {
    let live = r#"type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" availabilityEndTime="1970-01-01T00:00:10Z""#;
    let counted = r#"<SegmentTemplate media="$Number$" duration="4"/>"#;
    let listing = r#"<SegmentList duration="4"><SegmentURL media="a"/><SegmentURL media="b"/></SegmentList>"#;
    for addressing in [counted, listing] {
        let timeline = title(&mpd(live, addressing));
        let track = timeline.tracks()[0].key;
        let there = |now| {
            let range = timeline.available(track, UnixTime::from_millis(now));
            assert_eq!(segments(&timeline, 0, now).len() as u64, range.end - range.start);
            range
        };
        assert_eq!(there(10_000), 0..2, "{addressing}");
        assert_eq!(there(10_001), 0..0, "{addressing}");
        assert_eq!(timeline.next_available(UnixTime::from_millis(8_000)), None);
        let key = segments(&timeline, 0, 10_000)[1].key;
        let is_current = |now| timeline.is_current(&key, UnixTime::from_millis(now), Duration::from_secs(60));
        assert!(is_current(10_000) && !is_current(10_001), "{addressing}");
    }
}

#[test]
fn a_live_segment_is_current_from_a_little_before_it_is_there_until_a_while_after() {
    let addressing = r#"<SegmentTemplate media="$Number$" timescale="1000" duration="2000"/>"#;
    let live = r#"type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z""#;
    let timeline = title(&mpd(live, addressing));
    let track = timeline.tracks()[0].key;
    let table = [
        (8_000, 8_000, true),
        (8_000, 10_000, true),
        (8_000, 7_999, false),
        (8_000, 14_999, true),
        (8_000, 15_000, false),
        (8_001, 10_000, false),
    ];
    for (time, now, current) in table {
        let key = SegmentKey {
            track,
            kind: SegmentKind::Media,
            time,
            range: None,
        };
        let past = Duration::from_secs(5);
        assert_eq!(
            timeline.is_current(&key, UnixTime::from_millis(now), past),
            current,
            "{time} at {now}"
        );
    }
}

#[test]
fn a_segment_keeps_its_key_while_the_window_moves() {
    let at = |first: u64, number: u64, token: &str| {
        let addressing = format!(
            r#"<SegmentTemplate media="$Number$.m4s?{token}" startNumber="{number}"><SegmentTimeline>
            <S t="{first}" d="2" r="3"/></SegmentTimeline></SegmentTemplate>"#
        );
        let body = mpd(r#"type="dynamic""#, &addressing);
        sample::title(&body, &format!("https://{token}.example/m.mpd"))
    };
    let (old, new) = (at(100, 50, "one"), at(104, 52, "two"));
    let shared = old.locate("https://one.example/53.m4s?one", None).unwrap();
    assert_eq!(
        new.locate("https://two.example/53.m4s?two", None).unwrap().key,
        shared.key
    );
    assert_eq!(
        new.segment(&shared.key).unwrap().url,
        "https://two.example/53.m4s?two"
    );
    let mut merged = old;
    merged.merge(new);
    assert!(merged.locate("https://one.example/50.m4s?one", None).is_none());
    assert_eq!(merged.tracks().len(), 1);
}

#[test]
fn representations_without_id_of_their_own_have_keys_of_their_own() {
    let text = r#"<MPD mediaPresentationDuration="PT4S"><Period><AdaptationSet contentType="video">
        <SegmentTemplate media="v$Number$" duration="4"/><Representation id="1"/></AdaptationSet>
        <AdaptationSet contentType="audio"><SegmentTemplate media="a$Number$" duration="4"/>
        <Representation id="1"/></AdaptationSet><AdaptationSet><SegmentTemplate media="t$Number$" duration="4"/>
        <Representation/></AdaptationSet></Period></MPD>"#;
    let timeline = title(text);
    assert_eq!(timeline.tracks().len(), 3);
}

#[test]
fn representations_of_one_name_are_told_apart_by_their_order() {
    let representation =
        |id: &str, base: &str| format!("<Representation {id}><BaseURL>{base}</BaseURL></Representation>");
    let set = |attributes: &str, representations: &[String]| {
        format!(
            "<AdaptationSet {attributes}>{}</AdaptationSet>",
            representations.concat()
        )
    };
    let text = |sets: &[String]| {
        let sets = sets.concat();
        title(&format!(
            "<MPD mediaPresentationDuration='PT4S'><Period>{sets}</Period></MPD>"
        ))
    };
    let one = representation("id='5'", "a");
    let two = representation("id='5'", "b");
    let three = representation("id='5'", "c");
    let in_one_set = text(&[set("id='0'", &[one.clone(), two.clone(), three.clone()])]);
    let in_sets = text(&[one.clone(), two, three].map(|own| set("id='0'", &[own])));
    for timeline in [in_one_set, in_sets] {
        let urls = [0, 1, 2].map(|track| listed(&timeline, track)[0].0.clone());
        assert_eq!(urls, ["a", "b", "c"]);
        assert_eq!(timeline.left_out(), []);
        let first = text(&[set("id='0'", &[one.clone(), representation("id='5'", "z")])]);
        assert_eq!(
            timeline.tracks()[0].key,
            first.tracks()[0].key,
            "the first keeps its key"
        );
        assert_eq!(timeline.tracks()[1].key, first.tracks()[1].key);
    }
}

#[test]
fn any_base_url_and_any_host_will_do() {
    let text = r#"<MPD mediaPresentationDuration="PT4S"><BaseURL>https://one.example/x/</BaseURL>
        <BaseURL>https://two.example/y/</BaseURL><BaseURL>file:///z/</BaseURL><Period><AdaptationSet>
        <SegmentTemplate media="$Number$.m4s" duration="2"/><Representation id="v"/></AdaptationSet></Period></MPD>"#;
    let timeline = title(text);
    let first = segments(&timeline, 0, 0).remove(0);
    assert_eq!(first.url, "https://one.example/x/1.m4s");
    let same = [
        "https://two.example/y/1.m4s",
        "http://ONE.example:80/x/./1.m4s#t",
        "https://one.example/x/1.m4s?CMCD=a&CMCD=b",
        "https://one.example/x/1.m4s?added=1",
        "https://three.example/y/1.m4s",
        "https://three.example/y/1.m4s?added=1",
    ];
    for url in same {
        assert_eq!(timeline.locate(url, None).as_ref(), Some(&first), "{url}");
    }
    for url in [
        "https://one.example/y/z/1.m4s",
        "https://one.example/x/01.m4s",
        "https://one.example/x/3.m4s",
        "x",
    ] {
        assert_eq!(timeline.locate(url, None), None, "{url}");
    }
}

#[test]
fn leaves_out_what_it_cannot_address() {
    let out = [
        r#"<SegmentTemplate media="javascript:$Number$" duration="2"/>"#,
        r#"<SegmentTemplate media="file:///$Number$" duration="2"/>"#,
        r#"<SegmentTemplate media="$SubNumber$" duration="2"/>"#,
        r#"<SegmentTemplate media="$Number$" initialization="data:,x" duration="2"/>"#,
        r#"<BaseURL>javascript:x</BaseURL><SegmentTemplate media="$Number$" duration="2"/>"#,
    ];
    for addressing in out {
        assert_eq!(title(&mpd("", addressing)).tracks(), [], "{addressing}");
    }
}

#[test]
fn refuses_hostile_manifests() {
    let template = |attributes: &str| mpd("", &format!("<SegmentTemplate media='$Number$' {attributes}/>"));
    let step = |step: &str| {
        let steps = format!("<SegmentTimeline>{step}</SegmentTimeline>");
        mpd(
            "",
            &format!("<SegmentTemplate media='$Number$'>{steps}</SegmentTemplate>"),
        )
    };
    let bad = [
        template("duration='2' startNumber='18446744073709551615'"),
        mpd("", "<SegmentTemplate media='$Number%099999d$' duration='1'/>"),
        step("<S t='18446744073709551615' d='2'/>"),
        step("<S t='0' d='1' r='9223372036854775807'/><S d='1'/>"),
        "<!DOCTYPE MPD [<!ENTITY a 'b'>]><MPD/>".to_owned(),
        format!("<MPD>{}", "<Period>".repeat(1000)),
        format!("<MPD><x>{}", "<y>".repeat(1000)),
        mpd("", &"<Representation/>".repeat(9000)),
        format!("<MPD>{}</MPD>", "<Period/>".repeat(30_000)),
        format!("<MPD {}/>", "a='' ".repeat(1000)),
        template(&format!("initialization='{}' duration='1'", "$$".repeat(100))),
        "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:2@18446744073709551615\na\n".to_owned(),
        "#EXTM3U\n#EXTINF:1e99,\na\n".to_owned(),
        format!("#EXTM3U\n{}", "\n".repeat(1_100_000)),
    ];
    for body in bad {
        assert!(read_text(&body).is_err(), "{body}");
    }
}

#[test]
fn a_timeline_may_number_its_segments() {
    let addressing = r#"<SegmentTemplate media="$Number$" startNumber="5" endNumber="21"><SegmentTimeline>
        <S t="0" d="2" r="1"/><S n="10" d="2"/><S t="20" n="20" d="2" r="7"/></SegmentTimeline></SegmentTemplate>"#;
    let timeline = title(&mpd("", addressing));
    let numbers = [("5", 0), ("6", 2), ("10", 4), ("20", 20), ("21", 22)];
    let expected = numbers.map(|(number, time)| row(number, time * 1000, time));
    assert_eq!(listed(&timeline, 0), expected);
    for segment in segments(&timeline, 0, 0) {
        assert_eq!(timeline.locate(&segment.url, None), Some(segment));
    }
    for number in [0, 7, 9, 11, 19, 22] {
        let url = format!("https://cdn.example/t/{number}");
        assert_eq!(timeline.locate(&url, None), None, "{number}");
    }
    let first = r#"<SegmentTemplate media="$Number$"><SegmentTimeline><S n="0" d="2"/></SegmentTimeline></SegmentTemplate>"#;
    assert_eq!(listed(&title(&mpd("", first)), 0), [row("0", 0, 0)]);
    let back = r#"<SegmentTemplate media="$Number$"><SegmentTimeline><S n="9" d="2" r="3"/><S n="12" d="2"/></SegmentTimeline>
        </SegmentTemplate>"#;
    assert_eq!(title(&mpd("", back)).tracks(), [], "numbers do not go back");
}

#[test]
fn all_at_once_goes_by_the_clock_where_no_end_is_known() {
    let addressing = r#"<SegmentTemplate media="$Number$" duration="2" availabilityTimeOffset="INF"/>"#;
    let live = r#"type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z""#;
    let places = |attributes: &str, now| {
        let timeline = title(&mpd(attributes, addressing));
        timeline.available(timeline.tracks()[0].key, UnixTime::from_millis(now))
    };
    assert_eq!(places(live, 9_000), 0..4);
    let ended = format!(r#"{live} mediaPresentationDuration="PT20S""#);
    assert_eq!(places(&ended, 0), 0..10, "a film is there from its start");
}

#[test]
fn says_what_it_leaves_out_and_why() {
    let template = |media: &str| format!(r#"<SegmentTemplate media="{media}" duration="2"/>"#);
    let table = [
        (template("$Number$-$SubNumber$"), Omission::Identifier),
        (template("$SubNumber$"), Omission::Identifier),
        (template("file:///$Number$"), Omission::Address),
        (
            r#"<SegmentList><SegmentURL media="a"/><SegmentURL media="b"/></SegmentList>"#.to_owned(),
            Omission::Untimed,
        ),
        (
            r#"<SegmentTemplate media="$Number$" duration="0"/>"#.to_owned(),
            Omission::Untimed,
        ),
        (
            r#"<SegmentTemplate media="$Number$" duration="2" timescale="0"/>"#.to_owned(),
            Omission::Untimed,
        ),
        (
            r#"<SegmentBase indexRange="5-9" timescale="0"/>"#.to_owned(),
            Omission::Untimed,
        ),
        (
            r#"<SegmentList duration="2"><SegmentURL mediaRange="200-"/></SegmentList>"#.to_owned(),
            Omission::OpenRange,
        ),
        (
            r#"<SegmentBase indexRange="200-"/>"#.to_owned(),
            Omission::OpenRange,
        ),
        (
            r#"<SegmentBase indexRange="9-99"><Initialization range="5-"/></SegmentBase>"#.to_owned(),
            Omission::OpenRange,
        ),
    ];
    for (addressing, reason) in table {
        let timeline = title(&mpd("", &addressing));
        let representation = "v".to_owned();
        assert_eq!(
            timeline.left_out(),
            [LeftOut {
                representation,
                reason
            }],
            "{addressing}"
        );
    }
    let early = r#"<MPD type="dynamic"><Period id="a"/><Period id="b"><AdaptationSet><Representation id="1"/></AdaptationSet>
        </Period></MPD>"#;
    assert_eq!(title(early).left_out()[0].reason, Omission::Unplaced);
}

#[test]
fn what_is_no_number_and_no_range_leaves_its_representation_out() {
    let template = |attributes: &str| format!(r#"<SegmentTemplate media="$Number$" {attributes}/>"#);
    let step = |step: &str| {
        format!(
            r#"<SegmentTemplate media="$Number$"><SegmentTimeline>{step}</SegmentTimeline></SegmentTemplate>"#
        )
    };
    let list = r#"<SegmentList duration="1"><SegmentURL mediaRange="0-18446744073709551615"/></SegmentList>"#;
    let table = [
        (
            r#"<SegmentBase indexRange="100-99"/>"#.to_owned(),
            Omission::OpenRange,
        ),
        (list.to_owned(), Omission::OpenRange),
        (template(r#"duration="18446744073709551616""#), Omission::Untimed),
        (
            template(r#"duration="2" presentationTimeOffset="-2000""#),
            Omission::Untimed,
        ),
        (step(r#"<S d="1" r="x"/>"#), Omission::Untimed),
        (step(r#"<S p="unknown"/>"#), Omission::Untimed),
    ];
    for (addressing, reason) in table {
        let timeline = title(&mpd("", &addressing));
        assert_eq!(timeline.left_out()[0].reason, reason, "{addressing}");
    }
}

#[test]
fn one_odd_number_leaves_one_representation_out_and_no_more() {
    let text = r#"<MPD mediaPresentationDuration="PT4S" timeShiftBufferDepth="-PT1S"><Period>
        <SegmentTemplate timescale="1e0" duration="2.0" startNumber="1.0" presentationTimeOffset="0.0"/>
        <AdaptationSet><SegmentTemplate media="$Number$"/><Representation id="a" bandwidth="9e2"/></AdaptationSet>
        <AdaptationSet><SegmentTemplate media="$Number$" startNumber="one"/><Representation id="b"/></AdaptationSet>
        <AdaptationSet><SegmentTemplate media="$Bandwidth$/$Number$"/><Representation id="c" bandwidth="2000.0"/>
        <Representation id="d" bandwidth="much"/></AdaptationSet></Period></MPD>"#;
    let timeline = title(text);
    assert_eq!(listed(&timeline, 0), [row("1", 0, 0), row("2", 2000, 2)]);
    assert_eq!(
        listed(&timeline, 1),
        [row("2000/1", 0, 0), row("2000/2", 2000, 2)]
    );
    let bits: Vec<_> = timeline.tracks().iter().map(|track| track.bandwidth).collect();
    assert_eq!(bits, [900, 2000]);
    let left: Vec<_> = timeline
        .left_out()
        .iter()
        .map(|left| &left.representation[..])
        .collect();
    assert_eq!(left, ["b", "d"]);
}

#[test]
fn an_entry_goes_by_a_pattern_of_durations_from_its_entry_on() {
    let pattern = r#"<Pattern id="x"><P d="3" r="1"/><P d="2"/></Pattern>"#;
    let steps = r#"<S t="10" p="x" pE="1" r="4"/><S d="1"/><S t="30" d="99" p="x"/>"#;
    let times = [10, 13, 15, 18, 21, 23, 30];
    let expected: Vec<_> = (1..)
        .zip(times)
        .map(|(n, t)| row(&format!("{n}"), t * 1000, t))
        .collect();
    for (before, within) in [(pattern, ""), ("", pattern)] {
        let addressing = format!(
            "<SegmentTemplate media='$Number$'>{before}<SegmentTimeline>{within}{steps}</SegmentTimeline></SegmentTemplate>"
        );
        let timeline = title(&mpd("", &addressing));
        assert_eq!(listed(&timeline, 0), expected);
        for segment in segments(&timeline, 0, 0) {
            assert_eq!(timeline.locate(&segment.url, None), Some(segment));
        }
    }
}

#[test]
fn what_patterns_add_up_to_is_bounded() {
    let timeline = |pattern: &str, steps: &str| {
        mpd(
            "",
            &format!(
                "<SegmentTemplate media='$Time$'><Pattern id='x'>{pattern}</Pattern><SegmentTimeline>{steps}</SegmentTimeline>             </SegmentTemplate>"
            ),
        )
    };
    let two = "<P d='1'/><P d='2'/>";
    assert!(read_text(&timeline(two, "<S p='x' r='1000000000'/>")).is_err());
    assert!(read_text(&timeline(two, &"<S p='x' r='9999'/>".repeat(50))).is_err());
    let out = [
        timeline(two, "<S p='x' r='-1'/>"),
        timeline("<P d='1' r='-1'/>", "<S p='x'/>"),
        timeline("<P/>", "<S p='x'/>"),
        timeline("", "<S p='x'/>"),
        timeline(&"<P d='1'/>".repeat(257), "<S p='x'/>"),
    ];
    for text in out {
        assert_eq!(title(&text).left_out()[0].reason, Omission::Untimed, "{text}");
    }
    let long = "<P d='1' r='9223372036854775807'/>".repeat(9);
    let entered = timeline(&long, "<S p='x' pE='18446744073709551615' r='3'/>");
    assert_eq!(segments(&title(&entered), 0, 0).len(), 4);
}

#[test]
fn an_index_may_be_named_by_its_element_and_advice_may_be_unreadable() {
    let text = r#"<MPD mediaPresentationDuration="PT9S" suggestedPresentationDelay="soon" minimumUpdatePeriod=""><Period>
        <AdaptationSet><Representation id="a"><BaseURL availabilityTimeOffset="-1">a.mp4</BaseURL><SegmentBase>
        <RepresentationIndex range="700-999"/></SegmentBase></Representation></AdaptationSet></Period></MPD>"#;
    let timeline = title(text);
    let index = timeline.index_segment(timeline.tracks()[0].key).unwrap();
    assert_eq!(index.key.range, ByteRange::new(700, 999));
}

#[test]
fn a_patch_is_told_from_a_manifest() {
    let patch = r#"<Patch xmlns="urn:mpeg:dash:schema:mpd-patch:2020" mpdId="m"><replace sel="/MPD/@x">1</replace></Patch>"#;
    assert_eq!(read_text(patch), Err(ManifestError::Patch));
}

#[test]
fn low_latency_links_drm_and_events_are_carried_past() {
    let text = r#"<MPD xmlns:xlink="http://www.w3.org/1999/xlink" mediaPresentationDuration="PT4S"><ServiceDescription id="0">
        <Latency target="3500"/><PlaybackRate max="1.04"/></ServiceDescription><Period xlink:href="https://ads.example/x">
        <EventStream schemeIdUri="urn:x"><Event><BaseURL>not/this/</BaseURL></Event></EventStream><AdaptationSet>
        <ContentProtection schemeIdUri="urn:y"><cenc:pssh xmlns:cenc="urn:mpeg:cenc:2013">AAAA</cenc:pssh></ContentProtection>
        <InbandEventStream schemeIdUri="urn:z"/><Resync type="2"/><ProducerReferenceTime id="1"><UTCTiming schemeIdUri="u"/>
        </ProducerReferenceTime><SegmentList xlink:href="urn:mpeg:dash:resolve-to-zero:2013" duration="1"><SegmentURL media="no"/>
        </SegmentList><SegmentTemplate media="$Number$" duration="2" availabilityTimeComplete="false"
        availabilityTimeOffset="1.5"/><Representation id="v"/></AdaptationSet></Period></MPD>"#;
    assert_eq!(listed(&title(text), 0), [row("1", 0, 0), row("2", 2000, 2)]);
}

#[test]
fn the_clocks_that_a_live_manifest_names_are_found_in_their_order() {
    let clocks = r#"<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="2024-02-29T12:00:00Z"/>
        <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value=" https://time.example/a?iso  ../now "/>
        <UTCTiming schemeIdUri="urn:mpeg:dash:utc:ntp:2014" value="ntp.example"/>
        <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-head:2014" value="/head file:///etc/passwd"/><UTCTiming/>"#;
    let named = |kind: &str| {
        let text = mpd(kind, r#"<SegmentTemplate media="$Number$" duration="2"/>"#);
        let timeline = title(&text.replacen("<Period", &format!("{clocks}<Period"), 1));
        let sources = timeline.time_sources().to_vec();
        sources
            .into_iter()
            .map(|source| (source.url, source.telling))
            .collect::<Vec<_>>()
    };
    let at = |url: &str, telling| (url.to_owned(), telling);
    assert_eq!(
        named(r#"type="dynamic""#),
        [
            at("https://time.example/a?iso", Telling::Text),
            at("https://cdn.example/now", Telling::Text),
            at("https://cdn.example/head", Telling::Date),
        ]
    );
    assert_eq!(
        named(r#"mediaPresentationDuration="PT4S""#),
        [],
        "a film has no clock"
    );
}

#[test]
fn of_many_clocks_a_few_are_kept() {
    let clock = r#"<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/1 /2 /3 /4 /5 /6"/>"#
        .repeat(5_000);
    let text = mpd(
        r#"type="dynamic""#,
        r#"<SegmentTemplate media="$Number$" duration="2"/>"#,
    );
    let timeline = title(&text.replacen("<Period", &format!("{clock}<Period"), 1));
    assert_eq!(timeline.time_sources().len(), 8);
}

#[test]
fn a_time_is_read_with_and_without_a_fraction_and_nothing_else_is() {
    let noon = |millis: i64| Some(UnixTime::from_millis(1_709_208_000_000 + millis));
    for (text, time) in [
        ("2024-02-29T12:00:00Z", noon(0)),
        (" 2024-02-29T12:00:00.125Z\n", noon(125)),
        ("2024-02-29T14:00:00+02:00", noon(0)),
        ("1709208000", None),
        ("Thu, 29 Feb 2024 12:00:00 GMT", None),
        ("", None),
    ] {
        assert_eq!(read_time(text), time, "{text:?}");
    }
}

#[test]
fn updates_that_overlap_or_jump_keep_the_keys_of_what_they_share() {
    let at = |first: u64, count: u64| {
        let addressing = format!(
            r#"<SegmentTemplate media="$Time$.m4s"><SegmentTimeline><S t="{first}" d="2" r="{}"/></SegmentTimeline>
            </SegmentTemplate>"#,
            count - 1
        );
        title(&mpd(r#"type="dynamic" minimumUpdatePeriod="PT2S""#, &addressing))
    };
    let mut timeline = at(100, 5);
    let shared = segments(&timeline, 0, 0).remove(3).key;
    timeline.merge(at(106, 5));
    assert!(timeline.segment(&shared).is_some(), "overlap");
    timeline.merge(at(500, 5));
    assert!(timeline.segment(&shared).is_none(), "jump");
    assert_eq!(listed(&timeline, 0)[0], row("500.m4s", 500_000, 500));
    timeline.merge(at(106, 5));
    assert!(timeline.segment(&shared).is_some(), "and back");
}

#[test]
fn base_urls_are_not_multiplied_without_bound() {
    let bases = "<BaseURL>https://a.example/b/</BaseURL><BaseURL>c/</BaseURL>".repeat(500);
    let text = format!(
        "<MPD mediaPresentationDuration='PT2S'>{bases}<Period>{bases}<AdaptationSet>{bases}<SegmentTemplate media='$Number$' \
         duration='2'/><Representation id='v'>{bases}</Representation></AdaptationSet></Period></MPD>"
    );
    let timeline = title(&text);
    assert_eq!(segments(&timeline, 0, 0)[0].url, "https://a.example/b/1");
    let weight = format!("{:?}", timeline.tracks()).len();
    assert!(weight < 10_000, "{weight}");
}

#[test]
fn base_urls_are_resolved_where_a_representation_is_and_weighed() {
    let far = |n| format!("<BaseURL>https://{n}.example/{}</BaseURL>", "a/".repeat(4000));
    let far: String = (0..8).map(far).collect();
    let read = |reference: &str, representation: &str| {
        let bases = format!("<BaseURL>{reference}</BaseURL>").repeat(8);
        let sets = format!("<AdaptationSet>{bases}{representation}</AdaptationSet>").repeat(4000);
        read_text(&format!(
            "<MPD mediaPresentationDuration='PT4S'>{far}<Period>{sets}</Period></MPD>"
        ))
    };
    assert!(read("b/", "").is_ok(), "nothing to resolve them for");
    let long = "b".repeat(200);
    for reference in ["b/", "../", &long] {
        let left_out = "<Representation><SegmentBase timescale='0'/></Representation>";
        assert!(
            matches!(read(reference, left_out), Err(ManifestError::OverLimit { .. })),
            "{reference}"
        );
    }
}

#[test]
fn a_billion_repeats_are_bounded() {
    let addressing = r#"<SegmentTemplate media="$Time$"><SegmentTimeline><S t="0" d="1" r="1000000000"/>
        </SegmentTimeline></SegmentTemplate>"#;
    let timeline = title(&mpd("", addressing));
    assert_eq!(segments(&timeline, 0, 0).len(), 1000);
    assert!(
        timeline
            .locate("https://cdn.example/t/1000000000", None)
            .is_some()
    );
    assert!(
        timeline
            .locate("https://cdn.example/t/1000000001", None)
            .is_none()
    );
}

#[test]
fn tells_formats_apart() {
    let error = |body: &[u8], url: &str| {
        read(
            body,
            url,
            None,
            &Limits {
                manifest_bytes: 99,
                ..Limits::default()
            },
        )
        .unwrap_err()
    };
    for body in ["", "hello", "{}", "<html/>", "\u{feff}", "#EXTINF:1,"] {
        assert_eq!(
            error(body.as_bytes(), URL),
            ManifestError::UnknownFormat,
            "{body}"
        );
    }
    assert_eq!(error(b"\xff\xfe", URL), ManifestError::UnknownFormat);
    assert_eq!(error(b"\xffx", URL), ManifestError::UnknownFormat);
    assert!(matches!(
        error(b"<MPD/>", "file:///m.mpd"),
        ManifestError::BadUrl(_)
    ));
    assert!(matches!(
        error(&[b' '; 100], URL),
        ManifestError::TooLarge {
            bytes: 100,
            limit: 99
        }
    ));
}

#[test]
fn a_byte_that_is_no_text_is_replaced() {
    let mpd = mpd(
        r#"mediaPresentationDuration="PT2S""#,
        r#"<Label>Fran?ais</Label><SegmentTemplate media="?$Number$" duration="2"/>"#,
    );
    let playlist = "#EXTM3U\n#EXTINF:2,fran?ais\n?1\n#EXT-X-ENDLIST\n";
    for text in [&mpd[..], playlist] {
        let marked = text.replace("<?xml version=\"1.0\"?>", "");
        let latin: Vec<u8> = marked
            .bytes()
            .map(|byte| if byte == b'?' { 0xe7 } else { byte })
            .collect();
        let Ok(Manifest::Title(timeline)) = read(&latin, URL, None, &Limits::default()) else {
            panic!("not read");
        };
        assert_eq!(listed(&timeline, 0), [row("%EF%BF%BD1", 0, 0)]);
    }
}

#[test]
fn a_manifest_names_where_it_is_and_players_resolve_against_that() {
    let template = r#"<SegmentTemplate media="$Number$" initialization="i" duration="2"/>"#;
    let located = |level: &str| {
        let text = mpd(r#"mediaPresentationDuration="PT2S""#, template);
        title(&text.replace("<Period", &format!("{level}<Period")))
    };
    let timeline =
        located("<Location>../s/m.mpd?id=1</Location><Location> https://b.example/l/m.mpd </Location>");
    assert_eq!(
        listed(&timeline, 0),
        [row("1", 0, 0)],
        "its own address comes first"
    );
    for url in [
        "https://cdn.example/t/1",
        "https://cdn.example/s/1",
        "https://b.example/l/1",
    ] {
        let found = timeline.locate(url, None).unwrap();
        assert_eq!(found.url, "https://cdn.example/t/1", "{url}");
    }
    assert!(timeline.locate("https://cdn.example/s/i", None).is_some());
    let based =
        located("<Location>/s/m.mpd</Location><BaseURL>b/</BaseURL><BaseURL>https://c.example/</BaseURL>");
    assert_eq!(listed(&based, 0), [row("b/1", 0, 0)]);
    for url in ["https://cdn.example/s/b/1", "https://c.example/1"] {
        assert!(based.locate(url, None).is_some(), "{url}");
    }
    let same = located("<Location>m.mpd?session=2</Location>");
    assert_eq!(same, located(""), "the same folder is the same base");
    let many = located(&"<Location>https://x.example/m.mpd</Location>".repeat(999));
    assert!(many.locate("https://x.example/1", None).is_some());
    let location = |n| format!("<Location>https://x.example/{n}/m.mpd</Location>");
    let many = located(&(1..9).map(location).collect::<String>());
    assert!(many.locate("https://x.example/7/1", None).is_some());
    assert!(
        many.locate("https://x.example/8/1", None).is_none(),
        "8 with its own"
    );
}

#[test]
fn a_segment_at_the_time_of_the_one_before_is_that_one_again() {
    let steps = "<SegmentTimeline><S t='0' d='2'/><S t='0' d='2' r='1'/><S t='6' d='2'/></SegmentTimeline>";
    let template = |media: &str| {
        mpd(
            "",
            &format!("<SegmentTemplate media='{media}'>{steps}</SegmentTemplate>"),
        )
    };
    let timed = [("0", 0), ("2", 2), ("6", 6)].map(|(name, time)| row(name, time * 1000, time));
    assert_eq!(listed(&title(&template("$Time$")), 0), timed);
    let numbered = [("1", 0), ("3", 2), ("4", 6)].map(|(name, time)| row(name, time * 1000, time));
    assert_eq!(
        listed(&title(&template("$Number$")), 0),
        numbered,
        "its number is used up"
    );
    let urls = "<SegmentURL/>".repeat(4);
    let list = title(&mpd("", &format!("<SegmentList>{steps}{urls}</SegmentList>")));
    assert_eq!(list.left_out()[0].reason, Omission::Untimed);
}

#[test]
fn an_mpd_may_be_utf_16_and_a_playlist_may_not() {
    let encoded = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
    };
    let read = |body: &[u8], limit| {
        let limits = Limits {
            manifest_bytes: limit,
            ..Limits::default()
        };
        read(body, URL, None, &limits)
    };
    let text = mpd(
        r#"mediaPresentationDuration="PT2S""#,
        r#"<SegmentTemplate media="é𝄞$Number$" duration="2"/>"#,
    );
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let Ok(Manifest::Title(timeline)) = read(&encoded(&text, bytes), 9999) else {
            panic!("not read");
        };
        assert_eq!(listed(&timeline, 0), [row("%C3%A9%F0%9D%84%9E1", 0, 0)]);
        let playlist = encoded("#EXTM3U\n#EXTINF:1,\na\n", bytes);
        assert!(matches!(read(&playlist, 9999), Err(ManifestError::Malformed(_))));
        let mut odd = encoded("<MPD/>", bytes);
        odd.push(b'x');
        assert!(matches!(read(&odd, 9999), Err(ManifestError::Malformed(_))));
        let lone = [bytes(0xfeff), bytes(0xd800)].concat();
        assert!(matches!(read(&lone, 9999), Err(ManifestError::Malformed(_))));
        // Three bytes in UTF-8 where UTF-16 has two.
        let grows = encoded(&format!("<MPD/><!--{}-->", "€".repeat(100)), bytes);
        assert!(matches!(read(&grows, 250), Err(ManifestError::TooLarge { .. })));
    }
}

/// Manifests that mutations start from.
const SEEDS: [&str; 3] = [
    r#"<MPD type="dynamic" availabilityStartTime="2020-01-01T00:00:00Z" minimumUpdatePeriod="PT2S"><BaseURL>a/</BaseURL>
    <Period id="1" start="PT0S"><AdaptationSet contentType="video"><SegmentTemplate timescale="90000" duration="180000"
    media="$RepresentationID$/$Number%05d$.m4s" initialization="i.mp4" startNumber="1" presentationTimeOffset="90"/>
    <Representation id="v" bandwidth="1"/></AdaptationSet></Period></MPD>"#,
    r#"<MPD mediaPresentationDuration="PT1H"><Period><AdaptationSet><SegmentTemplate media="$Time$"><SegmentTimeline>
    <S t="5" d="9" r="-1"/><S t="99" d="3" r="4"/></SegmentTimeline></SegmentTemplate><Representation id="v"/></AdaptationSet>
    </Period><Period><AdaptationSet><SegmentList duration="4" startNumber="2"><Initialization range="0-5"/>
    <SegmentURL media="b" mediaRange="6-9"/></SegmentList><Representation id="w"/></AdaptationSet></Period></MPD>"#,
    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:9\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"5@0\"\n#EXTINF:3.9,\n\
    #EXT-X-BYTERANGE:100\na\n#EXT-X-DISCONTINUITY\n#EXTINF:4,\nb\n#EXT-X-ENDLIST\n",
];

/// Reads a text, and asks all that can be asked of what it says.
fn exercise(text: &str) -> Result<(), TestCaseError> {
    let Ok(Manifest::Title(timeline)) = read_text(text) else {
        return Ok(());
    };
    let mut merged = timeline.clone();
    merged.merge(timeline.clone());
    prop_assert_eq!(&merged, &timeline);
    for now in [i64::MIN, 0, 1_800_000_000_000, i64::MAX] {
        let _ = timeline.next_available(UnixTime::from_millis(now));
        for track in timeline.tracks() {
            let from = MediaTime::from_micros(now);
            let _ = timeline.segments(track.key, from, from, UnixTime::from_millis(now), 3);
            let end = MediaTime::MAX;
            let found = timeline.segments(track.key, MediaTime::ZERO, end, UnixTime::from_millis(now), 3);
            for segment in found.into_iter().chain(timeline.init_segments(track.key)) {
                prop_assert_eq!(timeline.segment(&segment.key), Some(segment.clone()));
                if let Some(located) = timeline.locate(&segment.url, segment.key.range) {
                    prop_assert_eq!(located.url, segment.url);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn never_panics_on_any_text(text in "\\PC{0,200}", start in prop::sample::select(vec!["", "<MPD>", "#EXTM3U\n"])) {
        exercise(&format!("{start}{text}"))?;
    }

    #[test]
    fn never_panics_on_any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&body, URL, None, &Limits::default());
    }

    #[test]
    fn never_panics_on_mutations(
        seed in prop::sample::select(SEEDS.to_vec()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, "[0-9]{1,20}|[-\"=<>/$%#:@,.a-zA-Z\n ]{0,3}"), 1..5),
    ) {
        let mut text = seed.to_owned();
        for (at, cut, put) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.replace_range(at..end, &put);
        }
        exercise(&text)?;
    }

    #[test]
    fn never_panics_on_extreme_numbers(
        seed in prop::sample::select(SEEDS.to_vec()),
        numbers in prop::collection::vec(prop::sample::select(vec!["0", "1", "2147483648", "9223372036854775807",
            "9223372036854775808", "18446744073709551615", "99999999999999999999999", "-1", "1.5"]), 40),
    ) {
        let mut numbers = numbers.into_iter().cycle();
        let mut text = String::new();
        let mut digits = false;
        let mut coin = 0u32;
        for c in seed.chars() {
            let digit = c.is_ascii_digit();
            if digit && !digits {
                let number = numbers.next().unwrap();
                coin = coin.wrapping_mul(31).wrapping_add(u32::try_from(number.len()).unwrap());
                digits = coin.is_multiple_of(3);
                if digits {
                    text.push_str(number);
                    continue;
                }
            }
            digits &= digit;
            if !digits {
                text.push(c);
            }
        }
        exercise(&text)?;
    }

    #[test]
    fn every_segment_is_located(
        media in "([a-z]{0,3}/)?[a-z0-9~_-]{0,4}(\\$Number(%0[1-9]d)?\\$|\\$Time(%0[1-9]d)?\\$)[a-z0-9.-]{0,5}(\\?[a-z]=[0-9]{1,2})?",
        steps in prop::collection::vec((0..9u64, 1..2000u64, 0..20u64), 1..5),
        start in 0..100_000u64,
        offset in 0..5000u64,
    ) {
        let mut time = offset;
        let mut timeline = String::new();
        for (gap, duration, repeat) in steps {
            time += gap;
            timeline += &format!("<S t='{time}' d='{duration}' r='{repeat}'/>");
            time += duration * (repeat + 1);
        }
        let body = mpd("", &format!(
            "<SegmentTemplate media='{media}' timescale='1000' presentationTimeOffset='{offset}' startNumber='{start}'>\
             <SegmentTimeline>{timeline}</SegmentTimeline></SegmentTemplate>"));
        let timeline = title(&body);
        let all = segments(&timeline, 0, 0);
        prop_assert!(!all.is_empty());
        for segment in all {
            prop_assert_eq!(timeline.locate(&segment.url, None), Some(segment.clone()));
            let other = segment.url.replace("cdn.example", "other.example");
            prop_assert_eq!(timeline.locate(&other, None), Some(segment.clone()));
            prop_assert_eq!(timeline.segment(&segment.key), Some(segment.clone()));
        }
    }
}
