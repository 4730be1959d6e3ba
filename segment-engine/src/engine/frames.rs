//! What peers say: each frame to the part it concerns. Whatever a peer sends, at worst its link ends.

use super::{Engine, Replan};
use crate::id::{PeerId, SegmentKey};
use crate::integrity::Record;
use crate::output::{DisconnectReason, Event, Output};
use crate::peer::Answer;
use crate::stats::SourceBytes;
use crate::timer::Timer;
use crate::transfer::{Transfer, Via};
use crate::wire::{Bye, Frame, Message, PeerRole, PieceBody, Reject, RequestId, VERSION, decode};

impl Engine {
    pub(super) fn on_message(&mut self, id: &PeerId, message: Message) {
        let Some(peer) = self.peers.get(id) else {
            return;
        };
        let shaken = peer.role().is_some();
        match decode(message) {
            Ok(Frame::Hello {
                version, swarm, role, ..
            }) => self.on_hello(id, version, &swarm, role),
            Ok(Frame::Bye(bye)) => self.on_bye(id, bye),
            Ok(Frame::Unknown(_)) => {}
            Ok(frame) if shaken => self.on_frame(id, frame),
            Ok(_) | Err(_) => self.on_violation(id),
        }
    }

    fn on_frame(&mut self, id: &PeerId, frame: Frame) {
        match frame {
            Frame::Announce { came, gone } => {
                let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
                peer.on_announce(&came, &gone);
                self.replan = Replan::Due;
            }
            Frame::Request {
                request,
                key,
                first,
                count,
            } => self.on_request(id, request, &key, first, count),
            Frame::Piece { request, piece, body } => self.on_piece(id, request, piece, body),
            Frame::Cancel(request) => {
                let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
                peer.uploads.cancel(request);
            }
            Frame::Reject { request, reason, .. } => self.on_reject(id, request, reason),
            Frame::Digests { batch, signature } => self.on_digests(id, batch, signature),
            Frame::Hello { .. }
            | Frame::Bye(_)
            | Frame::WantLeaves { .. }
            | Frame::Leaves { .. }
            | Frame::Claim { .. }
            | Frame::Neighbours { .. }
            | Frame::Interest { .. }
            | Frame::Promise { .. }
            | Frame::Relay { .. }
            | Frame::Unknown(_) => {}
        }
    }

    pub(super) fn on_violation(&mut self, id: &PeerId) {
        self.stats.violations += 1;
        self.drop_peer(id, DisconnectReason::Violation);
    }

    /// A peer closes the link: it is gone, and not told the same in return.
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
        self.forget(id, Some(reason));
    }

    fn on_hello(&mut self, id: &PeerId, version: u32, swarm: &str, role: PeerRole) {
        if version != VERSION {
            self.drop_peer(id, DisconnectReason::Version);
            return;
        }
        if swarm != self.config.swarm {
            self.drop_peer(id, DisconnectReason::OtherSwarm);
            return;
        }
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        if !peer.on_hello(role) {
            self.on_violation(id);
            return;
        }
        self.timers.stop(&Timer::Handshake(id.clone()));
        self.emit(Event::PeerJoined {
            peer: id.clone(),
            seeder: role == PeerRole::Seeder,
        });
        self.swarm.on_joined(self.now);
        self.introduce_self(id);
        self.replan = Replan::Due;
    }

    fn on_request(&mut self, id: &PeerId, request: RequestId, key: &SegmentKey, first: u32, count: u32) {
        let held = self
            .offerable(key)
            .then(|| self.store.get(key))
            .flatten()
            .map(|held| held.body.clone());
        let Some(body) = held else {
            self.reject(id, request, Reject::NotHeld);
            return;
        };
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        if peer.uploads.push(request, body, first, count).is_err() {
            self.reject(id, request, Reject::Busy);
            return;
        }
        self.upload(id);
    }

    fn reject(&mut self, id: &PeerId, request: RequestId, reason: Reject) {
        let frame = Frame::Reject {
            request,
            reason,
            retry_ms: 0,
        };
        self.send(id, &frame);
    }

    /// What a peer answers; an answer that comes late is none, and one that nobody asked for ends the link.
    fn answered(&mut self, id: &PeerId, request: RequestId) -> Option<SegmentKey> {
        let peer = self.peers.get(id).expect("invariant: checked by the caller");
        match peer.requested(request) {
            Answer::Expected(key) => Some(key),
            Answer::Late => None,
            Answer::Unasked => {
                self.on_violation(id);
                None
            }
        }
    }

    fn on_piece(&mut self, id: &PeerId, request: RequestId, index: u32, body: PieceBody) {
        // Nobody sends compressed pieces to a peer that does not say that it reads them.
        let PieceBody::Plain(piece) = body else {
            self.on_violation(id);
            return;
        };
        let Some(key) = self.answered(id, request) else {
            return;
        };
        let peer = self.peers.get(id).expect("invariant: checked by the caller");
        let received = &mut self.stats.received;
        match peer.role() {
            Some(PeerRole::Seeder) => received.seeder += piece.len() as u64,
            Some(PeerRole::Viewer) | None => received.peer += piece.len() as u64,
        }
        let transfer = self.transfers.running(&key).map(|transfer| &mut transfer.via);
        let Some(Via::Peer { pieces, .. }) = transfer else {
            return;
        };
        match pieces.add(index, piece) {
            Ok(false) => self
                .timers
                .set(Timer::Silence(key), self.now + self.config.peer_timeout),
            Ok(true) => self.on_pieces_complete(id, key),
            Err(_) => self.on_violation(id),
        }
    }

    fn on_pieces_complete(&mut self, id: &PeerId, key: SegmentKey) {
        self.timers.stop(&Timer::Silence(key));
        let Some(Transfer {
            via:
                Via::Peer {
                    request,
                    pieces,
                    record,
                    ..
                },
            started,
        }) = self.transfers.end(&key)
        else {
            return;
        };
        let body = pieces.into_body();
        if Record::of(&body) != record {
            self.on_corrupt(id, key);
            return;
        }
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        let size = body.len();
        peer.on_answered(request, size, started, self.now);
        if self.integrity.record(&key) != Some(record) {
            // The segment was signed anew while this one came: the peer is as honest as it is late.
            self.after_failure(key);
            return;
        }
        self.stats.verified += 1;
        let sources = match peer.role() {
            Some(PeerRole::Seeder) => SourceBytes {
                seeder: size,
                ..SourceBytes::default()
            },
            Some(PeerRole::Viewer) | None => SourceBytes {
                peer: size,
                ..SourceBytes::default()
            },
        };
        let took = self.now.since(started);
        self.on_complete(key, body, record.root, sources, Some(id.clone()), took);
    }

    fn on_corrupt(&mut self, id: &PeerId, key: SegmentKey) {
        self.stats.corrupt += 1;
        self.emit(Event::CorruptSegment {
            key,
            peer: id.clone(),
        });
        self.transfers.on_failed(key, id.clone());
        self.drop_peer(id, DisconnectReason::Corrupt);
        self.after_failure(key);
    }

    fn on_reject(&mut self, id: &PeerId, request: RequestId, reason: Reject) {
        let Some(key) = self.answered(id, request) else {
            return;
        };
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        peer.on_abandoned(request);
        self.transfers.on_failed(key, id.clone());
        self.transfers.end(&key);
        self.timers.stop(&Timer::Silence(key));
        if reason == Reject::NotHeld {
            peer.on_not_held(&key);
            // One that has just let a segment go is forgiven; one that never has what it says is dropped.
            self.on_strike(id);
        }
        self.after_failure(key);
    }
}
