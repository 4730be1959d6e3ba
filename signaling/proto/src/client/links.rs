//! All links of a client: what introductions, signals and the driver's news mean for them.
//!
//! A peer is named here by the id under which it was introduced, for as long as its link lives. Only the peer
//! that the server named makes the offer: an offer from the other side is ignored, so glare cannot arise.

use std::collections::BTreeMap;
use std::time::Duration;

use super::io::{ClientEvent, ClientOutput};
use super::link::{Arrival, Link, Stage};
use super::outbox::Outbox;
use crate::message::{Candidate, IceServer, Signal, ToServer};
use crate::parse::{is_candidate, is_sdp};

/// The most links there can be, up ones included. The engine keeps at most as many peers.
const MAX_LINKS: usize = 1024;

#[derive(Debug)]
pub(super) struct Links {
    links: BTreeMap<String, Link>,
    timeout: Duration,
    max_negotiations: usize,
}

impl Links {
    pub(super) fn new(timeout: Duration, max_negotiations: usize) -> Self {
        Self {
            links: BTreeMap::new(),
            timeout,
            max_negotiations,
        }
    }

    /// Takes up an introduction, or declines it where there is no room.
    pub(super) fn on_paired(&mut self, now: Duration, peer: String, stage: Stage, out: &mut Outbox) {
        if self.links.contains_key(&peer) {
            return;
        }
        let negotiating = self.links.values().filter(|link| !link.is_up()).count();
        if negotiating >= self.max_negotiations || self.links.len() >= MAX_LINKS {
            out.send(&ToServer::Unpair { peer });
            return;
        }
        self.links
            .insert(peer.clone(), Link::new(stage, now + self.timeout));
        out.event(ClientEvent::Introduced {
            peer,
            offer: stage == Stage::Called,
        });
    }

    /// Begins the negotiation that the engine asked for.
    pub(super) fn connect(&mut self, now: Duration, peer: String, ice: &[IceServer], out: &mut Outbox) {
        let Some(link) = self.links.get_mut(&peer) else {
            out.event(ClientEvent::Unreachable { peer });
            return;
        };
        if link.stage != Stage::Called {
            return;
        }
        link.stage = Stage::Offering;
        link.deadline = now + self.timeout;
        out.push(ClientOutput::CreateOffer {
            peer,
            ice_servers: ice.to_vec(),
        });
    }

    /// Sends the driver's offer or answer on.
    pub(super) fn on_local_description(&mut self, peer: &str, sdp: String, out: &mut Outbox) {
        let Some(link) = self.links.get_mut(peer) else {
            return;
        };
        let (signal, stage) = match link.stage {
            Stage::Offering => (Signal::Offer { sdp }, Stage::Offered),
            Stage::Answering => (Signal::Answer { sdp }, Stage::Described),
            Stage::Called | Stage::Awaiting | Stage::Offered | Stage::Described | Stage::Up => return,
        };
        let (Signal::Offer { sdp } | Signal::Answer { sdp }) = &signal else {
            return;
        };
        if !is_sdp(sdp) || out.signal(peer, signal).is_err() {
            self.give_up(peer, out);
            return;
        }
        link.stage = stage;
    }

    /// Sends a candidate of the driver's on. One that is over the limits is no candidate, and is left out.
    pub(super) fn on_local_candidate(&mut self, peer: &str, candidate: Candidate, out: &mut Outbox) {
        let Some(link) = self.links.get_mut(peer) else {
            return;
        };
        if !is_candidate(&candidate) || !link.admit_local() {
            return;
        }
        // A candidate within its limits always fits in a frame.
        let _ = out.signal(peer, Signal::Candidate(candidate));
    }

    /// Takes in what a peer signalled. What does not belong to the step at hand is ignored.
    pub(super) fn on_signal(
        &mut self,
        now: Duration,
        peer: String,
        signal: Signal,
        ice: &[IceServer],
        out: &mut Outbox,
    ) {
        let Some(link) = self.links.get_mut(&peer) else {
            return;
        };
        match (signal, link.stage) {
            (Signal::Offer { sdp }, Stage::Awaiting) => {
                link.stage = Stage::Answering;
                link.deadline = now + self.timeout;
                out.push(ClientOutput::AcceptOffer {
                    peer: peer.clone(),
                    sdp,
                    ice_servers: ice.to_vec(),
                });
                release(&peer, link, out);
            }
            (Signal::Answer { sdp }, Stage::Offered) => {
                link.stage = Stage::Described;
                out.push(ClientOutput::AcceptAnswer {
                    peer: peer.clone(),
                    sdp,
                });
                release(&peer, link, out);
            }
            (Signal::Candidate(candidate), _) => {
                if let Arrival::Apply(candidate) = link.on_candidate(candidate) {
                    out.push(ClientOutput::AddCandidate { peer, candidate });
                }
            }
            (Signal::Offer { .. } | Signal::Answer { .. }, _) => {}
        }
    }

    /// The server no longer carries signals to a peer: what needs them ends, what does not lives on.
    pub(super) fn on_unpaired(&mut self, peer: &str, out: &mut Outbox) {
        let Some(link) = self.links.get_mut(peer) else {
            return;
        };
        link.paired = false;
        if link.stage.needs_signaling() {
            self.give_up(peer, out);
        }
    }

    /// Signaling is lost, and with it every pairing.
    pub(super) fn on_signaling_lost(&mut self, out: &mut Outbox) {
        let peers: Vec<String> = self.links.keys().cloned().collect();
        peers.iter().for_each(|peer| self.on_unpaired(peer, out));
    }

    pub(super) fn on_up(&mut self, peer: &str) {
        if let Some(link) = self.links.get_mut(peer)
            && link.stage.has_connection()
        {
            link.stage = Stage::Up;
        }
    }

    /// The driver's connection is gone. Only a link that never came up is news.
    pub(super) fn on_closed(&mut self, peer: String, out: &mut Outbox) {
        let Some(link) = self.links.remove(&peer) else {
            return;
        };
        if link.paired {
            out.send(&ToServer::Unpair { peer: peer.clone() });
        }
        if !link.is_up() {
            out.event(ClientEvent::Unreachable { peer });
        }
    }

    /// Ends negotiations whose time is over.
    pub(super) fn on_timeout(&mut self, now: Duration, out: &mut Outbox) {
        let late = self
            .links
            .iter()
            .filter(|(_, link)| !link.is_up() && link.deadline <= now);
        let late: Vec<String> = late.map(|(peer, _)| peer.clone()).collect();
        late.iter().for_each(|peer| self.give_up(peer, out));
    }

    /// Drops all negotiations without a word; links that are up are the engine's to close.
    pub(super) fn clear(&mut self, out: &mut Outbox) {
        for (peer, link) in std::mem::take(&mut self.links) {
            if link.stage.has_connection() && !link.is_up() {
                out.push(ClientOutput::DropPeer(peer));
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.links
            .values()
            .filter(|link| !link.is_up())
            .map(|link| link.deadline)
            .min()
    }

    pub(super) fn up(&self) -> usize {
        self.links.values().filter(|link| link.is_up()).count()
    }

    fn give_up(&mut self, peer: &str, out: &mut Outbox) {
        let Some(link) = self.links.remove(peer) else {
            return;
        };
        let peer = peer.to_owned();
        if link.stage.has_connection() {
            out.push(ClientOutput::DropPeer(peer.clone()));
        }
        if link.paired {
            out.send(&ToServer::Unpair { peer: peer.clone() });
        }
        out.event(ClientEvent::Unreachable { peer });
    }
}

fn release(peer: &str, link: &mut Link, out: &mut Outbox) {
    for candidate in link.release() {
        out.push(ClientOutput::AddCandidate {
            peer: peer.to_owned(),
            candidate,
        });
    }
}
