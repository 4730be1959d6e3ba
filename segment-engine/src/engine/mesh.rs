//! The mesh of links: what peers tell of themselves, links kept at their targets, healed over neighbours while
//! signaling is away.

use std::time::Duration;

use super::{Engine, Replan};
use crate::id::{Member, PeerId};
use crate::output::{DisconnectReason, Output, Route};
use crate::peer::Gives;
use crate::swarm::eviction::{self, LinkView};
use crate::swarm::relay::{Carried, MAX_CARRIED};
use crate::swarm::{Call, Carrier, Identity, NO_HEAD, Own, Parting, Step, Word, head_at, uplink_class};
use crate::timer::Timer;
use crate::transfer::Download;
use crate::wire::{Frame, PeerRole};

/// How long a peer may be silent before it counts as gone: it tells of itself every five seconds at least.
const SILENCE: Duration = Duration::from_secs(20);

/// After this much silence, the peer may have given the link up and made a new one.
const DOUBTFUL: Duration = Duration::from_secs(6);

/// Two links to one member that came up within this time were begun from both sides.
const AT_ONCE: Duration = Duration::from_secs(2);

impl Engine {
    pub(super) fn on_signaling_up(&mut self) {
        self.swarm.on_signaling_up(self.now);
        self.tend();
    }

    pub(super) fn on_targets(&mut self, min: Option<u32>, max: Option<u32>) {
        if self.seeding.is_none() {
            let config = &self.config;
            self.swarm.set_asked(
                min.unwrap_or(config.min_target_peers),
                max.unwrap_or(config.max_target_peers),
            );
            self.tend();
        }
    }

    pub(super) fn on_signaling_down(&mut self) {
        self.swarm.on_signaling_down();
        self.tend();
    }

    /// Does whatever brings the links to their target, and schedules the next look.
    pub(super) fn tend(&mut self) {
        for step in self.swarm.steps(self.now) {
            self.outputs.push_back(match step {
                Step::Ask(count) => Output::WantPeers(count),
                Step::Dial(peer) => Output::Connect {
                    peer,
                    route: Route::Neighbours,
                },
                Step::Leave => Output::LeaveSignaling,
                Step::Join => Output::JoinSignaling,
            });
        }
        match self.swarm.due(self.now) {
            Some(at) => self.timers.set(Timer::Mesh, at),
            None => self.timers.stop(&Timer::Mesh),
        }
    }

    pub(super) fn on_mesh_due(&mut self) {
        if self.swarm.is_tick_due(self.now) {
            self.swarm.on_own(self.now, self.unix(), self.own_word());
            self.drop_silent();
            for peer in self.swarm.expire(self.now) {
                self.end_dial(peer);
            }
            self.evict();
            self.tend_fellows();
            for (peer, frame) in self.swarm.news(self.now) {
                self.send(&peer, &frame);
            }
        }
        self.tend();
    }

    /// What this peer tells of itself.
    fn own_word(&self) -> Own {
        let uplink = if self.may_upload() {
            uplink_class(self.serving.uplink.rate())
        } else {
            0
        };
        Own {
            uplink,
            head: self.player.position(self.now).map_or(NO_HEAD, head_at),
        }
    }

    fn drop_silent(&mut self) {
        let is_silent = |peer: &crate::peer::Peer| self.now.since(peer.heard()) >= SILENCE;
        let silent = self.peers.iter().filter(|(_, peer)| is_silent(peer));
        for id in silent.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.drop_peer(&id, DisconnectReason::Unresponsive);
        }
    }

    /// Drops the worst link, if it is time and one is bad enough.
    fn evict(&mut self) {
        if !self.swarm.is_eviction_due(self.now) {
            return;
        }
        let view = |(id, peer): (&PeerId, &crate::peer::Peer)| {
            let (lot, since, tenure) = self.swarm.standing(id)?;
            Some(LinkView {
                peer: id.clone(),
                lot,
                since,
                tenure,
                p95: peer.quality.p95(),
                useful_at: peer.quality.useful_at(),
                score: peer.quality.score(self.now),
            })
        };
        let links: Vec<LinkView> = self.peers.iter().filter_map(view).collect();
        if let Some(worst) = eviction::choose(&links, self.now) {
            self.stats.evicted += 1;
            self.swarm.on_left(self.now, &worst, Parting::Evicted);
            self.drop_peer(&worst, DisconnectReason::Full);
        }
    }

    /// Welcomes a peer that shook hands.
    pub(super) fn welcome(&mut self, id: &PeerId, role: PeerRole, member: Member, capabilities: u32) {
        let identity = Identity {
            role,
            member,
            capabilities,
        };
        self.swarm.on_joined(self.now, id, identity);
        self.swarm.on_own(self.now, self.unix(), self.own_word());
        let mut news = Vec::new();
        self.swarm.news_for(self.now, id, &mut news);
        for (peer, frame) in news {
            self.send(&peer, &frame);
        }
    }

    /// Refuses a peer that is this one, or that is already linked under another name: signaling renames a peer that
    /// comes back, and both sides may call at once. False if it may stay.
    pub(super) fn is_refused(&mut self, id: &PeerId, member: Member) -> bool {
        if self.peers.get(id).is_none_or(|peer| peer.role().is_some()) {
            // A second handshake is handled elsewhere.
            return false;
        }
        if member == self.member {
            self.drop_peer(id, DisconnectReason::Full);
            return true;
        }
        let Some((twin, since)) = self.swarm.twin(member) else {
            return false;
        };
        let twin = twin.clone();
        let heard = self.peers.get(&twin).map_or(since, crate::peer::Peer::heard);
        if self.now.since(heard) >= DOUBTFUL {
            self.drop_peer(&twin, DisconnectReason::Unresponsive);
            return false;
        }
        // Of two links that came up at once, each side may see the other first: one side decides which stays.
        let is_ours_to_drop = self.member > member || self.now.since(since) > AT_ONCE;
        if is_ours_to_drop {
            self.drop_peer(id, DisconnectReason::Full);
        }
        is_ours_to_drop
    }

    pub(super) fn on_neighbours(&mut self, id: &PeerId, word: Word) {
        let gives = if word.own.uplink == 0 {
            Gives::Nothing
        } else {
            Gives::Pieces
        };
        self.swarm.on_word(self.now, id, word);
        self.on_gives(id, gives);
        self.tend();
    }

    /// A neighbour has started or stopped serving pieces: what it holds counts accordingly.
    fn on_gives(&mut self, id: &PeerId, gives: Gives) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let slot = peer.slot();
        if !peer.on_gives(gives) {
            return;
        }
        let keys: Vec<_> = self.transfers.iter().map(Download::key).collect();
        for key in keys {
            match gives {
                Gives::Pieces => self.fill_holders(key),
                Gives::Nothing => {
                    if let Some(download) = self.transfers.get_mut(&key) {
                        download.on_gone(slot);
                    }
                }
            }
        }
        self.replan(Replan::Pull);
    }

    /// Sends a message of this peer's negotiation over the neighbour in common.
    pub(super) fn on_negotiate(&mut self, peer: PeerId, payload: &[u8]) {
        if self.peers.contains_key(&peer) {
            return;
        }
        let over = self.swarm.carrier(self.now, &peer);
        match over.filter(|_| payload.len() <= MAX_CARRIED) {
            Some(over) => self.carry(&over, peer, Carried::To(payload)),
            // Once both sides have described themselves the link may come up by itself; if not, the driver gives it
            // up in time.
            None if self.swarm.is_answered(&peer) => {}
            None => self.end_dial(peer),
        }
    }

    /// Takes in a message that a neighbour carried, or is to carry.
    pub(super) fn on_relay(&mut self, id: &PeerId, peer: PeerId, payload: &[u8]) {
        if !self.swarm.may_have_carried(self.now, id, payload.len()) {
            return;
        }
        match Carried::read(payload) {
            Some(Carried::To(rest)) => {
                let is_linked = self.peers.get(&peer).is_some_and(|peer| peer.role().is_some());
                if is_linked && peer != *id {
                    self.stats.carried += 1;
                    self.carry(&peer, id.clone(), Carried::From(rest));
                } else if !rest.is_empty() {
                    self.carry(id, peer, Carried::From(&[]));
                }
            }
            Some(Carried::From(rest)) => match self.swarm.on_call(self.now, &peer, id, rest) {
                Call::Take => {
                    let payload = rest.to_vec();
                    self.outputs.push_back(Output::Negotiation { peer, payload });
                    self.tend();
                }
                Call::Refuse => self.carry(id, peer, Carried::To(&[])),
                Call::Over => self.end_dial(peer),
                Call::Ignore => {}
            },
            None => self.on_violation(id),
        }
    }

    fn carry(&mut self, over: &PeerId, peer: PeerId, carried: Carried<'_>) {
        let payload = carried.payload();
        self.send(over, &Frame::Relay { peer, payload });
    }

    /// Gives up a link that was being made.
    fn end_dial(&mut self, peer: PeerId) {
        self.swarm.on_failed(self.now, &peer);
        let reason = DisconnectReason::Unresponsive;
        self.outputs.push_back(Output::Disconnect { peer, reason });
        self.tend();
    }

    /// Notes that a channel opened, whichever way it was negotiated.
    pub(super) fn on_made(&mut self, id: &PeerId) {
        if let Some(Carrier::Neighbour(_)) = self.swarm.on_dialled(id) {
            self.stats.introduced += 1;
        }
    }
}

#[cfg(test)]
mod tests;
