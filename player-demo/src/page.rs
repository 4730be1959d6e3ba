//! The page's files, and what the page asks this server first.

use std::path::Path;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde::Serialize;
use tower_http::services::ServeDir;

use crate::streams::{STREAMS, Stream};

/// `GET /config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageConfig {
    /// Where signaling is; a path is meant on this server.
    signaling_url: String,
    /// The public key of the seeders, in hexadecimal; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest_key: Option<String>,
    /// What there is to watch.
    streams: &'static [Stream],
}

impl PageConfig {
    /// What the page is told.
    pub(crate) fn new(signaling_url: Option<String>, digest_key: Option<String>) -> Self {
        let signaling_url = signaling_url.unwrap_or_else(|| "/v1/ws".to_owned());
        Self {
            signaling_url,
            digest_key,
            streams: &STREAMS,
        }
    }
}

/// Serves the page in `folder`.
pub(crate) fn router(folder: &Path, config: PageConfig) -> Router {
    Router::new()
        .route("/config.json", get(async move || describe(&config)))
        .fallback_service(ServeDir::new(folder))
}

fn describe(config: &PageConfig) -> Response {
    let mut response = Json(config).into_response();
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
