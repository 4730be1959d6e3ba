//! Keeps the links at their targets: missing ones are asked for or dialled, and the worst makes way for a better one.

use std::time::Duration;

use super::dials::{Caller, Carrier};
use super::eviction::Tenure;
#[cfg(feature = "seeder")]
use super::links::NO_HEAD;
use super::links::{Candidate, lot};
use super::{Signaling, Swarm};
use crate::config::SignalingAtMax;
use crate::id::PeerId;
use crate::time::Timestamp;
use crate::wire::{Neighbour, PeerRole};

/// How many links are made over neighbours at a time.
const MAX_OWN_CALLS: usize = 2;

/// The shortest time between two evictions; a random part is added.
pub(super) const EVICTION: Duration = Duration::from_secs(30);
const EVICTION_JITTER: Duration = Duration::from_secs(5);

/// With fewer links than this none is evicted, unless there is no room for another.
const MANY_LINKS: usize = 10;

/// How many members the swarm must have for each link for an eviction: a smaller swarm has nobody better to offer. A
/// slow link is often one to a peer that all ask: with 300 viewers evicting it spread segments 0.4 s sooner, with 20
/// of scarce uplinks it doubled what the origin sent.
const SWARM_PER_LINK: usize = 2;

/// Something to do for the mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask signaling for this many peers.
    Ask(u32),
    /// Make a link to this peer over a neighbour.
    Dial(PeerId),
    /// Leave signaling.
    Leave,
    /// Come back to signaling.
    Join,
}

impl Swarm {
    /// Changes the maximum of links. Open links stay.
    pub(crate) fn set_max(&mut self, max: u32) {
        self.targets.max = max.max(1);
    }

    /// Takes the targets that signaling asks for. Open links stay.
    pub(crate) fn set_asked(&mut self, min: u32, max: u32) {
        self.targets.min = min;
        self.asked_max = max.max(1);
    }

    /// What has to be done to bring the links to their target.
    pub(crate) fn steps(&mut self, now: Timestamp) -> Vec<Step> {
        let mut steps = Vec::new();
        let links = self.links.len();
        let mut hoped = links + self.dials.hoped(now);
        match self.signaling {
            Signaling::Up if self.targets.at_max == SignalingAtMax::Leave && !self.admits() => {
                self.signaling = Signaling::Left;
                steps.push(Step::Leave);
            }
            Signaling::Left if hoped < self.min().max(1) => {
                self.signaling = Signaling::Away;
                steps.push(Step::Join);
            }
            Signaling::Up | Signaling::Away | Signaling::Left => {}
        }
        let goal = self.goal(now);
        if self.is_wanting(hoped) && self.asking.is_due(now) {
            steps.push(Step::Ask(u32::try_from(goal - hoped).unwrap_or(u32::MAX)));
            self.asking.on_tried(now, &mut self.rng);
        }
        while hoped < goal && self.dialling.is_due(now) {
            let Some(candidate) = self.candidate(now) else {
                break;
            };
            self.dialling.on_tried(now, &mut self.rng);
            hoped += 1;
            steps.push(Step::Dial(candidate.peer.clone()));
            let carrier = Carrier::Neighbour(candidate.over);
            let member = Some(candidate.member);
            self.dials.open(now, candidate.peer, carrier, Caller::Own, member);
        }
        steps
    }

    /// When there may next be something to do.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let tick = (!self.is_alone()).then_some(self.tick_at);
        let hoped = self.links.len() + self.dials.hoped(now);
        let ask = self.is_wanting(hoped).then(|| self.asking.due());
        tick.into_iter().chain(ask).min()
    }

    /// Starts a link to a peer that may be a seeder: one that a neighbour knows, that uploads, and plays nowhere. Its
    /// handshake tells whether it is one.
    #[cfg(feature = "seeder")]
    pub(crate) fn seek_seeder(&mut self, now: Timestamp) -> Option<PeerId> {
        if self.dials.over_neighbours(Caller::Own, None) >= MAX_OWN_CALLS {
            return None;
        }
        let is_open =
            |known: &Neighbour| known.head == NO_HEAD && known.uplink > 0 && self.is_open(now, known);
        let candidate = self.links.candidate(now, self.member, NO_HEAD, is_open)?;
        let (carrier, member) = (Carrier::Neighbour(candidate.over), Some(candidate.member));
        self.dials
            .open(now, candidate.peer.clone(), carrier, Caller::Own, member);
        Some(candidate.peer)
    }

    /// How many links exceed the maximum; `None` if none do.
    #[cfg(feature = "seeder")]
    pub(crate) fn links_over(&self) -> Option<usize> {
        self.links.len().checked_sub(self.max())
    }

    /// Whether an eviction is due, if some link is worth less than a new one would be: never in a small swarm.
    pub(crate) fn is_eviction_due(&mut self, now: Timestamp) -> bool {
        if now < self.evict_at {
            return false;
        }
        self.evict_at = now + EVICTION + self.rng.up_to(EVICTION_JITTER);
        let links = self.links.len();
        let is_small = (self.capable_estimate() as usize) < links * SWARM_PER_LINK;
        let is_choosy = links >= MANY_LINKS && links > self.min() && self.min() > 0;
        !is_small && (!self.admits() || (is_choosy && self.best(now).is_some()))
    }

    /// A link's lot, since when it is up, and its tenure; `None` before its handshake.
    pub(crate) fn standing(&self, peer: &PeerId) -> Option<(u64, Timestamp, Tenure)> {
        let link = self.links.get(peer)?;
        let identity = link.identity()?;
        let tenure = match identity.role {
            PeerRole::Seeder => Tenure::Kept,
            PeerRole::Viewer => Tenure::Judged,
        };
        Some((lot(self.member, identity.member), link.since(), tenure))
    }

    /// The maximum of links that page, device and signaling all allow.
    pub(super) fn max(&self) -> usize {
        self.targets.max.min(self.asked_max) as usize
    }

    fn min(&self) -> usize {
        (self.targets.min as usize).min(self.max())
    }

    /// How many links are actively sought: the room above is left for newcomers. A peer that seeks none (a seeder)
    /// waits to be asked.
    fn goal(&self, now: Timestamp) -> usize {
        let max = self.max();
        if self.min() == 0 {
            return 0;
        }
        let (owed, until) = self.owed;
        let owed = if now < until { owed.min(max) } else { 0 };
        self.min().max(max - max / 4).max(owed)
    }

    fn is_wanting(&self, hoped: usize) -> bool {
        self.signaling == Signaling::Up && hoped < self.min()
    }

    /// The peer to dial over a neighbour now.
    fn candidate(&self, now: Timestamp) -> Option<Candidate> {
        let calls = self.dials.over_neighbours(Caller::Own, None);
        if calls >= MAX_OWN_CALLS || self.is_full() {
            return None;
        }
        self.best(now)
    }

    /// The best candidate among those that neighbours know.
    fn best(&self, now: Timestamp) -> Option<Candidate> {
        let is_open = |known: &Neighbour| self.is_open(now, known);
        self.links.candidate(now, self.member, self.own.head, is_open)
    }

    fn is_open(&self, now: Timestamp, known: &Neighbour) -> bool {
        let (peer, member) = (&known.peer, known.member);
        let is_known = self.links.get(peer).is_some() || self.dials.get(peer).is_some();
        !self.is_banned(peer) && !is_known && !self.dials.reaches(member) && !self.dials.is_resting(now, peer)
    }
}
