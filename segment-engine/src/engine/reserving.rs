//! Reservations: interest in pieces that a neighbour is about to have, promises made to others, and kept.

use super::{Engine, Replan};
use crate::id::{PeerId, SegmentKey};
use crate::peer::{Answer, Mark, Peer, Wanted};
use crate::scheduler::MAX_RUN;
use crate::serving::PROMISE;
use crate::wire::{Frame, Reject, RequestId};

/// The most neighbours of whom pieces of one segment are reserved at a time.
const MAX_INTERESTS: usize = 3;

impl Engine {
    /// A neighbour says that it fetches stripes: a part of each is reserved of it, another part by each of its other
    /// neighbours, so that what it sends first are different pieces.
    pub(super) fn reserve(&mut self, id: &PeerId, key: SegmentKey, stripes: u16) {
        let Some(peer) = self.peers.get(id).filter(|peer| peer.serves()) else {
            return;
        };
        let slot = peer.slot();
        let Some(download) = self.transfers.get(&key).filter(|download| download.is_open_to_peers()) else {
            return;
        };
        let hoped = |peer: &&Peer| peer.requests().any(|(_, asked)| asked.key == key && asked.mark == Mark::Hoped);
        if self.peers.values().filter(hoped).count() >= MAX_INTERESTS {
            return;
        }
        let stripe = (0..download.stripes.count()).find(|stripe| stripes & (1 << stripe) != 0);
        let Some((first, end)) = stripe.map(|stripe| download.stripes.range(stripe)) else {
            return;
        };
        let runs = (end - first).div_ceil(MAX_RUN).max(1);
        let own = u32::from_le_bytes([self.member.0[0], self.member.0[1], self.member.0[2], self.member.0[3]]);
        let first = first + own.wrapping_add(u32::from(slot)) % runs * MAX_RUN;
        let count = MAX_RUN.min(end - first);
        let missing = download.missing();
        if !(first..first + count).all(|piece| missing.contains(piece) && download.replicas(piece) == 0) {
            return;
        }
        let now = self.now;
        let peer = self.peers.get_mut(id).expect("invariant: found above");
        let request = peer.on_hoped(key, Wanted::run(first, count), now + PROMISE);
        self.stats.interests += 1;
        self.send(id, &Frame::Interest { request, key, first, count });
        self.watch(id);
    }

    /// A neighbour is interested in pieces: they are promised as far as the uplink has room for them.
    pub(super) fn on_interest(&mut self, id: &PeerId, request: RequestId, key: SegmentKey, first: u32, count: u32) {
        if self.is_run_servable(&key, first, count) {
            // It is late: the pieces are there already.
            self.on_request(id, request, key, first, count);
            return;
        }
        let now = self.now;
        let budget = self.serving.uplink.budget();
        let expected = self.transfers.get(&key).is_some_and(|download| {
            let ends = first.checked_add(count).is_some_and(|end| end <= download.piece_count());
            ends && (first..first + count).all(|piece| download.fetching.contains(piece) || download.have().contains(piece))
        });
        let promised = expected
            && self.may_upload()
            && self
                .serving
                .promises
                .promise(now, id, request, (key, first, count), budget);
        if !promised {
            self.reject(id, request, Reject::Busy, 0);
            return;
        }
        self.stats.promises += 1;
        let within_ms = u32::try_from(PROMISE.as_millis()).expect("invariant: a promise counts for seconds");
        self.send(id, &Frame::Promise { request, within_ms });
        // What is there of it already goes out at once.
        let held: Vec<u32> = match self.transfers.get(&key).filter(|download| download.is_relayable()) {
            Some(download) => (first..first + count).filter(|piece| download.have().contains(*piece)).collect(),
            None => Vec::new(),
        };
        for piece in held {
            self.keep_promises(key, piece);
        }
    }

    /// A neighbour promises pieces: nobody else is asked for them meanwhile.
    pub(super) fn on_promise(&mut self, id: &PeerId, request: RequestId) {
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        let (key, lacking) = match peer.answer(request) {
            Answer::Expected(asked) if asked.mark == Mark::Hoped => {
                asked.mark = Mark::Promised;
                (asked.key, asked.lacking())
            }
            Answer::Expected(_) | Answer::Late => return,
            Answer::Unasked => {
                self.on_violation(id);
                return;
            }
        };
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        let elsewhere = |piece: &u32| {
            download.have().contains(*piece) || download.asked.contains(*piece) || download.fetching.contains(*piece)
        };
        if lacking.iter().any(elsewhere) {
            // Somebody else was quicker: the promise is not needed.
            if let Some(peer) = self.peers.get_mut(id) {
                peer.on_abandoned(request);
            }
            self.send(id, &Frame::Cancel(request));
            return;
        }
        for piece in lacking {
            download.asked.add(piece);
        }
        self.replan = self.replan.max(Replan::Pull);
    }

    /// A piece came: who was promised it gets it.
    pub(super) fn keep_promises(&mut self, key: SegmentKey, piece: u32) {
        if self.serving.promises.is_empty() {
            return;
        }
        let replicas = self.transfers.get(&key).map_or(0, |download| download.replicas(piece));
        for due in self.serving.promises.on_piece(self.now, &key, piece) {
            self.serving.push(&due.peer, due.request, key, piece, replicas);
        }
        self.upload();
    }
}
