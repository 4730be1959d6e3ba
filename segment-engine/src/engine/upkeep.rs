//! What the engine does for its device: obeys the policy, and forgets what playback has left behind.

use std::time::Duration;

use super::{Engine, Replan};
use crate::compression::{READS, Reads};
#[cfg(feature = "upload-limits")]
use crate::config::BitsPerSecond;
#[cfg(feature = "seeder")]
use crate::config::MIN_STORE_BYTES;
use crate::config::Role;
use crate::device::{DeviceState, Prefetch, Uploads};
use crate::id::{PeerId, SegmentKey};
use crate::output::Event;
use crate::peer::Peer;
use crate::serving::Share;
use crate::store::Stored;
use crate::store::retention::{Horizon, Title};
use crate::timer::Timer;
use crate::vecmap::VecMap;
use crate::wire::capability;

/// How often segments are looked for that live playback has left behind.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How many neighbours are looked at to judge how rare a segment is; a seeder has hundreds, and thousands of
/// segments.
const COUNTED: usize = 16;

impl Engine {
    /// Whether this device may send to peers now.
    pub(super) fn may_upload(&self) -> bool {
        self.policy.verdict().uploads == Uploads::On
    }

    /// Whether this device may fetch ahead of the player now.
    pub(super) fn may_prefetch(&self) -> bool {
        self.policy.verdict().prefetch == Prefetch::On
    }

    /// What a new neighbour is told that this engine can do.
    pub(super) fn capabilities(&self) -> u32 {
        let mut capabilities = capability::RELAYS;
        if READS == Reads::Zstd {
            capabilities |= capability::READS_ZSTD;
        }
        // Only what holds for the session is told: what a device may not do now it may do a minute later.
        if self.config.policy.uploads == Uploads::Off {
            capabilities |= capability::NEVER_UPLOADS;
        }
        capabilities
    }

    /// Puts a segment into the store, and returns the keys of those evicted for it.
    pub(super) fn store_segment(&mut self, key: SegmentKey, stored: Stored) -> Vec<SegmentKey> {
        let horizon = self.horizon();
        let copies = self.shelving.copies(replicas(&self.peers));
        self.store.insert(key, stored, &horizon, copies)
    }

    #[cfg(feature = "seeder")]
    pub(super) fn on_store_budget(&mut self, bytes: u64) {
        self.config.store_bytes = bytes.max(MIN_STORE_BYTES);
        self.set_store_budget(self.config.store_bytes);
    }

    #[cfg(feature = "upload-limits")]
    pub(super) fn on_upload_limit(&mut self, total: Option<BitsPerSecond>) {
        let limits = &mut self.config.upload_limits;
        limits.set_total(total);
        self.serving.limit_total(self.now, limits.total);
    }

    pub(super) fn on_device(&mut self, state: &DeviceState) {
        let Some(verdict) = self.policy.on_device(state) else {
            return;
        };
        let limits = verdict.limits;
        self.swarm.set_max(limits.max_target_peers);
        self.serving.uplink.set_share(Share::of(&limits));
        self.set_store_budget(limits.store_bytes);
        self.emit(Event::PolicyChanged {
            uploads: verdict.uploads,
            prefetch: verdict.prefetch,
            limits,
            reasons: verdict.reasons,
        });
        self.replan(Replan::Window);
    }

    /// Changes the store's budget, in bytes.
    pub(super) fn set_store_budget(&mut self, bytes: u64) {
        let horizon = self.horizon();
        let copies = self.shelving.copies(replicas(&self.peers));
        let gone = self.store.set_budget(bytes, &horizon, copies);
        gone.into_iter().for_each(|key| self.let_go(key));
    }

    /// The window of segments that are of use now.
    fn horizon(&self) -> Horizon {
        let title = self.timeline.live().map_or(Title::Complete, |live| Title::Live {
            edge: self.timeline.edge(self.unix()),
            hold_back: live.delay.unwrap_or_default(),
        });
        Horizon {
            playhead: self.player.position(self.now),
            title,
        }
    }

    /// Schedules a look for what can be forgotten. A seeder keeps whatever its budget holds, and so does a viewer
    /// that is not known to play, or plays a film.
    pub(super) fn sweep_later(&mut self) {
        let plays = self.config.role == Role::Viewer && self.player.position(self.now).is_some();
        if plays && self.timeline.live().is_some() {
            self.timers.set_no_later(Timer::Sweep, self.now + SWEEP_EVERY);
        }
    }

    pub(super) fn sweep(&mut self) {
        let horizon = self.horizon();
        let gone = self.store.sweep(&horizon);
        gone.into_iter().for_each(|key| self.let_go(key));
        if self.store.len() > 0 {
            self.sweep_later();
        }
    }
}

/// Counts the neighbours that hold all of a segment, up to [`COUNTED`].
fn replicas(peers: &VecMap<PeerId, Peer>) -> impl FnMut(&SegmentKey) -> u32 + '_ {
    |key| {
        let counted = peers.values().take(COUNTED);
        let holders = counted.filter(|peer| peer.held.holds_all(key));
        u32::try_from(holders.count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests;
