//! The manifests that were passed on last: however many players ask, the origin is asked once a second.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use segment_engine_native::figures::{Figures, ManifestState};
use segment_engine_native::{Access, KeptManifest, Peer};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::upstream::{Upstream, UpstreamError};

/// How old a manifest may be to be passed on without asking; and how long an origin that did not give one is not asked
/// again.
const FRESH: Duration = Duration::from_secs(1);
/// How long the origin may take if there is an older copy to pass on instead. If the origin has failed lately, that
/// copy is passed on at once.
const PATIENCE: Duration = Duration::from_secs(2);
/// How old a live manifest may be if the origin fails: it is of little use after that.
const STALE: Duration = Duration::from_secs(30);
/// How many manifests of a stream are kept: its playlists, and variants by players' query parameters.
const KEPT: usize = 64;
/// How many of all streams together, besides those that were asked for within the last second.
const KEPT_OF_ALL: usize = 64;
/// How long to wait for a stream's figures: whoever waits for the manifest waits as long.
const LOOK: Duration = Duration::from_millis(500);
/// The `Cache-Control` of a manifest.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=1");

/// A manifest as it came.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    came: Instant,
    head: HeaderMap,
    body: Bytes,
}

/// The result of one request to the origin, shared by all who waited for it.
type Outcome = Result<Manifest, Arc<UpstreamError>>;

/// The manifests that are kept.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    /// By stream, and URL.
    places: Mutex<BTreeMap<(String, String), Arc<Place>>>,
}

/// The place of one manifest, while it is fetched and after.
#[derive(Debug, Default)]
struct Place(Mutex<Known>);

/// What is known of one manifest.
#[derive(Debug, Default, Clone)]
struct Known {
    last: Option<Manifest>,
    /// When the last request failed, and why.
    failed: Option<(Instant, Arc<UpstreamError>)>,
    /// The request under way.
    asking: Option<Asking>,
}

/// A request for a manifest.
#[derive(Debug, Clone)]
struct Asking {
    since: Instant,
    /// Tells the result, once.
    told: watch::Receiver<Option<Outcome>>,
}

impl Manifests {
    /// The manifest at a URL. Callers that come while it is fetched wait for the same one; but if there is an older
    /// copy, no longer than a healthy origin takes.
    pub(super) async fn get(&self, upstream: &Upstream, stream: &str, peer: &Peer, url: &Url) -> Outcome {
        let Some(place) = self.place(stream, url) else {
            if let Some(kept) = Manifest::kept(peer, url).filter(Manifest::is_fresh) {
                return Ok(kept);
            }
            let outcome = fetch(upstream, peer.access(), url).await;
            return settle(outcome, None, peer, url).await;
        };
        let Known { last, failed, asking } = place.ask(upstream, peer.access(), url);
        if let Some(manifest) = last.as_ref().filter(|last| last.is_fresh()) {
            return Ok(manifest.clone());
        }
        let Some(mut asking) = asking else {
            return match failed {
                Some((_, error)) => settle(Err(error), last, peer, url).await,
                // It was fresh when it was decided not to ask.
                None => last.ok_or_else(|| Arc::new(UpstreamError::GivenUp)),
            };
        };
        let fails = failed.is_some_and(|(at, error)| error.is_failure() && at.elapsed() < STALE);
        let until = asking.since + if fails { Duration::ZERO } else { PATIENCE };
        match timeout_at(until, asking.outcome()).await {
            Ok(outcome) => settle(outcome, last, peer, url).await,
            Err(_) => match usable(last.clone(), peer, url).await {
                Some(kept) => Ok(kept),
                None => settle(asking.outcome().await, last, peer, url).await,
            },
        }
    }

    /// The place of a manifest; `None` if too many are in use.
    fn place(&self, stream: &str, url: &Url) -> Option<Arc<Place>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (stream.to_owned(), url.to_string());
        if let Some(place) = places.get(&key) {
            return Some(Arc::clone(place));
        }
        if places.len() >= KEPT_OF_ALL {
            places.retain(|_, place| place.is_in_use());
        }
        let own = places.range((stream.to_owned(), String::new())..);
        if own.take_while(|((of, _), _)| of == stream).count() >= KEPT {
            return None;
        }
        Some(Arc::clone(places.entry(key).or_default()))
    }
}

impl Place {
    /// What is known of the manifest. Asks the origin for it first, unless that was done within the last second.
    fn ask(self: &Arc<Self>, upstream: &Upstream, access: &Access, url: &Url) -> Known {
        let mut known = self.lock();
        if known.asking.is_none() && !known.is_recent() {
            let (tell, told) = watch::channel(None);
            let since = Instant::now();
            known.asking = Some(Asking { since, told });
            let (place, upstream) = (Arc::clone(self), upstream.clone());
            let (access, url) = (access.clone(), url.clone());
            // A task of its own: who asked first may go away, and the others still wait.
            tokio::spawn(async move {
                let outcome = fetch(&upstream, &access, &url).await;
                place.lock().on_outcome(&outcome);
                tell.send_replace(Some(outcome));
            });
        }
        known.clone()
    }

    fn is_in_use(&self) -> bool {
        let known = self.lock();
        known.asking.is_some() || known.is_recent()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Whether the origin was asked within the last second.
    fn is_recent(&self) -> bool {
        let failed = self.failed.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH);
        failed || self.last.as_ref().is_some_and(Manifest::is_fresh)
    }

    fn on_outcome(&mut self, outcome: &Outcome) {
        self.asking = None;
        match outcome {
            Ok(manifest) => {
                self.last = Some(manifest.clone());
                self.failed = None;
            }
            Err(error) => {
                // Who took it away wants it gone, also while the origin fails later.
                self.last = self.last.take().filter(|_| error.is_failure());
                self.failed = Some((Instant::now(), Arc::clone(error)));
            }
        }
    }
}

impl Asking {
    /// Waits for the result.
    async fn outcome(&mut self) -> Outcome {
        let told = self.told.wait_for(Option::is_some).await;
        let told = told.ok().and_then(|told| told.clone());
        // Only at the end of the process.
        told.unwrap_or_else(|| Err(Arc::new(UpstreamError::GivenUp)))
    }
}

async fn fetch(upstream: &Upstream, access: &Access, url: &Url) -> Outcome {
    let (head, body) = upstream.manifest(access, url).await.map_err(Arc::new)?;
    let came = Instant::now();
    Ok(Manifest { came, head, body })
}

/// The answer for a player: if the origin fails, the latest copy that is still usable.
async fn settle(outcome: Outcome, last: Option<Manifest>, peer: &Peer, url: &Url) -> Outcome {
    let error = match outcome {
        Ok(manifest) => return Ok(manifest),
        Err(error) => error,
    };
    if !error.is_failure() {
        peer.forget_manifest(url.as_str());
        return Err(error);
    }
    let kept = usable(last, peer, url).await;
    tracing::debug!(%error, kept = kept.is_some(), "a manifest cannot be passed on");
    kept.ok_or(error)
}

/// The newer of what was passed on last and what the seeder was given last, unless that is too old.
async fn usable(last: Option<Manifest>, peer: &Peer, url: &Url) -> Option<Manifest> {
    let newest = last.into_iter().chain(Manifest::kept(peer, url));
    let newest = newest.max_by_key(|kept| kept.came)?;
    if newest.came.elapsed() < STALE {
        return Some(newest);
    }
    let longest = longest(peer).await;
    (newest.came.elapsed() < longest).then_some(newest)
}

impl Manifest {
    fn is_fresh(&self) -> bool {
        self.came.elapsed() < FRESH
    }

    /// The seeder's own latest copy.
    fn kept(peer: &Peer, url: &Url) -> Option<Self> {
        let KeptManifest { body, kind, came, .. } = peer.kept_manifest(url.as_str())?;
        Some(Self {
            came,
            head: kind
                .map(|kind| (header::CONTENT_TYPE, kind))
                .into_iter()
                .collect(),
            body,
        })
    }
}

/// How old a manifest may be while the origin fails: a film's does not change. A stream that is not known to be a film
/// may be live.
async fn longest(peer: &Peer) -> Duration {
    match timeout(LOOK, peer.figures()).await.ok().flatten() {
        Some(Figures {
            live: false,
            manifest,
            ..
        }) if !matches!(manifest, ManifestState::Unread(_)) => Duration::MAX,
        Some(_) | None => STALE,
    }
}

impl IntoResponse for Manifest {
    fn into_response(self) -> Response {
        (self.head, [(header::CACHE_CONTROL, CACHE)], self.body).into_response()
    }
}
