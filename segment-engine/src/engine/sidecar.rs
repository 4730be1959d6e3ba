//! Digests as a file: the signed batches of a title are written as a sidecar, and read from one.

use super::Engine;
use super::digests::{BatchSource, Check};
use crate::config::MAX_KEYS;
use crate::id::SegmentKey;
use crate::integrity::{Sidecar, SidecarError, SignedBatch, read_batch, read_sidecar};
use crate::output::Event;

impl Engine {
    /// A viewer does not note which key signed a batch: where several count it makes none.
    pub(super) fn make_sidecar(&self) -> Option<Sidecar> {
        let signer = self.config.trust.key()?;
        if self.seeding.is_none() && self.config.trust.keys().len() > 1 {
            return None;
        }
        let (unix, live) = (self.unix(), self.timeline.live().is_some());
        let is_useful = |key: &SegmentKey| !live || !self.timeline.has_left(key, unix);
        let batches = self.integrity.batches(is_useful);
        Some(Sidecar {
            swarm: self.config.swarm.clone(),
            signer,
            batches: batches.iter().map(|batch| SignedBatch::clone(batch)).collect(),
        })
    }

    pub(super) fn on_sidecar(&mut self, bytes: &[u8]) {
        if self.config.trust.key().is_none() {
            return;
        }
        let sidecar = match read_sidecar(bytes) {
            Ok(sidecar) => sidecar,
            Err(error) => return self.reject_sidecar(&error),
        };
        let key = sidecar.signer;
        // A seeder does not sign again what is in it, so it has to be signed with the seeder's own key.
        let keys = if self.seeding.is_some() { 1 } else { MAX_KEYS };
        let counts = self
            .config
            .trust
            .keys()
            .iter()
            .take(keys)
            .any(|known| *known == key);
        if !counts || sidecar.swarm != self.config.swarm {
            let reason = "it is of another swarm or signer".to_owned();
            return self.emit(Event::SidecarRejected { reason });
        }
        let unix = self.unix();
        for batch in sidecar.batches {
            let Ok(content) = read_batch(&batch.message, &self.config.swarm) else {
                self.reject_sidecar(&SidecarError::Malformed);
                return;
            };
            if self.integrity.has_batch(&batch.message) || self.integrity.is_outdated(&content, unix) {
                continue;
            }
            self.ask_signature(key, batch, Check::Sidecar);
        }
    }

    fn reject_sidecar(&mut self, error: &SidecarError) {
        let reason = error.to_string();
        self.emit(Event::SidecarRejected { reason });
    }

    pub(super) fn on_sidecar_checked(&mut self, batch: SignedBatch, valid: bool) {
        if valid {
            self.learn(BatchSource::Sidecar, batch);
        } else {
            let reason = "a signature in it does not hold".to_owned();
            self.emit(Event::SidecarRejected { reason });
        }
    }
}
