//! What the driver counts for an operator, beside what the engine does.

use std::collections::BTreeMap;
use std::time::Duration;

use segment_engine::id::FetchId;
use segment_engine::output::{Event, Source};
use signaling_proto::client::ClientEvent;
use tokio::time::Instant;

use crate::event::PeerEvent;
use crate::figures::{Histogram, ManifestState, OriginFigures, SignalingState, describe};
use crate::inbox::FetchEvent;

/// How often the log says that no link can be made: each viewer tries again.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Counts as things pass through the driver.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) manifest: ManifestState,
    pub(super) signaling: SignalingState,
    pub(super) origin: OriginFigures,
    pub(super) digest_lag: Histogram,
    /// When each request was made whose response has not begun yet.
    begun: BTreeMap<FetchId, Instant>,
    /// When the oldest unsigned segment came.
    unsigned_since: Option<Instant>,
    /// Links that could not be made because of this host.
    pub(super) impossible_links: u64,
    /// When that was logged last.
    impossible_said: Option<Instant>,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            manifest: ManifestState::Unread(None),
            signaling: SignalingState::Never,
            origin: OriginFigures::default(),
            digest_lag: Histogram::default(),
            begun: BTreeMap::new(),
            unsigned_since: None,
            impossible_links: 0,
            impossible_said: None,
        }
    }

    /// A request is made.
    pub(super) fn on_fetch(&mut self, now: Instant, id: FetchId) {
        self.origin.requests += 1;
        self.begun.insert(id, now);
    }

    /// A request is given up.
    pub(super) fn on_abort(&mut self, id: FetchId) {
        self.begun.remove(&id);
    }

    /// Something came of a request that is still wanted.
    pub(super) fn on_fetch_event(&mut self, now: Instant, id: FetchId, event: &FetchEvent) {
        match event {
            FetchEvent::Started { .. } => {
                if let Some(begun) = self.begun.remove(&id) {
                    self.origin.latency.observe(now - begun);
                }
            }
            FetchEvent::Failed(error) => {
                self.begun.remove(&id);
                self.origin.failures.count(*error);
            }
            FetchEvent::Unchanged => {
                if let Some(begun) = self.begun.remove(&id) {
                    self.origin.latency.observe(now - begun);
                }
            }
            FetchEvent::Chunk(_)
            | FetchEvent::Pieces(_)
            | FetchEvent::Finished
            | FetchEvent::RetryAfter(_)
            | FetchEvent::Dated(_) => {}
        }
    }

    /// The manifest that was read is the newest still.
    pub(super) fn on_manifest_unchanged(&mut self) {
        if let ManifestState::Stale(_) = self.manifest {
            self.manifest = ManifestState::Read;
        }
    }

    /// No link can be made. Returns whether it is time to log that.
    pub(super) fn on_link_impossible(&mut self, now: Instant) -> bool {
        self.impossible_links += 1;
        let is_said = self.impossible_said.is_some_and(|said| now - said < SAID_EVERY);
        if !is_said {
            self.impossible_said = Some(now);
        }
        !is_said
    }

    /// Digests are signed: all that have waited so far.
    pub(super) fn on_sign(&mut self, now: Instant) {
        if let Some(since) = self.unsigned_since.take() {
            self.digest_lag.observe(now - since);
        }
    }

    /// Something happened that is told to the app as well.
    pub(super) fn on_event(&mut self, now: Instant, event: &PeerEvent) {
        match event {
            PeerEvent::Engine(event) => self.on_engine(now, event),
            PeerEvent::Signaling(ClientEvent::Joined { .. }) => self.signaling = SignalingState::Joined,
            PeerEvent::Signaling(ClientEvent::Lost { .. } | ClientEvent::SwitchedOff { .. }) => {
                self.on_left()
            }
            PeerEvent::Signaling(
                ClientEvent::Introduced { .. }
                | ClientEvent::Unreachable { .. }
                | ClientEvent::Refused { .. },
            ) => {}
        }
    }

    /// This peer is no member of its swarm at signaling any more.
    pub(super) fn on_left(&mut self) {
        if self.signaling == SignalingState::Joined {
            self.signaling = SignalingState::Away;
        }
    }

    fn on_engine(&mut self, now: Instant, event: &Event) {
        if let Event::TimelineUpdated { .. } = event {
            self.manifest = ManifestState::Read;
        }
        if let Event::ManifestRejected { reason } = event {
            self.on_manifest_failed(format!("the manifest cannot be used: {reason}"));
        }
        if let Event::ManifestUnreachable { error, .. } = event {
            self.on_manifest_failed(format!("the manifest cannot be fetched: {}", describe(*error)));
        }
        if let Event::OriginFailed { error, .. } = event {
            self.origin.failing = Some(*error);
        }
        if let Event::SegmentReceived {
            source: Source::Origin,
            verified,
            ..
        } = event
        {
            self.origin.failing = None;
            // What was signed before is not signed again.
            if !verified {
                self.unsigned_since.get_or_insert(now);
            }
        }
    }

    fn on_manifest_failed(&mut self, reason: String) {
        self.manifest = match self.manifest {
            ManifestState::Unread(_) => ManifestState::Unread(Some(reason)),
            ManifestState::Read | ManifestState::Stale(_) => ManifestState::Stale(reason),
        };
    }
}

#[cfg(test)]
mod tests;
