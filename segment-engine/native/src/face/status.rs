//! The state of each stream: whether it is ready and healthy, and why not; as lines for probes and as JSON for people
//! and pages.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use segment_engine_native::figures::{self, Figures, ManifestState, RenditionState, SignalingState};
use segment_engine_native::hex;
use segment_engine_native::internal::redacted_url;
use serde::Serialize;
use tokio::time::timeout;

use crate::streams::{Running, Streams};

/// How long a seeder may take to report its figures.
const PATIENCE: Duration = Duration::from_secs(2);

/// A stream as it was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) state: State,
}

/// The state of a stream, as it was last seen.
#[derive(Debug)]
pub(super) enum State {
    /// It runs.
    Running(Arc<Running>, Box<Figures>),
    /// It does not run; why.
    Missing(String),
}

/// The health of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "reason", rename_all = "camelCase")]
pub(super) enum Health {
    /// All is well.
    Ok,
    /// It is still starting.
    Starting(String),
    /// It works in part.
    Degraded(String),
    /// It does not run.
    Missing(String),
}

impl Health {
    fn reason(&self) -> Option<&str> {
        match self {
            Self::Ok => None,
            Self::Starting(reason) | Self::Degraded(reason) | Self::Missing(reason) => Some(reason),
        }
    }
}

/// Looks at all streams, in the order of their names.
pub(super) async fn look(streams: &Streams) -> Vec<Seen> {
    let looks = streams.all().into_iter().map(|running| async {
        let figures = timeout(PATIENCE, running.seeder().peer().figures()).await;
        let name = running.spec().name.clone();
        let state = match figures {
            Ok(Some(figures)) => State::Running(running, Box::new(figures)),
            Ok(None) => State::Missing("it is stopping".to_owned()),
            Err(_) => State::Missing("it does not answer".to_owned()),
        };
        Seen { name, state }
    });
    let mut seen = join_all(looks).await;
    let missing = streams.missing().into_iter();
    seen.extend(missing.map(|(name, reason)| Seen {
        name,
        state: State::Missing(reason),
    }));
    seen.sort_by(|one, other| one.name.cmp(&other.name));
    seen
}

/// The reason why a stream is not ready; `None` once its manifest was read and has something to seed, and it is a
/// member at signaling.
fn unready(figures: &Figures) -> Option<String> {
    if let ManifestState::Unread(why) = &figures.manifest {
        return Some(
            why.clone()
                .unwrap_or_else(|| "no manifest was read yet".to_owned()),
        );
    }
    if let RenditionState::Absent(reason) = &figures.renditions {
        return Some(format!("nothing is seeded: {reason}"));
    }
    let told = match figures.signaling {
        SignalingState::Never => "signaling was not joined yet",
        SignalingState::Away => "signaling is away",
        SignalingState::Joined => return None,
    };
    Some(match &figures.outage {
        Some(outage) => format!("{told}: {outage}"),
        None => told.to_owned(),
    })
}

/// The health of a running stream.
pub(super) fn health(figures: &Figures) -> Health {
    let starting =
        matches!(figures.manifest, ManifestState::Unread(_)) || figures.signaling == SignalingState::Never;
    if let Some(reason) = unready(figures) {
        return if starting {
            Health::Starting(reason)
        } else {
            Health::Degraded(reason)
        };
    }
    if let ManifestState::Stale(reason) = &figures.manifest {
        return Health::Degraded(reason.clone());
    }
    if let RenditionState::Lacking(reason) = &figures.renditions {
        return Health::Degraded(reason.clone());
    }
    if let Some(error) = figures.origin.failing {
        let reason = format!("the origin does not give segments: {}", figures::describe(error));
        return Health::Degraded(reason);
    }
    Health::Ok
}

/// Whether all streams are ready, and a line for each.
pub(super) fn readiness(seen: &[Seen]) -> (bool, String) {
    let unready = |seen: &Seen| match &seen.state {
        State::Running(_, figures) => unready(figures),
        State::Missing(reason) => Some(reason.clone()),
    };
    let reasons: Vec<_> = seen.iter().map(unready).collect();
    let line = |(seen, reason): (&Seen, &Option<String>)| match reason {
        None => format!("{}: ready\n", seen.name),
        Some(reason) => format!("{}: not ready: {reason}\n", seen.name),
    };
    let text = seen.iter().zip(&reasons).map(line).collect();
    (reasons.iter().all(Option::is_none), text)
}

/// The answer of `/v1/streams`.
#[derive(Debug, Serialize)]
pub(super) struct Description {
    streams: Vec<Stream>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stream {
    name: String,
    health: Health,
    #[serde(flatten)]
    running: Option<Details>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    /// Redacted.
    manifest: String,
    swarm: String,
    public_key: String,
    live: bool,
    segments: Segments,
    peers: Peers,
    bytes: Bytes,
    /// Bytes sent to peers per byte from the origin; `None` before any came.
    sent_per_origin_byte: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Segments {
    available: usize,
    stored: u64,
    on_disk: u64,
    signed: u64,
    /// Given up since the stream was started.
    gaps: u64,
}

#[derive(Debug, Serialize)]
struct Peers {
    viewers: u32,
    seeders: u32,
    links: usize,
}

#[derive(Debug, Serialize)]
struct Bytes {
    origin: u64,
    seeder: u64,
    peer: u64,
    sent: u64,
    stored: u64,
    on_disk: u64,
}

/// Describes what was seen.
pub(super) fn describe(seen: &[Seen]) -> Description {
    let streams = seen.iter().map(|seen| match &seen.state {
        State::Running(running, figures) => Stream {
            name: seen.name.clone(),
            health: health(figures),
            running: Some(details(running, figures)),
        },
        State::Missing(reason) => Stream {
            name: seen.name.clone(),
            health: Health::Missing(reason.clone()),
            running: None,
        },
    });
    Description {
        streams: streams.collect(),
    }
}

fn details(running: &Running, figures: &Figures) -> Details {
    let (spec, stats) = (running.spec(), &figures.stats);
    Details {
        manifest: redacted_url(&spec.manifest),
        swarm: spec.swarm.clone(),
        public_key: hex(&running.seeder().public_key().0),
        live: figures.live,
        segments: Segments {
            available: figures.available_segments,
            stored: stats.stored_segments,
            on_disk: stats.shelved_segments,
            signed: stats.known_digests.saturating_sub(figures.unsigned as u64),
            gaps: stats.gaps,
        },
        peers: Peers {
            viewers: stats.peers,
            seeders: stats.seeders,
            links: figures.links,
        },
        bytes: Bytes {
            origin: stats.received.origin,
            seeder: stats.received.seeder,
            peer: stats.received.peer,
            sent: stats.uploaded,
            stored: stats.stored_bytes,
            on_disk: stats.shelved_bytes,
        },
        sent_per_origin_byte: (stats.received.origin > 0)
            .then(|| stats.uploaded as f64 / stats.received.origin as f64),
    }
}

/// Whether a stream is healthy, which the figures tell as 1 or 0.
pub(super) fn is_well(figures: &Figures) -> bool {
    health(figures).reason().is_none()
}

#[cfg(test)]
mod tests;
