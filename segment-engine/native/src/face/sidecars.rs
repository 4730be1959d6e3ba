//! `/digests/STREAM`: the sidecar of a stream, made anew at most once a second, with an ETag so that a CDN carries it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use segment_engine::piece::Digest;
use segment_engine_native::hex;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::FaceState;
use crate::streams::Running;

/// How long a copy is handed out before another is made, so that frequent requests cost the seeder little.
const FRESH: Duration = Duration::from_secs(1);
/// How long a cache may keep a sidecar of a live title: a new digest is wanted within the second, and comes from peers.
const LIVE: HeaderValue = HeaderValue::from_static("public, max-age=2");
/// How long a cache may keep a film's sidecar, whose digests are signed once and for long.
const FILM: HeaderValue = HeaderValue::from_static("public, max-age=30");
/// How many bytes of a digest make an ETag.
const ETAG: usize = 16;

/// The copies that were made.
#[derive(Debug, Default)]
pub(super) struct Sidecars {
    copies: std::sync::Mutex<BTreeMap<String, Arc<Mutex<Option<Issue>>>>>,
}

/// A sidecar as it is handed out.
#[derive(Debug, Clone)]
struct Issue {
    of: Weak<Running>,
    made: Instant,
    bytes: Bytes,
    etag: HeaderValue,
    cache: HeaderValue,
}

pub(super) async fn serve(
    State(state): State<FaceState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(running) = state.streams.find(&name) else {
        return (StatusCode::NOT_FOUND, "no such stream\n").into_response();
    };
    let Some(copy) = state.sidecars.copy(&running).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the stream is stopping\n").into_response();
    };
    let lasting = [
        (header::ETAG, copy.etag.clone()),
        (header::CACHE_CONTROL, copy.cache),
    ];
    if is_known(&headers, &copy.etag) {
        return (StatusCode::NOT_MODIFIED, lasting).into_response();
    }
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    (lasting, kind, copy.bytes).into_response()
}

impl Sidecars {
    /// The copy of a stream; `None` if it has stopped. Requests that come meanwhile wait for the same copy.
    async fn copy(&self, running: &Arc<Running>) -> Option<Issue> {
        let place = self.place(&running.spec().name);
        let mut copy = place.lock().await;
        let is_fresh = |copy: &Issue| {
            copy.made.elapsed() < FRESH && std::ptr::eq(copy.of.as_ptr(), Arc::as_ptr(running))
        };
        if let Some(copy) = copy.as_ref().filter(|copy| is_fresh(copy)) {
            return Some(copy.clone());
        }
        let peer = running.seeder().peer();
        let live = peer.figures().await?.live;
        let bytes = Bytes::from(peer.sidecar().await?);
        let digest = hex(&Digest::of(&[&bytes]).0[..ETAG]);
        let made = Issue {
            of: Arc::downgrade(running),
            made: Instant::now(),
            bytes,
            etag: HeaderValue::from_str(&format!("\"{digest}\""))
                .expect("invariant: hexadecimal digits make a header"),
            cache: if live { LIVE } else { FILM },
        };
        *copy = Some(made.clone());
        Some(made)
    }

    /// The place of a stream's copy. Copies of streams that are gone are forgotten.
    fn place(&self, name: &str) -> Arc<Mutex<Option<Issue>>> {
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        copies.retain(|_, copy| {
            // One that is being made is in use.
            copy.try_lock().map_or(true, |copy| {
                copy.as_ref().is_some_and(|copy| copy.of.strong_count() > 0)
            })
        });
        Arc::clone(copies.entry(name.to_owned()).or_default())
    }
}

/// Whether the asker has that copy already (RFC 9110, section 13.1.2).
pub(super) fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','));
    known.any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == etag.as_bytes()
    })
}

#[cfg(test)]
mod tests;
