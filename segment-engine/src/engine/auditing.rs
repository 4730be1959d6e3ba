//! Random pieces of what a quorum of neighbours vouches for are compared with the origin's.

use super::Engine;
use crate::config::Trust;
use crate::id::{PeerId, SegmentKey};
use crate::piece::{Digest, Piece};
use crate::transfer::{Cause, Span};

/// A piece that is being compared with the origin's.
#[derive(Debug)]
pub(super) struct Audit {
    /// What its leaf should be.
    leaf: Digest,
    /// The peers that vouch for it.
    vouchers: Vec<PeerId>,
}

/// The most pieces that wait for their audit.
const MAX_AUDITS: usize = 64;

impl Engine {
    /// Has a random piece of a quorum's segment compared with the origin's, at the configured rate per thousand
    /// pieces.
    pub(super) fn audit_later(&mut self, key: SegmentKey, leaves: &[Digest]) {
        let Trust::Quorum { audits } = self.config.trust else {
            return;
        };
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let (count, size) = (download.piece_count(), download.size().unwrap_or(0));
        if self.timeline.segment(&key).is_none() {
            return;
        }
        let drawn = self.rng.below(1_000) < count.saturating_mul(audits).min(1_000);
        if !drawn || !self.origin.serves_ranges() || self.audits.len() >= MAX_AUDITS {
            return;
        }
        let first = self.rng.below(count);
        let span = Span::Pieces {
            first,
            end: first + 1,
            size,
        };
        self.stats.audits += 1;
        if let Some(leaf) = leaves.get(first as usize) {
            let audit = Audit {
                leaf: *leaf,
                vouchers: download.vouchers.clone(),
            };
            self.audits.insert((key, first), audit);
            self.fetch(key, span, Cause::Audit);
        }
    }

    /// Compares the origin's bytes of a piece with what was vouched for.
    pub(super) fn on_audited(&mut self, key: SegmentKey, pieces: &[(u32, Piece)]) {
        for (index, piece) in pieces {
            let audit = self.audits.get(&(key, *index));
            if audit.is_some_and(|audit| audit.leaf != piece.leaf()) {
                self.on_audit_failed(key, *index);
            }
            self.on_audit_ended(key, *index);
        }
    }

    /// Ends an audit: the piece was compared, or did not come.
    pub(super) fn on_audit_ended(&mut self, key: SegmentKey, piece: u32) -> Option<Audit> {
        self.audits.remove(&(key, piece))
    }

    /// A piece differs from what was vouched for, or does not exist.
    pub(super) fn on_audit_failed(&mut self, key: SegmentKey, piece: u32) {
        if let Some(audit) = self.on_audit_ended(key, piece) {
            self.on_quorum_broken(key, &audit.vouchers);
        }
    }
}
