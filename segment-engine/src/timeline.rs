//! The title as tracks of segments, whatever manifest it came from.
//!
//! A track stores where its segments are as arithmetic, or as the manifest lists them; URLs are built and
//! compared on demand, so a title's size in memory does not depend on its length.

pub(crate) mod address;
pub(crate) mod axis;
#[cfg(feature = "resources")]
mod by_digest;
#[cfg_attr(not(feature = "dash"), expect(dead_code, reason = "playlists have no clock"))]
pub(crate) mod clock;
#[cfg(feature = "hls")]
mod delta;
pub(crate) mod index;
mod left_out;
#[cfg(feature = "seeder")]
pub(crate) mod listed;
pub(crate) mod media;
mod merge;
#[cfg_attr(
    not(feature = "dash"),
    expect(dead_code, reason = "playlists list their names")
)]
pub(crate) mod names;
#[cfg_attr(
    not(feature = "dash"),
    expect(dead_code, reason = "playlists list their times")
)]
pub(crate) mod runs;
pub(crate) mod sequence;
mod sidx;
#[cfg_attr(
    not(feature = "dash"),
    expect(dead_code, reason = "playlists list their names")
)]
pub(crate) mod template;
#[cfg(all(feature = "dash", feature = "seeder"))]
mod time_source;

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::left_out::{LeftOut, Omission};
use self::media::Media;
use self::names::{Closeness, Request};
#[cfg(all(feature = "dash", feature = "seeder"))]
pub use self::time_source::{Telling, TimeSource};
use crate::error::IndexError;
use crate::id::{ByteRange, SegmentKey, TrackKey};
use crate::time::{MediaTime, UnixTime};
use crate::vecmap::VecSet;

/// A title: its representations and where each of their segments is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    tracks: Vec<Track>,
    scope: Scope,
    left_out: Vec<LeftOut>,
    #[cfg(all(feature = "dash", feature = "seeder"))]
    time_sources: Vec<TimeSource>,
    #[cfg(feature = "resources")]
    by_digest: by_digest::ByDigest,
}

/// How much of a title one manifest covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Scope {
    /// All of it.
    #[default]
    Title,
    /// Its own tracks.
    #[cfg_attr(
        not(feature = "hls"),
        expect(dead_code, reason = "only media playlists cover less")
    )]
    Tracks,
}

/// What a live title says about its future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// How soon the manifest should be read again; `None` where it says nothing.
    pub refresh: Option<Duration>,
    /// How far behind the live edge players are asked to stay; `None` where it says nothing.
    pub delay: Option<Duration>,
    /// When all of it stops being available; `None` where it says nothing.
    pub until: Option<UnixTime>,
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
    pub(crate) media: Media,
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

impl Segment {
    /// Whether it is on no timeline, as a site's file: it is wanted once it is asked for, and as soon as possible.
    pub(crate) fn is_timeless(&self) -> bool {
        self.start == MediaTime::NOWHERE
    }
}

impl Timeline {
    /// Puts a manifest's tracks together. Of tracks with the same key, the first stays.
    pub(crate) fn new(tracks: Vec<Track>, scope: Scope, mut left_out: Vec<LeftOut>) -> Self {
        let mut keys = VecSet::default();
        let (tracks, twice): (Vec<_>, Vec<_>) = tracks.into_iter().partition(|track| keys.insert(track.key));
        left_out.extend(twice.into_iter().map(|track| LeftOut {
            representation: track.representation,
            reason: Omission::Duplicate,
        }));
        Self {
            tracks,
            scope,
            left_out,
            #[cfg(all(feature = "dash", feature = "seeder"))]
            time_sources: Vec::new(),
            #[cfg(feature = "resources")]
            by_digest: by_digest::ByDigest::default(),
        }
    }

    /// The same timeline, with these time servers.
    #[cfg(all(feature = "dash", feature = "seeder"))]
    pub(crate) fn with_time_sources(mut self, sources: Vec<TimeSource>) -> Self {
        self.time_sources = sources;
        self
    }

    /// The time servers by which a live title's segments become available, in the order in which to ask them. Empty
    /// if the manifest leaves the time to the clocks of origin and viewers, or only states a time itself (`direct`).
    #[cfg(all(feature = "dash", feature = "seeder"))]
    pub fn time_sources(&self) -> &[TimeSource] {
        &self.time_sources
    }

    /// The title's representations, in the manifest's order.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// What a live title says about its future; `None` for one that is complete.
    ///
    /// Of several live playlists, the soonest refresh counts.
    pub fn live(&self) -> Option<Live> {
        let live = self.tracks.iter().filter_map(|track| track.media.live);
        live.reduce(|one, other| Live {
            refresh: one.refresh.into_iter().chain(other.refresh).min(),
            delay: one.delay.into_iter().chain(other.delay).max(),
            until: one.until.into_iter().chain(other.until).max(),
        })
    }

    /// The segment that a player means by a URL and a range, if it is in the manifest.
    ///
    /// The scheme, the fragment, and the query parameters that players add (`CMCD`) are not compared; any of the
    /// manifest's base URLs will do. If the manifest's URL has no query, the player's is ignored; if no URL of the
    /// manifest fits, the host is ignored, so that a switch to another CDN changes nothing. An address that fits two
    /// different segments names none.
    pub fn locate(&self, url: &str, range: Option<ByteRange>) -> Option<Segment> {
        let request = Request::parse(url)?;
        for closeness in Closeness::ALL
            .into_iter()
            .filter(|closeness| request.is_worth(*closeness))
        {
            let found = |track: &Track| track.media.find(track.key, &request, range, closeness);
            let mut found = self.tracks.iter().filter_map(found);
            if let Some(first) = found.next() {
                let first = first.ok()?;
                // Tracks may share a segment, as an init segment or a whole rung in two periods: the same
                // URL is the same bytes, whichever of its names is used.
                return found
                    .all(|other| other.is_ok_and(|other| other.url == first.url))
                    .then_some(first);
            }
        }
        None
    }

    /// The segment with this key, if it is in the manifest.
    pub fn segment(&self, key: &SegmentKey) -> Option<Segment> {
        self.track(key.track)?.media.segment(key)
    }

    /// Whether a segment with this key is available, was within the last `past`, or will be by `now`. Nothing is
    /// ruled out for a live track whose manifest lists each segment only once it is available: another peer may have
    /// read it since.
    pub(crate) fn is_current(&self, key: &SegmentKey, now: UnixTime, past: Duration) -> bool {
        self.track(key.track)
            .is_some_and(|track| track.media.is_current(key.time, now, past))
    }

    /// Whether a segment was in a live manifest and has left it. One that an old manifest does not list yet has not.
    pub(crate) fn has_left(&self, key: &SegmentKey, now: UnixTime) -> bool {
        let track = self.track(key.track);
        track.is_some_and(|track| track.media.has_left(key, now))
    }

    /// Whether a media segment comes after the newest available one.
    #[cfg(all(feature = "seeder", feature = "shelf"))]
    pub(crate) fn is_ahead(&self, key: &SegmentKey, now: UnixTime) -> bool {
        let track = self.track(key.track);
        track.is_some_and(|track| track.media.is_ahead(key.time, now))
    }

    /// Which media segments of a track are available at `now`, by their place in it: for [`Timeline::segment_at`].
    ///
    /// The range may be too long to count, if a live manifest has no end and nothing leaves it.
    pub fn available(&self, track: TrackKey, now: UnixTime) -> Range<u64> {
        self.track(track).map_or(0..0, |found| found.media.available(now))
    }

    /// The media segment at a place in its track; `None` where there is none, or the manifest says that it is missing.
    pub fn segment_at(&self, track: TrackKey, place: u64) -> Option<Segment> {
        self.track(track)?.media.at(track, place)
    }

    /// What the manifest names but no track holds, as far as known: a player gets it without peers.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The track with this key.
    pub fn track(&self, key: TrackKey) -> Option<&Track> {
        let listed = self.tracks.iter().find(|track| track.key == key);
        #[cfg(feature = "resources")]
        let listed = listed.or_else(|| self.by_digest.track(key));
        listed
    }

    /// The init segment of a track, if it has one of its own; the first, if it has several.
    pub fn init_segment(&self, track: TrackKey) -> Option<Segment> {
        self.track(track)?.media.inits(track).next()
    }

    /// All init segments of a track, in the order of use: HLS may change them midway. The last may be the
    /// [index](Timeline::index_segment).
    pub fn init_segments(&self, track: TrackKey) -> Vec<Segment> {
        self.track(track)
            .map_or_else(Vec::new, |found| found.media.inits(track).collect())
    }

    /// The index of a track's subsegments, if it is in the file and not in the manifest (SegmentBase). It is fetched
    /// and traded like an init segment; [`Timeline::add_index`] takes its bytes.
    pub fn index_segment(&self, track: TrackKey) -> Option<Segment> {
        self.track(track)?.media.index(track)
    }

    /// Whether the segment with this key is an index whose bytes are not known yet.
    pub(crate) fn lacks_index(&self, key: &SegmentKey) -> bool {
        let track = self.track(key.track).filter(|track| track.media.lacks_index());
        track.is_some_and(|track| {
            track
                .media
                .index(key.track)
                .is_some_and(|index| index.key == *key)
        })
    }

    /// Reads the bytes of a track's index: its subsegments are known from then on.
    ///
    /// # Errors
    /// See [`IndexError`]; the track then has no segments.
    pub fn add_index(&mut self, track: TrackKey, body: &[u8]) -> Result<(), IndexError> {
        let found = self.tracks.iter_mut().find(|known| known.key == track);
        found.map_or(Err(IndexError::NoIndex), |found| found.media.add_index(body))
    }

    /// The media segments of a track that overlap `from..to`, in order, at most `limit` of them. Those that are not
    /// available at `now` (not yet, or no longer) are left out.
    pub fn segments(
        &self,
        track: TrackKey,
        from: MediaTime,
        to: MediaTime,
        now: UnixTime,
        limit: usize,
    ) -> Vec<Segment> {
        let found = self.track(track);
        found.map_or_else(Vec::new, |found| {
            found.media.segments(track, from, to, now, limit)
        })
    }

    /// When the next segment becomes available that is not at `now`: what a seeder sleeps until.
    ///
    /// `None` if nothing will come by the clock: a complete title, or a live one whose manifest lists each segment
    /// only once it is available.
    pub fn next_available(&self, now: UnixTime) -> Option<UnixTime> {
        self.tracks
            .iter()
            .filter_map(|track| track.media.next_available(now))
            .min()
    }

    /// Where the newest segment that is available at `now` ends, over all tracks; `None` while there is none.
    pub fn edge(&self, now: UnixTime) -> Option<MediaTime> {
        self.tracks.iter().filter_map(|track| track.media.edge(now)).max()
    }
}
