//! The title as tracks of segments, whatever manifest it came from.
//!
//! A track stores where its segments are as arithmetic, or as the manifest lists them; URLs are built and
//! compared on demand, so a title's size in memory does not depend on its length.

pub(crate) mod address;
pub(crate) mod axis;
pub(crate) mod clock;
#[cfg(feature = "seeder")]
pub(crate) mod listed;
pub(crate) mod media;
pub(crate) mod names;
pub(crate) mod runs;
pub(crate) mod sequence;
pub(crate) mod template;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::axis::Axis;
use self::media::Media;
use self::names::{Closeness, Request};
use crate::id::{ByteRange, SegmentKey, TrackKey};
use crate::time::{MediaTime, UnixTime};

/// A title: its representations and where each of their segments is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    tracks: Vec<Track>,
    scope: Scope,
}

/// How much of a title a manifest covers.
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

impl Timeline {
    /// Puts a manifest's tracks together. Of tracks with the same key, the first stays.
    pub(crate) fn new(tracks: Vec<Track>, scope: Scope) -> Self {
        let mut keys = std::collections::BTreeSet::new();
        let tracks = tracks
            .into_iter()
            .filter(|track| keys.insert(track.key))
            .collect();
        Self { tracks, scope }
    }

    /// Takes a manifest in that was read later.
    ///
    /// One that covers the whole title replaces all there is; a media playlist replaces its own track, or is
    /// added. Playlists of HLS are laid on the timeline where their media sequence numbers stand in what is
    /// known already, so that positions do not move with a live window.
    pub fn merge(&mut self, mut other: Self) {
        for track in &mut other.tracks {
            if let Axis::Sequence(sequence) = &mut track.media.axis
                && let Some(known) = self.sequence_like(track.key)
            {
                sequence.align(known);
            }
        }
        match other.scope {
            Scope::Title => *self = other,
            Scope::Tracks => {
                self.scope = Scope::Tracks;
                other.tracks.into_iter().for_each(|track| self.put(track));
            }
        }
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
        })
    }

    /// The segment that a player means by a URL and a range, if it is in the manifest.
    ///
    /// The scheme, the fragment, and the query parameters that players add (`CMCD`) are not compared;
    /// any of the manifest's base URLs will do. Where the manifest's URL has no query, neither is the
    /// player's; where no URL of the manifest fits, the host is left aside, so that a switch to another CDN
    /// changes nothing. What could mean two different segments means none.
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

    /// The segment of that key, if it is in the manifest.
    pub fn segment(&self, key: &SegmentKey) -> Option<Segment> {
        self.track(key.track)?.media.segment(key)
    }

    /// Whether there is, or was until that long ago, or will be by `now`, a segment of that key. Nothing is ruled out of a
    /// live track whose manifest lists each segment only once it is there: another peer may have read it since.
    pub(crate) fn is_current(&self, key: &SegmentKey, now: UnixTime, past: Duration) -> bool {
        self.track(key.track)
            .is_some_and(|track| track.media.is_current(key.time, now, past))
    }

    /// Whether a segment was in a live manifest, and is no more. What an old manifest does not list yet was not.
    pub(crate) fn has_left(&self, key: &SegmentKey, now: UnixTime) -> bool {
        let track = self.track(key.track);
        track.is_some_and(|track| track.media.has_left(key, now))
    }

    /// The track of that key.
    pub fn track(&self, key: TrackKey) -> Option<&Track> {
        self.tracks.iter().find(|track| track.key == key)
    }

    /// The init segment of a track, where it has one of its own; the first one, where it has several.
    pub fn init_segment(&self, track: TrackKey) -> Option<Segment> {
        self.track(track)?.media.inits(track).next()
    }

    /// All init segments of a track, in the order of their use: HLS may change them on the way.
    pub fn init_segments(&self, track: TrackKey) -> Vec<Segment> {
        self.track(track)
            .map_or_else(Vec::new, |found| found.media.inits(track).collect())
    }

    /// The media segments of a track that overlap `from..to`, in order, at most `limit` of them, and none
    /// that is not available at `now`: not yet, or no more.
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

    /// When the first segment that is not available at `now` will be: what a seeder sleeps until.
    ///
    /// `None` where nothing is to come by the clock: a complete title, or a live one whose manifest lists
    /// each segment once it is there.
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

    /// The sequence of a track, or of any other that runs beside it.
    fn sequence_like(&self, key: TrackKey) -> Option<&sequence::Sequence> {
        let sequence = |track: &'_ Track| match &track.media.axis {
            Axis::Sequence(_) => true,
            Axis::Runs(_) | Axis::Whole { .. } | Axis::Empty { .. } => false,
        };
        let mut like = self.tracks.iter().filter(|track| sequence(track));
        let own = like.clone().find(|track| track.key == key);
        match &own.or_else(|| like.next())?.media.axis {
            Axis::Sequence(sequence) => Some(sequence),
            Axis::Runs(_) | Axis::Whole { .. } | Axis::Empty { .. } => None,
        }
    }

    fn put(&mut self, track: Track) {
        match self.tracks.iter_mut().find(|known| known.key == track.key) {
            Some(known) => *known = track,
            None => self.tracks.push(track),
        }
    }
}
