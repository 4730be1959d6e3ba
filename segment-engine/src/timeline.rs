//! The title as tracks of segments, whatever manifest it came from.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{ByteRange, SegmentKey, TrackKey};
use crate::time::{MediaTime, UnixTime};

/// A title: its representations and where each of their segments is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    tracks: Vec<Track>,
    live: Option<Live>,
}

/// What a live title says about its future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// How soon the manifest should be read again; `None` where it says nothing.
    pub refresh: Option<Duration>,
}

/// One representation.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its name among peers.
    pub key: TrackKey,
    /// What it carries.
    pub content: Content,
    /// `@id` of the representation in DASH; the playlist's identity in HLS.
    pub representation: String,
    /// Bits per second; 0 where the manifest does not say.
    pub bandwidth: u64,
}

/// What a representation carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Pictures, or pictures and sound together.
    Video,
    /// Sound.
    Audio,
    /// Subtitles and captions.
    Text,
    /// Thumbnails, metadata, or not said.
    Other,
}

/// One segment of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its name among peers.
    pub key: SegmentKey,
    /// Its absolute URL, of the first base URL where there are several.
    pub url: String,
    /// Its start on the presentation's timeline; the period's start for an init segment.
    pub start: MediaTime,
    /// Its length on the timeline; zero for an init segment.
    pub duration: Duration,
}

impl Timeline {
    /// The title's representations, in the manifest's order.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// What a live title says about its future; `None` for one that is complete.
    pub fn live(&self) -> Option<Live> {
        self.live
    }

    /// The segment that a player means by a URL and a range, if it is in the manifest.
    ///
    /// The scheme, the fragment, and the query parameters that players add (`CMCD`) are not compared;
    /// any of the manifest's base URLs will do.
    pub fn locate(&self, url: &str, range: Option<ByteRange>) -> Option<Segment> {
        let _ = (url, range);
        None
    }

    /// The segment of that key, if it is in the manifest.
    pub fn segment(&self, key: &SegmentKey) -> Option<Segment> {
        let _ = key;
        None
    }

    /// The track of that key.
    pub fn track(&self, key: TrackKey) -> Option<&Track> {
        self.tracks.iter().find(|track| track.key == key)
    }

    /// The init segment of a track, where it has one of its own.
    pub fn init_segment(&self, track: TrackKey) -> Option<Segment> {
        let _ = track;
        None
    }

    /// The media segments of a track that overlap `from..to`, in order, at most `limit` of them, and none
    /// that is not yet available at `now`.
    pub fn segments(
        &self,
        track: TrackKey,
        from: MediaTime,
        to: MediaTime,
        now: UnixTime,
        limit: usize,
    ) -> Vec<Segment> {
        let _ = (track, from, to, now, limit);
        Vec::new()
    }

    /// When the first segment that is not available at `now` will be: what a seeder sleeps until.
    pub fn next_available(&self, now: UnixTime) -> Option<UnixTime> {
        let _ = now;
        None
    }
}
