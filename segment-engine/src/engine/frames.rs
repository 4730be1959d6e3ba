//! Routes each frame of a peer to the part that it concerns. Whatever a peer sends, the worst outcome is the end of
//! its link.

use super::{Engine, Replan};
use crate::bits::PieceRun;
use crate::id::{Member, PeerId};
use crate::output::{DisconnectReason, Event, Output};
use crate::swarm::{Own, Parting, Word};
use crate::timer::Timer;
use crate::wire::{Bye, Frame, Message, PeerRole, VERSION, decode};

impl Engine {
    pub(super) fn on_message(&mut self, id: &PeerId, message: Message) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        peer.on_heard(self.now);
        let shaken = peer.role().is_some();
        match decode(message) {
            Ok(Frame::Hello {
                version,
                swarm,
                role,
                member,
                capabilities,
            }) => {
                if self.is_compatible(id, version, &swarm) && !self.is_refused(id, member) {
                    self.on_hello(id, role, member, capabilities);
                }
            }
            Ok(Frame::Bye(bye)) => self.on_bye(id, bye),
            Ok(Frame::Unknown(_)) => {}
            Ok(frame) if shaken => self.on_frame(id, frame),
            Ok(_) | Err(_) => self.on_violation(id),
        }
    }

    fn on_frame(&mut self, id: &PeerId, frame: Frame) {
        self.on_wishes(id, &frame);
        match frame {
            Frame::Announce { came, gone } => self.on_announce(id, &came, &gone),
            Frame::Request {
                request,
                key,
                first,
                count,
            } => self.on_request(id, request, key, PieceRun { first, count }),
            Frame::Piece { request, piece, body } => self.on_piece(id, request, piece, body),
            Frame::Cancel(request) => self.on_cancel(id, request),
            Frame::Reject {
                request,
                reason,
                retry_ms,
            } => self.on_reject(id, request, reason, retry_ms),
            Frame::Digests { batch, signature } => self.on_digests(id, batch, signature),
            Frame::WantLeaves { request, key } => self.on_want_leaves(id, request, &key),
            Frame::Leaves {
                request,
                first,
                leaves,
            } => self.on_leaves(id, request, first, &leaves),
            Frame::Claim {
                claims,
                claimer,
                hops,
            } => self.on_claims(id, claims, claimer, hops),
            Frame::Neighbours {
                uplink,
                links,
                head,
                neighbours,
                sketch,
                epoch,
            } => {
                let own = Own { uplink, head };
                let word = Word {
                    own,
                    links,
                    neighbours,
                    sketch,
                    epoch,
                };
                self.on_neighbours(id, word);
            }
            Frame::Relay { peer, payload } => self.on_relay(id, peer, &payload),
            Frame::Interest {
                request,
                key,
                first,
                count,
            } => self.on_interest(id, request, key, PieceRun { first, count }),
            Frame::Promise { request, .. } => self.on_promise(id, request),
            #[cfg(feature = "seeder")]
            Frame::Proof(signature) => self.on_proof(id, signature),
            Frame::Hello { .. } | Frame::Bye(_) | Frame::Unknown(_) => {}
        }
    }

    pub(super) fn on_violation(&mut self, id: &PeerId) {
        self.stats.violations += 1;
        self.drop_peer(id, DisconnectReason::Violation);
    }

    /// A peer closes the link: it is gone, and gets no `Bye` in return.
    fn on_bye(&mut self, id: &PeerId, bye: Bye) {
        let reason = match bye {
            Bye::Version => DisconnectReason::Version,
            Bye::OtherSwarm => DisconnectReason::OtherSwarm,
            Bye::Full => DisconnectReason::Full,
            Bye::Violation => DisconnectReason::Violation,
            Bye::Corrupt => DisconnectReason::Corrupt,
        };
        self.outputs.push_back(Output::Disconnect {
            peer: id.clone(),
            reason,
        });
        self.swarm.on_left(self.now, id, Parting::Left);
        self.forget(id, Some(reason));
    }

    fn is_compatible(&mut self, id: &PeerId, version: u32, swarm: &str) -> bool {
        let reason = if version != VERSION {
            DisconnectReason::Version
        } else if swarm != self.config.swarm {
            DisconnectReason::OtherSwarm
        } else {
            return true;
        };
        self.drop_peer(id, reason);
        false
    }

    fn on_hello(&mut self, id: &PeerId, role: PeerRole, member: Member, capabilities: u32) {
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        if !peer.on_hello(role, member, capabilities) {
            self.on_violation(id);
            return;
        }
        self.timers.stop(&Timer::Handshake(id.clone()));
        if self.is_in_place_of_a_fellow(role) {
            self.drop_peer(id, DisconnectReason::Full);
            return;
        }
        self.emit(Event::PeerJoined {
            peer: id.clone(),
            seeder: role == PeerRole::Seeder,
        });
        self.welcome(id, role, member, capabilities);
        self.prove_to(id);
        self.introduce_self(id);
        self.replan(Replan::Window);
        self.tend();
    }
}
