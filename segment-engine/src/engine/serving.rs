//! What peers ask of this one: pieces and leaves, as far as the uplink and the device's policy allow.

use super::Engine;
use super::claiming::CLAIMS_LAST;
use super::wanting::CLAIM_LEAD;
use crate::bits::PieceRun;
use crate::compression::Reads;
use crate::id::{PeerId, SegmentKey};
use crate::peer::Note;
use crate::piece::Digest;
use crate::serving::{Asking, Busy, Wait};
use crate::timer::Timer;
use crate::wire::{Frame, PieceBody, Reject, RequestId, capability, encode, leaf_frames};

/// The most leaves that wait for one peer's channel, in bytes: those of the largest segment.
const MAX_LEAVES_WAITING: usize = 128 << 10;

/// When leaves are worth asking for again while others wait for the same channel, in milliseconds.
const AFTER_LEAVES: u32 = 500;

/// When a peer that does not upload is worth asking again, in milliseconds.
pub(super) const NOT_NOW: u32 = 5_000;

impl Engine {
    pub(super) fn on_request(&mut self, id: &PeerId, request: RequestId, key: SegmentKey, run: PieceRun) {
        if self.comes_again(id, request, &key) {
            return;
        }
        if !self.is_run_servable(&key, run) {
            if !self.ask_shelf(id, request, key, run) {
                self.reject(id, request, Reject::NotHeld, 0);
            }
            return;
        }
        self.touch(&key);
        if !self.may_upload() {
            self.reject(id, request, Reject::Busy, NOT_NOW);
            return;
        }
        let pieces = run.iter().map(|piece| (piece, self.replicas(&key, piece)));
        let pieces: Vec<(u32, u8)> = pieces.collect();
        let asking = self.asking(id, request, key);
        let (peers, now) = (&self.peers, self.now);
        let seems_gone = |id: &PeerId| peers.get(id).is_none_or(|peer| peer.seems_gone(now));
        match self.serving.admit(now, asking, &pieces, seems_gone) {
            Ok(()) => self.upload(),
            Err(busy) => self.refuse(id, request, busy),
        }
    }

    /// Whether a segment has just changed and is to be asked for later; tells the peer so.
    fn comes_again(&mut self, id: &PeerId, request: RequestId, key: &SegmentKey) -> bool {
        let Some(retry) = self.settles_in(key) else {
            return false;
        };
        self.refuse(id, request, Busy { retry });
        true
    }

    fn refuse(&mut self, id: &PeerId, request: RequestId, busy: Busy) {
        self.stats.refused += 1;
        let retry = u32::try_from(busy.retry.as_millis()).unwrap_or(u32::MAX);
        self.reject(id, request, Reject::Busy, retry);
    }

    /// A peer's request, with whatever decides its place in the queue.
    pub(super) fn asking<'a>(&self, peer: &'a PeerId, request: RequestId, key: SegmentKey) -> Asking<'a> {
        Asking {
            peer,
            request,
            key,
            uplink: self.swarm.uplink_of(peer),
        }
    }

    /// Whether pieces are held and may be given to others.
    pub(super) fn is_run_servable(&self, key: &SegmentKey, run: PieceRun) -> bool {
        run.iter().all(|piece| self.is_servable(key, piece))
    }

    pub(super) fn reject(&mut self, id: &PeerId, request: RequestId, reason: Reject, retry_ms: u32) {
        let frame = Frame::Reject {
            request,
            reason,
            retry_ms,
        };
        self.send(id, &frame);
    }

    /// Whether a piece is held and may be given to others.
    fn is_servable(&self, key: &SegmentKey, piece: u32) -> bool {
        if self.offerable(key) {
            let size = self.store.get(key).map_or(0, |stored| stored.len());
            return piece < crate::wire::piece_count(size);
        }
        let download = self.transfers.relayable(key);
        download.is_some_and(|download| download.have().contains(piece))
    }

    /// How many neighbours hold a piece, as far as known.
    pub(super) fn replicas(&self, key: &SegmentKey, piece: u32) -> u8 {
        if let Some(download) = self.transfers.get(key) {
            return download.replicas(piece);
        }
        let holds = |peer: &&crate::peer::Peer| {
            let holding = peer.held.of(key);
            holding.is_some_and(|holding| {
                holding
                    .pieces
                    .as_ref()
                    .is_none_or(|pieces| pieces.contains(piece))
            })
        };
        u8::try_from(self.peers.values().filter(holds).count()).unwrap_or(u8::MAX)
    }

    /// Stops counting bytes that stand still in a channel as load of the uplink: one peer that takes nothing holds up
    /// nobody else. Schedules another look for when that may next be so.
    fn pass_by_stranded(&mut self) {
        if !self.serving.is_held_up() {
            return;
        }
        let patience = self.serving.uplink.patience();
        for (_, peer) in self.peers.iter_mut() {
            let stranded = peer.channel.strand(self.now, patience);
            self.serving.uplink.on_lost(stranded);
        }
        if self.serving.is_held_up() {
            self.timers.set_no_later(Timer::Upload, self.now + patience);
        }
    }

    /// Sends pieces while the uplink and the channels take them.
    pub(super) fn upload(&mut self) {
        self.pass_by_stranded();
        loop {
            let has_room = |id: &PeerId| self.peers.get(id).is_some_and(|peer| peer.channel.takes_piece());
            let Some(queued) = self.serving.next(has_room) else {
                return;
            };
            let capabilities = self.peers.get(&queued.peer).map_or(0, |peer| peer.capabilities());
            let reads = if capabilities & capability::READS_ZSTD == 0 {
                Reads::Plain
            } else {
                Reads::Zstd
            };
            // Requests that were admitted before the device stopped uploading are not served either.
            let may_upload = self.may_upload() && self.settles_in(&queued.key).is_none();
            let body = may_upload.then(|| self.piece_to_send(&queued.key, queued.piece, reads));
            let Some(body) = body.flatten() else {
                if may_upload && self.ask_shelf_again(&queued) {
                    continue;
                }
                self.serving.give_back(&queued);
                self.serving.cancel(&queued.peer, queued.request);
                let (reason, retry_ms) = if may_upload {
                    (Reject::NotHeld, 0)
                } else {
                    (Reject::Busy, NOT_NOW)
                };
                self.reject(&queued.peer, queued.request, reason, retry_ms);
                continue;
            };
            let bytes = body.len() as u64;
            self.stats.uploaded += bytes;
            self.serving.on_sent(&queued.peer, bytes);
            if let Some(peer) = self.peers.get_mut(&queued.peer) {
                peer.quality.useful_out(self.now, bytes);
            }
            let frame = Frame::Piece {
                request: queued.request,
                piece: queued.piece,
                body,
            };
            self.send(&queued.peer, &frame);
        }
    }

    fn piece_to_send(&mut self, key: &SegmentKey, piece: u32, reads: Reads) -> Option<PieceBody> {
        if self.offerable(key) {
            return self.store.get(key)?.for_wire(piece, reads);
        }
        let download = self.transfers.relayable(key)?;
        download.piece(piece).cloned().map(PieceBody::Plain)
    }

    /// Sends leaves, even from a device that uploads nothing else, as it does digests and announcements: they are a
    /// 500th of the pieces. Measured with 300 viewers of 1 s segments: without them the swarm took 8 instead of 5
    /// copies.
    pub(super) fn on_want_leaves(&mut self, id: &PeerId, request: RequestId, key: &SegmentKey) {
        if self.comes_again(id, request, key) {
            return;
        }
        let Some(layer) = self.layer_of(key) else {
            self.await_layer(id, request, *key);
            return;
        };
        let bytes = layer.len() * size_of::<Digest>();
        let waiting = self.peers.get(id).map_or(0, |peer| peer.channel.leaves_waiting());
        if waiting + bytes > MAX_LEAVES_WAITING {
            self.reject(id, request, Reject::Busy, AFTER_LEAVES);
            return;
        }
        if let Err(busy) = self.serving.admit_leaves(self.now, bytes as u64) {
            self.refuse(id, request, busy);
            return;
        }
        for frame in leaf_frames(request, &layer) {
            self.note(id, Note::Leaves(encode(&frame)));
        }
    }

    /// Holds a request for leaves that are yet to come, if they are, and answers it when they do.
    fn await_layer(&mut self, id: &PeerId, request: RequestId, key: SegmentKey) {
        let coming = self.unshelve(&key)
            || match self.transfers.get(&key) {
                Some(download) => !download.is_disputed(),
                None => self.timeline.live().is_some() && self.may_come(&key),
            };
        let wait = if coming {
            self.serving.awaited.add(id, request, key)
        } else {
            Wait::Again
        };
        match wait {
            Wait::Admitted => {}
            Wait::InPlaceOf(oldest) => self.reject(id, oldest, Reject::NotHeld, 0),
            Wait::Again => self.reject(id, request, Reject::NotHeld, 0),
        }
    }

    /// Whether a live segment is available or will be soon, by a clock that may be behind the asking peer's.
    fn may_come(&self, key: &SegmentKey) -> bool {
        let ahead = self.unix() + 2 * CLAIM_LEAD;
        self.timeline.is_current(key, ahead, CLAIMS_LAST)
    }

    /// A segment's leaves have come, or never will: tells the peers that wait for them, and sends pieces that were
    /// promised before the leaves came.
    pub(super) fn serve_awaited(&mut self, key: &SegmentKey) {
        self.keep_what_is_there(*key);
        for (id, request) in self.serving.awaited.take(key) {
            if self.layer_of(key).is_some() {
                self.on_want_leaves(&id, request, key);
            } else {
                self.reject(&id, request, Reject::NotHeld, 0);
            }
        }
    }

    /// The verified leaves of a segment that is held, or on its way.
    fn layer_of(&self, key: &SegmentKey) -> Option<Vec<Digest>> {
        if self.offerable(key) {
            return self.store.get(key).map(|stored| stored.leaves());
        }
        let download = self.transfers.relayable(key)?;
        download.leaves().map(|leaves| leaves.to_vec())
    }

    pub(super) fn on_cancel(&mut self, id: &PeerId, request: RequestId) {
        self.serving.cancel(id, request);
        self.cancel_waiter(id, request);
        self.serving.awaited.cancel(id, request);
    }
}

#[cfg(test)]
mod tests;
