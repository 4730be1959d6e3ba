//! What this peer tells its neighbours and hears from them, and what it learns of the swarm that way; and the
//! negotiations that neighbours carry.

use super::dials::{Answered, Caller, Carrier};
use super::telling::Told;
use super::{NO_HEAD, Own, Swarm, TICK, TICK_JITTER};
use crate::id::{Member, PeerId};
use crate::time::{MediaTime, Timestamp, UnixTime};
use crate::wire::{Frame, MAX_NEIGHBOURS, Neighbour};

/// How many links others may start over neighbours at a time: in total, and over one neighbour.
const MAX_CALLS: usize = 4;
const MAX_CALLS_OVER_ONE: usize = 2;

/// What a neighbour says: the fields of its Neighbours frame.
#[derive(Debug)]
pub(crate) struct Word {
    /// About itself.
    pub(crate) own: Own,
    /// How many links it has.
    pub(crate) links: u8,
    /// About its neighbours.
    pub(crate) neighbours: Vec<Neighbour>,
    /// Its sketch of the swarm's size.
    pub(crate) sketch: Vec<u8>,
    /// The epoch of that sketch.
    pub(crate) epoch: u32,
}

/// What is done with a message of a negotiation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// It is for the driver's negotiation.
    Take,
    /// Its sender is told that this peer has links enough.
    Refuse,
    /// The other side, or the neighbour, gave it up.
    Over,
    /// It is of no use.
    Ignore,
}

impl Swarm {
    /// Takes what is to be told about this peer, and the time; then counts the swarm.
    pub(crate) fn on_own(&mut self, now: Timestamp, unix: UnixTime, own: Own) {
        self.own = own;
        let counted = (own.uplink > 0).then_some(self.member);
        self.census.on_time(unix, self.links.capable().chain(counted));
        self.known_capable = self.links.known_capable(now, self.member);
    }

    /// Whether it is time to look after the neighbours: about once a second.
    pub(crate) fn is_tick_due(&mut self, now: Timestamp) -> bool {
        if now < self.tick_at {
            return false;
        }
        self.tick_at = now + TICK + self.rng.up_to(TICK_JITTER);
        true
    }

    /// The frames to send to neighbours now.
    pub(crate) fn news(&mut self, now: Timestamp) -> Vec<(PeerId, Frame)> {
        let ready: Vec<PeerId> = self.links.ready().map(|(peer, ..)| peer.clone()).collect();
        let mut news = Vec::new();
        for peer in ready {
            self.news_for(now, &peer, &mut news);
        }
        news
    }

    /// Adds what a neighbour is to be told now: a new one is also told of the epoch before.
    pub(crate) fn news_for(&mut self, now: Timestamp, peer: &PeerId, news: &mut Vec<(PeerId, Frame)>) {
        let Some(member) = self
            .links
            .get(peer)
            .and_then(|link| Some(link.identity()?.member))
        else {
            return;
        };
        let told = self.links.get(peer).map(|link| &link.told);
        let is_first = told.is_some_and(Told::is_first);
        let list = if told.is_some_and(|told| told.takes_list(now)) {
            self.links.list_for(now, peer, member)
        } else {
            Vec::new()
        };
        let links = u8::try_from(self.links.len()).unwrap_or(u8::MAX);
        let own = self.own;
        let current = self.census.for_neighbour(peer);
        let ended = is_first.then(|| self.census.ended_for(peer)).flatten();
        let Some(link) = self.links.get_mut(peer) else {
            return;
        };
        if let Some(ended) = ended {
            let frame = link.told.news(now, own, links, Vec::new(), ended);
            news.extend(frame.map(|frame| (peer.clone(), frame)));
        }
        let frame = link.told.news(now, own, links, list, current);
        news.extend(frame.map(|frame| (peer.clone(), frame)));
    }

    /// Takes in what a neighbour tells.
    pub(crate) fn on_word(&mut self, now: Timestamp, peer: &PeerId, word: Word) {
        let Word {
            own,
            links,
            mut neighbours,
            sketch,
            epoch,
        } = word;
        neighbours.truncate(MAX_NEIGHBOURS);
        self.links.on_word(now, peer, own, links, neighbours);
        self.census.on_report(peer, epoch, &sketch);
    }

    /// About how many peers of the swarm can upload, this one included; at least as many as are known by name.
    pub(crate) fn capable_estimate(&self) -> u32 {
        let own = usize::from(self.own.uplink > 0);
        let known = u32::try_from(self.known_capable.len() + own).unwrap_or(u32::MAX);
        self.census.estimate().max(known).max(1)
    }

    /// What a neighbour says it can send: the logarithm to base 2 of kbit/s; 0 for nothing.
    pub(crate) fn uplink_of(&self, peer: &PeerId) -> u8 {
        self.links.get(peer).map_or(0, super::links::Link::uplink)
    }

    /// The neighbours, and theirs, that are known to upload; without this peer.
    pub(crate) fn known_capable(&self) -> &[Member] {
        &self.known_capable
    }

    /// How many peers, of neighbours and theirs, have their playheads near a position.
    pub(crate) fn count_near(&self, now: Timestamp, position: MediaTime) -> u32 {
        let near = self.links.count_near(now, self.member, head_at(position));
        u32::try_from(near).unwrap_or(u32::MAX)
    }

    /// Whether any is, or a neighbour has yet to say where it plays.
    pub(crate) fn is_anyone_near(&self, now: Timestamp, position: MediaTime) -> bool {
        self.links.is_anyone_near(now, self.member, head_at(position))
    }

    /// The neighbour that carries a message of a negotiation; `None` if no neighbour knows the peer.
    pub(crate) fn carrier(&mut self, now: Timestamp, peer: &PeerId) -> Option<PeerId> {
        let dial = self.dials.get_mut(peer)?;
        let Carrier::Neighbour(over) = &mut dial.carrier else {
            return None;
        };
        if self.links.get(over).is_none_or(|link| link.identity().is_none()) {
            *over = self.links.over_whom(now, peer)?.clone();
        }
        Some(over.clone())
    }

    /// Whether the other side of a negotiation has been heard of.
    pub(crate) fn is_answered(&self, peer: &PeerId) -> bool {
        self.dials
            .get(peer)
            .is_some_and(|dial| dial.answered == Answered::Yes)
    }

    /// Whether a neighbour may have that much carried.
    pub(crate) fn may_have_carried(&mut self, now: Timestamp, by: &PeerId, bytes: usize) -> bool {
        let link = self.links.get_mut(by);
        link.is_some_and(|link| link.budget.take(now, bytes))
    }

    /// Takes in a message that a neighbour carried; an empty one is a refusal.
    pub(crate) fn on_call(&mut self, now: Timestamp, peer: &PeerId, over: &PeerId, message: &[u8]) -> Call {
        if let Some(dial) = self.dials.get_mut(peer) {
            let Carrier::Neighbour(carrier) = &mut dial.carrier else {
                return Call::Ignore;
            };
            if message.is_empty() {
                return if carrier == over { Call::Over } else { Call::Ignore };
            }
            // If both sides called over different neighbours, answers go back the way that the last call came.
            carrier.clone_from(over);
            dial.answered = Answered::Yes;
            return Call::Take;
        }
        if message.is_empty() || self.links.get(peer).is_some() {
            return Call::Ignore;
        }
        let calls = self.dials.over_neighbours(Caller::Other, None);
        let over_one = self.dials.over_neighbours(Caller::Other, Some(over));
        let is_busy = self.is_full() || calls >= MAX_CALLS || over_one >= MAX_CALLS_OVER_ONE;
        if is_busy || self.banned.contains(peer) || self.dials.is_resting(now, peer) {
            return Call::Refuse;
        }
        let carrier = Carrier::Neighbour(over.clone());
        self.dials.open(now, peer.clone(), carrier, Caller::Other, None);
        Call::Take
    }
}

/// The position as it is told to peers: whole seconds.
pub(crate) fn head_at(position: MediaTime) -> i32 {
    let seconds = position.as_micros().div_euclid(1_000_000);
    i32::try_from(seconds).unwrap_or(NO_HEAD)
}

/// What a peer can send, as it is told to peers: the logarithm to base 2 of kbit/s, from bytes per second.
pub(crate) fn uplink_class(bytes_per_second: u64) -> u8 {
    let kbits = (bytes_per_second / 125).max(2);
    u8::try_from(kbits.ilog2()).unwrap_or(u8::MAX)
}
