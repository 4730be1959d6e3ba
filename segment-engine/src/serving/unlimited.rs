//! Stands in for `limits` without the feature `upload-limits`: there are none, and they cost nothing.

use super::{Busy, Promises, Rarity};
use crate::id::PeerId;
use crate::time::Timestamp;

/// No limits.
#[derive(Debug, Default)]
pub(super) struct UploadCaps {}

impl UploadCaps {
    pub(super) fn check(
        &mut self,
        _: Timestamp,
        _: &PeerId,
        _: (u64, Rarity),
        _: &Promises,
    ) -> Result<(), Busy> {
        Ok(())
    }

    pub(super) fn spend(&mut self, _: &PeerId, _: u64) {}

    pub(super) fn refund(&mut self, _: &PeerId, _: u64) {}

    pub(super) fn forget(&mut self, _: &PeerId) {}
}
