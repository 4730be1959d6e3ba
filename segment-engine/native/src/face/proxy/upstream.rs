//! The origin as the proxy asks it, for what the seeder does not have: manifests, and files that no manifest names.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};
use axum::response::Response;
use bytes::Bytes;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use segment_engine_native::Access;
use segment_engine_native::internal::{Pass, content_coding, identity_encoding_headers};
use thiserror::Error;
use tokio::time::timeout;
use url::Url;

/// How long the origin may be silent.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long all of a manifest may take.
const MANIFEST_PATIENCE: Duration = Duration::from_secs(20);
/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 10;
/// The largest manifest that is passed on, in bytes: as the engine reads.
const MAX_MANIFEST: usize = 8 << 20;
/// The headers of a player's request that are passed on to the origin.
const ASKED: [HeaderName; 4] = [RANGE, IF_RANGE, IF_NONE_MATCH, IF_MODIFIED_SINCE];
/// The headers of the origin's response that are passed on to the player.
const TOLD: [HeaderName; 8] = [
    CONTENT_TYPE,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    ACCEPT_RANGES,
    CACHE_CONTROL,
    ETAG,
    LAST_MODIFIED,
];
/// What still holds of a text that was changed on its way.
const TOLD_OF_TEXT: [HeaderName; 2] = [CONTENT_TYPE, CACHE_CONTROL];

/// A request to the origin failed.
#[derive(Debug, Error)]
pub(super) enum UpstreamError {
    /// The error without its URL, which may hold a secret.
    #[error(transparent)]
    Http(reqwest::Error),
    #[error("status {0}")]
    Status(StatusCode),
    #[error("it is packed by {0}, though it was asked for as it is")]
    Packed(String),
    #[error("nothing came in time")]
    Timeout(#[from] tokio::time::error::Elapsed),
    #[error("it is larger than {MAX_MANIFEST} bytes")]
    TooLarge,
    #[error("over {MAX_REDIRECTS} redirects")]
    Redirects,
    #[error("the request was given up")]
    GivenUp,
}

impl From<reqwest::Error> for UpstreamError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error.without_url())
    }
}

impl UpstreamError {
    /// Whether the origin fails, which may be over soon; any other error is its deliberate answer.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::Http(_) | Self::Timeout(_) | Self::GivenUp => true,
            Self::Status(status) => status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429),
            Self::TooLarge | Self::Redirects | Self::Packed(_) => false,
        }
    }
}

/// Makes requests to origins.
#[derive(Debug, Clone)]
pub(super) struct Upstream {
    client: Client,
}

impl Upstream {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        // The process's default TLS backend. One that was chosen before stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("fugitive/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(PATIENCE)
            .default_headers(identity_encoding_headers())
            .read_timeout(PATIENCE)
            .redirect(Policy::none())
            .build()?;
        Ok(Self { client })
    }

    /// Fetches a manifest: its type, and its bytes.
    pub(super) async fn manifest(
        &self,
        access: &Access,
        url: &Url,
    ) -> Result<(HeaderMap, Bytes), UpstreamError> {
        // All of it: who is given a byte now and then would wait for ever, and all who ask for the same with it.
        timeout(MANIFEST_PATIENCE, self.fetch(access, url)).await?
    }

    async fn fetch(&self, access: &Access, url: &Url) -> Result<(HeaderMap, Bytes), UpstreamError> {
        let (response, pass) = self.ask(access, url, &HeaderMap::new()).await?;
        if response.status() != StatusCode::OK {
            return Err(UpstreamError::Status(response.status()));
        }
        let kind = response.headers().get(CONTENT_TYPE).cloned();
        let head = kind.map(|kind| (CONTENT_TYPE, kind)).into_iter().collect();
        Ok((head, read_text(response, &pass).await?))
    }

    /// Passes a request through, as far as players may: its response is not kept.
    pub(super) async fn pass(
        &self,
        access: &Access,
        url: &Url,
        asked: &HeaderMap,
    ) -> Result<Response, UpstreamError> {
        let (mut answer, mut pass) = self.ask(access, url, asked).await?;
        let may_tell = pass.has_query() && is_text(answer.headers());
        if may_tell && answer.status() == StatusCode::PARTIAL_CONTENT {
            // Only of all of it can be told what a player must not see.
            (answer, pass) = self.ask(access, url, &HeaderMap::new()).await?;
        }
        let status = answer.status();
        if !status.is_success()
            && !matches!(
                status,
                StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE
            )
        {
            return Err(UpstreamError::Status(status));
        }
        let headers = answer.headers().clone();
        let told: &[HeaderName] = if may_tell { &TOLD_OF_TEXT } else { &TOLD };
        let body = if may_tell {
            Body::from(timeout(MANIFEST_PATIENCE, read_text(answer, &pass)).await??)
        } else {
            Body::from_stream(answer.bytes_stream())
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        for name in told {
            if let Some(value) = headers.get(name) {
                response.headers_mut().insert(name.clone(), value.clone());
            }
        }
        Ok(response)
    }

    /// Sends a request, and waits for the head of its response. The credentials go to the origin and to no other host;
    /// they are returned with the response, which may repeat them.
    async fn ask(
        &self,
        access: &Access,
        url: &Url,
        asked: &HeaderMap,
    ) -> Result<(reqwest::Response, Pass), UpstreamError> {
        let (mut pass, mut url) = (access.pass(), url.clone());
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self
                .client
                .get(pass.with_credentials(&url))
                .headers(pass.headers(&url));
            for name in ASKED {
                if let Some(value) = asked.get(&name) {
                    request = request.header(name, value);
                }
            }
            let answer = timeout(PATIENCE, request.send()).await??;
            if let Some(to) = pass.next(answer.status(), answer.headers(), &url) {
                url = to;
                continue;
            }
            match access.renew(&pass, &url, answer.status()).await {
                Some(renewed) => pass = renewed,
                None => return Ok((answer, pass)),
            }
        }
        Err(UpstreamError::Redirects)
    }
}

/// Whether a response is a text, which may name URLs.
fn is_text(head: &HeaderMap) -> bool {
    let kind = head.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("text/") || ["xml", "mpegurl", "json"].iter().any(|part| kind.contains(part))
}

/// All of a text, without what the origin repeats of the credentials.
async fn read_text(mut response: reqwest::Response, pass: &Pass) -> Result<Bytes, UpstreamError> {
    if let Some(coding) = content_coding(response.headers()) {
        return Err(UpstreamError::Packed(coding));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_MANIFEST {
            return Err(UpstreamError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(pass.body_without_credentials(body))
}
