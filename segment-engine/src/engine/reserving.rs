//! Reservations: interest in pieces that a neighbour is about to have; and the promises that this peer makes and
//! keeps.

use std::time::Duration;

use super::Engine;
use super::serving::NOT_NOW;
use crate::bits::PieceRun;
use crate::id::{Member, PeerId, SegmentKey};
use crate::peer::{Answer, Mark, Peer, Wanted};
use crate::scheduler::MAX_RUN;
use crate::serving::PROMISE;
use crate::wire::{Claim, Frame, Reject, RequestId};

/// How long a neighbour may take to promise what is reserved.
const ANSWER: Duration = Duration::from_millis(500);

/// The most neighbours with which pieces of one segment are reserved at a time.
const MAX_INTERESTS: usize = 3;

impl Engine {
    /// Reserves pieces of claimed stripes, if the claimer is a neighbour.
    pub(super) fn reserve_of_claimer(&mut self, claimer: Member, claim: &Claim) {
        let neighbour = {
            let mut peers = self.peers.iter();
            peers
                .find(|(_, peer)| peer.member() == claimer)
                .map(|(id, _)| id.clone())
        };
        if let Some(id) = neighbour {
            self.reserve(&id, claim.key, claim.stripes);
        }
    }

    /// Reserves a part of each stripe that a neighbour says it fetches; its other neighbours reserve other parts, so
    /// that the pieces it sends first differ.
    fn reserve(&mut self, id: &PeerId, key: SegmentKey, stripes: u16) {
        let takes = self.takes_from(id);
        let Some(peer) = self.peers.get(id).filter(|peer| takes && peer.serves()) else {
            return;
        };
        let slot = peer.slot();
        let Some(download) = self.transfers.relayable(&key) else {
            return;
        };
        let reserved = |peer: &&Peer| {
            peer.requests()
                .any(|(_, asked)| asked.key == key && asked.mark != Mark::Taken)
        };
        if self.peers.values().filter(reserved).count() >= MAX_INTERESTS {
            return;
        }
        let claimed = download.stripes.of_mask(stripes);
        let mut ranges = claimed.map(|stripe| download.stripes.range(stripe));
        // Stripes are empty if the segment has fewer pieces than its manifest suggested.
        let Some(range) = ranges.find(|range| !range.is_empty()) else {
            return;
        };
        let runs = (range.end - range.start).div_ceil(MAX_RUN);
        let own = u32::from_le_bytes([
            self.member.0[0],
            self.member.0[1],
            self.member.0[2],
            self.member.0[3],
        ]);
        let first = range.start + own.wrapping_add(u32::from(slot.0)) % runs * MAX_RUN;
        let run = PieceRun {
            first,
            count: MAX_RUN.min(range.end - first),
        };
        let missing = download.missing();
        if !run
            .iter()
            .all(|piece| missing.contains(piece) && download.replicas(piece) == 0)
        {
            return;
        }
        let now = self.now;
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        for piece in run.iter() {
            download.asks.ask(piece);
        }
        let peer = self.peers.get_mut(id).expect("invariant: found above");
        let request = peer.on_reserved(key, Wanted::run(run.first, run.count), now + ANSWER);
        self.stats.interests += 1;
        self.send(
            id,
            &Frame::Interest {
                request,
                key,
                first: run.first,
                count: run.count,
            },
        );
        self.watch(id);
    }

    /// Answers a neighbour's interest in pieces: they are promised if the uplink has room for them.
    pub(super) fn on_interest(&mut self, id: &PeerId, request: RequestId, key: SegmentKey, run: PieceRun) {
        if self.is_run_servable(&key, run) {
            // The interest came late: the pieces are already there.
            self.on_request(id, request, key, run);
            return;
        }
        let expected = self.transfers.get(&key).is_some_and(|download| {
            let ends = run.end() <= download.piece_count();
            ends && run.iter().all(|piece| download.is_expected(piece))
        });
        if !expected || !self.may_upload() {
            self.reject(id, request, Reject::Busy, 0);
            return;
        }
        if let Err(busy) = self.serving.promise(self.now, (id, request), (key, run)) {
            let retry = u32::try_from(busy.retry.as_millis()).unwrap_or(u32::MAX);
            self.reject(id, request, Reject::Busy, retry);
            return;
        }
        self.stats.promises += 1;
        let within_ms = u32::try_from(PROMISE.as_millis()).expect("invariant: a promise counts for seconds");
        self.send(id, &Frame::Promise { request, within_ms });
        // Pieces that are already there go out at once.
        self.keep_what_is_there(key);
    }

    /// Notes a neighbour's promise: its pieces are waited for until the promise expires. A repeated promise changes
    /// nothing.
    pub(super) fn on_promise(&mut self, id: &PeerId, request: RequestId) {
        let until = self.now + PROMISE;
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        match peer.answer(request) {
            Answer::Expected(asked) => {
                if asked.mark == Mark::Reserved && asked.wanted.pieces() > 0 {
                    asked.mark = Mark::Promised;
                    asked.due = until;
                }
            }
            Answer::Late => {}
            Answer::Unasked => self.on_violation(id),
        }
    }

    /// A piece can be passed on: sends it to whoever was promised it, unless the device has stopped uploading
    /// meanwhile.
    pub(super) fn keep_promises(&mut self, key: SegmentKey, piece: u32) {
        if self.serving.promises.is_empty() {
            return;
        }
        let replicas = self.replicas(&key, piece);
        for due in self.serving.promises.on_piece(self.now, &key, piece) {
            if !self.may_upload() {
                self.serving.cancel(&due.peer, due.request);
                self.reject(&due.peer, due.request, Reject::Busy, NOT_NOW);
                continue;
            }
            let asking = self.asking(&due.peer, due.request, key);
            self.serving.push(self.now, asking, piece, replicas);
        }
        self.upload();
    }

    /// Sends the promised pieces of a segment that can be passed on by now.
    pub(super) fn keep_what_is_there(&mut self, key: SegmentKey) {
        for piece in self.serving.promises.pieces_of(&key).iter() {
            if self.is_run_servable(&key, PieceRun::one(*piece)) {
                self.keep_promises(key, *piece);
            }
        }
    }
}

#[cfg(test)]
mod tests;
