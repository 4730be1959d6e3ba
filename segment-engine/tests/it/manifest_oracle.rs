//! Expands what dash-mpd and m3u8-rs parse in the plainest way, and compares the lists.

use std::time::Duration;

use dash_mpd_core::{AdaptationSet, BaseURL, Period, Representation, SegmentTemplate};
use segment_engine::manifest::{self, Limits, Manifest};
use segment_engine::time::{MediaTime, UnixTime};
use segment_engine::timeline::{Segment, Timeline};
use url::Url;

const BASE: &str = "https://origin.example/vod/manifest";

/// A segment as either side tells it: URL, range, start in milliseconds.
type Row = (String, Option<String>, i64);

#[test]
fn numbered_segments_are_those_of_dash_mpd() {
    compare_mpd(include_str!("../fixtures/numbers.mpd"), 3, 21 + 21 + 21);
}

#[test]
fn timed_segments_are_those_of_dash_mpd() {
    compare_mpd(include_str!("../fixtures/times.mpd"), 2, 11 + 3);
}

#[test]
fn listed_segments_are_those_of_dash_mpd() {
    compare_mpd(include_str!("../fixtures/lists.mpd"), 2, 3 + 2);
}

#[test]
fn segments_of_a_playlist_are_those_of_m3u8_rs() {
    let text = include_str!("../fixtures/media.m3u8");
    let timeline = read(text);
    let playlist = m3u8_rs::parse_media_playlist_res(text.as_bytes()).unwrap();
    let base = Url::parse(BASE).unwrap();
    let (mut at, mut expected) = (0.0, Vec::new());
    for segment in &playlist.segments {
        let range = segment.byte_range.as_ref().map(|range| {
            let first = range.offset.unwrap();
            format!("{first}-{}", first + range.length - 1)
        });
        expected.push((base.join(&segment.uri).unwrap().to_string(), range, millis(at)));
        at += f64::from(segment.duration);
    }
    let key = timeline.tracks()[0].key;
    let found = segments(&timeline, key);
    assert_eq!(found.iter().map(row).collect::<Vec<_>>(), expected);
    let numbers: Vec<_> = found.iter().map(|segment| segment.key.time).collect();
    assert_eq!(numbers, (730..734).collect::<Vec<_>>());
    let maps = playlist
        .segments
        .iter()
        .filter_map(|segment| segment.map.as_ref());
    let maps: Vec<_> = maps.map(|map| base.join(&map.uri).unwrap().to_string()).collect();
    let inits: Vec<_> = timeline
        .init_segments(key)
        .into_iter()
        .map(|init| init.url)
        .collect();
    assert_eq!(inits, maps);
}

#[test]
fn playlists_of_a_multivariant_one_are_those_of_m3u8_rs() {
    let text = include_str!("../fixtures/multivariant.m3u8");
    let limits = Limits::default();
    let Manifest::Multivariant(found) = manifest::read(text.as_bytes(), BASE, None, &limits).unwrap() else {
        panic!("a fixture is multivariant")
    };
    let master = m3u8_rs::parse_master_playlist_res(text.as_bytes()).unwrap();
    let base = Url::parse(BASE).unwrap();
    let variants = master
        .variants
        .iter()
        .map(|variant| (variant.uri.clone(), variant.bandwidth));
    let renditions = master
        .alternatives
        .iter()
        .filter_map(|rendition| rendition.uri.clone());
    let expected: Vec<_> = variants
        .chain(renditions.map(|uri| (uri, 0)))
        .map(|(uri, bandwidth)| (base.join(&uri).unwrap().to_string(), bandwidth))
        .collect();
    let found: Vec<_> = found
        .into_iter()
        .map(|playlist| (playlist.url, playlist.bandwidth))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 6);
}

#[test]
fn init_and_index_ranges_are_those_of_dash_mpd() {
    let text = include_str!("../fixtures/files.mpd");
    let timeline = read(text);
    let mpd = dash_mpd_core::parse(text).unwrap();
    let period = &mpd.periods[0];
    let set = &period.adaptations[0];
    let above = base(&base(&Url::parse(BASE).unwrap(), &mpd.base_url), &set.BaseURL);
    assert_eq!(set.representations.len(), timeline.tracks().len());
    for (track, representation) in timeline.tracks().iter().zip(&set.representations) {
        let url = base(&above, &representation.BaseURL).to_string();
        let segment_base = representation.SegmentBase.as_ref().unwrap();
        let init = segment_base.Initialization.as_ref().unwrap();
        let expected =
            [init.range.clone(), segment_base.indexRange.clone()].map(|range| (url.clone(), range, 0));
        let found: Vec<_> = timeline.init_segments(track.key).iter().map(row).collect();
        assert_eq!(found, expected);
        assert_eq!(
            timeline.index_segment(track.key).map(|index| row(&index)),
            found.last().cloned()
        );
    }
}

fn compare_mpd(text: &str, tracks: usize, media: usize) {
    let timeline = read(text);
    assert_eq!(timeline.tracks().len(), tracks);
    let mpd = dash_mpd_core::parse(text).unwrap();
    let top = base(&Url::parse(BASE).unwrap(), &mpd.base_url);
    let (mut start, mut track, mut total) = (Duration::ZERO, 0, 0);
    for (index, period) in mpd.periods.iter().enumerate() {
        let end = match (period.duration, mpd.mediaPresentationDuration) {
            (Some(length), _) => start + length,
            (None, Some(end)) if index + 1 == mpd.periods.len() => end,
            _ => panic!("a fixture says how long its periods are"),
        };
        for set in &period.adaptations {
            for representation in &set.representations {
                let key = timeline.tracks()[track].key;
                let url = base(
                    &base(&base(&top, &period.BaseURL), &set.BaseURL),
                    &representation.BaseURL,
                );
                let (init, expected) = expand(&url, period, set, representation, start, end);
                let found: Vec<_> = segments(&timeline, key).iter().map(row).collect();
                assert_eq!(found, expected);
                assert_eq!(timeline.init_segment(key).map(|init| row(&init)), init);
                total += found.len();
                track += 1;
            }
        }
        start = end;
    }
    assert_eq!(total, media, "the oracle's own count");
}

fn expand(
    url: &Url,
    period: &Period,
    set: &AdaptationSet,
    representation: &Representation,
    start: Duration,
    end: Duration,
) -> (Option<Row>, Vec<Row>) {
    assert!(period.SegmentTemplate.is_none() && period.SegmentList.is_none());
    let begin = start.as_secs_f64();
    let join = |reference: &str| url.join(reference).unwrap().to_string();
    if let Some(list) = &representation.SegmentList {
        let length = list.duration.unwrap() as f64 / list.timescale.unwrap_or(1) as f64;
        let rows = list.segment_urls.iter().enumerate().map(|(index, segment)| {
            let at = begin + index as f64 * length;
            (
                join(segment.media.as_deref().unwrap()),
                segment.mediaRange.clone(),
                millis(at),
            )
        });
        let init = list.Initialization.as_ref();
        let init = init.map(|i| {
            (
                join(i.sourceURL.as_deref().unwrap()),
                i.range.clone(),
                millis(begin),
            )
        });
        return (init, rows.collect());
    }
    let template = set.SegmentTemplate.as_ref().unwrap();
    let named = |text: &str, number: u64, time: u64| join(&fill(text, representation, number, time));
    let rows = times(template, (end - start).as_secs_f64());
    let rows = rows.into_iter().enumerate().map(|(index, time)| {
        let number = template.startNumber.unwrap_or(1) + index as u64;
        let ticks = time as f64 - template.presentationTimeOffset.unwrap_or(0) as f64;
        let at = begin + ticks / template.timescale.unwrap_or(1) as f64;
        (
            named(template.media.as_deref().unwrap(), number, time),
            None,
            millis(at),
        )
    });
    let init = template
        .initialization
        .as_ref()
        .map(|text| (named(text, 0, 0), None, millis(begin)));
    (init, rows.collect())
}

/// The media time of each segment.
#[expect(clippy::cast_possible_truncation, reason = "fixtures are seconds long")]
fn times(template: &SegmentTemplate, length: f64) -> Vec<u64> {
    let mut times = Vec::new();
    if let Some(timeline) = &template.SegmentTimeline {
        let mut next = 0;
        for step in &timeline.segments {
            next = step.t.unwrap_or(next);
            for _ in 0..=step.r.unwrap_or(0) {
                times.push(next);
                next += step.d;
            }
        }
        return times;
    }
    let duration = template.duration.unwrap();
    let count = (length * template.timescale.unwrap_or(1) as f64 / duration).ceil() as u64;
    (0..count).map(|index| index * duration as u64).collect()
}

/// Fills the identifiers in that the fixtures use.
fn fill(text: &str, representation: &Representation, number: u64, time: u64) -> String {
    text.replace("$RepresentationID$", representation.id.as_deref().unwrap())
        .replace("$Bandwidth$", &representation.bandwidth.unwrap().to_string())
        .replace("$Number%05d$", &format!("{number:05}"))
        .replace("$Number$", &number.to_string())
        .replace("$Time%012d$", &format!("{time:012}"))
}

fn base(above: &Url, level: &[BaseURL]) -> Url {
    level
        .first()
        .map_or_else(|| above.clone(), |base| above.join(&base.base).unwrap())
}

fn read(text: &str) -> Timeline {
    match manifest::read(text.as_bytes(), BASE, None, &Limits::default()).unwrap() {
        Manifest::Title(timeline) => timeline,
        Manifest::Multivariant(_) => panic!("a fixture is a title"),
    }
}

fn segments(timeline: &Timeline, key: segment_engine::id::TrackKey) -> Vec<Segment> {
    let (from, to) = (MediaTime::MIN, MediaTime::MAX);
    timeline.segments(key, from, to, UnixTime::default(), 10_000)
}

fn row(segment: &Segment) -> Row {
    let range = segment.key.range.map(|range| range.to_string());
    (
        segment.url.clone(),
        range,
        millis(segment.start.as_micros() as f64 / 1e6),
    )
}

#[expect(clippy::cast_possible_truncation, reason = "fixtures are seconds long")]
fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
