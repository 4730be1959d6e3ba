//! The origin: a folder over HTTP with ranges, open to pages of other hosts, over a link that can be narrow.

use std::future::ready;
use std::path::Path;

use axum::Router;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, LAST_MODIFIED,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{from_fn, map_response};
use axum::response::Response;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};
use tower_http::services::ServeDir;

use crate::throttle::Throttle;

/// The headers of a response that a page of another host may read. Without `Content-Range` a range cannot be checked.
const EXPOSED: [HeaderName; 6] = [
    ACCEPT_RANGES,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    DATE,
    ETAG,
    LAST_MODIFIED,
];

/// Serves the files of `folder`.
pub(crate) fn files(folder: &Path) -> Router {
    Router::new().fallback_service(ServeDir::new(folder).append_index_html_on_directories(false))
}

/// Serves the clip in `folder`. Browsers keep nothing of it: otherwise, after a reload or in a second tab, bytes that a
/// page counts as the origin's would come out of their caches.
pub(crate) fn media(folder: &Path) -> Router {
    files(folder).layer(map_response(|response| ready(never_kept(response))))
}

/// Makes a router an origin: every page may read from it and measure it, over the link `throttle`.
pub(crate) fn as_origin(router: Router, throttle: Throttle) -> Router {
    let router = router.layer(from_fn(move |request, next| {
        throttle.clone().carry(request, next)
    }));
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(AllowHeaders::any())
        .expose_headers(EXPOSED);
    router
        .layer(cors)
        .layer(map_response(|response| ready(timing_allowed(response))))
}

fn never_kept(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Lets players of other hosts see how long a request took in all its phases (Resource Timing, section 4.5).
fn timing_allowed(mut response: Response) -> Response {
    let name = HeaderName::from_static("timing-allow-origin");
    response.headers_mut().insert(name, HeaderValue::from_static("*"));
    response
}
