//! The time, as the servers that a manifest names tell it (`UTCTiming`).

use std::time::Duration;

use reqwest::header::CACHE_CONTROL;
use reqwest::{Method, Response, StatusCode};
use segment_engine::manifest::read_time;
use segment_engine::timeline::{Telling, TimeSource};
use thiserror::Error;
use tokio::time::timeout;
use url::Url;

use super::FetchContext;
use super::request::{date, is_cached};
use crate::access::redacted_url;
use crate::clock::unix_time;
use crate::skew::Dated;

/// How long a server may take: an answer that took longer says less than the last one does.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// The longest text that may tell a time, in bytes.
const MAX_TEXT: usize = 128;

/// The most characters of a URL that a line of the log has.
const LONGEST_SHOWN: usize = 200;

/// Why a server told no time.
#[derive(Debug, Error)]
enum Untold {
    #[error("it does not answer within {} s", PATIENCE.as_secs())]
    Late,
    #[error("it cannot be reached: {0}")]
    Unreachable(reqwest::Error),
    #[error("it answers with status {0}")]
    Status(StatusCode),
    #[error("its answer comes out of a cache")]
    Cached,
    #[error("its answer tells no time")]
    NoTime,
    #[error("it is more than ten minutes off")]
    FarOff,
}

/// Asks one after another until one tells the time; else says in one line what came of it.
pub(super) async fn ask(context: &FetchContext, sources: &[TimeSource]) -> Result<Dated, String> {
    let mut failures = Vec::new();
    for source in sources {
        let told = timeout(PATIENCE, ask_one(context, source)).await;
        let told = told.unwrap_or(Err(Untold::Late));
        let url: String = redacted_url(&source.url).chars().take(LONGEST_SHOWN).collect();
        match told {
            Ok(dated) if dated.is_plausible() => return Ok(dated),
            Ok(_) => failures.push(format!("{url}: {}", Untold::FarOff)),
            Err(untold) => failures.push(format!("{url}: {untold}")),
        }
    }
    Err(failures.join("; "))
}

async fn ask_one(context: &FetchContext, source: &TimeSource) -> Result<Dated, Untold> {
    let mut pass = context.access.pass();
    let mut url = Url::parse(&source.url).map_err(|_| Untold::NoTime)?;
    for _ in 0..=MAX_REDIRECTS {
        let method = match source.telling {
            Telling::Date => Method::HEAD,
            Telling::Text => Method::GET,
        };
        let request = context
            .client
            .request(method, pass.with_credentials(&url))
            .headers(pass.headers(&url))
            .header(CACHE_CONTROL, "no-cache");
        let sent = unix_time();
        let response = request.send().await;
        let response = response.map_err(|error| Untold::Unreachable(error.without_url()))?;
        let received = unix_time();
        if let Some(to) = pass.next(response.status(), response.headers(), &url) {
            url = to;
            continue;
        }
        if let Some(renewed) = context.access.renew(&pass, &url, response.status()).await {
            pass = renewed;
            continue;
        }
        if !response.status().is_success() {
            return Err(Untold::Status(response.status()));
        }
        if is_cached(response.headers()) {
            return Err(Untold::Cached);
        }
        return match source.telling {
            Telling::Date => date(response.headers(), sent).ok_or(Untold::NoTime),
            Telling::Text => {
                let text = text(response).await?;
                let date = read_time(&text).ok_or(Untold::NoTime)?;
                // What has no fraction was cut, as a `Date` is.
                let within = if text.contains('.') { 1 } else { 1_000 };
                Ok(Dated {
                    sent,
                    received,
                    date,
                    within,
                })
            }
        };
    }
    Err(Untold::NoTime)
}

/// A short text.
async fn text(mut response: Response) -> Result<String, Untold> {
    let mut text = Vec::new();
    let failed = |error: reqwest::Error| Untold::Unreachable(error.without_url());
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_TEXT {
            return Err(Untold::NoTime);
        }
    }
    String::from_utf8(text).map_err(|_| Untold::NoTime)
}

#[cfg(test)]
mod tests;
