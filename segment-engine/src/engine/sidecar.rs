//! Digests as a file: the signed batches of a title are written as a sidecar, and read from one.

use super::Engine;
use super::digests::{BatchSource, Check};
use crate::id::SegmentKey;
use crate::integrity::{Sidecar, SidecarError, SignedBatch, read_batch, read_sidecar};
use crate::output::Event;

impl Engine {
    pub(super) fn make_sidecar(&self) -> Option<Sidecar> {
        let signer = self.config.trust.key()?;
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
        let Some(key) = self.config.trust.key() else {
            return;
        };
        let sidecar = match read_sidecar(bytes) {
            Ok(sidecar) => sidecar,
            Err(error) => return self.reject_sidecar(&error),
        };
        if sidecar.signer != key || sidecar.swarm != self.config.swarm {
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
            self.ask_signature(key, batch.clone(), Check::Sidecar(batch));
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
