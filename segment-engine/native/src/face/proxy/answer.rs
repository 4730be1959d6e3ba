//! Answers to players: a segment or a part of it, and the statuses for failures.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use segment_engine::id::ByteRange;
use segment_engine::input::FetchError;
use segment_engine::output::Delivery;
use segment_engine::piece::Digest;
use segment_engine_native::hex;

use super::range::{Part, Wanted};

/// How long a cache may keep a segment. It means the same bytes for as long as it is in a manifest.
const SEGMENT_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// How many bytes of a digest make an ETag.
const TAG: usize = 16;

/// Why a request cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failure {
    status: StatusCode,
    text: &'static str,
}

/// The validator of a segment: other bytes have another.
pub(super) fn tag(delivery: &Delivery) -> HeaderValue {
    let leaves = delivery.body.leaves();
    let leaves: Vec<&[u8]> = leaves.iter().map(|leaf| &leaf.0[..]).collect();
    let digest = hex(&Digest::of(&leaves).0[..TAG]);
    HeaderValue::from_str(&format!("\"{digest}\"")).expect("invariant: hexadecimal digits make a header")
}

/// A segment, or the part of it that is wanted, under its validator.
pub(super) fn whole(delivery: &Delivery, wanted: Option<Wanted>) -> Response {
    let size = delivery.body.len();
    let mut response = match wanted.map_or(Part::Whole, |wanted| wanted.of(size)) {
        Part::Whole => body(delivery, 0, size).into_response(),
        Part::Range(range) => {
            let content = format!("bytes {range}/{size}");
            let head = [(header::CONTENT_RANGE, content)];
            let body = body(delivery, range.first, range.len());
            (StatusCode::PARTIAL_CONTENT, head, body).into_response()
        }
        Part::Beyond => {
            let content = format!("bytes */{size}");
            let head = [(header::CONTENT_RANGE, content)];
            (StatusCode::RANGE_NOT_SATISFIABLE, head).into_response()
        }
    };
    response.headers_mut().insert(header::ETAG, tag(delivery));
    response
}

/// A 304: the player's copy of the segment is still valid.
pub(super) fn unchanged(delivery: &Delivery) -> Response {
    let lasting = [
        (header::ETAG, tag(delivery)),
        (header::CACHE_CONTROL, SEGMENT_CACHE),
    ];
    (StatusCode::NOT_MODIFIED, lasting).into_response()
}

/// A segment that is a range of a resource whose size is not known here.
pub(super) fn ranged(delivery: &Delivery, range: ByteRange) -> Response {
    let size = delivery.body.len();
    let last = range.first + size - 1;
    let content = format!("bytes {}-{last}/*", range.first);
    let head = [(header::CONTENT_RANGE, content)];
    (StatusCode::PARTIAL_CONTENT, head, body(delivery, 0, size)).into_response()
}

/// A body of `len` bytes from `first` on, without a copy.
fn body(delivery: &Delivery, first: u64, len: u64) -> impl IntoResponse + use<> {
    let (mut skip, mut left) = (first, len);
    let mut parts = Vec::new();
    for piece in delivery.body.pieces() {
        let bytes = piece.shared();
        let size = bytes.len() as u64;
        let (from, to) = (skip.min(size), skip.saturating_add(left).min(size));
        (skip, left) = (skip - from, left - (to - from));
        if from < to {
            // Both are at most a piece's length.
            let [from, to] = [from, to].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
            parts.push(Ok::<_, std::convert::Infallible>(bytes.slice(from..to)));
        }
    }
    let head = [
        (header::CONTENT_LENGTH, HeaderValue::from(len)),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::CACHE_CONTROL, SEGMENT_CACHE),
    ];
    (head, Body::from_stream(stream::iter(parts)))
}

/// Sets the `Content-Type` of a segment, judged by its name.
pub(super) fn typed(mut response: Response, path: &str) -> Response {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let kind = match extension {
        "m4s" | "mp4" | "m4v" | "cmfv" => "video/mp4",
        "m4a" | "cmfa" => "audio/mp4",
        "ts" => "video/mp2t",
        "aac" => "audio/aac",
        "webm" => "video/webm",
        "vtt" => "text/vtt",
        _ => "application/octet-stream",
    };
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

impl Failure {
    /// The origin takes too long.
    pub(super) const SLOW: Self = Self {
        status: StatusCode::GATEWAY_TIMEOUT,
        text: "the origin takes too long\n",
    };
    /// Too much is asked at once.
    pub(super) const BUSY: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        text: "too much is asked at once\n",
    };

    /// A refusal of the origin is the player's; trouble of the origin is a gateway's.
    pub(super) fn of(error: FetchError) -> Self {
        let (status, text) = match error {
            FetchError::Status(status @ 400..=499) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                (status, "the origin refuses\n")
            }
            FetchError::Status(_) | FetchError::Network => (StatusCode::BAD_GATEWAY, "the origin fails\n"),
            FetchError::Timeout => return Self::SLOW,
        };
        Self { status, text }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // A failure is nobody's to keep.
        let head = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        let mut response = (self.status, head, self.text).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[cfg(test)]
mod tests;
