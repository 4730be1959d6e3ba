//! Whose turn it is: among fellows each segment is fetched by one; the others take it from there, and fetch for
//! themselves what does not come in time.
//!
//! Nobody coordinates. A hash of member and segment ranks the fellows that a seeder is linked to. If two see
//! different fellows, a segment is fetched twice, but never by nobody: a seeder only waits for one that ranks higher.
//! What has come is checked against the signed record, as everything from peers is.

use std::time::Duration;

use super::seeding::Seeding;
use super::{Engine, Replan};
use crate::claims::{Reputation, outranks};
use crate::id::{Member, PeerId, SegmentKey};
use crate::peer::{Peer, Wanted};
use crate::time::Timestamp;
use crate::timeline::Segment;
use crate::timer::Timer;
use crate::transfer::{Cause, Download};
use crate::vecmap::VecMap;
use crate::wire::Frame;

/// How long a fellow's segment is waited for, in addition to three times what the origin is expected to take: for
/// what the fellow does before it, for its fetch, and for the way here. The second covers its poll of the manifest,
/// which may come that much later than this one's, and its announcement. Four seconds at most in all: a viewer waits
/// ten for peers, and fetches for itself long before.
const LEASE: Duration = Duration::from_secs(1);
const LONGEST_LEASE: Duration = Duration::from_secs(4);

/// The most segments that are waited for at once. Live segments beyond it are fetched. Of a film, no more are begun
/// than a fellow that fetches as this seeder does can bring within [`LEASE`], so that both go through it side by
/// side.
const MAX_WAITS: usize = 64;

/// The most segments that are remembered as not brought in time: each is forgotten when it has come, or failed. While
/// so many wait to be fetched, nothing is left to fellows.
const MAX_OVERDUE: usize = 256;

/// What a seeder has left to its fellows.
#[derive(Debug, Default)]
pub(super) struct Turns {
    waits: VecMap<SegmentKey, Wait>,
    overdue: VecMap<SegmentKey, Overdue>,
    standing: Reputation,
    /// How many segments of a film may be waited for at once, judged by the last one left to a fellow.
    room: usize,
}

/// A segment that is left to a fellow.
#[derive(Debug)]
struct Wait {
    peer: PeerId,
    member: Member,
}

/// A segment that a fellow has not brought.
#[derive(Debug)]
struct Overdue {
    /// The fellow to blame; none if its link is gone.
    member: Option<Member>,
    fetched: Fetched,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetched {
    /// It is on its way from the origin.
    Begun,
    /// It has yet to be asked for.
    NotYet,
}

/// Whether a fellow has a segment already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It has it.
    Held,
    /// It is about to fetch it.
    Due,
}

impl Turns {
    /// Whether there could be more overdue segments than are remembered.
    fn is_full(&self) -> bool {
        let is_open = |overdue: &&Overdue| overdue.fetched == Fetched::NotYet;
        self.waits.len() + self.overdue.values().filter(is_open).count() >= MAX_OVERDUE
    }

    /// Remembers what a fellow has not brought; if there is too much, a segment that is already being fetched is
    /// forgotten for it.
    fn remember(&mut self, key: SegmentKey, overdue: Overdue) {
        self.overdue.insert(key, overdue);
        if self.overdue.len() <= MAX_OVERDUE {
            return;
        }
        let is_begun =
            |(key, overdue): (&SegmentKey, &Overdue)| (overdue.fetched == Fetched::Begun).then_some(*key);
        let begun = self.overdue.iter().find_map(is_begun);
        if let Some(key) = begun {
            self.overdue.remove(&key);
        }
    }

    /// Whether a segment is left to a fellow.
    pub(super) fn awaits(&self, key: &SegmentKey) -> bool {
        self.waits.contains_key(key)
    }

    /// A segment did not come from the origin either: nobody is to blame.
    pub(super) fn forgive(&mut self, key: &SegmentKey) {
        self.overdue.remove(key);
    }

    /// The next segment to be fetched in a fellow's place.
    fn begin_overdue(&mut self) -> Option<SegmentKey> {
        let mut overdue = self.overdue.iter_mut();
        let (key, next) = overdue.find(|(_, overdue)| overdue.fetched == Fetched::NotYet)?;
        next.fetched = Fetched::Begun;
        Some(*key)
    }
}

impl Engine {
    /// Leaves a segment to a fellow that has it, or whose turn it is; returns whether there is one.
    pub(super) fn leave_to_fellow(&mut self, segment: &Segment) -> bool {
        let key = segment.key;
        let is_refused = |turns: &Turns| {
            turns.overdue.contains_key(&key) || turns.waits.len() >= MAX_WAITS || turns.is_full()
        };
        if self
            .seeding
            .as_ref()
            .is_none_or(|seeding| is_refused(&seeding.turns))
        {
            return false;
        }
        let Some((peer, member, turn)) = self.fellow_for(&key) else {
            return false;
        };
        let origin = self.expected_of(segment);
        let lease = self.now + (LEASE + origin.saturating_mul(3)).min(LONGEST_LEASE);
        let rounds = usize::try_from(LEASE.as_micros() / origin.as_micros().max(1)).unwrap_or(MAX_WAITS);
        let room = rounds
            .max(1)
            .saturating_mul(self.config.parallel_fetches as usize);
        let Some(Seeding { turns, .. }) = &mut self.seeding else {
            return false;
        };
        let wait = Wait {
            peer: peer.clone(),
            member,
        };
        turns.waits.insert(key, wait);
        turns.room = room.min(MAX_WAITS);
        self.timers.set(Timer::Lease(key), lease);
        self.transfers
            .start(Download::new(segment.clone(), 1, self.now, lease));
        if let Some(record) = self.integrity.record(&key) {
            self.on_record_known(key, record);
        }
        if turn == Turn::Due && self.timeline.live().is_none() {
            self.nudge(&peer, key, lease);
        }
        self.replan(Replan::Pull);
        true
    }

    /// Asks a fellow to fetch a segment of a film now: it may be elsewhere in the film, or only fetch what peers ask
    /// for.
    fn nudge(&mut self, id: &PeerId, key: SegmentKey, until: Timestamp) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let request = peer.on_reserved(key, Wanted::Layer(Vec::new()), until);
        self.send(id, &Frame::WantLeaves { request, key });
        self.watch(id);
    }

    /// The fellow that has a segment, or whose turn it is, among those that follow its track and have kept their
    /// leases lately.
    fn fellow_for(&self, key: &SegmentKey) -> Option<(PeerId, Member, Turn)> {
        let standing = &self.seeding.as_ref()?.turns.standing;
        let is_good = |id: &PeerId, peer: &Peer| {
            peer.serves()
                && peer.held.is_of_track(key.track)
                && self.is_fellow(id)
                && standing.is_good(peer.member(), self.now)
        };
        let mut first: Option<(&PeerId, &Peer)> = None;
        let mut holder: Option<(&PeerId, &Peer)> = None;
        for (id, peer) in self.peers.iter().filter(|(id, peer)| is_good(id, peer)) {
            let member = peer.member();
            let leads = |best: Option<(&PeerId, &Peer)>| {
                best.is_none_or(|(_, best)| outranks(member, best.member(), key, 0, 0))
            };
            if leads(first) {
                first = Some((id, peer));
            }
            if peer.held.holds_all(key) && leads(holder) {
                holder = Some((id, peer));
            }
        }
        if let Some((id, peer)) = holder {
            return Some((id.clone(), peer.member(), Turn::Held));
        }
        let (id, peer) = first.filter(|(_, peer)| outranks(peer.member(), self.member, key, 0, 0))?;
        Some((id.clone(), peer.member(), Turn::Due))
    }

    /// How long the origin is expected to take for a segment.
    fn expected_of(&self, segment: &Segment) -> Duration {
        let track = self.timeline.track(segment.key.track);
        track.map_or(Duration::ZERO, |track| self.origin.expected(track, segment, None))
    }

    /// Whether so much of a film is left to fellows that nothing more is begun.
    pub(super) fn waits_for_enough(&self) -> bool {
        let turns = self.seeding.as_ref().map(|seeding| &seeding.turns);
        let is_enough = turns.is_some_and(|turns| !turns.waits.is_empty() && turns.waits.len() >= turns.room);
        is_enough && self.timeline.live().is_none()
    }

    /// A fellow has not brought a segment in time: the rest of it is fetched.
    pub(super) fn on_lease_over(&mut self, key: SegmentKey) {
        let waits = self.seeding.as_mut().map(|seeding| &mut seeding.turns.waits);
        if let Some(wait) = waits.and_then(|waits| waits.remove(&key)) {
            self.fetch_later(key, Some(wait.member));
        }
    }

    fn fetch_later(&mut self, key: SegmentKey, member: Option<Member>) {
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let fetched = Fetched::NotYet;
        seeding.turns.remember(key, Overdue { member, fetched });
        self.replan(Replan::Window);
    }

    /// Asks the origin for the next segment that a fellow has not brought; returns whether there is one.
    pub(super) fn fetch_overdue(&mut self) -> bool {
        let Some(seeding) = &mut self.seeding else {
            return false;
        };
        let Some(key) = seeding.turns.begin_overdue() else {
            return false;
        };
        let lacked = !self.has(&key);
        let Some(segment) = self.timeline.segment(&key).filter(|_| lacked) else {
            if let Some(seeding) = &mut self.seeding {
                seeding.turns.forgive(&key);
            }
            return true;
        };
        if !self.transfers.contains(&key) {
            self.transfers
                .start(Download::new(segment, 1, self.now, self.now));
        }
        self.fetch_rest(key, Cause::Seed);
        true
    }

    /// A segment has come: from the fellow in time, or in its stead from the origin, which shows that the fellow
    /// could have brought it.
    pub(super) fn on_wait_over(&mut self, key: &SegmentKey) {
        let now = self.now;
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let turns = &mut seeding.turns;
        if let Some(wait) = turns.waits.remove(key) {
            turns.standing.on_kept(wait.member, now);
            self.timers.stop(&Timer::Lease(*key));
        }
        if let Some(Overdue {
            member: Some(member),
            fetched: Fetched::Begun,
        }) = turns.overdue.remove(key)
        {
            turns.standing.on_lapse(member, now);
        }
    }

    /// A fellow is gone: what was left to it is fetched.
    pub(super) fn on_turns_left(&mut self, id: &PeerId) {
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let turns = &mut seeding.turns;
        let left = turns.waits.iter().filter(|(_, wait)| wait.peer == *id);
        let left: Vec<SegmentKey> = left.map(|(key, _)| *key).collect();
        turns.waits.retain(|_, wait| wait.peer != *id);
        for key in left {
            self.timers.stop(&Timer::Lease(key));
            self.fetch_later(key, None);
        }
    }
}

#[cfg(test)]
mod tests;
