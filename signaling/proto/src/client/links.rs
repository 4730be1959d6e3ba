//! All links of a client: what introductions, signals and the driver's news mean for them.
//!
//! A peer is named here by the id under which it was introduced, or by which a neighbour knows it, while its link
//! lives. Over signaling only the peer that the server named makes the offer: an offer from the other side is ignored,
//! so glare cannot arise. Over neighbours both may: the offer with the larger tie stands, the other is withdrawn.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::io::{ClientEvent, ClientOutput, Route};
use super::link::{Arrival, Link, Offer, Stage};
use super::outbox::{Outbox, TooLarge};
use super::table::Table;
use crate::message::{Candidate, Relayed, Signal, ToServer};
use crate::parse::{is_candidate, is_sdp};

/// The most links there can be, up ones included. The engine keeps at most as many peers.
const MAX_LINKS: usize = 1024;

/// The stream of the seed that ties are drawn from: the back-off draws from another.
const TIES: u64 = 1;

#[derive(Debug)]
pub(super) struct Links {
    links: Table,
    timeout: Duration,
    max_negotiations: usize,
    ties: ChaCha8Rng,
}

impl Links {
    pub(super) fn new(timeout: Duration, max_negotiations: usize, seed: [u8; 32]) -> Self {
        let mut ties = ChaCha8Rng::from_seed(seed);
        ties.set_stream(TIES);
        Self {
            links: Table::default(),
            timeout,
            max_negotiations,
            ties,
        }
    }

    fn has_room(&self) -> bool {
        let negotiating = self.links.iter().filter(|(_, link)| !link.is_up()).count();
        negotiating < self.max_negotiations && self.links.len() < MAX_LINKS
    }

    /// Makes room for another negotiation, and tells whether there is any. If need be, those that have at most a
    /// quarter of their time left are given up: they would hardly come to a link.
    fn makes_room(&mut self, now: Duration, out: &mut Outbox) -> bool {
        if !self.has_room() {
            self.on_timeout(now + self.timeout / 4, out);
        }
        self.has_room()
    }

    /// Takes up an introduction, or declines it where there is no room. A link that is already there goes on as it began.
    pub(super) fn on_paired(&mut self, now: Duration, peer: String, stage: Stage, out: &mut Outbox) {
        if let Some(link) = self.links.get_mut(&peer) {
            link.paired = true;
            return;
        }
        if !self.makes_room(now, out) {
            out.send(&ToServer::Unpair { peer });
            return;
        }
        // An offer comes soon, or not at all.
        let patience = if stage == Stage::Awaiting {
            self.timeout / 2
        } else {
            self.timeout
        };
        let link = Link::introduced(stage, now + patience);
        self.links.insert(peer.clone(), link);
        out.event(ClientEvent::Introduced {
            peer,
            offer: stage == Stage::Called,
        });
    }

    /// Begins the negotiation that the engine asked for.
    pub(super) fn connect(&mut self, now: Duration, peer: String, route: Route, out: &mut Outbox) {
        let deadline = now + self.timeout;
        if let Some(link) = self.links.get_mut(&peer) {
            // One that has begun already goes on.
            if link.stage != Stage::Called {
                return;
            }
            link.stage = Stage::Offering;
            link.deadline = deadline;
        } else if route == Route::Neighbours && self.makes_room(now, out) {
            let link = Link::called(Stage::Offering, self.ties.next_u32(), deadline);
            self.links.insert(peer.clone(), link);
        } else {
            out.event(ClientEvent::Unreachable { peer });
            return;
        }
        out.create_offer(peer);
    }

    /// Sends the driver's offer or answer on.
    pub(super) fn on_local_description(&mut self, now: Duration, peer: &str, sdp: String, out: &mut Outbox) {
        let timeout = self.timeout;
        let Some(link) = self.links.get_mut(peer) else {
            return;
        };
        if let Some(offer) = link.crossing.take() {
            accept(peer, link, offer, now + timeout, out);
            return;
        }
        let (signal, stage) = match link.stage {
            Stage::Offering => (Signal::Offer { sdp }, Stage::Offered),
            Stage::Answering => (Signal::Answer { sdp }, Stage::Described),
            Stage::Called | Stage::Awaiting | Stage::Offered | Stage::Described | Stage::Up => return,
        };
        let (Signal::Offer { sdp } | Signal::Answer { sdp }) = &signal else {
            return;
        };
        if !is_sdp(sdp) || say(peer, link, signal, out).is_err() {
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
        let _ = say(peer, link, Signal::Candidate(candidate), out);
    }

    /// Takes in what a peer signalled. What does not belong to the step at hand is ignored.
    pub(super) fn on_signal(&mut self, now: Duration, peer: &str, signal: Signal, out: &mut Outbox) {
        let deadline = now + self.timeout;
        let Some(link) = self.links.get_mut(peer) else {
            return;
        };
        let route = Route::Signaling;
        let Signal::Offer { sdp } = signal else {
            return on_reply(peer, link, route, signal, out);
        };
        let offer = Offer { sdp, route };
        match (link.stage, link.route) {
            (Stage::Awaiting, _) => accept(peer, link, offer, deadline, out),
            // This side called over a neighbour before the server introduced the two: the server's word stands.
            (Stage::Offering | Stage::Offered, Route::Neighbours) if link.paired => {
                yield_to(peer, link, offer, deadline, out);
            }
            (_, Route::Signaling | Route::Neighbours) => {}
        }
    }

    /// Takes in what a neighbour carried from a peer. An offer may come unasked; it is declined where there is no room.
    pub(super) fn on_relayed(&mut self, now: Duration, peer: &str, payload: &[u8], out: &mut Outbox) {
        let Ok(Relayed { signal, tie }) = Relayed::parse(payload) else {
            return;
        };
        let deadline = now + self.timeout;
        let route = Route::Neighbours;
        let Some(link) = self.links.get_mut(peer) else {
            match signal {
                Signal::Offer { sdp } if self.makes_room(now, out) => {
                    let mut link = Link::called(Stage::Awaiting, 0, deadline);
                    accept(peer, &mut link, Offer { sdp, route }, deadline, out);
                    self.links.insert(peer.to_owned(), link);
                }
                Signal::Offer { .. } => out.refuse(peer),
                Signal::Answer { .. } | Signal::Candidate(_) => {}
            }
            return;
        };
        let Signal::Offer { sdp } = signal else {
            return on_reply(peer, link, route, signal, out);
        };
        let offer = Offer { sdp, route };
        match (link.stage, link.route) {
            (Stage::Called | Stage::Awaiting, _) => accept(peer, link, offer, deadline, out),
            (Stage::Offering | Stage::Offered, Route::Neighbours) if tie > Some(link.tie) => {
                yield_to(peer, link, offer, deadline, out);
            }
            (_, Route::Signaling | Route::Neighbours) => {}
        }
    }

    /// The server no longer carries signals to a peer: what needs them ends, what does not lives on.
    pub(super) fn on_unpaired(&mut self, peer: &str, out: &mut Outbox) {
        let Some(link) = self.links.get_mut(peer) else {
            return;
        };
        link.paired = false;
        if link.needs_signaling() {
            self.give_up(peer, out);
        }
    }

    /// Signaling is lost, and with it every pairing.
    pub(super) fn on_signaling_lost(&mut self, out: &mut Outbox) {
        let peers: Vec<String> = self.links.iter().map(|(peer, _)| peer.clone()).collect();
        peers.iter().for_each(|peer| self.on_unpaired(peer, out));
    }

    /// Ends every link, those that are up too. The server holds none of their pairings any more.
    pub(super) fn end_all(&mut self, out: &mut Outbox) {
        for (peer, link) in self.links.take() {
            if link.stage.has_connection() {
                out.push(ClientOutput::DropPeer(peer.clone()));
            }
            if !link.is_up() {
                out.event(ClientEvent::Unreachable { peer });
            }
        }
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

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.links
            .iter()
            .filter(|(_, link)| !link.is_up())
            .map(|(_, link)| link.deadline)
            .min()
    }

    pub(super) fn up(&self) -> usize {
        self.links.iter().filter(|(_, link)| link.is_up()).count()
    }

    /// Whether the server knows of a link with this peer.
    pub(super) fn is_paired(&self, peer: &str) -> bool {
        self.links.get(peer).is_some_and(|link| link.paired)
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

/// Sends a signal the way that the link is negotiated.
fn say(peer: &str, link: &Link, signal: Signal, out: &mut Outbox) -> Result<(), TooLarge> {
    match link.route {
        Route::Signaling => out.signal(peer, signal),
        Route::Neighbours => out.relay(peer, signal, link.tie),
    }
}

/// Takes an offer up.
fn accept(peer: &str, link: &mut Link, offer: Offer, deadline: Duration, out: &mut Outbox) {
    link.stage = Stage::Answering;
    link.route = offer.route;
    link.deadline = deadline;
    out.accept_offer(peer, offer.sdp);
    release(peer, link, out);
}

/// Takes an offer up in place of this side's own. While the driver makes that one, the description that it will tell
/// could not be told from an answer: it is awaited first.
fn yield_to(peer: &str, link: &mut Link, offer: Offer, deadline: Duration, out: &mut Outbox) {
    if link.stage == Stage::Offering {
        link.crossing = Some(offer);
        return;
    }
    accept(peer, link, offer, deadline, out);
}

/// Takes in an answer or a candidate, if it came by the route on which the link is negotiated.
fn on_reply(peer: &str, link: &mut Link, route: Route, signal: Signal, out: &mut Outbox) {
    if link.route != route {
        return;
    }
    match signal {
        Signal::Offer { .. } => {}
        Signal::Answer { sdp } => on_answer(peer, link, sdp, out),
        Signal::Candidate(candidate) => on_candidate(peer, link, candidate, out),
    }
}

fn on_answer(peer: &str, link: &mut Link, sdp: String, out: &mut Outbox) {
    if link.stage != Stage::Offered {
        return;
    }
    link.stage = Stage::Described;
    out.push(ClientOutput::AcceptAnswer {
        peer: peer.to_owned(),
        sdp,
    });
    release(peer, link, out);
}

fn on_candidate(peer: &str, link: &mut Link, candidate: Candidate, out: &mut Outbox) {
    if let Arrival::Apply(candidate) = link.on_candidate(candidate) {
        out.push(ClientOutput::AddCandidate {
            peer: peer.to_owned(),
            candidate,
        });
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
