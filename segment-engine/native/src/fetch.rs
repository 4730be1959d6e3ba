//! HTTP requests of the engine, one task each, told to the driver as they go.
//!
//! Knows nothing of segments: the engine bounds a body by aborting the request.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode};
use segment_engine::id::FetchId;
use segment_engine::input::FetchError;
use segment_engine::output::Fetch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use crate::inbox::{FetchEvent, Inbox, IoEvent};

/// How long a TCP and TLS handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The requests in flight.
#[derive(Debug)]
pub(crate) struct Fetches {
    client: Client,
    inbox: Inbox,
    running: BTreeMap<FetchId, AbortHandle>,
    tasks: JoinSet<()>,
}

impl Fetches {
    /// Prepares to make requests.
    ///
    /// # Errors
    /// When the TLS backend or the system's trust store cannot be set up.
    pub(crate) fn new(inbox: Inbox) -> Result<Self, reqwest::Error> {
        // The process's default TLS backend, which signaling's WebSocket uses too. One that was chosen before stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("fugitive/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self {
            client,
            inbox,
            running: BTreeMap::new(),
            tasks: JoinSet::new(),
        })
    }

    /// Makes a request.
    pub(crate) fn start(&mut self, fetch: Fetch) {
        while self.tasks.try_join_next().is_some() {}
        let id = fetch.id;
        let handle = self
            .tasks
            .spawn(run(self.client.clone(), fetch, self.inbox.clone()));
        self.running.insert(id, handle);
    }

    /// Gives a request up. What it has said already is dropped by [`Fetches::is_running`].
    pub(crate) fn abort(&mut self, id: FetchId) {
        if let Some(handle) = self.running.remove(&id) {
            handle.abort();
        }
    }

    /// Whether a request is still wanted; takes note when `event` is its last.
    pub(crate) fn is_running(&mut self, id: FetchId, event: &FetchEvent) -> bool {
        match event {
            FetchEvent::Started { .. } | FetchEvent::Chunk(_) => self.running.contains_key(&id),
            FetchEvent::Finished | FetchEvent::Failed(_) => self.running.remove(&id).is_some(),
        }
    }
}

/// Makes one request and tells of it; ends early when nobody listens.
async fn run(client: Client, fetch: Fetch, inbox: Inbox) {
    let tell = |event| inbox.send(IoEvent::Fetch(fetch.id, event));
    let response = match begin(&client, &fetch).await {
        Ok(response) => response,
        Err(error) => return drop(tell(FetchEvent::Failed(error)).await),
    };
    let (partial, length) = (
        response.status() == StatusCode::PARTIAL_CONTENT,
        response.content_length(),
    );
    let started = FetchEvent::Started {
        partial,
        length,
        total: if partial { total(&response) } else { length },
        url: response.url().to_string(),
    };
    if tell(started).await.is_err() {
        return;
    }
    let mut response = response;
    loop {
        let event = match next_chunk(&mut response, fetch.timeout).await {
            Ok(Some(bytes)) => FetchEvent::Chunk(bytes),
            Ok(None) => FetchEvent::Finished,
            Err(error) => FetchEvent::Failed(error),
        };
        let last = !matches!(event, FetchEvent::Chunk(_));
        if tell(event).await.is_err() || last {
            return;
        }
    }
}

/// How long the whole resource is of which a part comes, where `Content-Range` says so (RFC 9110, section 14.4).
fn total(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.rsplit_once('/')?.1.parse().ok()
}

/// Sends the request and waits for headers.
async fn begin(client: &Client, fetch: &Fetch) -> Result<Response, FetchError> {
    let mut request = client.get(&fetch.url);
    if let Some(range) = fetch.range {
        request = request.header(RANGE, format!("bytes={range}"));
    }
    let response = match timeout(fetch.timeout, request.send()).await {
        Ok(response) => response.map_err(|error| failure(&error))?,
        Err(_) => return Err(FetchError::Timeout),
    };
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(response),
        status => Err(FetchError::Status(status.as_u16())),
    }
}

/// Waits for the next part of the body; `None` at its end.
async fn next_chunk(response: &mut Response, patience: Duration) -> Result<Option<Bytes>, FetchError> {
    match timeout(patience, response.chunk()).await {
        // A copy: chunks share a buffer with those of other responses, which one piece would keep in memory.
        Ok(Ok(chunk)) => Ok(chunk.map(|chunk| Bytes::copy_from_slice(&chunk))),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(FetchError::Timeout),
    }
}

fn failure(error: &reqwest::Error) -> FetchError {
    tracing::debug!(%error, "HTTP request failed");
    if error.is_timeout() {
        FetchError::Timeout
    } else {
        FetchError::Network
    }
}

#[cfg(test)]
mod tests;
