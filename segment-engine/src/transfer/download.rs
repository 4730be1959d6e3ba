//! One segment on its way: its pieces as they come from peers and over HTTP, each checked as far as can be.
//!
//! A piece from a peer is taken only if it matches the segment's verified leaves (or the whole swarm is trusted); a
//! piece from this engine's own HTTP request is right by definition. If the two disagree, the segment is in dispute:
//! what peers sent is dropped, and all of it comes over HTTP.

mod asks;
mod basis;
mod credits;
mod fetches;
mod holders;

use std::sync::Arc;
use std::time::Duration;

use self::asks::Asks;
use self::basis::Basis;
use self::credits::Credits;
use self::fetches::Fetches;
use self::holders::Holders;
use crate::bits::Bits;
use crate::claims::Stripes;
use crate::id::{PeerId, SegmentKey, Slot};
use crate::integrity::Record;
use crate::piece::{Body, Digest, Piece};
use crate::stats::{PeerShare, SourceBytes};
use crate::time::Timestamp;
use crate::timeline::Segment;
use crate::vecmap::{VecMap, VecSet};
use crate::wire::{PIECE, PeerRole, piece_count};

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is kept.
    New,
    /// It was there already, or cannot be placed.
    Known,
    /// It is not the segment's: whoever sent it altered it.
    Wrong,
}

/// A segment on its way.
#[derive(Debug)]
pub(crate) struct Download {
    segment: Segment,
    record: Option<Record>,
    size: Option<u64>,
    basis: Basis,
    pieces: Vec<Option<Piece>>,
    have: Bits,
    from_http: Bits,
    /// Asked of peers and not come yet.
    pub(crate) asks: Asks,
    /// Pieces on their way over HTTP.
    pub(crate) fetching: Fetches,
    holders: Holders,
    /// The neighbours that can send the leaf layer.
    pub(crate) layer_holders: VecSet<Slot>,
    /// The stripes, and who fetches them from the origin.
    pub(crate) stripes: Stripes,
    deadline: Timestamp,
    /// When the first byte was asked for.
    pub(crate) started: Timestamp,
    credits: Credits,
    /// Leaves that neighbours gave, where nobody signs.
    pub(crate) layers: VecMap<Slot, Arc<[Digest]>>,
    /// The neighbours that gave the leaves that count, if nobody signs them.
    pub(crate) vouchers: Vec<PeerId>,
    /// Whether the origin was asked because peers were slow.
    pub(crate) rescued: bool,
    /// How many times the origin failed at it.
    pub(crate) failures: u32,
    /// Whether parts of it are not to be had: all of it is asked for.
    pub(crate) in_one: bool,
    /// How many pieces had come when it last failed.
    pub(crate) had_at_failure: Option<u32>,
    /// The SHA-224 of its bytes, if nothing else vouches for it.
    pub(crate) digest: Option<Digest>,
}

impl Download {
    /// A download of which nothing has come yet, with that many stripes.
    pub(crate) fn new(segment: Segment, stripes: u32, now: Timestamp, deadline: Timestamp) -> Self {
        Self {
            segment,
            record: None,
            size: None,
            basis: Basis::None,
            pieces: Vec::new(),
            have: Bits::default(),
            from_http: Bits::default(),
            asks: Asks::default(),
            fetching: Fetches::default(),
            holders: Holders::default(),
            layer_holders: VecSet::default(),
            stripes: Stripes::new(stripes),
            deadline,
            started: now,
            credits: Credits::default(),
            layers: VecMap::default(),
            vouchers: Vec::new(),
            rescued: false,
            failures: 0,
            in_one: false,
            had_at_failure: None,
            digest: None,
        }
    }

    /// Whether nothing of it counts before all of it was hashed: its leaves are only the word of some neighbours, its
    /// [`vouchers`](Self::vouchers).
    pub(crate) fn is_unproven(&self) -> bool {
        cfg!(feature = "resources") && self.digest.is_some()
    }

    /// Its name among peers.
    pub(crate) fn key(&self) -> SegmentKey {
        self.segment.key
    }

    /// Its place on the timeline.
    pub(crate) fn segment(&self) -> &Segment {
        &self.segment
    }

    /// When the player needs it.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// Sets when the player needs it.
    pub(crate) fn set_deadline(&mut self, deadline: Timestamp) {
        self.deadline = deadline;
    }

    /// How long the player can still do without it.
    pub(crate) fn slack(&self, now: Timestamp) -> Duration {
        self.deadline.since(now)
    }

    /// The record that vouches for it.
    pub(crate) fn record(&self) -> Option<Record> {
        self.record
    }

    /// Its size in bytes, once known.
    pub(crate) fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many pieces it has; 0 while its size is unknown.
    pub(crate) fn piece_count(&self) -> u32 {
        self.have.len()
    }

    /// How many bytes a piece of it has.
    pub(crate) fn piece_len(&self, piece: u32) -> usize {
        let start = u64::from(piece) * PIECE as u64;
        let rest = self.size.unwrap_or(0).saturating_sub(start);
        usize::try_from(rest).unwrap_or(usize::MAX).min(PIECE)
    }

    /// Learns its size, and the record that vouches for it. If they differ from what is known the segment is in
    /// dispute: peers may hold, and have sent, either of the two.
    pub(crate) fn on_size(&mut self, size: u64, record: Option<Record>) {
        if let Some(known) = self.size {
            let record = record.or(self.record);
            let another = self.record.is_some() && self.record != record;
            if known != size || another {
                self.dispute();
                return;
            }
            self.record = record;
            return;
        }
        let count = piece_count(size);
        self.size = Some(size);
        self.record = record;
        self.pieces = vec![None; count as usize];
        self.have = Bits::none(count);
        self.from_http = Bits::none(count);
        self.asks = Asks::none(count);
        self.fetching = Fetches::none(count);
        self.holders = Holders::none(count);
    }

    /// Accepts the swarm's bytes as they are.
    pub(crate) fn trust(&mut self) {
        if self.basis == Basis::None {
            self.basis = Basis::Open;
        }
    }

    /// Takes in verified leaves. What came over HTTP before is compared with them; false if it differs.
    pub(crate) fn on_leaves(&mut self, leaves: Arc<[Digest]>) -> bool {
        if self.basis != Basis::None || leaves.len() != self.pieces.len() {
            return self.basis != Basis::Disputed;
        }
        let right = self.bears_out(&leaves);
        self.basis = Basis::Leaves(leaves);
        if !right {
            self.dispute();
        }
        right
    }

    /// Whether the leaves match all pieces that are held.
    pub(crate) fn bears_out(&self, leaves: &[Digest]) -> bool {
        let mut held = self.pieces.iter().zip(leaves);
        held.all(|(piece, leaf)| piece.as_ref().is_none_or(|piece| piece.leaf() == *leaf))
    }

    /// The verified leaves.
    pub(crate) fn leaves(&self) -> Option<&Arc<[Digest]>> {
        self.basis.leaves()
    }

    /// Whether pieces of peers can be accepted.
    pub(crate) fn is_open_to_peers(&self) -> bool {
        self.basis.is_open()
    }

    /// Whether pieces that are held may be passed on.
    pub(crate) fn is_relayable(&self) -> bool {
        self.is_open_to_peers() && !self.is_unproven()
    }

    /// Whether the origin's bytes differ from the swarm's.
    pub(crate) fn is_disputed(&self) -> bool {
        self.basis == Basis::Disputed
    }

    /// Drops what peers sent: this origin's bytes are not the swarm's.
    pub(crate) fn dispute(&mut self) {
        self.drop_received();
        self.basis = Basis::Disputed;
    }

    /// Drops what peers sent, and the record that vouched for it: it counts no longer, and another may come, of another size
    /// where only that record told of it.
    pub(crate) fn disown(&mut self) {
        self.drop_received();
        self.basis = Basis::None;
        if self.have.is_empty() && self.fetching.pieces().is_empty() {
            self.size = None;
            self.pieces.clear();
            (self.have, self.from_http) = (Bits::default(), Bits::default());
            self.asks = Asks::default();
            self.fetching = Fetches::default();
            self.holders = Holders::default();
        }
    }

    fn drop_received(&mut self) {
        self.record = None;
        for index in self.have.minus(&self.from_http).iter() {
            self.pieces[index as usize] = None;
        }
        self.have = self.from_http.clone();
        self.asks = Asks::none(self.have.len());
        let kept = self.pieces.iter().flatten();
        self.credits = Credits::of_origin(kept.map(|piece| piece.len() as u64).sum());
    }

    /// Takes in a piece that this engine fetched over HTTP itself.
    pub(crate) fn add_fetched(&mut self, index: u32, piece: &Piece) -> Added {
        self.fetching.end(index);
        if index >= self.piece_count() || piece.len() != self.piece_len(index) {
            return Added::Known;
        }
        let vouched = match self.leaves() {
            Some(leaves) => Some(leaves[index as usize]),
            None if self.from_http.contains(index) => None,
            None => self.piece(index).map(Piece::leaf),
        };
        let wrong = vouched.is_some_and(|leaf| leaf != piece.leaf());
        if wrong {
            self.dispute();
        }
        if self.have.contains(index) {
            return if wrong { Added::Wrong } else { Added::Known };
        }
        self.from_http.add(index);
        self.credits.on_fetched(piece.len() as u64);
        self.put(index, piece);
        if wrong { Added::Wrong } else { Added::New }
    }

    /// Takes a piece in that a peer sent, and counts it as that peer's where it is new.
    pub(crate) fn add_received(
        &mut self,
        index: u32,
        piece: &Piece,
        from: &PeerId,
        role: Option<PeerRole>,
    ) -> Added {
        if self.size.is_none() {
            // It was asked for by an earlier download of the segment.
            return Added::Known;
        }
        if index >= self.piece_count() {
            return Added::Wrong;
        }
        let is_of_leaf = match &self.basis {
            Basis::Leaves(leaves) => leaves[index as usize] == piece.leaf(),
            Basis::Open => true,
            Basis::None | Basis::Disputed => return Added::Known,
        };
        // Leaves that nobody signed may belong to a body that was cut differently.
        if !is_of_leaf || piece.len() != self.piece_len(index) {
            return Added::Wrong;
        }
        if self.have.contains(index) {
            return Added::Known;
        }
        self.credits.on_received(from, role, piece.len() as u64);
        self.put(index, piece);
        Added::New
    }

    fn put(&mut self, index: u32, piece: &Piece) {
        self.have.add(index);
        self.asks.on_come(index);
        self.pieces[index as usize] = Some(piece.clone());
    }

    /// A piece that is held.
    pub(crate) fn piece(&self, index: u32) -> Option<&Piece> {
        self.pieces.get(index as usize)?.as_ref()
    }

    /// The pieces that are held.
    pub(crate) fn have(&self) -> &Bits {
        &self.have
    }

    /// Whether all of it has come.
    pub(crate) fn is_complete(&self) -> bool {
        self.size.is_some() && self.have.is_full()
    }

    /// The whole segment, once it is complete.
    pub(crate) fn body(&self) -> Option<Body> {
        let pieces: Option<Vec<Piece>> = self.pieces.iter().cloned().collect();
        pieces.filter(|pieces| !pieces.is_empty()).map(Body::new)
    }

    /// The pieces that are neither held nor asked for nor on their way.
    pub(crate) fn missing(&self) -> Bits {
        let mut missing = Bits::all(self.have.len());
        missing.subtract(&self.have);
        missing.subtract(self.asks.pieces());
        self.fetching.subtract_expected(&mut missing);
        missing
    }

    /// Whether a piece is held, or on its way over HTTP in good time.
    pub(crate) fn is_expected(&self, index: u32) -> bool {
        self.have.contains(index) || self.fetching.expects(index)
    }

    /// The pieces that have not come.
    pub(crate) fn lacking(&self) -> Bits {
        Bits::all(self.have.len()).minus(&self.have)
    }

    /// How many bytes have not come.
    pub(crate) fn bytes_lacking(&self) -> u64 {
        self.size.unwrap_or(0).saturating_sub(self.sources().total())
    }

    /// Bytes kept, by source.
    pub(crate) fn sources(&self) -> SourceBytes {
        self.credits.sources()
    }

    /// Bytes kept, by the peer that sent them.
    pub(crate) fn shares(&self) -> Vec<PeerShare> {
        self.credits.shares()
    }

    /// Notes pieces that a neighbour holds; returns those that it was not known to hold.
    pub(crate) fn on_held(&mut self, slot: Slot, holds: &Bits) -> Bits {
        self.holders.on_held(slot, holds)
    }

    /// Forgets what a neighbour holds.
    pub(crate) fn on_gone(&mut self, slot: Slot) {
        self.layer_holders.remove(&slot);
        self.layers.remove(&slot);
        self.holders.on_gone(slot);
    }

    /// What each neighbour holds of it.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (Slot, &Bits)> {
        self.holders.iter()
    }

    /// What a neighbour holds of it. For an unproven file only those that gave its leaves count: others may hold
    /// another file.
    pub(crate) fn holder(&self, slot: Slot) -> Option<&Bits> {
        if self.is_unproven() && self.layers.get(&slot) != self.leaves() {
            return None;
        }
        self.holders.get(slot)
    }

    /// How many of its pieces came from peers.
    #[cfg(feature = "resources")]
    pub(crate) fn received(&self) -> u32 {
        self.have.minus(&self.from_http).count()
    }

    /// How many neighbours hold a piece; 255 for more.
    pub(crate) fn replicas(&self, piece: u32) -> u8 {
        self.holders.replicas(piece)
    }
}

#[cfg(test)]
mod tests;
