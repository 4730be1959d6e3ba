//! No-op stand-ins for builds without the `shelf` feature.

use std::sync::Arc;

use super::Engine;
use super::digests::BatchSource;
use crate::bits::PieceRun;
use crate::id::{PeerId, SegmentKey};
#[cfg(feature = "seeder")]
use crate::input::FetchError;
use crate::integrity::{Record, SignedBatch};
use crate::serving::Queued;
use crate::shelf::ShelfFact;
use crate::stats::Stats;
use crate::store::Stored;
use crate::wire::RequestId;

/// No shelf.
#[derive(Debug, Default)]
pub(super) struct Shelving(());

impl Shelving {
    pub(super) fn copies<'a>(
        &'a self,
        replicas: impl FnMut(&SegmentKey) -> u32 + 'a,
    ) -> impl FnMut(&SegmentKey) -> u32 + 'a {
        replicas
    }

    pub(super) fn count(&self, _: &mut Stats) {}
}

impl Engine {
    #[expect(clippy::needless_pass_by_value, reason = "as where there is a shelf")]
    pub(super) fn on_shelf(&mut self, fact: ShelfFact) {
        match fact {}
    }

    pub(super) fn shelve(&mut self, _: SegmentKey) {}

    #[cfg(feature = "seeder")]
    pub(super) fn resume(&mut self, _: SegmentKey) {}

    pub(super) fn shelve_digests(&mut self, _: BatchSource<'_>, _: &Arc<SignedBatch>) {}

    pub(super) const fn awaits_opening(&self) -> bool {
        false
    }

    pub(super) fn touch(&mut self, _: &SegmentKey) {}

    pub(super) fn tend_shelf(&mut self) {}

    pub(super) fn on_shelf_timeline(&mut self) {}

    pub(super) fn adopt_now(&mut self, _: &SegmentKey) {}

    pub(super) fn compare_shelved(&mut self, _: SegmentKey, _: Record) {}

    pub(super) fn forget_waiters(&mut self, _: &PeerId) {}

    pub(super) fn cancel_waiter(&mut self, _: &PeerId, _: RequestId) {}

    pub(super) fn let_go(&mut self, key: SegmentKey) {
        self.withdraw(key);
    }

    pub(super) fn unshelve(&mut self, _: &SegmentKey) -> bool {
        false
    }

    pub(super) fn ask_shelf(&mut self, _: &PeerId, _: RequestId, _: SegmentKey, _: PieceRun) -> bool {
        false
    }

    pub(super) fn ask_shelf_again(&mut self, _: &Queued) -> bool {
        false
    }

    #[cfg(feature = "seeder")]
    pub(super) fn discard(&mut self, _: Vec<SegmentKey>) {}

    #[cfg(feature = "seeder")]
    pub(super) fn end_trial(&mut self, _: &SegmentKey, _: Result<Record, FetchError>) {}

    #[cfg(feature = "seeder")]
    pub(super) fn end_doubt(&mut self) {}

    #[cfg(feature = "seeder")]
    pub(super) fn awaits_shelf(&self) -> bool {
        false
    }

    #[cfg(feature = "seeder")]
    pub(super) fn has(&self, key: &SegmentKey) -> bool {
        self.store.contains(key)
    }

    #[cfg(feature = "seeder")]
    pub(super) fn falls_back_to_shelf(&mut self, _: &SegmentKey) -> bool {
        false
    }

    #[cfg(feature = "seeder")]
    pub(super) fn held_count(&self) -> usize {
        self.store.len()
    }

    #[cfg(feature = "seeder")]
    pub(super) fn pauses_harvest(&mut self) -> bool {
        false
    }

    pub(super) fn shelved_len(&self, _: &SegmentKey) -> Option<u64> {
        None
    }

    pub(super) fn held_keys(&self) -> Vec<SegmentKey> {
        self.store.keys().into_iter().map(|(key, _)| key).collect()
    }

    pub(super) fn seen(&self, key: &SegmentKey) -> Option<Record> {
        self.store.get(key).map(Stored::record)
    }
}
