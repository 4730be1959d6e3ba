//! Media playlists in, segments out.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::time::UnixTime;
use crate::timeline::Segment;

fn timeline(text: &str, playlist: Option<&PlaylistRef>) -> Timeline {
    let url = Address::parse("https://cdn.example/t/v.m3u8").unwrap();
    match read(text, &url, playlist, &Limits::default()).unwrap() {
        Manifest::Title(timeline) => timeline,
        Manifest::Multivariant(_) => panic!("a multivariant playlist"),
    }
}

fn playlist(identity: &str) -> PlaylistRef {
    let identity = identity.to_owned();
    PlaylistRef {
        url: "https://cdn.example/t/v.m3u8".to_owned(),
        identity,
        bandwidth: 5,
        content: Content::Audio,
        variables: Arc::default(),
    }
}

fn segments(timeline: &Timeline, track: usize) -> Vec<Segment> {
    let (from, to) = (MediaTime::MIN, MediaTime::MAX);
    timeline.segments(timeline.tracks()[track].key, from, to, UnixTime::default(), 1000)
}

fn listed(timeline: &Timeline, track: usize) -> Vec<(String, i64, i64)> {
    let name = |url: &str| {
        url.strip_prefix("https://cdn.example/t/")
            .unwrap_or(url)
            .to_owned()
    };
    let told = |s: Segment| (name(&s.url), s.start.as_micros() / 1000, s.key.time);
    segments(timeline, track).into_iter().map(told).collect()
}

fn row(name: &str, start: i64, time: i64) -> (String, i64, i64) {
    (name.to_owned(), start, time)
}

/// A live playlist of segments of four seconds.
fn window(first: i64, count: i64) -> String {
    let segments: String = (first..first + count)
        .map(|n| format!("#EXTINF:4,\ns{n}.ts\n"))
        .collect();
    format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:{first}\n{segments}")
}

#[test]
fn numbers_segments_by_media_sequence() {
    let text = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:41\n#EXTINF:5.005,\na.ts\n#EXT-X-DISCONTINUITY\n\
        #EXTINF:6,title\n//other.example/b.ts?x=1\n#EXT-X-ENDLIST\n";
    let timeline = timeline(text, None);
    assert_eq!(
        listed(&timeline, 0),
        [
            row("a.ts", 0, 41),
            row("https://other.example/b.ts?x=1", 5005, 42)
        ]
    );
    assert_eq!(timeline.live(), None);
    assert_eq!(timeline.tracks()[0].key, identity::hls_key(""));
}

#[test]
fn a_playlist_without_end_is_live() {
    let timeline = timeline(&window(3, 2), None);
    assert_eq!(timeline.live().unwrap().refresh, Some(Duration::from_secs(4)));
    assert_eq!(
        timeline.live().unwrap().delay,
        Some(Duration::from_secs(12)),
        "three target durations"
    );
}

#[test]
fn ranges_follow_one_another_in_a_resource() {
    let text = "#EXTM3U\n#EXT-X-MAP:URI=\"v.mp4\",BYTERANGE=\"50\"\n#EXTINF:1,\n#EXT-X-BYTERANGE:100@50\nv.mp4\n#EXTINF:1,\n\
        #EXT-X-BYTERANGE:10\nv.mp4\n#EXTINF:1,\n#EXT-X-BYTERANGE:7\nw.mp4\n#EXT-X-ENDLIST";
    let timeline = timeline(text, None);
    let ranges: Vec<_> = segments(&timeline, 0).into_iter().map(|s| s.key.range).collect();
    assert_eq!(
        ranges,
        [
            ByteRange::new(50, 149),
            ByteRange::new(150, 159),
            ByteRange::new(160, 166)
        ]
    );
    let init = timeline.init_segment(timeline.tracks()[0].key).unwrap();
    assert_eq!(init.key.range, ByteRange::new(0, 49));
    assert_eq!(timeline.locate(&init.url, init.key.range), Some(init));
}

#[test]
fn a_range_goes_on_where_the_one_before_ended_in_whatever_resource_that_was() {
    let part = |range: &str, uri: &str| format!("#EXTINF:1,\n#EXT-X-BYTERANGE:{range}\n{uri}\n");
    let text = [
        part("100 @ 50", "v.mp4"),
        part("10", "./v.mp4"),
        part("10", "w.mp4"),
        part("7", "v.mp4"),
        "#EXTINF:1,\nwhole\n".to_owned(),
        part("5", "w.mp4"),
    ];
    let timeline = timeline(&format!("#EXTM3U\n{}", text.concat()), None);
    let ranges: Vec<_> = segments(&timeline, 0).into_iter().map(|s| s.key.range).collect();
    let range = ByteRange::new;
    let expected = [
        range(50, 149),
        range(150, 159),
        range(160, 169),
        range(170, 176),
        None,
        range(0, 4),
    ];
    assert_eq!(ranges, expected);
}

#[test]
fn an_init_segment_is_known_before_a_segment_that_it_serves_is_whole() {
    let text = |next: &str| {
        let known = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:4\n#EXT-X-MAP:URI=\"i?t=1\"\n#EXTINF:1,\n4?t=1\n";
        format!("{known}#EXT-X-MAP:URI=\"ad?t=1\"\n#EXT-X-PART:DURATION=1,URI=\"5.0?t=1\"\n{next}")
    };
    let inits = |text: &str| {
        let timeline = timeline(text, None);
        timeline.init_segments(timeline.tracks()[0].key)
    };
    let early = inits(&text(""));
    assert_eq!(early[1].url, "https://cdn.example/t/ad?t=1");
    assert_eq!(early, inits(&text("#EXTINF:1,\n5?t=1\n")), "keys stay");
    assert_eq!(
        inits("#EXTM3U\n#EXT-X-MAP:URI=\"i\"\n"),
        [],
        "none where there is no segment at all"
    );
}

#[test]
fn an_init_segment_that_serves_nothing_yet_is_listed_only_beside_partial_segments() {
    let text = |partial: &str| {
        format!(
            "#EXTM3U\n#EXT-X-MAP:URI=\"old\"\n#EXT-X-MAP:URI=\"i\"\n#EXTINF:1,\n{partial}4\n#EXT-X-DISCONTINUITY\n\
            #EXT-X-MAP:URI=\"next\"\n"
        )
    };
    let inits = |partial: &str| {
        let timeline = timeline(&text(partial), None);
        let inits = timeline.init_segments(timeline.tracks()[0].key);
        inits.into_iter().map(|init| init.url).collect::<Vec<_>>()
    };
    let (i, next) = ("https://cdn.example/t/i", "https://cdn.example/t/next");
    assert_eq!(inits(""), [i]);
    assert_eq!(inits("#EXT-X-PART:DURATION=1,URI=\"4.0\"\n"), [i, next]);
}

#[test]
fn what_names_both_segments_and_playlists_is_refused() {
    let url = Address::parse("https://cdn.example/t/m.m3u8").unwrap();
    let named = [
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8",
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"i.m3u8\"",
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"n\",URI=\"a.m3u8\"",
    ];
    let listed = [
        "#EXTINF:4,\na.ts",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:1",
    ];
    let is_read = |text: &str| read(text, &url, None, &Limits::default()).is_ok();
    for named in named {
        assert!(is_read(&format!("#EXTM3U\n{named}\n")), "{named}");
        for listed in listed {
            assert!(is_read(&format!("#EXTM3U\n{listed}\n")), "{listed}");
            for (first, second) in [(named, listed), (listed, named)] {
                let text = format!("#EXTM3U\n{first}\n{second}\n");
                assert!(!is_read(&text), "{text}");
            }
        }
    }
    let text = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXTINF:4,\na.ts\n";
    assert!(!is_read(text), "one URI for both");
}

#[test]
fn a_film_whose_sequence_number_is_none_is_numbered_from_0() {
    let url = Address::parse("https://cdn.example/t/m.m3u8").unwrap();
    for number in ["", ":", ":gobbledygook", ":-11", ":1.5", ":18446744073709551616"] {
        let text = format!("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE{number}\n#EXTINF:1,\na\n");
        let film = timeline(&format!("{text}#EXT-X-ENDLIST\n"), None);
        assert_eq!(listed(&film, 0), [row("a", 0, 0)], "{number}");
        // The number is all that tells a live segment from its predecessors.
        assert!(read(&text, &url, None, &Limits::default()).is_err(), "{number}");
    }
}

#[test]
fn players_stay_as_far_behind_as_the_playlist_says() {
    let delay = |control: &str| {
        let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n{control}\n#EXTINF:4,\na\n");
        timeline(&text, None).live().unwrap().delay
    };
    for (control, seconds) in [
        (
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,HOLD-BACK=18.5",
            18.5,
        ),
        ("#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=24", 12.0),
        ("#EXT-X-SERVER-CONTROL:HOLD-BACK=soon", 12.0),
        ("#EXT-X-SERVER-CONTROL", 12.0),
    ] {
        assert_eq!(
            delay(control),
            Some(Duration::from_secs_f64(seconds)),
            "{control}"
        );
    }
}

#[test]
fn a_target_duration_that_is_none_is_not_counted_on() {
    for duration in ["", ":", ":NaN", ":-10", ":9223372036854775807"] {
        let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION{duration}\n#EXTINF:1,\na\n");
        let timeline = timeline(&text, None);
        assert_eq!(listed(&timeline, 0), [row("a", 0, 0)], "{duration}");
        assert_eq!(timeline.live().unwrap().refresh, None, "{duration}");
    }
}

#[test]
fn a_media_playlist_imports_from_the_one_that_names_it() {
    let url = Address::parse("https://cdn.example/t/m.m3u8").unwrap();
    let above =
        "#EXTM3U\n#EXT-X-DEFINE:NAME=\"tok\",VALUE=\"z9\"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8?{$tok}\n";
    let Ok(Manifest::Multivariant(named)) = read(above, &url, None, &Limits::default()) else {
        panic!("no multivariant playlist");
    };
    assert_eq!(named[0].url, "https://cdn.example/t/v.m3u8?z9");
    let text = "#EXTM3U\n#EXT-X-DEFINE:IMPORT=\"tok\"\n#EXTINF:4,\n1.ts?t={$tok}\n";
    assert_eq!(
        segments(&timeline(text, Some(&named[0])), 0)[0].url,
        "https://cdn.example/t/1.ts?t=z9"
    );
    assert_eq!(
        segments(&timeline(&text.replace('\n', "\r"), Some(&named[0])), 0)[0].url,
        "https://cdn.example/t/1.ts?t=z9"
    );
    assert!(read(text, &url, None, &Limits::default()).is_err());
}

#[test]
fn durations_are_added_up_before_they_are_rounded() {
    let text = format!("#EXTM3U\n{}", "#EXTINF:3.203333333,\ns\n".repeat(12_000));
    let timeline = timeline(&text, None);
    let last = timeline.segment_at(timeline.tracks()[0].key, 11_999).unwrap();
    assert_eq!((last.start + last.duration).as_micros(), 38_439_999_996);
}

#[test]
fn a_playlist_of_a_film_is_complete_without_saying_that_it_ends() {
    let text = |kind: &str| format!("#EXTM3U\n#EXT-X-PLAYLIST-TYPE:{kind}\n#EXTINF:4,\na\n");
    assert_eq!(timeline(&text("VOD"), None).live(), None);
    assert!(timeline(&text("EVENT"), None).live().is_some());
}

#[test]
fn an_init_segment_keeps_its_key_while_the_window_moves() {
    let head = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:";
    let tail =
        "#EXTINF:1,\n3\n#EXT-X-MAP:URI=\"x/c?t=1\"\n#EXTINF:1,\n4\n#EXT-X-MAP:URI=\"a\"\n#EXTINF:1,\n5\n";
    let old = format!(
        "{head}100\n#EXT-X-MAP:URI=\"a\"\n#EXTINF:1,\n1\n#EXT-X-MAP:URI=\"a\"\n#EXTINF:1,\n2\n#EXT-X-DISCONTINUITY\n\
        #EXT-X-MAP:URI=\"y/c\"\n{tail}"
    );
    let new = format!("{head}102\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXT-X-MAP:URI=\"y/c\"\n{tail}");
    let inits = |text: &str| {
        let timeline = timeline(text, None);
        let inits = timeline.init_segments(timeline.tracks()[0].key);
        for init in &inits {
            assert_eq!(timeline.segment(&init.key).as_ref(), Some(init));
        }
        inits
            .into_iter()
            .map(|init| (init.url, init.key))
            .collect::<BTreeMap<_, _>>()
    };
    let (old, new) = (inits(&old), inits(&new));
    assert_eq!(old, new);
    let keys: BTreeSet<_> = old.values().collect();
    assert_eq!(keys.len(), 3, "none is taken for another");
}

/// A playlist whose segments need those init segments, one after another.
fn mapped(first: i64, maps: &[&str]) -> Timeline {
    let segments: String = maps
        .iter()
        .map(|map| format!("#EXT-X-MAP:URI=\"{map}\"\n#EXTINF:1,\ns\n"))
        .collect();
    timeline(
        &format!("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{first}\n{segments}"),
        None,
    )
}

#[test]
fn init_segments_of_one_path_at_other_hosts_or_with_other_queries_are_told_apart() {
    let table = [
        ["https://cdn.example/c/i.mp4", "https://ads.example/c/i.mp4"],
        [
            "https://cdn.example/t/i.mp4?track=1",
            "https://cdn.example/t/i.mp4?track=2",
        ],
    ];
    for maps in table {
        let timeline = mapped(0, &maps);
        let track = timeline.tracks()[0].key;
        let inits = timeline.init_segments(track);
        let urls: Vec<_> = inits.iter().map(|init| init.url.as_str()).collect();
        assert_eq!(urls, maps);
        assert_ne!(inits[0].key, inits[1].key);
        for (map, init) in maps.iter().zip(&inits) {
            assert_eq!(timeline.locate(map, None).as_ref(), Some(init));
            assert_eq!(timeline.segment(&init.key).as_ref(), Some(init));
            // Each is named alike in any window: it is not taken for another one that was the only one of its path.
            let sole = mapped(0, &[map]).init_segment(track).unwrap();
            assert_eq!(sole.key, init.key, "{map}");
        }
    }
    let timeline = mapped(0, &table[0]);
    assert_eq!(timeline.locate("https://third.example/c/i.mp4", None), None);
}

#[test]
fn a_query_that_the_segments_share_is_a_token_and_names_no_init_segment() {
    let key = |map: &str, segment: &str| {
        let text = format!("#EXTM3U\n#EXT-X-MAP:URI=\"{map}\"\n#EXTINF:1,\n{segment}\n");
        let timeline = timeline(&text, None);
        timeline.init_segment(timeline.tracks()[0].key).unwrap().key
    };
    let bare = key("i.mp4", "1.m4s");
    assert_eq!(key("i.mp4?token=1", "1.m4s?token=1"), bare);
    assert_eq!(key("i.mp4", "1.m4s?token=2"), bare);
    assert_ne!(key("i.mp4?p=1", "1.m4s"), bare);
    assert_ne!(key("i.mp4?p=1", "1.m4s"), key("i.mp4?p=2", "2.m4s"));
    assert_ne!(key("i.mp4?p=1&token=1", "1.m4s?token=1"), bare);
}

#[test]
fn an_init_segment_that_goes_by_its_query_keeps_its_key_when_it_is_the_last_of_its_path() {
    let mapped = |first: i64, tracks: &[u32]| {
        let segments: String = tracks
            .iter()
            .map(|track| format!("#EXT-X-MAP:URI=\"i.mp4?track={track}\"\n#EXTINF:1,\ns?track={track}\n"))
            .collect();
        timeline(
            &format!("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{first}\n{segments}"),
            None,
        )
    };
    let mut live = mapped(7, &[1]);
    let track = live.tracks()[0].key;
    let alone = live.init_segment(track).unwrap().key;
    live.merge(mapped(7, &[1, 2]));
    let beside = live.init_segments(track)[1].key;
    live.merge(mapped(8, &[2]));
    assert_eq!(live.init_segment(track).unwrap().key, beside);
    assert_ne!(beside, alone);
    live.merge(mapped(8, &[2]));
    assert_eq!(live.init_segment(track).unwrap().key, beside);
}

#[test]
fn gaps_and_skipped_segments_keep_their_numbers() {
    let text = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:5\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXTINF:2,\na\n#EXT-X-GAP\n#EXTINF:2,\nb\n\
        #EXTINF:2,\nc\n";
    let timeline = timeline(text, None);
    assert_eq!(listed(&timeline, 0), [row("a", 0, 8), row("c", 4000, 10)]);
}

#[test]
fn a_window_that_crosses_63_bits_loses_nothing() {
    let text = |first: u64| {
        let names = (first..first + 4).map(|n| format!("#EXTINF:4,\ns{n}\n"));
        format!(
            "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{first}\n{}",
            names.collect::<String>()
        )
    };
    let mut title = timeline(&text((1 << 63) - 2), None);
    let (track, all) = (title.tracks()[0].key, segments(&title, 0));
    assert_eq!(all.len(), 4);
    for segment in &all {
        assert_eq!(title.locate(&segment.url, None).as_ref(), Some(segment));
        assert_eq!(title.segment(&segment.key).as_ref(), Some(segment));
    }
    title.merge(timeline(&text(1 << 63), None));
    assert_eq!(segments(&title, 0)[0], all[2]);
    let has_left = |segment: &Segment| title.has_left(&segment.key, UnixTime::default());
    assert_eq!(
        all.iter().map(has_left).collect::<Vec<_>>(),
        [true, true, false, false]
    );
    title.merge(timeline(
        &format!(
            "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{}\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXTINF:4,\nx\n",
            (1_u64 << 63) + 1
        ),
        None,
    ));
    assert_eq!(title.available(track, UnixTime::default()), 0..4);
}

#[test]
fn playlists_of_a_title_are_merged_and_move_together() {
    let mut title = Timeline::default();
    title.merge(timeline(&window(10, 4), Some(&playlist("video"))));
    title.merge(timeline(&window(11, 4), Some(&playlist("audio"))));
    assert_eq!(
        listed(&title, 1)[0],
        row("s11.ts", 4000, 11),
        "laid by its numbers"
    );
    let before = segments(&title, 0)[2].key;
    title.merge(timeline(&window(12, 4), Some(&playlist("video"))));
    assert_eq!(title.tracks().len(), 2);
    assert_eq!(listed(&title, 0)[0], row("s12.ts", 8000, 12));
    assert!(title.segment(&before).is_some());
    title.merge(timeline(&window(40, 2), Some(&playlist("video"))));
    assert_eq!(listed(&title, 0)[0], row("s40.ts", 120_000, 40));
}

#[test]
fn playlists_of_a_film_start_together_whatever_their_numbers() {
    let film = |first| format!("{}#EXT-X-ENDLIST\n", window(first, 3));
    let mut title = Timeline::default();
    title.merge(timeline(&film(0), Some(&playlist("video"))));
    title.merge(timeline(&film(1), Some(&playlist("audio"))));
    title.merge(timeline(&film(0), Some(&playlist("text"))));
    title.merge(timeline(&film(1), Some(&playlist("audio"))));
    for track in 0..3 {
        assert_eq!(listed(&title, track)[0].1, 0, "{track}");
    }
}

#[test]
fn live_playlists_whose_numbers_do_not_compare_end_together() {
    let mut title = Timeline::default();
    title.merge(timeline(&window(1000, 3), Some(&playlist("old"))));
    title.merge(timeline(&window(1010, 3), Some(&playlist("old"))));
    title.merge(timeline(&window(1000, 3), Some(&playlist("stale"))));
    title.merge(timeline(&window(7_000_000, 5), Some(&playlist("audio"))));
    assert_eq!(listed(&title, 2)[4], row("s7000004.ts", 48_000, 7_000_004));
    title.merge(timeline(&window(7_000_001, 5), Some(&playlist("audio"))));
    assert_eq!(listed(&title, 2)[3], row("s7000004.ts", 48_000, 7_000_004));
    // It ends, and what is first read of it then has the numbers that were there before.
    let ended = format!("{}#EXT-X-ENDLIST\n", window(7_000_002, 4));
    title.merge(timeline(&ended, Some(&playlist("other audio"))));
    assert_eq!(listed(&title, 3)[2], row("s7000004.ts", 48_000, 7_000_004));
}

#[test]
fn one_url_twice_in_a_playlist_is_not_located() {
    let text = "#EXTM3U\n#EXTINF:2,\nslate.ts\n#EXTINF:2,\nb.ts\n#EXTINF:2,\nslate.ts\n";
    let timeline = timeline(text, None);
    assert_eq!(timeline.locate("https://cdn.example/t/slate.ts", None), None);
    assert!(timeline.locate("https://cdn.example/t/b.ts", None).is_some());
}

#[test]
fn a_long_playlist_is_read_in_pieces() {
    let text = window(0, 3000);
    let timeline = timeline(&text, None);
    let rows = listed(&timeline, 0);
    assert_eq!(rows.len(), 1000);
    assert_eq!(
        timeline
            .locate("https://cdn.example/t/s2999.ts", None)
            .unwrap()
            .key
            .time,
        2999
    );
}

#[test]
fn other_schemes_are_left_out() {
    let timeline = timeline(
        "#EXTM3U\n#EXTINF:2,\nfile:///a\n#EXTINF:2,\njavascript:b\n#EXTINF:2,\nc\n",
        None,
    );
    assert_eq!(listed(&timeline, 0), [row("c", 4000, 2)]);
}

#[test]
fn a_segment_may_be_30_days_long() {
    let text = |seconds: &str| format!("#EXTM3U\n#EXTINF:{seconds},\nall.vtt\n#EXT-X-ENDLIST\n");
    let all = segments(&timeline(&text("90000"), None), 0);
    assert_eq!(all[0].duration, Duration::from_secs(90_000));
    let url = Address::parse("https://cdn.example/").unwrap();
    let refused = |seconds| read(&text(seconds), &url, None, &Limits::default()).is_err();
    assert!(!refused("2592000") && refused("2592000.001"));
}

#[test]
fn bounds_segments_and_init_segments() {
    let url = Address::parse("https://cdn.example/").unwrap();
    let limits = Limits {
        segments: 9,
        ..Limits::default()
    };
    assert!(read(&window(0, 9), &url, None, &limits).is_ok());
    assert!(matches!(
        read(&window(0, 10), &url, None, &limits),
        Err(ManifestError::OverLimit { .. })
    ));
    let maps: String = (0..=MAX_INITS)
        .map(|n| format!("#EXT-X-MAP:URI=\"{n}\"\n#EXTINF:1,\nx\n"))
        .collect();
    let maps = format!("#EXTM3U\n{maps}");
    assert!(matches!(
        read(&maps, &url, None, &Limits::default()),
        Err(ManifestError::OverLimit { .. })
    ));
}

#[test]
fn bytes_over_64_bits_are_refused() {
    let url = Address::parse("https://cdn.example/").unwrap();
    for range in ["18446744073709551615@1", "0@5", "1@18446744073709551615"] {
        let text = format!("#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:{range}\nx\n");
        assert!(
            matches!(
                read(&text, &url, None, &Limits::default()),
                Err(ManifestError::Malformed(_))
            ),
            "{range}"
        );
    }
}
