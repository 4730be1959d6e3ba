//! What peers let a seeder know that they want: which tracks they watch, which segments they lack, where they play.
//!
//! A peer's word costs the origin a request, so each may have only so many made; and a track is wanted only for a while after
//! the last word of it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::allowance::Allowance;
use crate::id::{PeerId, SegmentKey, TrackKey};
use crate::time::{MediaTime, Timestamp};
use crate::vecmap::VecMap;

/// How long a track is wanted after the last word of it.
const WANTED_FOR: Duration = Duration::from_secs(60);

/// How many segments one peer may have fetched at once, and each second: three tracks of 1 s segments, and some to start
/// with.
const AT_ONCE: u32 = 24;
const EACH_SECOND: u32 = 3;

/// The most segments that wait to be fetched because peers want them; what is wanted beyond them is wanted again.
const MAX_WISHES: usize = 256;

/// After so much playing it is looked again which tracks a peer may be watching.
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

    /// Forgets tracks that nobody has spoken of for a while; whether there were any.
    pub(crate) fn lapse(&mut self, now: Timestamp) -> News {
        let before = self.tracks.len();
        self.tracks.retain(|_, until| now < *until);
        if self.tracks.len() < before {
            News::Yes
        } else {
            News::No
        }
    }

    /// Forgets what a peer that is gone was allowed. What it wished for is still fetched: others may come for it.
    pub(crate) fn on_left(&mut self, peer: &PeerId) {
        self.peers.remove(peer);
    }

    /// Takes a peer's wish for a segment in, if it may have more fetched and there is room; whether it was taken.
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

    /// Takes in that a fellow waits for this seeder to fetch a segment, where there is room; whether it was taken.
    pub(crate) fn on_turn(&mut self, key: SegmentKey) -> News {
        if self.keys.len() >= MAX_WISHES || self.keys.contains(&key) {
            return News::No;
        }
        self.keys.push_back(key);
        News::Yes
    }

    /// Whether it is to be looked which tracks a peer that plays there may be watching: where it has not been lately.
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
