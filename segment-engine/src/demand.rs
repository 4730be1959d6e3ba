//! The player's open demands, and where playback stands: how long each can wait.

use std::time::Duration;

use crate::id::{DemandId, SegmentKey, SegmentKind, TrackKey};
use crate::input::{Playback, PlaybackState};
use crate::time::{MediaTime, Timestamp};
use crate::timeline::{Content, Segment};
use crate::vecmap::{VecMap, VecSet};

/// The most demands that are open at once; further ones are left to the player.
pub(crate) const MAX_DEMANDS: usize = 64;

/// The slack of a segment that is on no timeline: longer than any patience with peers.
const UNTIMED_SLACK: Duration = Duration::from_secs(3_600);

/// With less buffered than this, a player's first segment, and its first after a jump, is wanted at once: a first
/// link takes some two seconds to come up, and the origin may take as long. An engine that starts after its player
/// did, as in a page, finds more buffered.
const WANTED_AT_ONCE: Duration = Duration::from_secs(4);

/// A demand that is not answered yet.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// The segment it is for.
    pub(crate) key: SegmentKey,
    /// When it was made.
    pub(crate) since: Timestamp,
}

/// The open demands.
#[derive(Debug, Default)]
pub(crate) struct Demands {
    open: VecMap<DemandId, Waiting>,
    last: Option<DemandId>,
}

impl Demands {
    /// Whether an identifier was used before: they count upwards.
    pub(crate) fn is_known(&self, id: DemandId) -> bool {
        self.last.is_some_and(|last| id <= last)
    }

    /// Notes that an identifier is used.
    pub(crate) fn on_demand(&mut self, id: DemandId) {
        self.last = Some(id);
    }

    /// Whether no more may be opened.
    pub(crate) fn is_full(&self) -> bool {
        self.open.len() >= MAX_DEMANDS
    }

    /// Opens a demand.
    pub(crate) fn open(&mut self, id: DemandId, waiting: Waiting) {
        self.open.insert(id, waiting);
    }

    /// The segments that are demanded.
    pub(crate) fn keys(&self) -> impl Iterator<Item = SegmentKey> {
        self.open.values().map(|waiting| waiting.key)
    }

    /// When the oldest demand for a segment was made.
    pub(crate) fn since(&self, key: &SegmentKey) -> Option<Timestamp> {
        let wanted = self.open.values().filter(|waiting| waiting.key == *key);
        wanted.map(|waiting| waiting.since).min()
    }

    /// The demand for a segment that was made last.
    pub(crate) fn newest(&self, key: &SegmentKey) -> Option<DemandId> {
        let wanted = self.open.iter().filter(|(_, waiting)| waiting.key == *key);
        wanted.map(|(id, _)| *id).max()
    }

    /// Closes a demand.
    pub(crate) fn close(&mut self, id: DemandId) -> Option<Waiting> {
        self.open.remove(&id)
    }

    /// Closes and returns the demands for a segment.
    pub(crate) fn close_for(&mut self, key: &SegmentKey) -> Vec<DemandId> {
        let ids: Vec<_> = self
            .open
            .iter()
            .filter(|(_, waiting)| waiting.key == *key)
            .map(|(id, _)| *id)
            .collect();
        for id in &ids {
            self.open.remove(id);
        }
        ids
    }

    /// Whether any demand is for a segment.
    pub(crate) fn wants(&self, key: &SegmentKey) -> bool {
        self.open.values().any(|waiting| waiting.key == *key)
    }
}

/// What is known of the player: where it is, and what it plays.
#[derive(Debug, Default)]
pub(crate) struct Player {
    told: Option<(Timestamp, Playback)>,
    settled: VecSet<Content>,
    current: VecMap<Content, (TrackKey, MediaTime)>,
}

impl Player {
    /// Notes where playback stands.
    pub(crate) fn on_playback(&mut self, now: Timestamp, playback: Playback) {
        self.told = Some((now, playback));
    }

    /// Notes a jump: what follows is wanted at once, as at the start.
    pub(crate) fn on_seeked(&mut self, now: Timestamp, position: MediaTime) {
        self.settled.clear();
        self.current = VecMap::default();
        let state = self
            .told
            .map_or(PlaybackState::Stalled, |(_, playback)| playback.state);
        self.told = Some((
            now,
            Playback {
                position,
                buffered: Duration::ZERO,
                state,
            },
        ));
    }

    /// Notes a demand; true if the player has nothing of its kind yet, since the start or a jump, and, for media,
    /// little to play.
    pub(crate) fn on_demand(&mut self, now: Timestamp, content: Content, segment: &Segment) -> bool {
        if segment.is_timeless() {
            return false;
        }
        match segment.key.kind {
            SegmentKind::Init => !self.settled.contains(&content),
            SegmentKind::Media => {
                self.current.insert(content, (segment.key.track, segment.start));
                self.settled.insert(content) && self.buffered(now) < WANTED_AT_ONCE
            }
        }
    }

    /// How much the player can still play of what it has.
    fn buffered(&self, now: Timestamp) -> Duration {
        let Some((at, playback)) = self.told else {
            return Duration::ZERO;
        };
        playback.buffered.saturating_sub(played(&playback, now.since(at)))
    }

    /// How long the player can play before it needs a segment.
    pub(crate) fn slack(&self, now: Timestamp, segment: &Segment) -> Duration {
        if segment.is_timeless() {
            return UNTIMED_SLACK;
        }
        let Some((at, playback)) = self.told else {
            return Duration::ZERO;
        };
        match segment.key.kind {
            SegmentKind::Init => self.buffered(now),
            SegmentKind::Media => {
                let ahead = segment.start.since(playback.position);
                ahead.saturating_sub(played(&playback, now.since(at)))
            }
        }
    }

    /// The playhead's position; `None` before the player reported one.
    pub(crate) fn position(&self, now: Timestamp) -> Option<MediaTime> {
        let (at, playback) = self.told?;
        Some(playback.position + played(&playback, now.since(at)))
    }

    /// What is being played: for each kind of content its track, and the start of the last segment demanded.
    pub(crate) fn current(&self) -> impl Iterator<Item = (TrackKey, MediaTime)> {
        self.current.values().copied()
    }
}

/// How much was played, at normal speed, since the player last reported.
fn played(playback: &Playback, since: Duration) -> Duration {
    match playback.state {
        PlaybackState::Playing => since,
        PlaybackState::Paused | PlaybackState::Stalled => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests;
