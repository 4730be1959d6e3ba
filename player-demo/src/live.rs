//! A live stream made of the clip: its segments again and again, each at its time, with times that go on.
//!
//! Segment `n` (from 1) covers `2(n-1)` to `2n` seconds after [`Live::start`] and is there from its end on, until
//! the window has left it behind. The same number always means the same bytes.

mod boxes;
mod clip;
mod hls;
mod mpd;

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::live::clip::Clip;
pub(crate) use crate::live::clip::ClipError;

/// The length of a segment, in milliseconds; the clip is cut so.
const SEGMENT_MS: u64 = 2000;
/// How far back a viewer may go, in milliseconds.
const WINDOW_MS: u64 = 40_000;

/// Milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnixMillis(pub(crate) u64);

impl UnixMillis {
    /// The wall clock's time.
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// This moment, cut to whole seconds and moved back by one window: a stream that begins there has its whole
    /// window at once.
    pub(crate) fn window_ago(self) -> Self {
        Self((self.0.saturating_sub(WINDOW_MS)) / 1000 * 1000)
    }
}

/// The live stream.
#[derive(Debug)]
pub(crate) struct Live {
    clip: Clip,
    start: UnixMillis,
}

/// A segment is not to be had.
#[derive(Debug, PartialEq, Eq)]
enum Missing {
    /// No such track or name.
    Unknown,
    /// Its time has not come.
    Early,
    /// The window has left it behind.
    Expired,
    /// The clip's file cannot be read or is not a fragment.
    Broken,
}

impl Live {
    /// Opens the clip in `folder` as a stream that began at `start`.
    ///
    /// # Errors
    /// When the folder does not hold such a clip.
    pub(crate) fn open(folder: &Path, start: UnixMillis) -> Result<Self, ClipError> {
        Ok(Self {
            clip: Clip::open(folder)?,
            start,
        })
    }

    fn manifest(&self, now: UnixMillis) -> String {
        mpd::write(self.clip.adaptation_sets(), self.start, now)
    }

    /// The multivariant playlist, or a track's.
    fn playlist(&self, name: &str, now: UnixMillis) -> Option<String> {
        let track = name.strip_suffix(".m3u8")?;
        if track == "master" {
            return self.clip.multivariant().map(str::to_owned);
        }
        let durations = self.clip.track(track)?.durations()?;
        Some(hls::write(track, durations, self.start, now))
    }

    async fn file(&self, track: &str, name: &str, now: UnixMillis) -> Result<Vec<u8>, Missing> {
        let track = self.clip.track(track).ok_or(Missing::Unknown)?;
        if name == "init.mp4" {
            return Ok(track.init().to_vec());
        }
        let number = segment_number(name).ok_or(Missing::Unknown)?;
        self.check_time(number, now)?;
        let (turn, index) = (
            (number - 1) / self.clip.length(),
            (number - 1) % self.clip.length(),
        );
        let fragment = track.fragment(index + 1).await.map_err(|error| {
            tracing::warn!(%error, "the clip has lost a segment");
            Missing::Broken
        })?;
        let shift = turn * self.clip.length() * SEGMENT_MS / 1000 * u64::from(track.timescale());
        let sequence = u32::try_from(number % (u64::from(u32::MAX) + 1)).unwrap_or(u32::MAX);
        boxes::shift(fragment, shift, sequence).map_err(|error| {
            tracing::warn!(%error, "a segment of the clip cannot be moved");
            Missing::Broken
        })
    }

    /// Availability as ISO/IEC 23009-1, A.3.2 counts it: from the segment's end, for the window and its own length.
    fn check_time(&self, number: u64, now: UnixMillis) -> Result<(), Missing> {
        let age = now.0.saturating_sub(self.start.0);
        let end = number.saturating_mul(SEGMENT_MS);
        if age < end {
            return Err(Missing::Early);
        }
        if age > end.saturating_add(WINDOW_MS + SEGMENT_MS) {
            return Err(Missing::Expired);
        }
        Ok(())
    }
}

/// Reads `17.m4s`.
fn segment_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".m4s")?;
    let plain = digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| digits.parse().ok())??;
    (number > 0 && !digits.starts_with('0')).then_some(number)
}

/// Serves the stream: `manifest.mpd`, `master.m3u8`, `track.m3u8`, and `track/init.mp4` and `track/n.m4s` beside it.
pub(crate) fn router(live: Live) -> Router {
    Router::new()
        .route("/manifest.mpd", get(serve_manifest))
        .route("/{playlist}", get(serve_playlist))
        .route("/{track}/{name}", get(serve_file))
        .with_state(Arc::new(live))
}

async fn serve_manifest(State(live): State<Arc<Live>>) -> Response {
    answer(live.manifest(UnixMillis::now()), "application/dash+xml")
}

async fn serve_playlist(State(live): State<Arc<Live>>, UrlPath(name): UrlPath<String>) -> Response {
    match live.playlist(&name, UnixMillis::now()) {
        Some(playlist) => answer(playlist, "application/vnd.apple.mpegurl"),
        None => (StatusCode::NOT_FOUND, "no such playlist").into_response(),
    }
}

async fn serve_file(
    State(live): State<Arc<Live>>,
    UrlPath((track, name)): UrlPath<(String, String)>,
) -> Response {
    match live.file(&track, &name, UnixMillis::now()).await {
        Ok(bytes) => answer(bytes, "video/iso.segment"),
        Err(Missing::Broken) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Err(Missing::Unknown) => (StatusCode::NOT_FOUND, "no such segment").into_response(),
        Err(Missing::Early) => {
            // A segment asked for too soon is there a moment later: the refusal must not be remembered.
            let headers = [(CACHE_CONTROL, "no-store")];
            (StatusCode::NOT_FOUND, headers, "not available yet").into_response()
        }
        Err(Missing::Expired) => (StatusCode::NOT_FOUND, "no longer available").into_response(),
    }
}

/// An answer that browsers do not keep: what a page counts as the origin's is to come from here.
fn answer(body: impl IntoResponse, kind: &'static str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
