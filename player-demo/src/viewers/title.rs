//! A manifest as a simulated viewer reads it: which segment comes next, on which rung.

use std::time::Duration;

use segment_engine_native::segment_engine::manifest::{self, Limits, Manifest};
use segment_engine_native::segment_engine::time::MediaTime;
use segment_engine_native::segment_engine::timeline::{Content, Segment, Timeline, Track};
use segment_engine_native::unix_time;
use thiserror::Error;

/// How far behind the edge of a live stream playback begins.
const LIVE_DELAY: Duration = Duration::from_secs(12);
/// The share of the sustainable rate that a rung may take, in percent.
const SAFE_PERCENT: u64 = 80;
/// How far ahead a segment's start is looked for: longer than segments are.
const NEXT: i64 = 30_000_000;

/// A title cannot be played by a simulated viewer.
#[derive(Debug, Error)]
pub(super) enum TitleError {
    /// It is no manifest, or none that can be read.
    #[error("the manifest cannot be read: {0}")]
    Manifest(String),
    /// It is a playlist of playlists, each of which would have to be followed.
    #[error("simulated viewers play DASH only")]
    Multivariant,
    /// It has no segments.
    #[error("the title has nothing to play")]
    Empty,
}

/// A title as its manifest was read last.
#[derive(Debug)]
pub(super) struct Title(Timeline);

impl Title {
    /// Reads a manifest that came from `url`.
    pub(super) fn read(url: &str, body: &[u8]) -> Result<Self, TitleError> {
        let read = manifest::read(body, url, None, &Limits::default());
        match read.map_err(|error| TitleError::Manifest(error.to_string()))? {
            Manifest::Title(timeline) if timeline.tracks().is_empty() => Err(TitleError::Empty),
            Manifest::Title(timeline) => Ok(Self(timeline)),
            Manifest::Multivariant(_) => Err(TitleError::Multivariant),
        }
    }

    /// Whether more segments are to come.
    pub(super) fn is_live(&self) -> bool {
        self.0.live().is_some()
    }

    /// Where playback begins.
    pub(super) fn start(&self) -> Duration {
        match self.0.edge(unix_time()) {
            Some(edge) if self.is_live() => media_duration(edge).saturating_sub(LIVE_DELAY),
            _ => Duration::ZERO,
        }
    }

    /// The tracks to play if `rate` bits per second can be kept up: the best rung that leaves some room, or the lowest;
    /// and the first audio track.
    pub(super) fn tracks(&self, rate: u64) -> Vec<&Track> {
        let of = |content| {
            self.0
                .tracks()
                .iter()
                .filter(move |track| track.content == content)
        };
        let fits = |track: &&Track| track.bandwidth <= rate / 100 * SAFE_PERCENT;
        let video = of(Content::Video)
            .filter(fits)
            .max_by_key(|track| track.bandwidth)
            .or_else(|| of(Content::Video).min_by_key(|track| track.bandwidth));
        video.into_iter().chain(of(Content::Audio).next()).collect()
    }

    /// The init segment of a track.
    pub(super) fn init(&self, track: &Track) -> Option<Segment> {
        self.0.init_segment(track.key)
    }

    /// The segment of a track that holds `from` or, where nothing does, follows it; `None` where none is there now.
    pub(super) fn next(&self, track: &Track, from: Duration) -> Option<Segment> {
        let start = media_time(from);
        let end = MediaTime::from_micros(start.as_micros().saturating_add(NEXT));
        let found = self.0.segments(track.key, start, end, unix_time(), 1);
        found.into_iter().next()
    }
}

/// The end of a segment, on the timeline.
pub(super) fn end_of(segment: &Segment) -> Duration {
    media_duration(segment.start) + segment.duration
}

/// The position on the timeline that is `since` after its zero.
pub(super) fn media_time(since: Duration) -> MediaTime {
    MediaTime::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// How far a position is after the timeline's zero; one before counts as zero.
fn media_duration(time: MediaTime) -> Duration {
    Duration::from_micros(u64::try_from(time.as_micros()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
