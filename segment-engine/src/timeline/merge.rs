//! Merges a manifest that was read later into what is known.

#[cfg(any(feature = "hls", feature = "seeder"))]
use super::axis::Axis;
#[cfg(feature = "hls")]
use super::sequence::Sequence;
use super::{Scope, Timeline, Track};
#[cfg(any(feature = "hls", feature = "seeder"))]
use crate::id::TrackKey;
#[cfg(feature = "hls")]
use crate::time::MediaTime;

impl Timeline {
    /// Takes in a manifest that was read later.
    ///
    /// One that covers the whole title replaces everything; a media playlist replaces its own track, or is added. A
    /// known HLS playlist is aligned by its media sequence numbers, so that positions do not move with a live window;
    /// a new one is aligned with those that are known.
    pub fn merge(&mut self, mut other: Self) {
        for track in &mut other.tracks {
            if let Some(known) = self.track(track.key) {
                track.media.keep_index(&known.media);
            }
            #[cfg(feature = "hls")]
            let is_live = track.media.live.is_some();
            #[cfg(feature = "hls")]
            if let Axis::Sequence(sequence) = &mut track.media.axis
                && let Some((known, is_own, may_move)) = self.sequence_like(track.key)
            {
                if is_own {
                    sequence.align(known);
                } else if is_live || may_move {
                    sequence.align_beside(known);
                }
            }
            #[cfg(feature = "hls")]
            if let Some(known) = self.track(track.key) {
                track.media.fill_in(&known.media);
            }
        }
        match other.scope {
            Scope::Title => {
                #[cfg(feature = "resources")]
                {
                    other.by_digest = std::mem::take(&mut self.by_digest);
                }
                *self = other;
            }
            Scope::Tracks => {
                self.scope = Scope::Tracks;
                other.tracks.into_iter().for_each(|track| self.put(track));
            }
        }
    }

    /// Whether a later manifest is of another run of the packager, whose segments reuse the names of others. An HLS
    /// playlist then counts from the beginning again, which no run does (RFC 8216, section 6.2.1); an MPD has begun
    /// another presentation.
    #[cfg(feature = "seeder")]
    pub(crate) fn is_begun_anew(&self, later: &Self) -> bool {
        later.tracks.iter().any(|track| {
            let known = self.track(track.key).map(|known| &known.media);
            match (known, &track.media.axis) {
                (Some(known), Axis::Sequence(later)) => match &known.axis {
                    Axis::Sequence(sequence) => {
                        let goes_on = known.live.is_some() || track.media.live.is_none();
                        later.begins_anew_after(sequence) || (!goes_on && later.ends_before(sequence))
                    }
                    Axis::Runs(_) | Axis::Whole { .. } | Axis::Empty { .. } => false,
                },
                (Some(known), Axis::Runs(_) | Axis::Whole { .. } | Axis::Empty { .. }) => {
                    track.media.is_presented_anew_after(known)
                }
                (None, _) => false,
            }
        })
    }

    /// Forgets a track.
    #[cfg(feature = "seeder")]
    pub(crate) fn remove(&mut self, key: TrackKey) {
        self.tracks.retain(|track| track.key != key);
    }

    /// Forgets all tracks.
    #[cfg(feature = "seeder")]
    pub(crate) fn clear(&mut self) {
        self.tracks.clear();
    }

    /// The sequence of a track, or else the one that reaches furthest, which was read last; whether it is the track's
    /// own; and whether it is, or was, live: complete ones all start at 0.
    #[cfg(feature = "hls")]
    fn sequence_like(&self, key: TrackKey) -> Option<(&Sequence, bool, bool)> {
        let like = self.tracks.iter().filter_map(|track| match &track.media.axis {
            Axis::Sequence(sequence) => Some((
                sequence,
                track.key == key,
                track.media.live.is_some() || sequence.offset != MediaTime::ZERO,
            )),
            Axis::Runs(_) | Axis::Whole { .. } | Axis::Empty { .. } => None,
        });
        like.max_by_key(|(sequence, is_own, _)| (*is_own, sequence.end()))
    }

    fn put(&mut self, track: Track) {
        match self.tracks.iter_mut().find(|known| known.key == track.key) {
            Some(known) => *known = track,
            None => self.tracks.push(track),
        }
    }
}

#[cfg(all(test, feature = "seeder"))]
mod tests;
