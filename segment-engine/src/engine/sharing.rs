//! What is held and what is known to be right: completed segments, announcements, signed digests.

use std::sync::Arc;
use std::time::Duration;

use super::player::{main_source, millis, start_ms};
use super::{Engine, Replan};
use crate::id::{CheckId, PeerId, SegmentKey};
use crate::input::Signature;
use crate::integrity::{Digest, Record, SignedBatch, read_batch};
use crate::output::{Event, Output};
use crate::stats::SourceBytes;
use crate::store::Stored;
use crate::timer::Timer;
use crate::vecmap::VecSet;
use crate::wire::{Frame, Have, MAX_KEYS};

/// Announcements are held back this long and sent together: fewer messages for a delay that no deadline feels.
const ANNOUNCE_AFTER: Duration = Duration::from_millis(50);

/// The most signatures that are checked at once; what peers send beyond that is dropped, and comes again
/// from another peer.
const MAX_CHECKS: usize = 64;

/// What a question about a signature was asked for.
#[derive(Debug)]
pub(super) enum Check {
    /// A peer's batch is to be learned.
    Batch {
        /// Who sent it.
        from: PeerId,
        /// What it sent.
        batch: SignedBatch,
    },
    /// This seeder's own batch is to be sent out.
    Own(Vec<u8>),
}

/// What peers have not been told yet.
#[derive(Debug, Default)]
pub(super) struct Unannounced {
    came: VecSet<SegmentKey>,
    gone: VecSet<SegmentKey>,
}

impl Engine {
    /// A segment is complete: it is kept, told of, and handed to the player. The caller has checked a
    /// peer's bytes against their digest.
    pub(super) fn on_complete(
        &mut self,
        key: SegmentKey,
        bytes: Vec<u8>,
        digest: Digest,
        sources: SourceBytes,
        peer: Option<PeerId>,
        took: Duration,
    ) {
        let size = bytes.len() as u64;
        let segment = self.segment(&key);
        self.transfers.on_arrived(&key);
        self.emit(Event::SegmentReceived {
            label: self.label(&segment),
            key,
            start_ms: start_ms(&segment),
            duration_ms: millis(segment.duration),
            bytes: size,
            source: main_source(sources),
            verified: peer.is_some()
                || self
                    .integrity
                    .record(&key)
                    .is_some_and(|record| record.digest == digest),
            peer,
        });
        let stored = Stored {
            bytes: bytes.into(),
            digest,
            sources,
        };
        self.deliver_all(&segment, &stored, took);
        self.keep(key, stored);
        self.on_harvested(key, Record { size, digest });
        self.replan = Replan::Due;
    }

    fn keep(&mut self, key: SegmentKey, stored: Stored) {
        for evicted in self.store.insert(key, stored) {
            self.unannounced.came.remove(&evicted);
            self.unannounced.gone.insert(evicted);
            self.announce_soon();
        }
        self.offer(key);
    }

    /// Tells peers of a segment, if it is held and known to be right.
    pub(super) fn offer(&mut self, key: SegmentKey) {
        if self.offerable(&key) {
            self.unannounced.gone.remove(&key);
            self.unannounced.came.insert(key);
            self.announce_soon();
        }
    }

    /// Takes an offer back.
    fn withdraw(&mut self, key: SegmentKey) {
        self.unannounced.came.remove(&key);
        self.unannounced.gone.insert(key);
        self.announce_soon();
    }

    /// Whether a segment is held, and its bytes are those of its digest: others may have it.
    pub(super) fn offerable(&self, key: &SegmentKey) -> bool {
        let record = self.integrity.record(key);
        record.is_some_and(|record| self.store.digest(key) == Some(record.digest))
    }

    pub(super) fn on_origin_mismatch(&mut self, key: SegmentKey, size: u64, digest: Digest) {
        self.emit(Event::OriginMismatch { key });
        // A seeder is the one that says what is right: its origin has changed the segment.
        if self.seeding.is_some() {
            self.integrity.learn(key, Record { size, digest });
            self.withdraw(key);
        }
    }

    fn announce_soon(&mut self) {
        self.timers
            .set_no_later(Timer::Announce, self.now + ANNOUNCE_AFTER);
    }

    pub(super) fn announce(&mut self) {
        let Unannounced { came, gone } = std::mem::take(&mut self.unannounced);
        let came: Vec<_> = came.iter().copied().filter(|key| self.offerable(key)).collect();
        let peers: Vec<_> = self.ready_peers().collect();
        for peer in peers {
            self.tell(&peer, &came, &gone.iter().copied().collect::<Vec<_>>());
        }
    }

    fn ready_peers(&self) -> impl Iterator<Item = PeerId> {
        self.peers
            .iter()
            .filter(|(_, peer)| peer.role().is_some())
            .map(|(id, _)| id.clone())
    }

    fn tell(&mut self, peer: &PeerId, came: &[SegmentKey], gone: &[SegmentKey]) {
        for keys in came.chunks(MAX_KEYS) {
            let size = |key: &SegmentKey| self.integrity.record(key).map(|record| Have(*key, record.size));
            let came = keys.iter().filter_map(size).collect();
            self.send(
                peer,
                &Frame::Announce {
                    came,
                    gone: Vec::new(),
                },
            );
        }
        for keys in gone.chunks(MAX_KEYS) {
            self.send(
                peer,
                &Frame::Announce {
                    came: Vec::new(),
                    gone: keys.to_vec(),
                },
            );
        }
    }

    /// Tells a new peer which digests are known, and what is held.
    pub(super) fn introduce_self(&mut self, peer: &PeerId) {
        let batches: Vec<_> = self.integrity.batches().cloned().collect();
        for batch in batches {
            self.send_batch(peer, &batch);
        }
        let held: Vec<_> = self.store.keys().into_iter().map(|(key, _)| key).collect();
        let held: Vec<_> = held.into_iter().filter(|key| self.offerable(key)).collect();
        self.tell(peer, &held, &[]);
    }

    fn send_batch(&mut self, peer: &PeerId, batch: &SignedBatch) {
        let frame = Frame::Digests {
            batch: batch.message.clone(),
            signature: batch.signature,
        };
        self.send(peer, &frame);
    }

    pub(super) fn on_digests(&mut self, from: &PeerId, message: Vec<u8>, signature: Signature) {
        let Some(key) = self.config.digest_key else {
            return;
        };
        if self.integrity.has_batch(&message) {
            return;
        }
        if read_batch(&message, &self.config.swarm).is_err() {
            self.reject_digests(from);
            return;
        }
        if self.checks.len() >= MAX_CHECKS {
            return;
        }
        let batch = SignedBatch {
            message: message.clone(),
            signature,
        };
        let check = self.check(Check::Batch {
            from: from.clone(),
            batch,
        });
        self.outputs.push_back(Output::CheckSignature {
            check,
            key,
            message,
            signature,
        });
    }

    /// Opens a question about a signature.
    pub(super) fn check(&mut self, of: Check) -> CheckId {
        self.next_check += 1;
        let check = CheckId(self.next_check);
        self.checks.insert(check, of);
        check
    }

    pub(super) fn on_signature_checked(&mut self, check: CheckId, valid: bool) {
        let Some(Check::Batch { from, batch }) = self.checks.remove(&check) else {
            return;
        };
        if valid {
            self.learn(Some(&from), batch);
            return;
        }
        self.reject_digests(&from);
    }

    fn reject_digests(&mut self, from: &PeerId) {
        self.emit(Event::DigestsRejected { peer: from.clone() });
        self.on_violation(from);
    }

    pub(super) fn on_signed(&mut self, check: CheckId, signature: Signature) {
        if let Some(Check::Own(message)) = self.checks.remove(&check) {
            self.learn(None, SignedBatch { message, signature });
        }
    }

    /// Takes a batch whose signature holds, and hands it on to everybody but who sent it.
    fn learn(&mut self, from: Option<&PeerId>, batch: SignedBatch) {
        let Ok(records) = read_batch(&batch.message, &self.config.swarm) else {
            return;
        };
        if self.integrity.has_batch(&batch.message) {
            return;
        }
        let batch = Arc::new(batch);
        self.integrity.keep(batch.clone());
        let others: Vec<_> = self.ready_peers().filter(|peer| Some(peer) != from).collect();
        for peer in others {
            self.send_batch(&peer, &batch);
        }
        for (key, record) in records {
            // A seeder's own bytes are right for it, whatever another seeder of the same key saw before.
            if self.seeding.is_none() || self.integrity.record(&key).is_none() {
                self.integrity.learn(key, record);
            }
            self.offer(key);
        }
        self.replan = Replan::Due;
    }
}
