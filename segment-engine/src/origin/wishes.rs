//! What peers let a seeder know they want: the tracks they watch, the segments they lack, their playheads.
//!
//! A peer's wish costs the origin a request, so each peer may cause only so many; and a track is wanted only for a
//! while after it was last mentioned.

use std::collections::VecDeque;
use std::time::Duration;

use crate::allowance::Allowance;
use crate::id::{PeerId, SegmentKey, TrackKey};
use crate::time::{MediaTime, Timestamp};
use crate::vecmap::VecMap;

/// How long a track is wanted after it was last mentioned.
const WANTED_FOR: Duration = Duration::from_secs(60);

/// How many segments one peer may have fetched at once, and then per second: three tracks of 1 s segments, and some
/// to start with.
const AT_ONCE: u32 = 24;
const EACH_SECOND: u32 = 3;

/// The most segments that wait to be fetched because peers want them; a wish beyond them is simply made again.
const MAX_WISHES: usize = 256;

/// After this much playback it is found out again which tracks a peer may be watching.
const SOUNDED_FOR: Duration = Duration::from_secs(30);

/// What all peers want.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    keys: VecDeque<SegmentKey>,
    tracks: VecMap<TrackKey, Timestamp>,
    peers: VecMap<PeerId, Wisher>,
}

#[derive(Debug)]
struct Wisher {
    allowance: Allowance,
    sounded: Option<MediaTime>,
}

/// Whether something is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// It is.
    Yes,
    /// It was known.
    No,
}

impl Wishes {
    /// Notes that somebody watches a track.
    pub(crate) fn on_track(&mut self, track: TrackKey, now: Timestamp) -> News {
        match self.tracks.insert(track, now + WANTED_FOR) {
            Some(until) if now < until => News::No,
            Some(_) | None => News::Yes,
        }
    }

    /// Whether anybody watches a track.
    pub(crate) fn wants(&self, track: TrackKey, now: Timestamp) -> bool {
        self.tracks.get(&track).is_some_and(|until| now < *until)
    }

    /// Forgets tracks that nobody has mentioned for a while; returns whether there were any.
    pub(crate) fn lapse(&mut self, now: Timestamp) -> News {
        let before = self.tracks.len();
        self.tracks.retain(|_, until| now < *until);
        if self.tracks.len() < before {
            News::Yes
        } else {
            News::No
        }
    }

    /// Forgets the allowance of a peer that is gone. What it wished for is still fetched: others may want it.
    pub(crate) fn on_left(&mut self, peer: &PeerId) {
        self.peers.remove(peer);
    }

    /// Takes in a peer's wish for a segment, if its allowance and the queue have room; returns whether it was taken.
    pub(crate) fn on_key(&mut self, peer: &PeerId, key: SegmentKey, now: Timestamp) -> News {
        if self.keys.len() >= MAX_WISHES || self.keys.contains(&key) {
            return News::No;
        }
        if self.wisher(peer, now).allowance.take(1, now) == 0 {
            return News::No;
        }
        self.keys.push_back(key);
        News::Yes
    }

    /// Notes that a fellow waits for this seeder to fetch a segment, if there is room; returns whether it was taken.
    pub(crate) fn on_turn(&mut self, key: SegmentKey) -> News {
        if self.keys.len() >= MAX_WISHES || self.keys.contains(&key) {
            return News::No;
        }
        self.keys.push_back(key);
        News::Yes
    }

    /// Whether to find out which tracks a peer that plays there may be watching: if that was not done lately.
    pub(crate) fn sounds(&mut self, peer: &PeerId, at: MediaTime, now: Timestamp) -> News {
        let wisher = self.wisher(peer, now);
        let near = |sounded: MediaTime| at.since(sounded).max(sounded.since(at)) < SOUNDED_FOR;
        if wisher.sounded.is_some_and(near) {
            return News::No;
        }
        wisher.sounded = Some(at);
        News::Yes
    }

    fn wisher(&mut self, peer: &PeerId, now: Timestamp) -> &mut Wisher {
        self.peers.get_or_insert_with(peer.clone(), || Wisher {
            allowance: Allowance::new(AT_ONCE, EACH_SECOND, now),
            sounded: None,
        })
    }

    /// The segment that has been wished for the longest.
    pub(crate) fn next(&mut self) -> Option<SegmentKey> {
        self.keys.pop_front()
    }
}

#[cfg(test)]
mod tests;
