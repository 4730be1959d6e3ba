//! Manifests as they were passed on last: however many players ask, the origin is asked once a second.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use segment_engine_native::figures::{Figures, ManifestState};
use segment_engine_native::{KeptManifest, Peer};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use url::Url;

use super::upstream::{Upstream, UpstreamError};

/// How old a manifest may be that is passed on.
const FRESH: Duration = Duration::from_secs(1);
/// How old a live one may be where the origin does not give another: it is of little use after that.
const STALE: Duration = Duration::from_secs(30);
/// How many are kept: those of all streams, their playlists, and what players add to their URLs.
const KEPT: usize = 64;
/// How long a stream is asked how it is: who waits for the manifest waits as long.
const LOOK: Duration = Duration::from_millis(500);
/// What caches are told.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=1");

/// A manifest as it came.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    came: Instant,
    head: HeaderMap,
    body: Bytes,
}

/// Where one is, while it is fetched and after.
type Place = Arc<Mutex<Option<Manifest>>>;

/// The manifests that are kept.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    places: std::sync::Mutex<BTreeMap<String, Place>>,
}

impl Manifests {
    /// The manifest at a URL. Who asks while it is fetched waits for the same.
    pub(super) async fn get(
        &self,
        upstream: &Upstream,
        peer: &Peer,
        url: &Url,
    ) -> Result<Manifest, UpstreamError> {
        let place = self.place(url);
        let mut known = place.lock().await;
        if let Some(manifest) = known.as_ref().filter(|known| known.came.elapsed() < FRESH) {
            return Ok(manifest.clone());
        }
        match upstream.manifest(peer.access(), url).await {
            Ok((head, body)) => {
                let came = Instant::now();
                Ok(known.insert(Manifest { came, head, body }).clone())
            }
            Err(error) => {
                if !error.is_failure() {
                    // Who took it away wants it gone, also while the origin fails later.
                    *known = None;
                    peer.forget_manifest(url.as_str());
                    return Err(error);
                }
                let longest = longest(peer).await;
                let both = known.iter().cloned().chain(Manifest::kept(peer, url));
                let kept = both.max_by_key(|kept| kept.came);
                let kept = kept.filter(|kept| kept.came.elapsed() < longest);
                tracing::debug!(%error, kept = kept.is_some(), "a manifest cannot be passed on");
                kept.ok_or(error)
            }
        }
    }

    /// Where a manifest is kept: nowhere for long, where too many are asked for.
    fn place(&self, url: &Url) -> Place {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(url.as_str()) {
            return Arc::clone(place);
        }
        if places.len() >= KEPT {
            places.retain(|_, place| {
                // One that is being fetched is in use.
                place.try_lock().map_or(true, |known| {
                    known.as_ref().is_some_and(|known| known.came.elapsed() < FRESH)
                })
            });
        }
        if places.len() >= KEPT {
            return Place::default();
        }
        Arc::clone(places.entry(url.to_string()).or_default())
    }
}

impl Manifest {
    /// What the seeder was given last.
    fn kept(peer: &Peer, url: &Url) -> Option<Self> {
        let KeptManifest { body, kind, came } = peer.kept_manifest(url.as_str())?;
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

/// How old a manifest may be while the origin fails: a film's does not change. A stream that does not say what it is may be
/// live.
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
