//! An origin that serves one title, a film or a live stream, to the seeder alone: peers get its manifest and no bytes, so
//! that all of theirs are the seeder's.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ETAG, IF_NONE_MATCH, LAST_MODIFIED};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The header that the seeder shows, and what it says.
pub(crate) const PASS: (&str, &str) = ("x-seeder", "let-me-in");

/// What is served.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Title {
    /// So many segments, all there.
    Film { segments: u64 },
    /// A segment after the other, forever; so many are kept.
    Live { window: u64 },
}

/// How its segments are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) title: Title,
    /// How long each plays.
    pub(crate) duration: Duration,
    pub(crate) bytes: usize,
}

/// A running origin; ends when dropped.
#[derive(Debug)]
pub(crate) struct Origin {
    base: String,
    pub(crate) shape: Shape,
    /// Requests of peers for segments: each is one that the seeder did not meet in time.
    refused: Arc<Mutex<u64>>,
    task: JoinHandle<()>,
}

impl Origin {
    pub(crate) async fn start(shape: Shape) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let refused = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&refused);
        let router = Router::new().fallback(move |request: Request| {
            let response = answer(&request, shape, &counter);
            async move { response }
        });
        let task = tokio::spawn(async move {
            // It serves until it is dropped.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            base,
            shape,
            refused,
            task,
        })
    }

    pub(crate) fn manifest_url(&self) -> String {
        format!("{}/title.mpd", self.base)
    }

    pub(crate) fn segment_url(&self, number: u64) -> String {
        format!("{}/{number}.m4s", self.base)
    }

    pub(crate) fn manifest(&self) -> Vec<u8> {
        manifest(self.shape).into_bytes()
    }

    /// How often peers asked for segments.
    pub(crate) fn refused(&self) -> u64 {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shape {
    /// The last segment that is there at a time since 1970: segment n ends n durations after it.
    pub(crate) fn newest(self, now: Duration) -> u64 {
        match self.title {
            Title::Film { segments } => segments,
            Title::Live { .. } => {
                u64::try_from(now.as_millis() / self.duration.as_millis()).unwrap_or(u64::MAX)
            }
        }
    }

    /// When a segment of a live stream is there, since 1970.
    pub(crate) fn there(self, number: u64) -> Duration {
        self.duration * u32::try_from(number).unwrap_or(u32::MAX)
    }

    fn has(self, number: u64) -> bool {
        let newest = self.newest(since_1970());
        let oldest = match self.title {
            Title::Film { .. } => 1,
            Title::Live { window } => newest.saturating_sub(window + 2),
        };
        (oldest..=newest).contains(&number)
    }
}

/// What the wall clock reads.
pub(crate) fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn answer(request: &Request, shape: Shape, refused: &Mutex<u64>) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path == "title.mpd" {
        return tagged(request.headers(), || manifest(shape).into());
    }
    let Some(number) = path.strip_suffix(".m4s").and_then(|number| number.parse().ok()) else {
        return status(StatusCode::NOT_FOUND);
    };
    if !is_let_in(request.headers()) {
        *refused.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        return status(StatusCode::FORBIDDEN);
    }
    if !shape.has(number) {
        return status(StatusCode::NOT_FOUND);
    }
    tagged(request.headers(), || bytes_of(number, shape.bytes).into())
}

/// What never changes, with the validators that web servers give.
fn tagged(asked: &HeaderMap, body: impl FnOnce() -> Body) -> Response {
    let mut response = match asked.contains_key(IF_NONE_MATCH) {
        true => status(StatusCode::NOT_MODIFIED),
        false => Response::new(body()),
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::from_static("\"6745f1a2-ea60\""));
    headers.insert(
        LAST_MODIFIED,
        HeaderValue::from_static("Tue, 26 Nov 2024 16:00:00 GMT"),
    );
    response
}

fn is_let_in(headers: &HeaderMap) -> bool {
    headers.get(PASS.0).is_some_and(|value| value == PASS.1)
}

fn status(code: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}

fn manifest(shape: Shape) -> String {
    let millis = shape.duration.as_millis();
    let seconds = |segments: u64| millis as f64 / 1e3 * segments as f64;
    let kind = match shape.title {
        Title::Film { segments } => {
            format!(
                r#"type="static" mediaPresentationDuration="PT{}S""#,
                seconds(segments)
            )
        }
        Title::Live { window } => format!(
            r#"type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" timeShiftBufferDepth="PT{}S""#,
            seconds(window)
        ),
    };
    let bandwidth = (shape.bytes * 8) as f64 / shape.duration.as_secs_f64();
    format!(
        r#"<MPD {kind}><Period id="1" start="PT0S"><AdaptationSet contentType="video">
        <SegmentTemplate timescale="1000" duration="{millis}" media="$Number$.m4s"/>
        <Representation id="v" bandwidth="{bandwidth:.0}"/></AdaptationSet></Period></MPD>"#
    )
}

/// Bytes that no codec makes smaller, the same each time (xorshift64*, Vigna 2016).
fn bytes_of(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
