//! Which digests are right: batches that peers hand on, their signatures, and a seeder's own.

use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Replan};
use crate::id::{CheckId, PeerId, SegmentKey};
use crate::input::Signature;
use crate::integrity::{Batch, BatchError, SignedBatch, Standing, read_batch};
#[cfg(feature = "resources")]
use crate::manifest::files::FileList;
use crate::output::{Event, Output, PublicKey};
use crate::peer::Note;
use crate::store::Stored;
use crate::timer::Timer;
#[cfg(feature = "seeder")]
use crate::wire::Frame;

/// With this many signatures being checked, of any kind, the next batch of a peer waits.
const MAX_CHECKS: usize = 64;

/// The most batches that wait for their check; whatever peers send beyond that is dropped.
const MAX_UNCHECKED: usize = 4_096;

/// Why a question about a signature was asked.
#[derive(Debug)]
pub(super) enum Check {
    /// The batch that this peer sent is to be learned.
    Batch(PeerId),
    /// This seeder's own batch is to be sent out.
    #[cfg(feature = "seeder")]
    Own,
    /// A batch of a sidecar is to be learned.
    #[cfg(feature = "seeder")]
    Sidecar,
    /// A file list that came from this URL is to be used.
    #[cfg(feature = "resources")]
    Files(String, Box<FileList>),
    /// A batch that an earlier session kept is to be learned.
    #[cfg(feature = "shelf")]
    Shelved,
    /// This seeder is to prove itself to a peer.
    #[cfg(feature = "seeder")]
    OwnProof(PeerId),
    /// A peer proves itself a seeder with this engine's key.
    #[cfg(feature = "seeder")]
    Proof(PeerId),
}

/// A question about a signature.
#[derive(Debug)]
pub(super) struct Asked {
    of: Check,
    /// What is signed; of what this seeder has signed itself, without the signature.
    signed: SignedBatch,
    /// Which of the keys that count it was asked of.
    key: usize,
}

/// Where a batch comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum BatchSource<'a> {
    /// A peer.
    Peer(&'a PeerId),
    /// A peer of a seeder, which passes on what another key than the seeder's signed.
    #[cfg(feature = "seeder")]
    OfAnotherKey(&'a PeerId),
    /// This engine itself.
    #[cfg_attr(
        not(any(feature = "seeder", feature = "shelf")),
        expect(
            dead_code,
            reason = "only a seeder signs, and only a shelf is given what is known"
        )
    )]
    Own,
    /// A sidecar.
    #[cfg(feature = "seeder")]
    Sidecar,
    /// A list of files.
    #[cfg(feature = "resources")]
    Files,
    /// The shelf, which kept it from an earlier session.
    #[cfg(feature = "shelf")]
    Shelf,
}

impl<'a> BatchSource<'a> {
    fn peer(self) -> Option<&'a PeerId> {
        match self {
            Self::Peer(peer) => Some(peer),
            #[cfg(feature = "seeder")]
            Self::OfAnotherKey(peer) => Some(peer),
            Self::Own => None,
            #[cfg(feature = "seeder")]
            Self::Sidecar => None,
            #[cfg(feature = "resources")]
            Self::Files => None,
            #[cfg(feature = "shelf")]
            Self::Shelf => None,
        }
    }
}

impl Check {
    /// Whether a signature of any key that counts will do.
    const fn takes_any_key(&self) -> bool {
        match self {
            Self::Batch(_) => true,
            #[cfg(feature = "resources")]
            Self::Files(..) => true,
            #[cfg(feature = "shelf")]
            Self::Shelved => true,
            #[cfg(feature = "seeder")]
            Self::Sidecar | Self::Own | Self::OwnProof(_) | Self::Proof(_) => false,
        }
    }
}

impl Engine {
    pub(super) fn on_digests(&mut self, from: &PeerId, message: Vec<u8>, signature: Signature) {
        if let Some(peer) = self.peers.get_mut(from) {
            peer.channel.on_digests(&message);
        }
        if self.config.trust.key().is_none() || self.integrity.has_batch(&message) {
            return;
        }
        match read_batch(&message, &self.config.swarm) {
            // The peer that passes it on may have another clock.
            Ok(content) if self.integrity.is_outdated(&content, self.unix()) => return,
            Ok(_) => {}
            // A seeder may have gone over to one that this peer does not know yet.
            Err(BatchError::Algorithm) => return,
            Err(_) => {
                self.reject_digests(from);
                return;
            }
        }
        if self.unchecked.len() < MAX_UNCHECKED {
            self.unchecked
                .push_back((from.clone(), SignedBatch { message, signature }));
            self.check_next();
        }
    }

    /// Has the next waiting batch checked, unless too many checks are running.
    fn check_next(&mut self) {
        let Some(key) = self.config.trust.key() else {
            return;
        };
        while self.checks.len() < MAX_CHECKS {
            let Some((from, batch)) = self.unchecked.pop_front() else {
                return;
            };
            if self.integrity.has_batch(&batch.message) {
                continue;
            }
            self.ask_signature(key, batch, Check::Batch(from));
        }
    }

    /// Asks whether a signature is of a key: of that one alone, or if that is the first whose signatures count, of any of
    /// them.
    pub(super) fn ask_signature(&mut self, key: PublicKey, signed: SignedBatch, of: Check) -> CheckId {
        self.ask_key(key, 0, signed, of)
    }

    fn ask_key(&mut self, key: PublicKey, number: usize, signed: SignedBatch, of: Check) -> CheckId {
        let SignedBatch { message, signature } = signed.clone();
        let check = self.note_check(Asked {
            of,
            signed,
            key: number,
        });
        self.outputs.push_back(Output::CheckSignature {
            check,
            key,
            message,
            signature,
        });
        check
    }

    fn note_check(&mut self, asked: Asked) -> CheckId {
        self.next_check += 1;
        let check = CheckId(self.next_check);
        self.checks.insert(check, asked);
        check
    }

    pub(super) fn on_signature_checked(&mut self, check: CheckId, valid: bool) {
        let Some(Asked { of, signed, key }) = self.checks.remove(&check) else {
            return;
        };
        // Of a peer that is gone by now nothing more is checked.
        let is_moot = matches!(&of, Check::Batch(from) if !self.peers.contains_key(from));
        if !valid
            && !is_moot
            && of.takes_any_key()
            && let Some(next) = self.config.trust.keys().get(key + 1)
        {
            self.ask_key(*next, key + 1, signed, of);
            return;
        }
        match of {
            #[cfg(feature = "seeder")]
            Check::Batch(from) if valid && key > 0 && self.seeding.is_some() => {
                self.learn(BatchSource::OfAnotherKey(&from), signed);
            }
            Check::Batch(from) if valid => self.learn(BatchSource::Peer(&from), signed),
            Check::Batch(from) => self.reject_digests(&from),
            #[cfg(feature = "seeder")]
            Check::Sidecar => self.on_sidecar_checked(signed, valid),
            #[cfg(feature = "resources")]
            Check::Files(url, list) => self.on_files_checked(&url, &list, valid),
            #[cfg(feature = "shelf")]
            Check::Shelved => self.on_shelved_checked(signed, valid),
            #[cfg(feature = "seeder")]
            Check::Proof(peer) => self.on_proof_checked(peer, check, valid),
            #[cfg(feature = "seeder")]
            Check::Own | Check::OwnProof(_) => return,
        }
        self.check_next();
    }

    /// Whether a signature holds cannot be told here: nothing is believed, and nobody blamed.
    pub(super) fn on_signature_unclear(&mut self, check: CheckId) {
        match self.checks.remove(&check).map(|asked| asked.of) {
            #[cfg(feature = "resources")]
            Some(Check::Files(url, list)) => self.on_files_checked(&url, &list, false),
            #[cfg(feature = "shelf")]
            Some(Check::Shelved) => self.on_shelved_unclear(),
            #[cfg(feature = "seeder")]
            Some(Check::Sidecar | Check::Own | Check::OwnProof(_) | Check::Proof(_)) => {}
            Some(Check::Batch(_)) | None => {}
        }
        self.check_next();
    }

    fn reject_digests(&mut self, from: &PeerId) {
        self.emit(Event::DigestsRejected { peer: from.clone() });
        self.on_violation(from);
    }

    /// Has this seeder sign a message.
    #[cfg(feature = "seeder")]
    pub(super) fn sign(&mut self, message: Vec<u8>, of: Check) {
        let signature = Signature([0; 64]);
        let signed = SignedBatch {
            message: message.clone(),
            signature,
        };
        let check = self.note_check(Asked { of, signed, key: 0 });
        self.outputs.push_back(Output::Sign { check, message });
    }

    #[cfg(feature = "seeder")]
    pub(super) fn on_signed(&mut self, check: CheckId, signature: Signature) {
        let Some(Asked { of, signed, .. }) = self.checks.remove(&check) else {
            return;
        };
        match of {
            Check::Own => {
                let message = signed.message;
                self.learn(BatchSource::Own, SignedBatch { message, signature });
            }
            Check::OwnProof(peer) => self.send(&peer, &Frame::Proof(signature)),
            Check::Batch(_) | Check::Sidecar | Check::Proof(_) => {}
            #[cfg(feature = "resources")]
            Check::Files(..) => {}
            #[cfg(feature = "shelf")]
            Check::Shelved => {}
        }
    }

    /// Takes in a batch whose signature holds, and passes it on to everybody but its sender.
    pub(super) fn learn(&mut self, source: BatchSource<'_>, batch: SignedBatch) {
        let Ok(content) = read_batch(&batch.message, &self.config.swarm) else {
            return;
        };
        let (batch, unix) = (Arc::new(batch), self.unix());
        let Ok(standing) = self.integrity.accept(batch.clone(), &content, unix) else {
            return;
        };
        self.shelve_digests(source, &batch);
        let others: Vec<_> = self
            .ready_peers()
            .filter(|peer| Some(peer) != source.peer())
            .collect();
        for peer in others {
            self.note(&peer, Note::Digests(batch.clone()));
        }
        match standing {
            Standing::Good => self.learn_records(source, &content),
            Standing::Contradicts => self.on_contradiction(&content),
        }
        self.expire_in_time();
        self.renew_in_time(content.expires);
        self.replan(Replan::Pull);
    }

    pub(super) fn learn_records(&mut self, source: BatchSource<'_>, content: &Batch) {
        let from = source.peer();
        if let Some(from) = from {
            self.feeder = Some(from.clone());
        }
        #[cfg(feature = "resources")]
        let own = matches!(source, BatchSource::Own | BatchSource::Files);
        #[cfg(not(feature = "resources"))]
        let own = matches!(source, BatchSource::Own);
        // What another key signed, this seeder signs as well: viewers may be about to give that key up.
        #[cfg(feature = "seeder")]
        let of_another = matches!(source, BatchSource::OfAnotherKey(_));
        #[cfg(not(feature = "seeder"))]
        let of_another = false;
        for (key, record) in &content.records {
            let key = *key;
            // For a seeder its own bytes are right, whatever another seeder of the same key saw before.
            let known = self.integrity.record(&key);
            let agrees = !of_another && known.is_none_or(|known| known == *record);
            if self.seeding.is_none() || own || agrees {
                self.integrity.learn(key, *record, content);
            } else {
                self.on_record_of_others(key, *record);
            }
            self.offer(key);
            if let Some(record) = self.integrity.record(&key) {
                self.compare_shelved(key, record);
                self.on_record_known(key, record);
                self.expect_layer(key, from);
            }
        }
    }

    /// The signer has signed two different batches with one sequence number: whatever either vouches for no longer
    /// counts.
    fn on_contradiction(&mut self, content: &Batch) {
        let disowned = self.integrity.disown(content.sequence);
        self.emit(Event::Equivocation {
            segments: disowned.len() as u64,
        });
        for key in disowned {
            self.withdraw(key);
            self.distrust(key);
            self.sign_anew(key);
        }
        for (key, _) in &content.records {
            self.sign_anew(*key);
        }
    }

    /// Discards what peers gave of a segment, and what they are asked for.
    fn distrust(&mut self, key: SegmentKey) {
        let own = |stored: &Stored| stored.sources().origin == stored.len();
        if !self.store.get(&key).is_some_and(own) {
            self.store.remove(&key);
        }
        if let Some(download) = self.transfers.get_mut(&key) {
            if !download.is_disputed() {
                download.disown();
            }
            self.cancel_requests(&key, |_| true);
            self.unannounced.forget(&key);
            self.serve_awaited(&key);
            self.check_rescue(key);
        }
    }

    /// A seeder signs again what it saw itself, in another batch.
    fn sign_anew(&mut self, key: SegmentKey) {
        if let Some(record) = self.seen(&key) {
            self.on_harvested(key, record);
        }
    }

    /// Wakes when the next record expires.
    pub(super) fn expire_in_time(&mut self) {
        if let Some(expiry) = self.integrity.next_expiry() {
            // A wait of zero would spin where clocks are coarse.
            let wait = expiry.since(self.unix()).max(Duration::from_millis(10));
            self.timers.set(Timer::Expire, self.now + wait);
        }
    }

    /// Forgets what has expired: it is no longer offered to anybody.
    pub(super) fn expire(&mut self) {
        for key in self.integrity.expire(self.unix()) {
            self.withdraw(key);
        }
        #[cfg(all(feature = "seeder", feature = "resources"))]
        if self.has_list_expired() {
            self.refuse_list(super::listing::EXPIRED);
        }
        self.expire_in_time();
    }
}

#[cfg(test)]
mod tests;
