//! A playlist, delta updates of it, and what is known after.

use crate::manifest::sample;
use crate::time::{MediaTime, UnixTime};
use crate::timeline::media::MAX_LISTED;
use crate::timeline::{Segment, Timeline};

fn playlist(text: &str) -> Timeline {
    let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n{text}");
    sample::title(&text, "https://cdn.example/t/v.m3u8")
}

fn known() -> Timeline {
    playlist(
        "#EXT-X-MEDIA-SEQUENCE:10\n#EXT-X-DISCONTINUITY-SEQUENCE:3\n#EXT-X-MAP:URI=\"i.mp4\"\n#EXTINF:4,\n10.m4s\n#EXTINF:3,\n\
        11.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"i.mp4\"\n#EXTINF:4,\n12.m4s\n#EXTINF:4,\n13.m4s\n",
    )
}

/// What the server says two segments later, in full and as a delta update.
fn update() -> (Timeline, Timeline) {
    let tail = "#EXTINF:4,\n14.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"j.mp4\"\n#EXTINF:2,\n15.m4s\n";
    let head = "#EXT-X-MEDIA-SEQUENCE:11\n#EXT-X-DISCONTINUITY-SEQUENCE:3\n";
    let full = format!(
        "{head}#EXT-X-MAP:URI=\"i.mp4\"\n#EXTINF:3,\n11.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"i.mp4\"\n#EXTINF:4,\n12.m4s\n\
        #EXTINF:4,\n13.m4s\n{tail}"
    );
    let delta = format!("{head}#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n{tail}");
    (playlist(&full), playlist(&delta))
}

fn all(timeline: &Timeline) -> (Vec<Segment>, Vec<Segment>) {
    let track = timeline.tracks()[0].key;
    let (from, to) = (MediaTime::MIN, MediaTime::MAX);
    let media = timeline.segments(track, from, to, UnixTime::default(), 100);
    let inits = timeline.init_segments(track).into_iter();
    // An init segment's start is the playlist's, and says nothing.
    let inits = inits.map(|init| Segment {
        start: MediaTime::ZERO,
        ..init
    });
    (media, inits.collect())
}

#[test]
fn a_delta_update_makes_what_the_whole_playlist_makes() {
    let (full, delta) = update();
    let (mut by_full, mut by_delta) = (known(), known());
    by_full.merge(full);
    by_delta.merge(delta);
    assert_eq!(all(&by_delta), all(&by_full));
    let (media, inits) = all(&by_delta);
    assert_eq!(media.len(), 5);
    assert_eq!(inits.len(), 2, "one is used again after a discontinuity");
}

#[test]
fn an_init_segment_that_is_used_again_stays_while_its_segments_do() {
    let map = |init: &str, number: u32| format!("#EXT-X-MAP:URI=\"{init}\"\n#EXTINF:4,\n{number}\n");
    let maps = [("a", 10), ("b", 11), ("a", 12), ("c", 14)].map(|(init, number)| map(init, number));
    let known = format!(
        "#EXT-X-MEDIA-SEQUENCE:10\n{}#EXTINF:4,\n13\n{}",
        maps[..3].concat(),
        maps[3]
    );
    // The first number of a delta update that lists no init segment -> those that are in use
    let table: [(u32, &[&str]); 5] = [
        (10, &["a", "b", "c"]),
        (11, &["a", "b", "c"]),
        (12, &["a", "c"]),
        (13, &["a", "c"]),
        (14, &["c"]),
    ];
    for (first, expected) in table {
        let mut timeline = playlist(&known);
        timeline.merge(playlist(&format!(
            "#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-SKIP:SKIPPED-SEGMENTS={}\n#EXTINF:4,\n15\n",
            15 - first
        )));
        let (_, inits) = all(&timeline);
        let names: Vec<_> = inits
            .iter()
            .map(|init| init.url.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(names, expected, "{first}");
    }
}

#[test]
fn a_delta_update_may_bring_an_init_segment_of_a_path_that_is_known() {
    let spot = "https://ads.example/t/i.mp4";
    let mut timeline = known();
    timeline.merge(playlist(&format!(
        "#EXT-X-MEDIA-SEQUENCE:10\n#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n#EXT-X-MAP:URI=\"{spot}\"\n#EXTINF:4,\n14.m4s\n"
    )));
    let (_, inits) = all(&timeline);
    let urls: Vec<_> = inits.iter().map(|init| init.url.as_str()).collect();
    assert_eq!(urls, ["https://cdn.example/t/i.mp4", spot]);
    assert_ne!(inits[0].key, inits[1].key);
}

#[test]
fn delta_updates_gather_no_more_init_segments_than_a_playlist_may_have() {
    let maps = |from: usize, to: usize| -> String {
        (from..to)
            .map(|n| format!("#EXT-X-MAP:URI=\"{n}\"\n#EXTINF:1,\ns{n}\n"))
            .collect()
    };
    for (listed, expected) in [(1096, 4096), (1097, 1097)] {
        let mut timeline = playlist(&maps(0, 3000));
        timeline.merge(playlist(&format!(
            "#EXT-X-SKIP:SKIPPED-SEGMENTS=3000\n{}",
            maps(3000, 3000 + listed)
        )));
        assert_eq!(all(&timeline).1.len(), expected);
    }
}

#[test]
fn delta_updates_gather_no_more_segments_than_a_playlist_may_have() {
    let half = MAX_LISTED / 2;
    for (listed, expected) in [(half, MAX_LISTED), (half + 1, half + 1)] {
        let mut timeline = playlist(&"#EXTINF:1,\ns\n".repeat(half));
        let more = "#EXTINF:1,\ns\n".repeat(listed);
        timeline.merge(playlist(&format!("#EXT-X-SKIP:SKIPPED-SEGMENTS={half}\n{more}")));
        let there = timeline.available(timeline.tracks()[0].key, UnixTime::default());
        assert_eq!(there, 0..expected as u64);
    }
}

#[test]
fn deltas_follow_one_another() {
    let (_, delta) = update();
    let mut timeline = known();
    timeline.merge(delta);
    timeline.merge(playlist(
        "#EXT-X-MEDIA-SEQUENCE:14\n#EXT-X-DISCONTINUITY-SEQUENCE:4\n#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n#EXTINF:4,\n16.m4s\n",
    ));
    let (media, inits) = all(&timeline);
    let numbers: Vec<_> = media.iter().map(|segment| segment.key.time).collect();
    assert_eq!(numbers, [14, 15, 16]);
    assert_eq!(media[0].start, MediaTime::from_micros(15_000_000));
    let urls: Vec<_> = inits.iter().map(|init| init.url.as_str()).collect();
    assert_eq!(
        urls,
        ["https://cdn.example/t/i.mp4", "https://cdn.example/t/j.mp4"]
    );
}

#[test]
fn what_is_skipped_and_not_known_is_left_out_until_the_next_whole_playlist() {
    let (full, delta) = update();
    let mut timeline = playlist("#EXT-X-MEDIA-SEQUENCE:2\n#EXTINF:4,\n2.m4s\n");
    timeline.merge(delta);
    let (media, _) = all(&timeline);
    let numbers: Vec<_> = media.iter().map(|segment| segment.key.time).collect();
    assert_eq!(numbers, [14, 15]);
    timeline.merge(full);
    assert_eq!(all(&timeline).0.len(), 5);
}

#[test]
fn a_range_that_goes_on_from_a_skipped_one_is_not_guessed() {
    let timeline = playlist(
        "#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n#EXTINF:4,\n#EXT-X-BYTERANGE:10\nf.mp4\n#EXTINF:4,\n\
        #EXT-X-BYTERANGE:10@30\nf.mp4\n#EXTINF:4,\n#EXT-X-BYTERANGE:5\nf.mp4\n",
    );
    let ranges: Vec<_> = all(&timeline)
        .0
        .iter()
        .map(|segment| segment.key.range.unwrap().to_string())
        .collect();
    assert_eq!(ranges, ["30-39", "40-44"]);
}
