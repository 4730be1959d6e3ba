//! One request up to the head of its response: access, validators, redirects, and what the head says.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use reqwest::header::{
    AGE, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, RANGE, RETRY_AFTER,
};
use reqwest::{Response, StatusCode};
use segment_engine::input::FetchError;
use segment_engine::output::{Fetch, FetchPurpose};
use segment_engine::time::UnixTime;
use tokio::time::timeout;
use url::Url;

use super::{FetchContext, For};
use crate::access::{Pass, redacted_url};
use crate::clock::unix_time;
use crate::coding::content_coding;
use crate::inbox::FetchEvent;
use crate::skew::Dated;

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 10;

/// The longest validator that is kept.
const MAX_VALIDATOR: usize = 1_024;

/// A request that was answered.
pub(super) enum Begun {
    /// Something comes.
    Response(Box<Head>),
    /// It is as it was when its validators were noted.
    Unchanged,
}

/// A request that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// Why.
    pub(super) error: FetchError,
    /// How long the origin asks to wait before the next request.
    pub(super) retry_after: Option<Duration>,
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

/// The validators of a resource, for conditional requests (RFC 9110, section 13.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Validators {
    tag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

/// The head of a response with a body to come.
#[derive(Debug)]
pub(super) struct Head {
    response: Response,
    url: String,
    pass: Pass,
}

impl Head {
    /// The head as an event for the driver.
    pub(super) fn started(&self) -> FetchEvent {
        let partial = self.response.status() == StatusCode::PARTIAL_CONTENT;
        let length = self.response.content_length();
        FetchEvent::Started {
            partial,
            length,
            total: if partial { total(&self.response) } else { length },
            url: self.url.clone(),
        }
    }

    /// The final URL, after redirects.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Its validators, where it has any.
    pub(super) fn validators(&self) -> Option<Validators> {
        let header = |name| {
            let value = self.response.headers().get(name);
            let value = value.filter(|value| value.len() <= MAX_VALIDATOR)?;
            // A copy: a header that was received is a part of all that was read with it, up to the beginning of the body.
            HeaderValue::from_bytes(value.as_bytes()).ok()
        };
        let (tag, modified) = (header(ETAG), header(LAST_MODIFIED));
        (tag.is_some() || modified.is_some()).then_some(Validators { tag, modified })
    }

    /// The origin's `Content-Type`.
    pub(super) fn kind(&self) -> Option<HeaderValue> {
        let kind = self.response.headers().get(CONTENT_TYPE);
        let kind = kind.filter(|kind| kind.len() <= MAX_VALIDATOR)?;
        HeaderValue::from_bytes(kind.as_bytes()).ok()
    }

    /// The credentials that were sent: the body may repeat them, even if others are granted by the time that somebody
    /// reads it.
    pub(super) fn pass(&self) -> Pass {
        self.pass.clone()
    }

    /// The body, which follows the head.
    pub(super) fn into_body(self) -> Response {
        self.response
    }
}

/// Sends the request, and waits for the head of its response; with the origin's date where it tells of the origin's clock.
pub(super) async fn begin(context: &FetchContext, fetch: &Fetch) -> (Result<Begun, Failure>, Option<Dated>) {
    let mut dated = None;
    let begun = follow(context, fetch, &mut dated).await;
    (begun, dated)
}

async fn follow(context: &FetchContext, fetch: &Fetch, dated: &mut Option<Dated>) -> Result<Begun, Failure> {
    let mut url = Url::parse(&fetch.url).map_err(|_| FetchError::Network)?;
    let mut pass = context.access.pass();
    for _ in 0..=MAX_REDIRECTS {
        let sent = unix_time();
        let validators = context.validators(fetch);
        let response = send((context, &pass), fetch, &url, validators.as_ref()).await?;
        let tells = pass.is_home(&url) || fetch.purpose == FetchPurpose::Manifest;
        if context.whose == For::Seeder && tells {
            *dated = date(response.headers(), sent);
        }
        let status = response.status();
        if let Some(to) = pass.next(status, response.headers(), &url) {
            url = to;
            continue;
        }
        if let Some(renewed) = context.access.renew(&pass, &url, status).await {
            pass = renewed;
            continue;
        }
        if status.is_success()
            && let Some(coding) = content_coding(response.headers())
        {
            if !context.has_said_packed.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    url = redacted_url(url.as_str()), %coding,
                    "what the origin sends is packed, though it was asked for as it is: it is not used; said once"
                );
            }
            return Err(FetchError::Network.into());
        }
        return match status {
            StatusCode::OK => Ok(Begun::Response(head(response, url, pass))),
            StatusCode::PARTIAL_CONTENT if is_of(&response, fetch) => {
                Ok(Begun::Response(head(response, url, pass)))
            }
            StatusCode::PARTIAL_CONTENT => Err(FetchError::Network.into()),
            StatusCode::NOT_MODIFIED if validators.is_some() => Ok(Begun::Unchanged),
            status => Err(Failure {
                error: FetchError::Status(status.as_u16()),
                retry_after: retry_after(response.headers()),
            }),
        };
    }
    Err(FetchError::Network.into())
}

fn head(response: Response, url: Url, pass: Pass) -> Box<Head> {
    Box::new(Head {
        response,
        url: url.into(),
        pass,
    })
}

async fn send(
    (context, pass): (&FetchContext, &Pass),
    fetch: &Fetch,
    url: &Url,
    validators: Option<&Validators>,
) -> Result<Response, FetchError> {
    let mut request = context.client.get(pass.with_credentials(url));
    request = request.headers(pass.headers(url));
    if let Some(range) = fetch.range {
        request = request.header(RANGE, format!("bytes={range}"));
    }
    let pairs = validators.map(|known| [(IF_NONE_MATCH, &known.tag), (IF_MODIFIED_SINCE, &known.modified)]);
    for (name, value) in pairs.into_iter().flatten() {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    match timeout(fetch.timeout, request.send()).await {
        Ok(response) => response.map_err(failure),
        Err(_) => Err(FetchError::Timeout),
    }
}

/// Whether a part is the one that was asked for, as far as it says.
fn is_of(response: &Response, fetch: &Fetch) -> bool {
    let Some(asked) = fetch.range else { return false };
    let range = response.headers().get(CONTENT_RANGE);
    let first = range.and_then(|range| range.to_str().ok()).and_then(|range| {
        let (first, _) = range.trim().strip_prefix("bytes")?.trim().split_once('-')?;
        first.parse::<u64>().ok()
    });
    first.is_none_or(|first| first == asked.first)
}

/// The size of the whole resource in bytes, if the `Content-Range` of a part says so (RFC 9110, section 14.4).
fn total(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.rsplit_once('/')?.1.parse().ok()
}

/// How long the origin asks to wait, given in seconds or as a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    Some(at.duration_since(SystemTime::now()).unwrap_or_default())
}

/// When a response was dated. One that lay in a cache tells of its making, and not of now.
pub(super) fn date(headers: &HeaderMap, sent: UnixTime) -> Option<Dated> {
    let date = headers.get(DATE).filter(|_| !is_cached(headers))?.to_str().ok()?;
    let date = httpdate::parse_http_date(date).ok()?;
    let millis = date.duration_since(UNIX_EPOCH).ok()?.as_millis();
    Some(Dated {
        sent,
        received: unix_time(),
        date: UnixTime::from_millis(i64::try_from(millis).ok()?),
        within: 1_000,
    })
}

/// Whether a response lay in a cache (RFC 9111, section 5.1).
pub(super) fn is_cached(headers: &HeaderMap) -> bool {
    headers.get(AGE).is_some_and(|age| age != "0")
}

/// Waits for the next part of the body; `None` at its end.
pub(super) async fn next_chunk(
    response: &mut Response,
    patience: Duration,
) -> Result<Option<Bytes>, FetchError> {
    match timeout(patience, response.chunk()).await {
        Ok(Ok(chunk)) => Ok(chunk),
        Ok(Err(error)) => Err(failure(error)),
        Err(_) => Err(FetchError::Timeout),
    }
}

fn failure(error: reqwest::Error) -> FetchError {
    // Its URL may hold what only the origin is to know.
    let error = error.without_url();
    tracing::debug!(%error, "HTTP request failed");
    if error.is_timeout() {
        FetchError::Timeout
    } else {
        FetchError::Network
    }
}
