//! Links to peers: introduced, dialled, opened, dropped.

use std::time::Duration;

use super::{Engine, Replan};
use crate::config::Role;
use crate::error::InputError;
use crate::id::{PeerId, Slot};
use crate::output::{DisconnectReason, Event, Output, Route};
use crate::peer::Peer;
use crate::swarm::Parting;
use crate::timer::Timer;
use crate::wire::{Bye, Frame, Message, PeerRole, VERSION, encode};

/// How long a peer has to shake hands before it is dropped.
const HANDSHAKE: Duration = Duration::from_secs(5);

impl Engine {
    pub(super) fn on_introduced(&mut self, peer: PeerId) {
        if self.swarm.on_introduced(self.now, &peer) {
            let route = Route::Signaling;
            self.outputs.push_back(Output::Connect { peer, route });
            self.tend();
        }
    }

    pub(super) fn on_connected(&mut self, id: PeerId) -> Result<(), InputError> {
        if self.peers.contains_key(&id) {
            return Err(InputError::PeerReused(id));
        }
        self.on_made(&id);
        let refusal = if self.swarm.is_banned(&id) {
            Some(DisconnectReason::Corrupt)
        } else {
            let is_full = !self.swarm.admits() && !self.has_place_for_a_fellow();
            is_full.then_some(DisconnectReason::Full)
        };
        if let Some(reason) = refusal {
            self.part(&id, reason);
            self.tend();
            return Ok(());
        }
        self.swarm.on_connected(self.now, &id);
        let slot = self.free_slot();
        self.peers
            .insert(id.clone(), Peer::new(slot, self.config.send_window, self.now));
        self.timers
            .set(Timer::Handshake(id.clone()), self.now + HANDSHAKE);
        let role = match self.config.role {
            Role::Viewer => PeerRole::Viewer,
            #[cfg(feature = "seeder")]
            Role::Seeder { .. } => PeerRole::Seeder,
        };
        self.send(
            &id,
            &Frame::Hello {
                version: VERSION,
                swarm: self.config.swarm.clone(),
                role,
                member: self.member,
                capabilities: self.capabilities(),
            },
        );
        self.tend();
        Ok(())
    }

    pub(super) fn on_handshake_overdue(&mut self, id: &PeerId) {
        if self.peers.get(id).is_some_and(|peer| peer.role().is_none()) {
            self.drop_peer(id, DisconnectReason::Unresponsive);
        }
    }

    pub(super) fn on_buffered(&mut self, id: &PeerId, bytes: u64) {
        let now = self.now;
        if let Some(peer) = self.peers.get_mut(id) {
            let drained = peer.channel.on_buffered(now, bytes);
            self.serving.uplink.on_drained(now, drained);
            self.send_notes(id);
            self.upload();
            self.send_digests(id);
        }
    }

    pub(super) fn send(&mut self, id: &PeerId, frame: &Frame) {
        self.send_message(id, encode(frame));
    }

    /// Sends an encoded frame; does nothing if an earlier step has ended the link.
    pub(super) fn send_message(&mut self, id: &PeerId, message: Message) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        peer.channel.on_sent(self.now, message.len());
        self.serving.uplink.on_sent(self.now, message.len() as u64);
        if peer.channel.is_stuck() && self.stuck.last() != Some(id) {
            self.stuck.push(id.clone());
        }
        self.outputs.push_back(Output::Send {
            peer: id.clone(),
            message,
        });
    }

    /// Drops the peers that do not read what they are sent.
    pub(super) fn drop_stuck(&mut self) {
        while let Some(id) = self.stuck.pop() {
            if self.peers.get(&id).is_some_and(|peer| peer.channel.is_stuck()) {
                self.drop_peer(&id, DisconnectReason::Unresponsive);
            }
        }
    }

    /// Notes that a peer failed; one that fails again and again is dropped.
    pub(super) fn on_strike(&mut self, id: &PeerId) {
        if self.peers.get_mut(id).is_some_and(Peer::strike) {
            self.drop_peer(id, DisconnectReason::Unresponsive);
        }
    }

    /// Drops a peer, with the reason if the protocol has a word for it.
    pub(super) fn drop_peer(&mut self, id: &PeerId, reason: DisconnectReason) {
        let parting = match reason {
            DisconnectReason::Corrupt => Parting::Banned,
            DisconnectReason::Version
            | DisconnectReason::OtherSwarm
            | DisconnectReason::Violation
            | DisconnectReason::Full
            | DisconnectReason::Unresponsive => Parting::Left,
        };
        self.swarm.on_left(self.now, id, parting);
        if !self.peers.contains_key(id) {
            // It left before what it sent turned out to be wrong.
            return;
        }
        self.part(id, reason);
        self.forget(id, Some(reason));
    }

    fn part(&mut self, id: &PeerId, reason: DisconnectReason) {
        let bye = match reason {
            DisconnectReason::Version => Some(Bye::Version),
            DisconnectReason::OtherSwarm => Some(Bye::OtherSwarm),
            DisconnectReason::Violation => Some(Bye::Violation),
            DisconnectReason::Corrupt => Some(Bye::Corrupt),
            DisconnectReason::Full => Some(Bye::Full),
            DisconnectReason::Unresponsive => None,
        };
        if let Some(bye) = bye {
            // A refused peer has no link yet.
            self.outputs.push_back(Output::Send {
                peer: id.clone(),
                message: encode(&Frame::Bye(bye)),
            });
        }
        self.outputs.push_back(Output::Disconnect {
            peer: id.clone(),
            reason,
        });
    }

    pub(super) fn on_closed(&mut self, id: &PeerId) {
        self.swarm.on_failed(self.now, id);
        self.replan(Replan::Pull);
        if self.peers.contains_key(id) {
            self.forget(id, None);
        }
        self.tend();
    }

    /// The lowest slot that no present link has.
    fn free_slot(&self) -> Slot {
        let taken = |slot: &Slot| self.peers.values().any(|peer| peer.slot() == *slot);
        let mut slots = (0..u16::MAX).map(Slot);
        slots.find(|slot| !taken(slot)).unwrap_or(Slot(u16::MAX))
    }

    /// Ends everything that went on with a peer.
    pub(super) fn forget(&mut self, id: &PeerId, reason: Option<DisconnectReason>) {
        let Some(peer) = self.peers.remove(id) else {
            return;
        };
        self.swarm.on_left(self.now, id, Parting::Gone);
        self.on_fellow_gone(id);
        self.unchecked.retain(|(from, _)| from != id);
        self.serving.awaited.forget(id);
        self.timers.stop(&Timer::Handshake(id.clone()));
        self.timers.stop(&Timer::Answer(id.clone()));
        self.serving.forget(id);
        self.forget_waiters(id);
        self.serving.uplink.on_lost(peer.channel.on_uplink());
        for (_, asked) in peer.requests() {
            self.release(asked);
        }
        for download in self.transfers.iter_mut() {
            download.on_gone(peer.slot());
        }
        if peer.role().is_some() || reason.is_some() {
            self.emit(Event::PeerLeft {
                peer: id.clone(),
                reason,
            });
        }
        #[cfg(feature = "resources")]
        self.check_files();
        self.replan(Replan::Pull);
        self.tend();
    }
}
