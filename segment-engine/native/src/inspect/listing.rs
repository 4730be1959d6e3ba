//! The report: the title's representations with their segments, as JSON has it and tables show it.

use std::ops::Range;

use segment_engine::id::SegmentKind;
use segment_engine::time::UnixTime;
use segment_engine::timeline::{Content, Segment, Timeline, Track};
use serde::Serialize;

use super::describe::Description;
use super::title::Title;

/// Segments that one report may list in all, init segments among them.
const MAX_LISTED: u64 = 200_000;
/// Bytes of URLs that one report may hold: segments beyond them are left out too.
const MAX_URL_BYTES: usize = 32 << 20;
/// Warnings that one report may hold.
const MAX_WARNINGS: usize = 100;

/// How much of a title is listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Media segments of each representation.
    pub(crate) each: u64,
}

/// The report on a title, as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The manifest's final URL, or its path.
    pub(crate) manifest: String,
    /// Whether more segments are to come.
    pub(crate) live: bool,
    pub(crate) description: Description,
    pub(crate) playlists: Vec<Playlist>,
    pub(crate) representations: Vec<Representation>,
    pub(crate) warnings: Vec<String>,
}

/// A media playlist.
#[derive(Debug, Serialize)]
pub(crate) struct Playlist {
    pub(crate) kind: &'static str,
    pub(crate) url: String,
    pub(crate) identity: String,
    pub(crate) content: Content,
    pub(crate) bandwidth: u64,
}

/// A representation, which is a track.
#[derive(Debug, Serialize)]
pub(crate) struct Representation {
    pub(crate) id: String,
    /// Its name among peers.
    pub(crate) key: String,
    pub(crate) content: Content,
    /// Bits per second; 0 where the manifest does not say.
    pub(crate) bandwidth: u64,
    /// Media segments that are there at the time that was asked for.
    pub(crate) available: u64,
    /// How many of these are not listed, before and after those that are.
    pub(crate) left_out: (u64, u64),
    pub(crate) segments: Vec<Row>,
}

/// A segment.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) range: Option<String>,
    /// In seconds, on the presentation's timeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<f64>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<f64>,
}

/// The room that is left for rows.
struct Room {
    rows: u64,
    url_bytes: usize,
    /// Init segments and indexes for which there was none.
    lacked: u64,
}

impl Room {
    /// Lists a segment that comes before the media, while there is room.
    fn ahead(&mut self, segment: Segment) -> Option<Row> {
        if self.rows == 0 || self.url_bytes == 0 {
            self.lacked += 1;
            return None;
        }
        self.rows -= 1;
        self.url_bytes = self.url_bytes.saturating_sub(segment.url.len());
        Some(row(segment))
    }
}

/// Lists a title.
pub(crate) fn report(title: Title, now: UnixTime, bounds: Bounds) -> Report {
    let mut room = Room {
        rows: MAX_LISTED,
        url_bytes: MAX_URL_BYTES,
        lacked: 0,
    };
    let timeline = &title.timeline;
    let tracks = timeline.tracks().iter();
    let representations = tracks
        .map(|track| representation(timeline, track, now, bounds, &mut room))
        .collect::<Vec<_>>();
    let playlists = title.playlists.into_iter().map(|playlist| Playlist {
        kind: "playlist",
        url: playlist.url,
        identity: playlist.identity,
        content: playlist.content,
        bandwidth: playlist.bandwidth,
    });
    let mut warnings = title.warnings;
    let more = warnings.len().saturating_sub(MAX_WARNINGS);
    if more > 0 {
        warnings.truncate(MAX_WARNINGS);
        warnings.push(format!("{more} more warnings are left out"));
    }
    if room.lacked > 0 {
        let lacked = room.lacked;
        warnings.push(format!("the report is full: {lacked} init segments are left out"));
    }
    Report {
        manifest: title.url,
        live: timeline.live().is_some(),
        description: title.description,
        playlists: playlists.collect(),
        representations,
        warnings,
    }
}

fn representation(
    timeline: &Timeline,
    track: &Track,
    now: UnixTime,
    bounds: Bounds,
    room: &mut Room,
) -> Representation {
    let index = timeline.index_segment(track.key).map(|index| index.key);
    let ahead = timeline.init_segments(track.key).into_iter();
    let ahead = ahead.filter_map(|init| {
        let kind = if Some(init.key) == index { "index" } else { "init" };
        room.ahead(init).map(|row| Row { kind, ..row })
    });
    let mut segments: Vec<Row> = ahead.collect();
    let there = timeline.available(track.key, now);
    let shown = part(&there, bounds.each.min(room.rows), timeline.live().is_some());
    let mut end = shown.start;
    for place in shown.clone() {
        if room.url_bytes == 0 {
            break;
        }
        end = place + 1;
        room.rows -= 1;
        if let Some(segment) = timeline.segment_at(track.key, place) {
            room.url_bytes = room.url_bytes.saturating_sub(segment.url.len());
            segments.push(row(segment));
        }
    }
    let left_out = (shown.start - there.start, there.end - end);
    Representation {
        id: track.representation.clone(),
        key: track.key.to_string(),
        content: track.content,
        bandwidth: track.bandwidth,
        available: there.end - there.start,
        left_out,
        segments,
    }
}

/// The places that are listed: the last ones of a live title, else the first.
fn part(there: &Range<u64>, most: u64, live: bool) -> Range<u64> {
    if live {
        there.end.saturating_sub(most).max(there.start)..there.end
    } else {
        there.start..there.end.min(there.start.saturating_add(most))
    }
}

fn row(segment: Segment) -> Row {
    let range = segment.key.range.map(|range| range.to_string());
    let (kind, start, duration) = match segment.key.kind {
        SegmentKind::Init => ("init", None, None),
        SegmentKind::Media => (
            "media",
            Some(seconds(segment.start.as_micros())),
            Some(segment.duration.as_secs_f64()),
        ),
    };
    Row {
        kind,
        url: segment.url,
        range,
        start,
        duration,
    }
}

/// Exact below 285 years.
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
