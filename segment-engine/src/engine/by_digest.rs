//! Files that a page knows by their digests alone: what peers send of one counts once all of it was hashed.
//!
//! Size and leaves are only a neighbour's word. Pieces are compared with them, and taken only from neighbours that
//! gave the same leaves: whoever sends a piece that does not match lies, and all of them do if the whole file does
//! not have its digest. Until it is proven, nothing of it is offered, kept or handed over.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{Engine, Replan};
use crate::error::InputError;
use crate::id::{PeerId, SegmentKey, TrackKey};
use crate::input::FileDemand;
use crate::integrity::Record;
use crate::manifest::files;
use crate::output::DeclineReason;
use crate::peer::Peer;
use crate::piece::{Body, Digest, MAX_SEGMENT, Piece};
use crate::timeline::Segment;
use crate::transfer::Download;
use crate::vecmap::VecMap;

/// The most neighbours that are asked for a file's leaves, and so the most that send it: four links fill most downlinks.
const SOURCES: usize = 4;

/// The most bytes of unproven files that may be on their way from peers, by the sizes that those give. Whatever
/// exceeds it comes from the server.
const MAX_UNPROVEN: u64 = 2 * MAX_SEGMENT;

impl Engine {
    pub(super) fn on_file_demand(&mut self, demand: &FileDemand) -> Result<(), InputError> {
        self.note_demand(demand.id)?;
        let named = self.named(demand);
        self.answer(demand.id, named);
        Ok(())
    }

    fn named(&mut self, demand: &FileDemand) -> Result<Segment, DeclineReason> {
        let FileDemand { url, sha224, .. } = demand;
        let track = files::track_by_digest(url, sha224).ok_or(DeclineReason::Unknown)?;
        let key = files::key_by_digest(sha224);
        let (store, transfers) = (&self.store, &self.transfers);
        let is_idle = |track: TrackKey| {
            let key = SegmentKey { track, ..key };
            !store.contains(&key) && !transfers.contains(&key)
        };
        if !self.timeline.name(track, *sha224, is_idle) {
            return Err(DeclineReason::Busy);
        }
        Ok(self.segment(&key))
    }

    /// A neighbour has left: a file that it alone held is no longer waited for. Files that are played have a deadline
    /// of their own.
    pub(super) fn check_files(&mut self) {
        let demanded: Vec<SegmentKey> = self.demands.keys().collect();
        for key in demanded {
            let download = self.transfers.get(&key);
            if download.is_some_and(|download| download.segment().is_timeless()) {
                self.check_rescue(key);
            }
        }
    }

    /// Whether a segment is a file that is known by its digest alone.
    pub(super) fn is_by_digest(&self, key: &SegmentKey) -> bool {
        self.timeline.digest(key.track).is_some()
    }

    /// Adopts a file's size: its server's, or else the one that most holders give; of two equally frequent sizes the
    /// lesser, which is found out sooner if it is a lie.
    pub(super) fn adopt_by_digest(&mut self, key: SegmentKey) {
        let origins = self.transfers.size_at_origin(&key);
        let under_way = self.transfers.iter().filter(|other| other.is_unproven());
        let unproven: u64 = under_way.filter_map(Download::size).sum();
        if !self.awaits_size(&key) {
            return;
        }
        let mut votes: VecMap<u64, usize> = VecMap::default();
        for holding in self.peers.values().filter_map(|peer| peer.held.of(&key)) {
            if origins.is_none_or(|size| size == holding.size) && unproven + holding.size <= MAX_UNPROVEN {
                *votes.get_or_insert_with(holding.size, || 0) += 1;
            }
        }
        let most = votes
            .iter()
            .max_by_key(|(size, votes)| (**votes, Reverse(**size)));
        let Some(size) = most.map(|(size, _)| *size) else {
            self.arm_stripes(key);
            return;
        };
        if let Some(download) = self.transfers.get_mut(&key) {
            download.on_size(size, None);
        }
        self.on_sized(key);
    }

    /// How many neighbours should give a file's leaves, and how many have.
    pub(super) fn layers_by_digest(download: &Download) -> (usize, usize) {
        (
            SOURCES * usize::from(download.size().is_some()),
            download.layers.len(),
        )
    }

    /// Takes a neighbour's leaves of a file: the first that come count until the whole file proves or refutes them.
    pub(super) fn on_layer_by_digest(&mut self, id: &PeerId, key: SegmentKey, layer: Vec<Digest>) {
        let slot = self.peers.get(id).map(Peer::slot);
        let download = self.transfers.get_mut(&key);
        let (Some(slot), Some(download)) = (slot, download.filter(|download| !download.is_disputed())) else {
            return;
        };
        let layer: Arc<[Digest]> = layer.into();
        download.layers.insert(slot, layer.clone());
        match download.leaves() {
            Some(known) if *known == layer => download.vouchers.push(id.clone()),
            Some(_) => {}
            None => {
                download.vouchers = vec![id.clone()];
                self.use_layer(key, layer);
            }
        }
        self.replan(Replan::Pull);
    }

    /// A file is complete: checks its digest. If it fails, all who gave its leaves lied, and it comes from its
    /// server; if all of it came from the server, that has another file, and the page is left to its own request.
    pub(super) fn prove(&mut self, key: SegmentKey, body: &Body) -> bool {
        let Some(download) = self.transfers.get_mut(&key) else {
            return false;
        };
        let parts: Vec<&[u8]> = body.pieces().iter().map(Piece::bytes).collect();
        let received = download.received();
        if download.digest == Some(Digest::of(&parts)) {
            self.stats.verified += u64::from(received);
            let made = self.unix();
            self.integrity.witness(key, Record::of(body), made);
            self.settle_dispute(&key);
            self.drop_those_of_others(key, body);
            return true;
        }
        let given = download.leaves().is_some();
        let vouchers = std::mem::take(&mut download.vouchers);
        self.abandon(&key);
        self.note_dispute(key);
        for liar in vouchers.iter().filter(|_| given) {
            self.on_corrupt(liar, key, 0);
        }
        if received == 0 {
            self.decline_all(&key, DeclineReason::Disagreement);
            self.serve_awaited(&key);
            return false;
        }
        let segment = self.segment(&key);
        self.start(segment);
        self.check_rescue(key);
        false
    }

    /// A file is proven: drops the peers that gave another size or other leaves, whoever sent its pieces.
    fn drop_those_of_others(&mut self, key: SegmentKey, body: &Body) {
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let (size, leaves) = (body.len(), body.leaves());
        let lies = |peer: &Peer| {
            let holding = peer.held.of(&key);
            let layer = download.layers.get(&peer.slot());
            holding.is_some_and(|holding| holding.size != size)
                || layer.is_some_and(|layer| layer[..] != leaves[..])
        };
        let liars = self.peers.iter().filter(|(_, peer)| lies(peer));
        let liars: Vec<PeerId> = liars.map(|(id, _)| id.clone()).collect();
        for liar in liars {
            self.on_corrupt(&liar, key, 0);
        }
    }
}

#[cfg(test)]
mod tests;
