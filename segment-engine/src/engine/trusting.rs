//! Which bytes of peers count, by the mode of trust: what is signed, what a quorum says, or all.

use std::sync::Arc;
use std::time::Duration;

use super::wanting::CLAIM_LEAD;
use super::{Engine, Replan};
use crate::config::Trust;
use crate::id::{PeerId, SegmentKey};
use crate::integrity::Record;
use crate::output::{DisconnectReason, Event};
use crate::peer::{Outstanding, Peer, Wanted};
use crate::piece::Digest;
use crate::transfer::Download;
use crate::vecmap::VecMap;
use crate::wire::Frame;

/// How many neighbours must give the same leaves before they count, if nobody signs.
const QUORUM: usize = 2;

/// How long before another neighbour is asked for the same leaves: they are few, and nothing goes on without them.
pub(super) const LAYER_PATIENCE: Duration = Duration::from_millis(300);

/// How long after a segment should be available its leaves may still come from a neighbour that was asked for them in
/// advance.
const SUBSCRIPTION: Duration = Duration::from_secs(2);

impl Engine {
    /// Whether anything from peers can count.
    pub(super) fn trusts_peers(&self) -> bool {
        match self.config.trust {
            Trust::Signed(_) | Trust::Open => true,
            Trust::Quorum { .. } => !self.quorum_broken,
        }
    }

    /// Whether a segment needs a signed record to be shared: not if the page itself gave its digest.
    pub(super) fn needs_record(&self, key: &SegmentKey) -> bool {
        self.trust_needs_records() && !self.is_by_digest(key)
    }

    /// No file is known by its digest alone in this build.
    #[cfg(not(feature = "resources"))]
    #[expect(clippy::unused_self, reason = "as where there are some")]
    pub(super) fn is_by_digest(&self, _: &SegmentKey) -> bool {
        false
    }

    /// Whether segments need a signed record to be shared.
    pub(super) fn trust_needs_records(&self) -> bool {
        match self.config.trust {
            Trust::Signed(_) => true,
            Trust::Quorum { .. } | Trust::Open => false,
        }
    }

    /// A segment's record is known: its pieces have their places, and its stripes their volunteers.
    pub(super) fn on_record_known(&mut self, key: SegmentKey, record: Record) {
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        if self.disputed.contains(&key) {
            download.dispute();
            return;
        }
        let sized = download.size().is_some();
        download.on_size(record.size, Some(record));
        if download.is_disputed() {
            self.on_dispute(key);
            return;
        }
        if !sized {
            self.on_sized(key);
        }
    }

    /// Notes that the first peer to tell of a segment's record has its leaves, or gets them soon: they are asked of it at
    /// once, and so travel as fast as the record does.
    pub(super) fn expect_layer(&mut self, key: SegmentKey, from: Option<&PeerId>) {
        let now = self.now;
        let peer = from.and_then(|id| self.peers.get_mut(id));
        if let (Some(peer), Some(download)) = (peer, self.transfers.get_mut(&key)) {
            download.layer_holders.insert(peer.slot());
            peer.on_layer_due(&key, now);
        }
    }

    /// Asks for the leaves of a segment that is yet to come, of the neighbour that was first with the last record: it
    /// gets them among the first, and sends them on as they come.
    pub(super) fn subscribe_to_layer(&mut self, key: SegmentKey) {
        let Some(id) = self.feeder.clone() else {
            return;
        };
        let until = self.now + CLAIM_LEAD + SUBSCRIPTION;
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let request = peer.on_reserved(key, Wanted::Layer(Vec::new()), until);
        self.send(&id, &Frame::WantLeaves { request, key });
        self.watch(&id);
    }

    /// The record has come: leaves that came before it can be checked; the peer that told of it has them, or gets
    /// them soon.
    fn settle_layers(&mut self, key: SegmentKey) {
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let count = download.piece_count() as usize;
        let mut whole = Vec::new();
        for (id, peer) in self.peers.iter() {
            for (request, asked) in peer.requests() {
                if asked.key == key && matches!(&asked.wanted, Wanted::Layer(layer) if layer.len() == count) {
                    whole.push((id.clone(), request, asked.wanted.clone()));
                }
            }
        }
        for (id, request, wanted) in whole {
            if let (Wanted::Layer(layer), Some(peer)) = (wanted, self.peers.get_mut(&id)) {
                peer.on_answered(request, self.now);
                self.on_layer(&id, key, layer);
            }
        }
    }

    /// Adopts a segment's size if nobody signs: the origin's, or else one that a quorum of neighbours give, as a
    /// single one could cut it short. In `Open` one neighbour is enough.
    pub(super) fn adopt_unsigned(&mut self, key: SegmentKey) {
        #[cfg(feature = "resources")]
        if self.is_by_digest(&key) {
            return self.adopt_by_digest(key);
        }
        let (quorum, open) = match self.config.trust {
            Trust::Signed(_) => return,
            Trust::Quorum { .. } => (QUORUM, false),
            Trust::Open => (1, true),
        };
        let origins = self.transfers.size_at_origin(&key);
        if self.quorum_broken || !self.awaits_size(&key) {
            return;
        }
        let mut votes: VecMap<u64, usize> = VecMap::default();
        for holding in self.peers.values().filter_map(|peer| peer.held.of(&key)) {
            *votes.get_or_insert_with(holding.size, || 0) += 1;
        }
        let most = votes.iter().max_by_key(|(size, votes)| (**votes, **size));
        let said = most.and_then(|(size, votes)| (*votes >= quorum).then_some(*size));
        let Some(size) = origins.filter(|_| most.is_some()).or(said) else {
            self.arm_stripes(key);
            return;
        };
        if let Some(download) = self.transfers.get_mut(&key) {
            download.on_size(size, None);
            if open {
                download.trust();
            }
        }
        self.on_sized(key);
    }

    /// Whether a segment's size is still to come from peers: not if this origin's differs from theirs.
    pub(super) fn awaits_size(&mut self, key: &SegmentKey) -> bool {
        let disputed = self.disputed.contains(key);
        let Some(download) = self.transfers.get_mut(key) else {
            return false;
        };
        if disputed {
            download.dispute();
        }
        !disputed && download.size().is_none()
    }

    pub(super) fn on_sized(&mut self, key: SegmentKey) {
        if let Some(download) = self.transfers.get_mut(&key) {
            // It may have been set up before the segment was available.
            download.started = self.now;
        }
        self.fill_holders(key);
        self.place_early_pieces(&key);
        if self.transfers.get(&key).and_then(Download::size).is_none() {
            // What had come of it already shows another size.
            return;
        }
        self.settle_layers(key);
        self.on_stripes_sized(key);
        self.check_rescue(key);
        self.replan(Replan::Pull);
    }

    /// Whether a segment's leaves have to be asked for now.
    pub(super) fn wants_layer(&self, download: &Download) -> bool {
        let key = download.key();
        let needed = match self.config.trust {
            Trust::Signed(_) => usize::from(download.record().is_some()),
            Trust::Quorum { .. } => QUORUM * usize::from(download.size().is_some() && !self.quorum_broken),
            Trust::Open => 0,
        };
        let given = most_alike(download);
        #[cfg(feature = "resources")]
        let (needed, given) = if download.is_unproven() {
            Self::layers_by_digest(download)
        } else {
            (needed, given)
        };
        let open = download.is_open_to_peers() && !download.is_unproven();
        if needed == 0 || open || download.is_disputed() {
            return false;
        }
        let asked = |peer: &&Peer| {
            let mut requests = peer.requests();
            let fresh = |asked: &Outstanding| asked.at + LAYER_PATIENCE > self.now;
            requests.any(|(_, asked)| {
                asked.key == key && matches!(asked.wanted, Wanted::Layer(_)) && fresh(asked)
            })
        };
        self.peers.values().filter(asked).count() + given < needed
    }

    /// The neighbours that could be asked for a segment's leaves and have not been yet.
    pub(super) fn layer_holders(&self, key: &SegmentKey) -> Vec<PeerId> {
        let Some(download) = self.transfers.get(key) else {
            return Vec::new();
        };
        let holds = |peer: &Peer| {
            let slot = peer.slot();
            let mut requests = peer.requests();
            let asked =
                requests.any(|(_, asked)| asked.key == *key && matches!(asked.wanted, Wanted::Layer(_)));
            download.layer_holders.contains(&slot) && !download.layers.contains_key(&slot) && !asked
        };
        let holders = self
            .peers
            .iter()
            .filter(|(id, peer)| holds(peer) && self.takes_from(id));
        holders.map(|(id, _)| id.clone()).collect()
    }

    /// Takes in leaves that nobody signed: they count once another neighbour gives the same. A peer whose leaves
    /// differ from those, or from what came from the origin, lies.
    pub(super) fn on_unsigned_layer(&mut self, id: &PeerId, key: SegmentKey, layer: Vec<Digest>) {
        let Some(slot) = self.peers.get(id).map(Peer::slot) else {
            return;
        };
        let Some(download) = self
            .transfers
            .get_mut(&key)
            .filter(|download| !download.is_disputed())
        else {
            return;
        };
        let layer: Arc<[Digest]> = layer.into();
        let known = download.leaves().cloned();
        if known.as_ref().is_some_and(|known| *known != layer) || !download.bears_out(&layer) {
            self.on_corrupt(id, key, 0);
            return;
        }
        self.replan = self.replan.max(Replan::Pull);
        if known.is_some() {
            download.vouchers.push(id.clone());
            return;
        }
        download.layers.insert(slot, layer.clone());
        let (mut alike, mut others) = (Vec::new(), Vec::new());
        for (id, peer) in self.peers.iter() {
            match download.layers.get(&peer.slot()) {
                Some(given) if *given == layer => alike.push(id.clone()),
                Some(_) => others.push(id.clone()),
                None => {}
            }
        }
        if alike.len() < QUORUM {
            return;
        }
        download.vouchers = alike;
        self.audit_later(key, &layer);
        self.use_layer(key, layer);
        for liar in others {
            self.on_corrupt(&liar, key, 0);
        }
    }

    /// A piece has come from the origin: whoever gave another leaf for it lies.
    pub(super) fn check_layers(&mut self, key: SegmentKey, piece: u32, leaf: Digest) {
        // For a file known by its digest, the origin may be the one that has another file.
        let Some(download) = self
            .transfers
            .get(&key)
            .filter(|download| !download.is_unproven())
        else {
            return;
        };
        let lies = |layer: &Arc<[Digest]>| layer.get(piece as usize) != Some(&leaf);
        let given = download.layers.iter().filter(|(_, layer)| lies(layer));
        let liars: Vec<_> = given.filter_map(|(slot, _)| self.peer_at(*slot)).collect();
        for liar in liars {
            self.on_corrupt(&liar, key, piece);
        }
    }

    /// What this engine fetched of a segment is not what the swarm has. If nobody signs, those who vouched for it lie
    /// alike.
    pub(super) fn on_origin_differs(&mut self, key: SegmentKey, vouchers: &[PeerId]) {
        if vouchers.is_empty() || self.quorum_broken || self.is_by_digest(&key) {
            self.on_dispute(key);
        } else {
            self.on_quorum_broken(key, vouchers);
        }
    }

    /// Several peers lie alike: nothing unsigned is taken from peers any more in this session, and what was taken is
    /// forgotten.
    pub(super) fn on_quorum_broken(&mut self, key: SegmentKey, vouchers: &[PeerId]) {
        for id in vouchers {
            self.drop_peer(id, DisconnectReason::Corrupt);
        }
        if std::mem::replace(&mut self.quorum_broken, true) {
            return;
        }
        self.emit(Event::QuorumBroken { key });
        let unsigned = self.transfers.iter().filter(|download| !download.is_unproven());
        let keys: Vec<_> = unsigned.map(Download::key).collect();
        for key in keys {
            if let Some(download) = self.transfers.get_mut(&key) {
                download.dispute();
            }
            self.on_dispute(key);
        }
        // What was hashed as a whole is nobody's mere word.
        for key in self.store.received() {
            if !self.is_by_digest(&key) {
                self.store.remove(&key);
                self.withdraw(key);
            }
        }
        self.replan(Replan::Window);
    }
}

/// The largest number of neighbours that gave the same leaves of a segment.
fn most_alike(download: &Download) -> usize {
    let given = || download.layers.values();
    let alike = given().map(|layer| given().filter(|other| *other == layer).count());
    alike.max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
