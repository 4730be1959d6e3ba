//! Follows a sidecar of digests over HTTP: fetches it, and asks again, by its ETag, as often as its server says.

use std::time::Duration;

use reqwest::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, Response, StatusCode};
use segment_engine::input::Input;
use segment_engine::integrity::MAX_SIDECAR;
use thiserror::Error;
use tokio::sync::mpsc::WeakSender;
use tokio::time::{sleep, timeout};

use crate::access::redacted_url;
use crate::coding::{content_coding, identity_encoding_headers};
use crate::driver::Command;

/// Bounds of the time between two requests, whatever the server says: they spare the server, and still find a new
/// record in time.
const PERIOD: std::ops::RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3_600);
/// The time between two requests if the server says nothing, or cannot be reached.
const DEFAULT_PERIOD: Duration = Duration::from_secs(60);
/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// A sidecar did not come.
#[derive(Debug, Error)]
enum SidecarFetchError {
    /// The error without its URL, which may hold a secret.
    #[error(transparent)]
    Http(reqwest::Error),
    #[error("status {0}")]
    Status(StatusCode),
    #[error("it is packed by {0}, though it was asked for as it is")]
    Packed(String),
    #[error("it is larger than {MAX_SIDECAR} bytes")]
    TooLarge,
    #[error("nothing came in time")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

impl From<reqwest::Error> for SidecarFetchError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error.without_url())
    }
}

/// What is known of the copy that came last.
#[derive(Debug, Default)]
struct Known {
    etag: Option<HeaderValue>,
    period: Option<Duration>,
    /// Whether the log has a warning that none comes: once for each outage.
    is_said: bool,
}

/// Follows the sidecar at `url` for as long as the peer runs.
///
/// # Errors
/// When the HTTP client cannot be set up.
pub(crate) fn follow(
    url: String,
    commands: WeakSender<Command>,
) -> Result<impl Future<Output = ()> + Send, reqwest::Error> {
    let client = Client::builder()
        .user_agent(concat!("fugitive/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(PATIENCE)
        .default_headers(identity_encoding_headers())
        .build()?;
    Ok(async move {
        let mut known = Known::default();
        loop {
            let fetched = fetch(&client, &url, &mut known).await;
            known.tell(&url, fetched.as_ref().err());
            if let Ok(Some(bytes)) = fetched {
                let Some(commands) = commands.upgrade() else {
                    return;
                };
                tracing::debug!(bytes = bytes.len(), "a sidecar of digests came");
                let told = Command::Input(Input::Sidecar(bytes.into()));
                if commands.send(told).await.is_err() {
                    return;
                }
            }
            sleep(known.period.unwrap_or(DEFAULT_PERIOD)).await;
        }
    })
}

impl Known {
    /// Says that the sidecar cannot be fetched, if so: once for each outage.
    fn tell(&mut self, url: &str, error: Option<&SidecarFetchError>) {
        let Some(error) = error else {
            self.is_said = false;
            return;
        };
        let url = redacted_url(url);
        if self.is_said {
            tracing::debug!(%url, %error, "the sidecar of digests is tried again");
            return;
        }
        self.is_said = true;
        tracing::warn!(%url, %error, "the sidecar of digests cannot be fetched; trying again");
    }
}

/// Fetches the sidecar, unless it is the one that is known.
async fn fetch(client: &Client, url: &str, known: &mut Known) -> Result<Option<Vec<u8>>, SidecarFetchError> {
    // Of a server that cannot be reached the last word does not count.
    known.period = None;
    let mut request = client.get(url);
    if let Some(etag) = &known.etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let response = timeout(PATIENCE, request.send()).await??;
    known.period = period(response.headers());
    match response.status() {
        StatusCode::NOT_MODIFIED => Ok(None),
        StatusCode::OK => {
            if let Some(coding) = content_coding(response.headers()) {
                return Err(SidecarFetchError::Packed(coding));
            }
            let etag = response.headers().get(ETAG).cloned();
            let bytes = read(response).await?;
            known.etag = etag;
            Ok(Some(bytes))
        }
        status => Err(SidecarFetchError::Status(status)),
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, SidecarFetchError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = timeout(PATIENCE, response.chunk()).await?? {
        if bytes.len() + chunk.len() > MAX_SIDECAR {
            return Err(SidecarFetchError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The time until the next request, from `Cache-Control: max-age` (RFC 9111, section 5.2.2.1).
fn period(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let seconds = directives
        .split(',')
        .find_map(|directive| directive.trim().strip_prefix("max-age="))?;
    let period = Duration::from_secs(seconds.parse().ok()?);
    Some(period.clamp(*PERIOD.start(), *PERIOD.end()))
}

#[cfg(test)]
mod tests;
