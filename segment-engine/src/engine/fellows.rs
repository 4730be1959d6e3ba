//! Fellows: linked seeders of one key, which share what they fetch; see `turns`. Each proves to the others that it has the
//! key, by a signature that holds on their link alone; see `proof`. They find each other by signaling where they are few,
//! else over viewers that both feed, and have places beyond the links that viewers may fill.

use std::time::Duration;

use super::digests::Check;
use super::{Engine, Replan};
use crate::id::{CheckId, PeerId};
use crate::input::{Fingerprint, Signature};
use crate::integrity::{End, SignedBatch, proof_of};
use crate::output::{DisconnectReason, Event, Output, Route};
use crate::peer::Peer;
use crate::time::Timestamp;
use crate::vecmap::VecMap;
use crate::wire::PeerRole;

/// How many links a seeder takes beyond its maximum, for fellows that come after viewers have filled it; and how long
/// each has to prove that it is one.
const PLACES: usize = 8;
const PROOF_TIME: Duration = Duration::from_secs(5);

/// With fewer fellows than this, neighbours of neighbours that may be seeders are linked to, one at a time.
const ENOUGH: usize = 8;
const SEEK_EVERY: Duration = Duration::from_secs(10);

/// What a seeder knows of its fellows.
#[derive(Debug, Default)]
pub(super) struct Fellows {
    bonds: VecMap<PeerId, Bond>,
    seek_at: Timestamp,
}

/// The certificates of a link, and what was proven with them.
#[derive(Debug)]
struct Bond {
    own: Fingerprint,
    theirs: Fingerprint,
    proof: Proof,
}

/// How far the other end has proven to be a seeder of this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// It has sent no proof.
    Unsaid,
    /// Its proof is being checked.
    Checked(CheckId),
    /// It is a seeder of this key.
    Holds,
    /// It is not.
    Fails,
}

impl Engine {
    /// A link's certificates are known: each end can prove on it who it is.
    pub(super) fn on_certificates(&mut self, id: PeerId, own: Fingerprint, theirs: Fingerprint) {
        let is_here = self.peers.contains_key(&id);
        if let Some(seeding) = self.seeding.as_mut().filter(|_| is_here) {
            let proof = Proof::Unsaid;
            seeding.fellows.bonds.insert(id, Bond { own, theirs, proof });
        }
    }

    fn bond(&self, id: &PeerId) -> Option<&Bond> {
        self.seeding.as_ref()?.fellows.bonds.get(id)
    }

    /// The two ends as a proof names them: the one this seeder signs, and the peer's.
    fn ends(&self, id: &PeerId) -> Option<(End, End)> {
        let bond = self.bond(id)?;
        let peer = self.peers.get(id)?;
        let end = |certificate, member| End { certificate, member };
        let (own, theirs) = (end(bond.own, self.member), end(bond.theirs, peer.member()));
        (peer.role() == Some(PeerRole::Seeder)).then_some((own, theirs))
    }

    /// Proves to a seeder that shook hands that this one has the same key.
    pub(super) fn prove_to(&mut self, id: &PeerId) {
        let Some((own, theirs)) = self.ends(id).filter(|_| self.trust_needs_records()) else {
            return;
        };
        let message = proof_of(&self.config.swarm, own, theirs);
        self.sign(message, Check::OwnProof(id.clone()));
    }

    /// A peer claims to be a seeder of this key. It may do so once.
    pub(super) fn on_proof(&mut self, id: &PeerId, signature: Signature) {
        let (Some((own, theirs)), Some(key)) = (self.ends(id), self.config.trust.key()) else {
            return;
        };
        if self.bond(id).is_some_and(|bond| bond.proof != Proof::Unsaid) {
            self.on_violation(id);
            return;
        }
        let message = proof_of(&self.config.swarm, theirs, own);
        let signed = SignedBatch { message, signature };
        let check = self.ask_signature(key, signed, Check::Proof(id.clone()));
        self.set_proof(id, Proof::Checked(check));
    }

    pub(super) fn on_proof_checked(&mut self, id: PeerId, check: CheckId, valid: bool) {
        // Nothing of an earlier link under that name counts.
        if self
            .bond(&id)
            .is_none_or(|bond| bond.proof != Proof::Checked(check))
        {
            return;
        }
        self.set_proof(&id, if valid { Proof::Holds } else { Proof::Fails });
        if valid {
            self.emit(Event::FellowJoined { peer: id });
            self.replan(Replan::Window);
        }
    }

    fn set_proof(&mut self, id: &PeerId, proof: Proof) {
        let bonds = self.seeding.as_mut().map(|seeding| &mut seeding.fellows.bonds);
        if let Some(bond) = bonds.and_then(|bonds| bonds.get_mut(id)) {
            bond.proof = proof;
        }
    }

    /// Whether a peer is proven to be a seeder of this one's key.
    pub(super) fn is_fellow(&self, id: &PeerId) -> bool {
        self.bond(id).is_some_and(|bond| bond.proof == Proof::Holds)
    }

    /// Whether pieces and leaves are asked of a peer: a seeder asks only its fellows. What viewers have is for
    /// viewers, and none of them can hold a seeder up.
    pub(super) fn takes_from(&self, id: &PeerId) -> bool {
        self.seeding.is_none() || self.is_fellow(id)
    }

    /// A link is gone: forgets what was proven on it, and what its peer was allowed.
    pub(super) fn on_fellow_gone(&mut self, id: &PeerId) {
        if let Some(seeding) = &mut self.seeding {
            seeding.fellows.bonds.remove(id);
            seeding.wishes.on_left(id);
            self.on_turns_left(id);
        }
    }

    /// Whether one more link than the maximum may be made, in case it is a fellow's.
    pub(super) fn has_place_for_a_fellow(&self) -> bool {
        let over = self.swarm.links_over();
        self.seeding.is_some() && over.is_none_or(|over| over < PLACES)
    }

    /// Whether a peer of this role holds a place kept for fellows.
    pub(super) fn is_in_place_of_a_fellow(&self, role: PeerRole) -> bool {
        let is_over = self.swarm.links_over().is_some_and(|over| over > 0);
        self.seeding.is_some() && is_over && role == PeerRole::Viewer
    }

    /// Looks for fellows, and drops peers that hold their places without being one.
    pub(super) fn tend_fellows(&mut self) {
        let now = self.now;
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let bonds = &seeding.fellows.bonds;
        let known = bonds.values().filter(|bond| bond.proof == Proof::Holds).count();
        if known < ENOUGH && now >= seeding.fellows.seek_at {
            seeding.fellows.seek_at = now + SEEK_EVERY;
            if let Some(peer) = self.swarm.seek_seeder(now) {
                let route = Route::Neighbours;
                self.outputs.push_back(Output::Connect { peer, route });
            }
        }
        let over = self.swarm.links_over().unwrap_or(0);
        let is_none = |(id, peer): &(&PeerId, &Peer)| {
            let since = self.swarm.standing(id).map_or(now, |(_, since, _)| since);
            let is_due = now.since(since) >= PROOF_TIME;
            peer.role() == Some(PeerRole::Seeder) && is_due && !self.is_fellow(id)
        };
        let pretenders = self.peers.iter().filter(is_none).take(over);
        for id in pretenders.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.drop_peer(&id, DisconnectReason::Full);
        }
    }
}

#[cfg(test)]
mod tests;
