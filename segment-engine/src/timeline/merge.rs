//! One manifest after another: what was known, and what a later one says.

use super::axis::Axis;
use super::sequence::Sequence;
use super::{Scope, Timeline, Track};
use crate::id::TrackKey;

impl Timeline {
    /// Takes a manifest in that was read later.
    ///
    /// One that covers the whole title replaces all there is; a media playlist replaces its own track, or is
    /// added. Playlists of HLS are laid on the timeline where their media sequence numbers stand in what is
    /// known already, so that positions do not move with a live window.
    pub fn merge(&mut self, mut other: Self) {
        for track in &mut other.tracks {
            if let Some(known) = self.track(track.key) {
                track.media.keep_index(&known.media);
            }
            if let Axis::Sequence(sequence) = &mut track.media.axis
                && let Some(known) = self.sequence_like(track.key)
            {
                sequence.align(known);
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

    /// Whether a playlist of HLS that was read later counts its segments from the beginning again, which is for no run of a
    /// packager to do (RFC 8216, section 6.2.1): another run has begun.
    #[cfg(feature = "seeder")]
    pub(crate) fn is_begun_anew(&self, later: &Self) -> bool {
        later.tracks.iter().any(|track| {
            let known = self.track(track.key).map(|known| &known.media.axis);
            match (known, &track.media.axis) {
                (Some(Axis::Sequence(known)), Axis::Sequence(later)) => later.begins_anew_after(known),
                (Some(_) | None, _) => false,
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

    /// The sequence of a track, or of any other that runs beside it.
    fn sequence_like(&self, key: TrackKey) -> Option<&Sequence> {
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
