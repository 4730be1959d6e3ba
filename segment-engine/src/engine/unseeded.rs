//! No-op stand-ins for builds without the `seeder` feature.

use std::time::Duration;

use super::Engine;
use crate::config::Config;
use crate::id::{CheckId, FetchId, PeerId, SegmentKey, TrackKey};
use crate::input::{FetchError, Signature};
use crate::integrity::Record;
use crate::output::Conditional;
#[cfg(feature = "shelf")]
use crate::shelf::ShelfEntry;
#[cfg(feature = "shelf")]
use crate::time::Timestamp;
use crate::time::UnixTime;
use crate::transfer::Cause;
use crate::wire::{Frame, PeerRole};

/// The uninhabited counterpart of a seeder's state.
#[derive(Debug)]
pub(super) enum Seeding {}

impl Seeding {
    pub(super) const fn of(_: &Config, _: [u8; 32]) -> Option<Self> {
        None
    }
}

impl Engine {
    pub(super) const fn on_signed(&mut self, _: CheckId, _: Signature) {}

    pub(super) const fn followed(&self, _: FetchId) -> Option<usize> {
        None
    }

    pub(super) const fn refresh(&mut self, _: usize) {}

    pub(super) fn on_manifest_started(&mut self, _: usize, _: Option<String>) {}

    pub(super) const fn on_manifest_chunk(&mut self, _: usize, _: FetchId, _: &[u8]) {}

    pub(super) const fn on_manifest_finished(&mut self, _: usize) {}

    pub(super) const fn on_unchanged(&mut self, _: FetchId) {}

    pub(super) const fn on_manifest_failed(&mut self, _: usize, _: FetchError) {}

    pub(super) const fn on_retry_after(&mut self, _: FetchId, _: Duration) {}

    pub(super) const fn on_wishes(&mut self, _: &PeerId, _: &Frame) {}

    pub(super) const fn conditional(&self, _: &SegmentKey, _: Cause) -> Conditional {
        Conditional::Never
    }

    pub(super) const fn seed_patience(&self, _: &SegmentKey, _: Duration) -> Option<Duration> {
        None
    }

    pub(super) const fn renew_in_time(&mut self, _: UnixTime) {}

    pub(super) const fn harvest_anew(&mut self, _: TrackKey) {}

    pub(super) const fn on_clock(&mut self) {}

    pub(super) const fn harvest(&mut self) {}

    pub(super) const fn on_harvested(&mut self, _: SegmentKey, _: Record) {}

    #[cfg(feature = "shelf")]
    pub(super) const fn on_shelf_timeline(&mut self) {}

    #[cfg(feature = "shelf")]
    pub(super) const fn shelve_later(&mut self, _: &ShelfEntry) {}

    #[cfg(feature = "shelf")]
    pub(super) const fn puts_off(&mut self, _: SegmentKey) -> bool {
        false
    }

    #[cfg(feature = "shelf")]
    pub(super) const fn next_of_a_seeder(&self) -> Option<Timestamp> {
        None
    }

    #[cfg(feature = "shelf")]
    pub(super) const fn on_seeders_shelf_due(&mut self) {}

    #[cfg(feature = "shelf")]
    pub(super) const fn tend_shelf(&mut self) {}

    #[cfg(feature = "shelf")]
    pub(super) const fn has_left_live(&self, _: &SegmentKey) -> bool {
        false
    }

    #[cfg(feature = "shelf")]
    pub(super) const fn doubt_shelf(&mut self) {}

    #[cfg(feature = "shelf")]
    pub(super) const fn harvest_again(&mut self, _: SegmentKey) {}

    #[cfg(feature = "shelf")]
    pub(super) const fn adopt_now(&mut self, _: &SegmentKey) {}

    pub(super) const fn on_seed_failed(&mut self, _: SegmentKey, _: FetchError) {}

    pub(super) const fn settles_in(&self, _: &SegmentKey) -> Option<Duration> {
        None
    }

    pub(super) const fn on_segment_changed(&mut self, _: SegmentKey) {}

    pub(super) const fn on_record_of_others(&mut self, _: SegmentKey, _: Record) {}

    pub(super) const fn let_idle_go(&mut self, _: &SegmentKey) {}

    pub(super) const fn on_seed_too_large(&mut self, _: SegmentKey) {}

    pub(super) const fn publish(&mut self) {}

    pub(super) const fn prove_to(&mut self, _: &PeerId) {}

    pub(super) const fn is_in_place_of_a_fellow(&self, _: PeerRole) -> bool {
        false
    }

    pub(super) const fn has_place_for_a_fellow(&self) -> bool {
        false
    }

    pub(super) const fn on_fellow_gone(&mut self, _: &PeerId) {}

    pub(super) const fn tend_fellows(&mut self) {}

    pub(super) const fn takes_from(&self, _: &PeerId) -> bool {
        true
    }
}
