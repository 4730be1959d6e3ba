//! What comes of segments: pieces and leaves from peers, each checked, until a segment is whole.

use std::sync::Arc;

use super::player::{main_source, millis, start_ms};
use super::{Engine, Replan};
use crate::compression::{UnpackError, unpack};
use crate::id::{PeerId, SegmentKey};
use crate::integrity::{Record, leaves_match, root_of};
use crate::output::{DisconnectReason, Event};
use crate::peer::{Answer, Part, Wanted};
use crate::piece::{Body, Digest, Piece};
use crate::store::Stored;
use crate::transfer::{Added, Download};
use crate::wire::{PeerRole, PieceBody, Reject, RequestId};

impl Engine {
    pub(super) fn on_piece(&mut self, id: &PeerId, request: RequestId, index: u32, body: PieceBody) {
        let now = self.now;
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        let (key, part) = match peer.answer(request) {
            Answer::Expected(asked) => (asked.key, asked.on_piece(index)),
            Answer::Late => {
                self.stats.duplicate += body.len() as u64;
                return;
            }
            Answer::Unasked => {
                self.on_violation(id);
                return;
            }
        };
        if part == Part::Foreign {
            self.on_violation(id);
            return;
        }
        peer.on_progress(request, now);
        if part == Part::Last {
            peer.on_answered(request, now);
        }
        let role = peer.role();
        self.replan(Replan::Pull);
        let bytes = body.len() as u64;
        let piece = match self.unpacked(&key, index, body) {
            Some(Ok(piece)) => piece,
            Some(Err(_)) => {
                self.on_wrong_piece(id, key, index);
                return;
            }
            None => {
                self.stats.duplicate += bytes;
                return;
            }
        };
        self.count_received(role, piece.len() as u64);
        self.take_piece(id, role, key, index, &piece);
    }

    /// The plain piece; `None` for a packed one whose segment is no longer on its way.
    fn unpacked(&self, key: &SegmentKey, index: u32, body: PieceBody) -> Option<Result<Piece, UnpackError>> {
        match body {
            PieceBody::Plain(piece) => Some(Ok(piece)),
            PieceBody::Zstd(packed) => {
                let download = self.transfers.get(key)?;
                Some(unpack(&packed, download.piece_len(index)))
            }
        }
    }

    fn count_received(&mut self, role: Option<PeerRole>, bytes: u64) {
        let received = &mut self.stats.received;
        match role {
            Some(PeerRole::Seeder) => received.seeder += bytes,
            Some(PeerRole::Viewer) | None => received.peer += bytes,
        }
    }

    fn take_piece(
        &mut self,
        id: &PeerId,
        role: Option<PeerRole>,
        key: SegmentKey,
        index: u32,
        piece: &Piece,
    ) {
        let Some(download) = self.transfers.get_mut(&key) else {
            self.stats.duplicate += piece.len() as u64;
            return;
        };
        let twice = download.asks.is_twice(index);
        match download.add_received(index, piece, id, role) {
            Added::New => {
                self.stats.verified += u64::from(download.leaves().is_some() && !download.is_unproven());
                self.on_new_piece(key, index);
                if twice {
                    self.cancel_answered(&key);
                }
            }
            Added::Known => self.stats.duplicate += piece.len() as u64,
            Added::Wrong => self.on_wrong_piece(id, key, index),
        }
    }

    /// A piece is not the segment's. Its request counts as answered for this piece, and others can be asked for it.
    fn on_wrong_piece(&mut self, id: &PeerId, key: SegmentKey, index: u32) {
        if let Some(download) = self.transfers.get_mut(&key) {
            download.asks.release(index);
        }
        self.on_corrupt(id, key, index);
    }

    /// A piece is held that was not before: neighbours are told, and the segment may be whole.
    pub(super) fn on_new_piece(&mut self, key: SegmentKey, index: u32) {
        let now = self.now;
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        let pace = crate::claims::Pace::of(download.slack(now));
        let stripe = download.stripes.of_piece(index);
        let kept = download.stripes.on_progress(stripe, now, pace);
        let (whole, relayable) = (download.is_complete(), download.is_relayable());
        if let Some(member) = kept {
            self.reputation.on_kept(member, self.now);
        }
        if relayable {
            self.keep_promises(key, index);
        }
        if whole {
            self.on_whole(key);
            return;
        }
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        if relayable {
            self.unannounced.piece(key, index, download.piece_count());
            let slack = download.slack(now);
            self.announce_piece(slack);
        }
    }

    /// Cancels requests whose pieces have all come from elsewhere.
    pub(super) fn cancel_answered(&mut self, key: &SegmentKey) {
        let Some(have) = self.transfers.get(key).map(|download| download.have().clone()) else {
            return;
        };
        self.cancel_requests(key, |asked| {
            let lacking = asked.lacking();
            !lacking.is_empty() && lacking.iter().all(|piece| have.contains(*piece))
        });
    }

    pub(super) fn on_leaves(&mut self, id: &PeerId, request: RequestId, first: u32, leaves: &[Digest]) {
        let now = self.now;
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        let (key, layer) = match peer.answer(request) {
            Answer::Expected(asked) => match &mut asked.wanted {
                Wanted::Layer(layer) => (asked.key, layer),
                Wanted::Run { .. } => {
                    self.on_violation(id);
                    return;
                }
            },
            Answer::Late => return,
            Answer::Unasked => {
                self.on_violation(id);
                return;
            }
        };
        let size = self.transfers.get(&key).and_then(Download::size);
        // Leaves may come before the record that tells how many there are.
        let count = crate::wire::piece_count(size.unwrap_or(crate::wire::MAX_SEGMENT)) as usize;
        if first as usize != layer.len() || layer.len() + leaves.len() > count {
            if size.is_some() {
                self.on_violation(id);
            }
            return;
        }
        layer.extend_from_slice(leaves);
        let whole = (size.is_some() && layer.len() == count).then(|| std::mem::take(layer));
        peer.on_progress(request, now);
        if let Some(layer) = whole {
            peer.on_answered(request, now);
            self.on_layer(id, key, layer);
        }
    }

    /// A neighbour has sent all leaves of a segment.
    pub(super) fn on_layer(&mut self, id: &PeerId, key: SegmentKey, layer: Vec<Digest>) {
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        #[cfg(feature = "resources")]
        if download.is_unproven() {
            return self.on_layer_by_digest(id, key, layer);
        }
        match download.record() {
            Some(record) if leaves_match(&record, &layer) => self.use_layer(key, layer.into()),
            Some(_) => self.on_corrupt(id, key, 0),
            None => self.on_unsigned_layer(id, key, layer),
        }
    }

    /// The leaves are verified: pieces can be taken from peers, and passed on.
    pub(super) fn use_layer(&mut self, key: SegmentKey, layer: Arc<[Digest]>) {
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        let right = download.on_leaves(layer);
        let relayable: Vec<u32> = if right {
            download.have().iter().collect()
        } else {
            Vec::new()
        };
        let (count, whole) = (download.piece_count(), download.is_complete());
        if !right {
            let vouchers = std::mem::take(&mut download.vouchers);
            self.on_origin_differs(key, &vouchers);
            return;
        }
        if whole {
            self.on_whole(key);
            return;
        }
        self.serve_awaited(&key);
        self.unannounced.layer(key, count);
        for piece in relayable {
            self.unannounced.piece(key, piece, count);
        }
        self.announce_now();
        for heard in self.heard.of(&key) {
            self.reserve_of_claimer(heard.claimer, &heard.claim);
        }
        self.replan(Replan::Pull);
    }

    /// This origin's bytes of a segment are not the swarm's: all of it comes over HTTP.
    pub(super) fn on_dispute(&mut self, key: SegmentKey) {
        self.note_dispute(key);
        self.emit(Event::OriginMismatch { key });
        self.cancel_requests(&key, |_| true);
        self.withdraw(key);
        self.serve_awaited(&key);
        self.check_rescue(key);
    }

    /// Remembers that this origin's bytes of a segment are not the swarm's.
    pub(super) fn note_dispute(&mut self, key: SegmentKey) {
        if !self.settle_dispute(&key) && self.disputed.len() >= super::MAX_DISPUTED {
            self.disputed.remove(0);
        }
        self.disputed.push(key);
    }

    /// Forgets that this origin's bytes of a segment are not the swarm's; returns whether it was remembered.
    pub(super) fn settle_dispute(&mut self, key: &SegmentKey) -> bool {
        let before = self.disputed.len();
        self.disputed.retain(|disputed| disputed != key);
        self.disputed.len() < before
    }

    /// A peer sent bytes that are not the segment's: it is dropped, and not taken back.
    pub(super) fn on_corrupt(&mut self, id: &PeerId, key: SegmentKey, piece: u32) {
        self.stats.corrupt += 1;
        self.emit(Event::CorruptPiece {
            key,
            piece,
            peer: id.clone(),
        });
        self.drop_peer(id, DisconnectReason::Corrupt);
        self.replan(Replan::Pull);
    }

    pub(super) fn on_reject(&mut self, id: &PeerId, request: RequestId, reason: Reject, retry_ms: u32) {
        let now = self.now;
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        match peer.answer(request) {
            Answer::Expected(_) => {}
            Answer::Late => return,
            Answer::Unasked => {
                self.on_violation(id);
                return;
            }
        }
        let Some(asked) = self.give_up(id, request) else {
            return;
        };
        let peer = self.peers.get_mut(id).expect("invariant: checked above");
        match reason {
            Reject::Busy => {
                let until = now + std::time::Duration::from_millis(u64::from(retry_ms.clamp(20, 5_000)));
                match asked.wanted {
                    // A peer that promises nothing is taken to be busy, too. Asking it for what it already holds gave
                    // 300 viewers with barely sufficient uplinks 0.973 of what is possible instead of 0.981.
                    Wanted::Run { .. } => peer.on_busy(until),
                    Wanted::Layer(_) => {
                        peer.on_leaves_refused(until);
                        self.timers.set_no_later(crate::timer::Timer::Pull, until);
                    }
                }
            }
            Reject::NotHeld if matches!(asked.wanted, Wanted::Layer(_)) => {
                let slot = peer.slot();
                if let Some(download) = self.transfers.get_mut(&asked.key) {
                    download.layer_holders.remove(&slot);
                }
            }
            Reject::NotHeld => {
                let said = peer.held.of(&asked.key).is_some();
                peer.held.on_gone(&asked.key);
                let slot = peer.slot();
                if let Some(download) = self.transfers.get_mut(&asked.key) {
                    download.on_gone(slot);
                }
                // A peer that has just let a segment go is forgiven, however many runs it was asked for; one that
                // never has what it announces is dropped.
                if said {
                    self.on_strike(id);
                }
            }
        }
        self.replan(Replan::Pull);
    }

    /// All pieces of a segment are there, each checked as far as it can be.
    pub(super) fn on_whole(&mut self, key: SegmentKey) {
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let Some(body) = download.body() else {
            return;
        };
        #[cfg(feature = "resources")]
        if download.is_unproven() && !self.prove(key, &body) {
            return;
        }
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let record = Record {
            size: body.len(),
            root: self.root_of(download, &body),
        };
        let signed = self.integrity.record(&key);
        let (sources, started) = (download.sources(), download.started);
        // A segment that has left the manifest meanwhile is kept by the position it had.
        let segment = self.timeline.segment(&key);
        let segment = segment.unwrap_or_else(|| download.segment().clone());
        let peers = download.shares();
        self.measure_complete(&key);
        self.abandon(&key);
        self.unannounced.forget(&key);
        #[cfg(all(feature = "seeder", feature = "resources"))]
        if self.is_other_file(&key, record) {
            return self.on_other_file(key);
        }
        if signed.is_some_and(|signed| signed != record) && !self.disputed.contains(&key) {
            self.on_origin_mismatch(key);
        }
        self.emit(Event::SegmentReceived {
            label: self.label(&segment),
            key,
            start_ms: start_ms(&segment),
            duration_ms: millis(segment.duration),
            bytes: body.len(),
            source: main_source(sources),
            verified: signed == Some(record),
            peers,
        });
        self.learn_index(&key, &body);
        let stored = Stored::new(body, record.root, sources, &segment);
        let took = self.now.since(started);
        self.rates.on_segment(self.now, sources, took);
        self.deliver_all(&segment, &stored, took);
        self.keep(key, stored);
        self.serve_awaited(&key);
        self.on_harvested(key, record);
        self.replan(Replan::Window);
    }

    fn root_of(&self, download: &Download, body: &Body) -> Digest {
        match download.record().filter(|_| download.leaves().is_some()) {
            // Every piece was compared with leaves that belong to this root.
            Some(record) => record.root,
            None => root_of(body.len(), &body.leaves()),
        }
    }
}

#[cfg(test)]
mod tests;
