//! The page's files, and what the page asks this server first.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Json, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use tower_http::services::ServeDir;

use crate::gallery::GalleryConfig;
use crate::streams::{STREAMS, Stream};

/// `GET /config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageConfig {
    /// The URL of signaling, or a path on this server.
    signaling_url: String,
    /// The public key of the seeders, in hexadecimal; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest_key: Option<String>,
    /// The streams that there are to watch.
    streams: &'static [Stream],
    /// The URL where the demo can be changed while it runs; absent if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    control_url: Option<&'static str>,
    /// The page of files; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    gallery: Option<GalleryConfig>,
}

/// Whether the demo can be changed while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// It can, by `/control`.
    Here,
    /// It cannot: others than this machine's may ask.
    Nowhere,
}

impl PageConfig {
    /// The configuration for the page.
    pub(crate) fn new(
        signaling_url: Option<String>,
        digest_key: Option<String>,
        control: Control,
        gallery: Option<GalleryConfig>,
    ) -> Self {
        let signaling_url = signaling_url.unwrap_or_else(|| "/v1/ws".to_owned());
        Self {
            signaling_url,
            digest_key,
            streams: &STREAMS,
            control_url: (control == Control::Here).then_some("/control"),
            gallery,
        }
    }
}

/// Serves the page in `folder`.
pub(crate) fn router(folder: &Path, config: PageConfig) -> Router {
    Router::new()
        .route("/config.json", get(async move || describe(&config)))
        .fallback_service(ServeDir::new(folder))
        .layer(from_fn(keep_to_itself))
}

/// Keeps other sites from putting the page in a frame, and from giving it an address that asks for something: what the
/// address asks for is done as if the viewer had.
async fn keep_to_itself(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    let is_led_here = site.is_some_and(|site| site == "cross-site" || site == "same-site");
    if is_led_here && request.uri().query().is_some() {
        return Redirect::to("/").into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("frame-ancestors 'self'"),
    );
    response
}

fn describe(config: &PageConfig) -> Response {
    let mut response = Json(config).into_response();
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
