//! Events for a peer's app to show: the engine's and signaling's, as they pass through the driver.

use segment_engine::output::{Event, GapReason};
use signaling_proto::client::ClientEvent;

use crate::figures::describe;

/// Something that an app may show or log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerEvent {
    /// An event of the engine.
    Engine(Event),
    /// An event of signaling.
    Signaling(ClientEvent),
}

/// How loudly an event is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loudness {
    /// At the level that suits its importance to an operator.
    Plain,
    /// Only in detailed logs: something like it was logged before.
    Low,
}

impl PeerEvent {
    /// Logs the event, with the URL of the request that failed, if one did.
    pub(crate) fn log(&self, loudness: Loudness, failed_url: Option<&str>) {
        if loudness == Loudness::Low {
            return tracing::debug!(event = ?self, url = failed_url, "it goes on");
        }
        match self {
            Self::Engine(event) => log_engine(event, failed_url),
            Self::Signaling(event) => log_signaling(event),
        }
    }
}

fn log_engine(event: &Event, url: Option<&str>) {
    match event {
        Event::TimelineUpdated { tracks, live } => tracing::debug!(tracks, live, "manifest read"),
        Event::ManifestRejected { reason } => tracing::warn!(%reason, "the manifest cannot be used"),
        Event::ManifestUnreachable { error, retry_in_ms } => {
            tracing::warn!(
                error = describe(*error),
                url,
                retry_in_ms,
                "the manifest cannot be fetched; trying again"
            );
        }
        Event::PeerJoined { peer, seeder } => tracing::info!(%peer, seeder, "peer joined"),
        Event::FellowJoined { peer } => {
            tracing::info!(%peer, "another seeder with this key: the two share what they fetch");
        }
        Event::PeerLeft { peer, reason } => tracing::info!(%peer, ?reason, "peer left"),
        Event::SegmentReceived {
            label, bytes, source, ..
        } => {
            tracing::debug!(%label, bytes, ?source, "segment received");
        }
        Event::SegmentDelivered {
            label, bytes, source, ..
        } => {
            tracing::debug!(%label, bytes, ?source, "segment delivered");
        }
        Event::CorruptPiece { key, piece, peer } => {
            tracing::warn!(%key, piece, %peer, "a peer sent wrong bytes and was dropped");
        }
        Event::OriginMismatch { key } => {
            tracing::warn!(%key, "the origin's bytes differ from the signed digest; they are not shared");
        }
        Event::QuorumBroken { key } => {
            tracing::warn!(%key, "peers agreed on bytes that are not the origin's; none are taken from them any more");
        }
        Event::Rescued { key, reason } => tracing::debug!(%key, ?reason, "fetched over HTTP instead"),
        Event::DigestsRejected { peer } => tracing::warn!(%peer, "a list of digests was refused"),
        Event::SidecarRejected { reason } => tracing::warn!(%reason, "a sidecar of digests was refused"),
        Event::Equivocation { segments } => {
            tracing::warn!(
                segments,
                "the digest key signed two batches of one number; neither counts"
            );
        }
        Event::OriginFailed { key, error } => {
            tracing::warn!(%key, error = describe(*error), url, "the origin did not give a segment");
        }
        Event::Gap { label, key, reason } => {
            tracing::warn!(%label, %key, reason = describe_gap(*reason), url, "a segment is given up; viewers go to the origin for it");
        }
        Event::PlaylistsUnfollowed { playlists } => {
            tracing::warn!(
                playlists,
                "the multivariant playlist names more than are followed; viewers of these go to the origin"
            );
        }
        Event::PolicyChanged {
            uploads, prefetch, ..
        } => {
            tracing::info!(?uploads, ?prefetch, "what this device may do has changed");
        }
        Event::ShelfFault { key, fault } => {
            tracing::warn!(%key, ?fault, "the cache does not give a segment as it was put there; it is got anew");
        }
        // The enum may grow: what this version does not know is still worth a line.
        other => tracing::debug!(event = ?other, "event"),
    }
}

/// Why a segment is given up, for people.
fn describe_gap(reason: GapReason) -> String {
    match reason {
        GapReason::Origin(error) => format!("the origin failed at it for good: {}", describe(error)),
        GapReason::Expired(error) => format!(
            "it left the manifest before the origin gave it: {}",
            describe(error)
        ),
        GapReason::OtherFile => "the server has another file than the list says".to_owned(),
        GapReason::TooLarge => "it is larger than a segment may be".to_owned(),
        GapReason::TooMany => "more segments fail than are remembered".to_owned(),
    }
}

fn log_signaling(event: &ClientEvent) {
    match event {
        ClientEvent::Joined { peer, .. } => tracing::info!(%peer, "joined the swarm"),
        // The driver says why, which the event does not know.
        ClientEvent::Lost { .. } | ClientEvent::SwitchedOff { .. } => {}
        ClientEvent::Introduced { peer, offer } => tracing::debug!(%peer, offer, "introduced"),
        ClientEvent::Unreachable { peer } => tracing::debug!(%peer, "no link came about"),
        ClientEvent::Refused { code, message } => {
            tracing::warn!(?code, %message, "signaling refused something");
        }
    }
}
