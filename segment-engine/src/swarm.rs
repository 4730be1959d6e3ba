//! Which peers to know: whom to dial and over which neighbour, whom never again, when to ask for more and when to let
//! one go; and how many there are.
//!
//! Tier 1 are the neighbours, tier 2 theirs, which each neighbour tells of once a second. While signaling is away,
//! links are made to tier 2 over the common neighbour, so that the mesh heals by itself.

mod backoff;
mod census;
mod dials;
pub(crate) mod eviction;
mod gossip;
mod keeping;
mod links;
pub(crate) mod relay;
mod sketch;
mod telling;

use std::time::Duration;

pub(crate) use dials::Carrier;
pub(crate) use gossip::{Call, Word, head_at, uplink_class};
pub(crate) use keeping::Step;
pub(crate) use links::{Identity, NO_HEAD};
pub(crate) use telling::Own;

use backoff::Backoff;
use census::Census;
use dials::{Caller, Dials};
use keeping::EVICTION;
use links::Links;

use crate::config::SignalingAtMax;
use crate::id::{Member, PeerId};
use crate::rng::Rng;
use crate::time::Timestamp;
use crate::vecmap::VecSet;

/// How long after its start an engine hopes for its first link: signaling and one WebRTC handshake take 0.3 to 1 s on
/// a good path, and 95 of 100 are up within 2.5 s.
const FIRST_LINK: Duration = Duration::from_millis(2_500);

/// How long after joining an engine waits for an introduction: the server sends them with its welcome.
const INTRODUCTION: Duration = Duration::from_millis(500);

/// How long a peer's announcement may be on its way: it is held back for up to 133 ms, and travels for up to a far
/// peer's round trip.
const WORD: Duration = Duration::from_millis(250);

/// The first and the longest pause between two requests to signaling for more peers.
const FIRST_WANT: Duration = Duration::from_secs(2);
const LAST_WANT: Duration = Duration::from_secs(30);

/// How much later signaling is asked for a replacement after a peer left: one that reloads comes back by itself.
const AFTER_LOSS: Duration = Duration::from_millis(500);

/// The first and the longest pause between two dials over neighbours.
const FIRST_DIAL: Duration = Duration::from_millis(500);
const LAST_DIAL: Duration = Duration::from_secs(30);

/// The pause between two rounds of telling neighbours: about once a second, 0.9 to 1.1 s, drawn so that not all do it
/// at once.
const TICK: Duration = Duration::from_millis(900);
const TICK_JITTER: Duration = Duration::from_millis(200);

/// How long a peer is not dialled after it was evicted for another, and after it parted with a reason.
const EVICTED_REST: Duration = Duration::from_secs(120);
const LEFT_REST: Duration = Duration::from_secs(30);

/// How long an evicted link's place is kept open for a replacement.
const REPLACEMENT: Duration = Duration::from_secs(30);

/// The most banned peers that are remembered for the session.
const MAX_BANNED: usize = 4_096;

/// How many links are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Targets {
    /// See [`Config::min_target_peers`](crate::config::Config::min_target_peers).
    pub(crate) min: u32,
    /// See [`Config::max_target_peers`](crate::config::Config::max_target_peers); the device may set less.
    pub(crate) max: u32,
    /// See [`Config::signaling_at_max`](crate::config::Config::signaling_at_max).
    pub(crate) at_max: SignalingAtMax,
}

/// Where signaling stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signaling {
    /// It is away, and being retried.
    Away,
    /// It is up.
    Up,
    /// This peer left it, having links enough.
    Left,
}

/// Which peers are connected, or about to be.
#[derive(Debug)]
pub(crate) struct Swarm {
    targets: Targets,
    /// The most that signaling asks for.
    asked_max: u32,
    member: Member,
    signaling: Signaling,
    links: Links,
    dials: Dials,
    banned: VecSet<PeerId>,
    census: Census,
    /// What this peer last told of itself.
    own: Own,
    known_capable: Vec<Member>,
    asking: Backoff,
    dialling: Backoff,
    tick_at: Timestamp,
    evict_at: Timestamp,
    /// How many links there were when one was evicted, and until when that many are wanted.
    owed: (usize, Timestamp),
    hope_until: Timestamp,
    joined_at: Timestamp,
    rng: Rng,
}

impl Swarm {
    /// Starts without peers, as the given member.
    pub(crate) fn new(targets: Targets, member: Member, rng: Rng, now: Timestamp) -> Self {
        Self {
            targets,
            asked_max: targets.max,
            member,
            signaling: Signaling::Away,
            links: Links::default(),
            dials: Dials::default(),
            banned: VecSet::default(),
            census: Census::default(),
            own: Own {
                uplink: 0,
                head: NO_HEAD,
            },
            known_capable: Vec::new(),
            asking: Backoff::new(FIRST_WANT, LAST_WANT),
            dialling: Backoff::new(FIRST_DIAL, LAST_DIAL),
            tick_at: now,
            evict_at: now + EVICTION,
            owed: (0, now),
            hope_until: now + FIRST_LINK,
            joined_at: now,
            rng,
        }
    }

    /// Notes that signaling is up: introductions follow at once, or nobody is there.
    pub(crate) fn on_signaling_up(&mut self, now: Timestamp) {
        self.signaling = Signaling::Up;
        self.asking.reset();
        // The server pairs a newcomer by itself; only what is missing after that is asked for.
        self.asking.set(now + FIRST_WANT);
        self.hope_until = now + INTRODUCTION;
    }

    /// Notes that signaling is away.
    pub(crate) fn on_signaling_down(&mut self) {
        if self.signaling == Signaling::Up {
            self.signaling = Signaling::Away;
        }
    }

    /// Whether to dial a peer that was introduced.
    pub(crate) fn on_introduced(&mut self, now: Timestamp, peer: &PeerId) -> bool {
        let is_known = self.links.get(peer).is_some() || self.dials.get(peer).is_some();
        if is_known || self.is_full() || self.banned.contains(peer) || self.dials.is_resting(now, peer) {
            return false;
        }
        self.wake(now);
        let signaling = Carrier::Signaling;
        self.dials.open(now, peer.clone(), signaling, Caller::Own, None);
        true
    }

    /// Notes that a channel is open. Whether it may stay is for [`admits`](Self::admits) to say, before.
    pub(crate) fn on_connected(&mut self, now: Timestamp, peer: &PeerId) {
        self.wake(now);
        self.links.on_connected(now, peer.clone());
    }

    /// Notes that a peer's channel opened, whether or not it may stay: it is no longer being made. Returns who
    /// carried its negotiation, if this peer knows.
    pub(crate) fn on_dialled(&mut self, peer: &PeerId) -> Option<Carrier> {
        let dial = self.dials.on_connected(peer)?;
        self.dialling.reset();
        Some(dial.carrier)
    }

    /// Notes that a peer shook hands: it now tells what it holds.
    pub(crate) fn on_joined(&mut self, now: Timestamp, peer: &PeerId, identity: Identity) {
        self.joined_at = now;
        self.links.on_ready(peer, identity);
    }

    /// Notes that a link is gone, and why: the first reason counts, but a lie counts even after the peer has left.
    pub(crate) fn on_left(&mut self, now: Timestamp, peer: &PeerId, why: Parting) {
        if why == Parting::Banned {
            self.ban(peer.clone());
        }
        if self.links.on_left(peer).is_none() {
            return;
        }
        self.census.on_left(peer);
        match why {
            Parting::Evicted => {
                self.owed = (self.links.len() + 1, now + REPLACEMENT);
                self.dials.leave_alone(now, peer.clone(), EVICTED_REST);
            }
            Parting::Left => self.dials.leave_alone(now, peer.clone(), LEFT_REST),
            Parting::Banned | Parting::Gone => {}
        }
        self.ask_soon(now);
    }

    /// Notes that a link being made will not come up; false if there was none.
    pub(crate) fn on_failed(&mut self, now: Timestamp, peer: &PeerId) -> bool {
        self.ask_soon(now);
        self.dials.on_failed(now, peer, &mut self.rng)
    }

    /// Whether a peer that connected may stay.
    pub(crate) fn admits(&self) -> bool {
        self.links.len() < self.max()
    }

    /// Whether a peer was dropped for good. It is known by the name that signaling gave it: it chose its member id
    /// itself, and could have chosen another's.
    pub(crate) fn is_banned(&self, peer: &PeerId) -> bool {
        self.banned.contains(peer)
    }

    /// The other link to the same member, and since when it is up.
    pub(crate) fn twin(&self, member: Member) -> Option<(&PeerId, Timestamp)> {
        let twin = self.links.of_member(member)?;
        Some((twin, self.links.get(twin)?.since()))
    }

    /// Until when a first link is hoped for; `None` if nothing is under way.
    pub(crate) fn hope(&self, now: Timestamp) -> Option<Timestamp> {
        let dialling = self.dials.hope();
        dialling.max(Some(self.hope_until)).filter(|until| *until > now)
    }

    /// Until when a peer that has a segment, wanted since `since`, may still announce it.
    pub(crate) fn word_until(&self, since: Timestamp) -> Timestamp {
        self.joined_at.max(since) + WORD
    }

    /// Takes the links that took too long to make.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<PeerId> {
        self.dials.expire(now, &mut self.rng)
    }

    fn is_full(&self) -> bool {
        self.links.len() + self.dials.len() >= self.max()
    }

    fn ask_soon(&mut self, now: Timestamp) {
        self.asking.bring_forward(now, now + AFTER_LOSS);
    }

    /// Starts to look after links, when the first one appears.
    fn wake(&mut self, now: Timestamp) {
        if self.is_alone() {
            self.tick_at = now + TICK;
        }
    }

    fn is_alone(&self) -> bool {
        self.links.len() == 0 && self.dials.len() == 0
    }

    fn ban(&mut self, peer: PeerId) {
        if self.banned.len() < MAX_BANNED {
            self.banned.insert(peer);
        }
    }
}

/// Why a link is gone, as far as that matters for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parting {
    /// It closed, or failed.
    Gone,
    /// One side said why: it has links enough, or they do not understand each other.
    Left,
    /// It was worth less than a new one.
    Evicted,
    /// The peer is never to be linked to again.
    Banned,
}

#[cfg(test)]
mod tests;
