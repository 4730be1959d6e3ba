//! `/STREAM/..`: what the origin has beside a stream's manifest, for players without WebRTC.
//!
//! Manifests are passed on, a second old at most. Segments come from the seeder's store, or are fetched from the origin
//! once, whoever asks meanwhile, and kept. Anything else is passed through. Only what lies under the folder of the
//! stream's manifest can be had.

mod answer;
mod manifests;
mod range;
mod target;
mod upstream;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use segment_engine::id::ByteRange;
use segment_engine::input::FetchError;
use segment_engine::output::{DeclineReason, Delivery};
use segment_engine_native::{DemandError, Peer};
use tokio::time::timeout;

use self::answer::{Failure, ranged, tag, typed, unchanged, whole};
use self::manifests::Manifests;
use self::range::Wanted;
use self::target::{Kind, Target};
use self::upstream::{Upstream, UpstreamError};
use super::FaceState;
use super::sidecars::is_known;

/// How long a player waits for a segment before it is told to ask again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Counts of the proxy's answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Responses {
    pub(super) segments: u64,
    pub(super) manifests: u64,
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) refused: u64,
}

/// Serves players.
#[derive(Debug)]
pub(super) struct Proxy {
    upstream: Upstream,
    manifests: Manifests,
    segments: AtomicU64,
    manifest: AtomicU64,
    passed: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
}

/// The outcome of a request for a segment.
enum Outcome {
    /// It came: the whole resource, or the range that the manifest names.
    Whole(Delivery),
    Ranged(Delivery, ByteRange),
    /// The manifest does not have it.
    Unknown,
    /// It cannot be had.
    Failed(Failure),
}

impl Proxy {
    /// Serves nobody yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        Ok(Self {
            upstream: Upstream::new()?,
            manifests: Manifests::default(),
            segments: AtomicU64::new(0),
            manifest: AtomicU64::new(0),
            passed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    /// The counts of answers so far.
    pub(super) fn responses(&self) -> Responses {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Responses {
            segments: read(&self.segments),
            manifests: read(&self.manifest),
            passed: read(&self.passed),
            failed: read(&self.failed),
            refused: read(&self.refused),
        }
    }

    async fn answer(&self, stream: &str, peer: &Peer, target: Target, headers: &HeaderMap) -> Response {
        // A playlist need not have the name of one: the seeder knows those that it follows.
        if target.kind == Kind::Manifest || peer.kept_manifest(target.url.as_str()).is_some() {
            let manifest = self.manifests.get(&self.upstream, stream, peer, &target.url);
            return match manifest.await {
                Ok(manifest) => counted(&self.manifest, manifest.into_response()),
                Err(error) => self.fail(failure_of(&error)),
            };
        }
        let wanted = headers.get(header::RANGE).and_then(Wanted::parse);
        let condition = headers.get(header::IF_RANGE);
        // A range of a condition is of the whole, which alone has a validator.
        let asked = wanted.filter(|_| condition.is_none());
        let answer = match find(peer, target.url.as_str(), asked).await {
            Outcome::Whole(delivery) if is_known(headers, &tag(&delivery)) => unchanged(&delivery),
            Outcome::Whole(delivery) => {
                let holds = |_: &Wanted| condition.is_none_or(|told| *told == tag(&delivery));
                whole(&delivery, wanted.filter(holds))
            }
            Outcome::Ranged(delivery, range) => ranged(&delivery, range),
            Outcome::Unknown => {
                return match self.upstream.pass(peer.access(), &target.url, headers).await {
                    Ok(response) => counted(&self.passed, response),
                    Err(error) => self.fail(failure_of(&error)),
                };
            }
            Outcome::Failed(failure) => return self.fail(failure),
        };
        counted(&self.segments, typed(answer, target.url.path()))
    }

    fn fail(&self, failure: Failure) -> Response {
        counted(&self.failed, failure.into_response())
    }
}

pub(super) async fn serve(
    State(state): State<FaceState>,
    Path((name, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Some(proxy) = &state.proxy else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (Some(running), Some(rest)) = (state.streams.find(&name), rest(request.uri().path())) else {
        return refused(proxy, "no such stream\n");
    };
    let (manifest, peer) = (&running.spec().manifest, running.seeder().peer());
    // What it names lies beside where it was sent from, and is known to the seeder by that.
    let came_from = peer.redirected_manifest(manifest);
    let target = Target::find(manifest, came_from.as_deref(), rest, request.uri().query());
    match target {
        Some(target) => proxy.answer(&name, peer, target, request.headers()).await,
        None => refused(proxy, "not a path below the stream's manifest\n"),
    }
}

fn refused(proxy: &Arc<Proxy>, text: &'static str) -> Response {
    counted(&proxy.refused, (StatusCode::NOT_FOUND, text).into_response())
}

fn counted(counter: &AtomicU64, response: Response) -> Response {
    counter.fetch_add(1, Ordering::Relaxed);
    response
}

/// The part of the path after the stream's name, still percent-encoded.
fn rest(path: &str) -> Option<&str> {
    path.strip_prefix('/')?.split_once('/').map(|(_, rest)| rest)
}

/// Asks the seeder for the wanted range, which may be a segment of its own, and then for the whole resource.
async fn find(peer: &Peer, url: &str, wanted: Option<Wanted>) -> Outcome {
    if let Some(range) = wanted.and_then(Wanted::exact) {
        match demand(peer, url, Some(range)).await {
            Outcome::Whole(delivery) => return Outcome::Ranged(delivery, range),
            Outcome::Unknown => {}
            other @ (Outcome::Ranged(..) | Outcome::Failed(_)) => return other,
        }
    }
    demand(peer, url, None).await
}

async fn demand(peer: &Peer, url: &str, range: Option<ByteRange>) -> Outcome {
    let Ok(answer) = timeout(PATIENCE, peer.demand(url, range)).await else {
        return Outcome::Failed(Failure::SLOW);
    };
    match answer {
        Ok(delivery) => Outcome::Whole(delivery),
        Err(DemandError::Declined(reason)) => match reason {
            DeclineReason::Unknown | DeclineReason::Disagreement | DeclineReason::TooLarge => {
                Outcome::Unknown
            }
            DeclineReason::OriginFailed(error) => Outcome::Failed(Failure::of(error)),
            DeclineReason::Busy => Outcome::Failed(Failure::BUSY),
        },
        // The stream has stopped, or is not known by this version.
        Err(_) => Outcome::Failed(Failure::BUSY),
    }
}

fn failure_of(error: &UpstreamError) -> Failure {
    match error {
        UpstreamError::Status(status) => Failure::of(FetchError::Status(status.as_u16())),
        UpstreamError::Timeout(_) => Failure::SLOW,
        UpstreamError::Http(error) if error.is_timeout() => Failure::SLOW,
        UpstreamError::Http(_)
        | UpstreamError::TooLarge
        | UpstreamError::Redirects
        | UpstreamError::Packed(_)
        | UpstreamError::GivenUp => Failure::of(FetchError::Network),
    }
}

#[cfg(test)]
mod tests;
