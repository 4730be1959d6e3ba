//! HTTP requests of the engine, one task each, told to the driver as they go.
//!
//! Knows nothing of segments: the engine bounds a body by aborting the request. A seeder's requests are more than a
//! viewer's: what has not changed does not come again, segments are cut and hashed here, dates tell the origin's clock,
//! and no response may take for ever.

mod body;
mod kept;
mod request;
mod time;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Client;
use reqwest::redirect::Policy;
use segment_engine::id::{ByteRange, FetchId};
use segment_engine::input::FetchError;
use segment_engine::manifest::Limits;
use segment_engine::output::{Conditional, Fetch, FetchPurpose};
use segment_engine::timeline::TimeSource;
use tokio::task::{AbortHandle, JoinSet};

use self::body::Hashed;
pub(crate) use self::kept::Kept;
pub use self::kept::KeptManifest;
use self::request::{Begun, Failure, Validators};
use crate::access::Access;
use crate::coding::identity_encoding_headers;
use crate::inbox::{FetchEvent, Inbox, IoEvent};

/// How long a TCP and TLS handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a whole response of a seeder's origin may take: one that sends a byte now and then would hold one of few
/// requests for ever.
const LONGEST: Duration = Duration::from_secs(120);

/// Capacity of the cache of validators, of manifests and of films' segments (about 250 bytes each). It is cleared when
/// full, and what is asked for again then comes as a whole once: most entries are of addresses that are not asked for
/// again.
const MAX_VALIDATED: usize = 65_536;

/// The role of the peer that makes the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// A viewer.
    Viewer,
    /// A seeder.
    Seeder,
}

/// The requests in flight.
#[derive(Debug)]
pub(crate) struct Fetches {
    context: Arc<FetchContext>,
    inbox: Inbox,
    running: BTreeMap<FetchId, Running>,
    tasks: JoinSet<()>,
}

/// A request in flight.
#[derive(Debug)]
struct Running {
    task: AbortHandle,
    url: String,
    purpose: FetchPurpose,
}

/// What all requests share.
#[derive(Debug)]
struct FetchContext {
    client: Client,
    access: Access,
    whose: For,
    /// Whether the log has a warning of an origin that packs what it sends.
    has_said_packed: AtomicBool,
    validators: Mutex<BTreeMap<Named, Validators>>,
    /// The latest copy of each manifest; of a seeder only.
    kept: Arc<Kept>,
}

impl Fetches {
    /// Prepares to make requests.
    ///
    /// # Errors
    /// When the TLS backend or the system's trust store cannot be set up.
    pub(crate) fn new(inbox: Inbox, whose: For, access: Access) -> Result<Self, reqwest::Error> {
        // The process's default TLS backend, which signaling's WebSocket uses too. One that was chosen before stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("fugitive/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .default_headers(identity_encoding_headers())
            .redirect(Policy::none())
            .build()?;
        let context = FetchContext {
            client,
            access,
            whose,
            has_said_packed: AtomicBool::new(false),
            validators: Mutex::default(),
            kept: Arc::default(),
        };
        Ok(Self {
            context: Arc::new(context),
            inbox,
            running: BTreeMap::new(),
            tasks: JoinSet::new(),
        })
    }

    /// Makes a request.
    pub(crate) fn start(&mut self, fetch: Fetch) {
        while self.tasks.try_join_next().is_some() {}
        let (id, url, purpose) = (fetch.id, fetch.url.clone(), fetch.purpose);
        let task = self
            .tasks
            .spawn(run(self.context.clone(), fetch, self.inbox.clone()));
        self.running.insert(id, Running { task, url, purpose });
    }

    /// Asks the sources for the time, one after another until one answers. The answer is reported with `round`.
    pub(crate) fn ask_time(&mut self, round: u64, sources: Vec<TimeSource>) -> AbortHandle {
        while self.tasks.try_join_next().is_some() {}
        let (context, inbox) = (self.context.clone(), self.inbox.clone());
        self.tasks.spawn(async move {
            let told = time::ask(&context, &sources).await;
            // A driver that has stopped needs no telling.
            let _ = inbox.send(IoEvent::Time(round, told)).await;
        })
    }

    /// Whether the requests are a seeder's.
    pub(crate) fn are_a_seeders(&self) -> bool {
        self.context.whose == For::Seeder
    }

    /// Gives a request up. What it has said already is dropped by [`Fetches::is_running`].
    pub(crate) fn abort(&mut self, id: FetchId) {
        if let Some(running) = self.running.remove(&id) {
            running.task.abort();
        }
    }

    /// The URL of a running request.
    pub(crate) fn url(&self, id: FetchId) -> Option<&str> {
        self.running.get(&id).map(|running| running.url.as_str())
    }

    /// Whether a request that is running asks for a manifest.
    pub(crate) fn is_manifest(&self, id: FetchId) -> bool {
        let running = self.running.get(&id);
        running.is_some_and(|running| running.purpose == FetchPurpose::Manifest)
    }

    /// The manifests as they came last.
    pub(crate) fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.context.kept)
    }

    /// Whether a request is still wanted; takes note when `event` is its last.
    pub(crate) fn is_running(&mut self, id: FetchId, event: &FetchEvent) -> bool {
        match event {
            FetchEvent::Started { .. }
            | FetchEvent::Chunk(_)
            | FetchEvent::Pieces(_)
            | FetchEvent::RetryAfter(_)
            | FetchEvent::Dated(_) => self.running.contains_key(&id),
            FetchEvent::Finished | FetchEvent::Unchanged | FetchEvent::Failed(_) => {
                self.running.remove(&id).is_some()
            }
        }
    }
}

impl FetchContext {
    /// The validators to ask by, where what came last is still there.
    fn validators(&self, fetch: &Fetch) -> Option<Validators> {
        if fetch.conditional != Conditional::Now {
            return None;
        }
        let known = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&named(fetch)).cloned()
    }

    /// Notes the validators of what has come as a whole.
    fn on_came(&self, fetch: &Fetch, validators: Option<Validators>) {
        if fetch.conditional == Conditional::Never {
            return;
        }
        let mut known = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let name = named(fetch);
        match validators {
            Some(validators) => {
                if known.len() >= MAX_VALIDATED {
                    known.clear();
                }
                known.insert(name, validators);
            }
            None => drop(known.remove(&name)),
        }
    }
}

/// Key of the cache of validators: a resource, or a part of one.
type Named = (Box<str>, Option<ByteRange>);

fn named(fetch: &Fetch) -> Named {
    (fetch.url.as_str().into(), fetch.range)
}

/// Makes one request and tells of it; ends early when nobody listens.
async fn run(context: Arc<FetchContext>, fetch: Fetch, inbox: Inbox) {
    let reporter = FetchReporter { id: fetch.id, inbox };
    let work = exchange(&context, &fetch, &reporter);
    let last = match context.whose {
        For::Viewer => work.await,
        For::Seeder => match tokio::time::timeout(LONGEST, work).await {
            Ok(last) => last,
            Err(_) => Ok(FetchEvent::Failed(FetchError::Timeout)),
        },
    };
    if let Ok(last) = last {
        // A driver that has stopped needs no telling.
        let _ = reporter.report(last).await;
    }
}

/// Nobody listens any more.
#[derive(Debug)]
struct Unheard;

/// Reports one request's events to the driver.
struct FetchReporter {
    id: FetchId,
    inbox: Inbox,
}

impl FetchReporter {
    async fn report(&self, event: FetchEvent) -> Result<(), Unheard> {
        let told = self.inbox.send(IoEvent::Fetch(self.id, event)).await;
        told.map_err(|_| Unheard)
    }
}

/// Makes one request and reports its response; returns the last event, which the caller reports.
async fn exchange(
    context: &FetchContext,
    fetch: &Fetch,
    reporter: &FetchReporter,
) -> Result<FetchEvent, Unheard> {
    let (begun, dated) = request::begin(context, fetch).await;
    if let Some(dated) = dated {
        reporter.report(FetchEvent::Dated(dated)).await?;
    }
    let response = match begun {
        Ok(Begun::Response(response)) => response,
        Ok(Begun::Unchanged) => {
            context.kept.on_unchanged(&fetch.url);
            return Ok(FetchEvent::Unchanged);
        }
        Err(Failure { error, retry_after }) => {
            if let Some(wait) = retry_after {
                reporter.report(FetchEvent::RetryAfter(wait)).await?;
            }
            return Ok(FetchEvent::Failed(error));
        }
    };
    reporter.report(response.started()).await?;
    let is_manifest = fetch.purpose == FetchPurpose::Manifest;
    let hashes = context.whose == For::Seeder && !is_manifest;
    let (validators, kind, pass) = (response.validators(), response.kind(), response.pass());
    let came_from = response.url().to_owned();
    let mut body = response.into_body();
    let mut hashed = Hashed::default();
    let mut text = (context.whose == For::Seeder && is_manifest).then(Vec::new);
    loop {
        let chunk = match request::next_chunk(&mut body, fetch.timeout).await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => return Ok(FetchEvent::Failed(error)),
        };
        if !hashes {
            // A copy: chunks share a buffer with those of other responses, which one piece would keep in memory.
            let chunk = Bytes::copy_from_slice(&chunk);
            text = text.and_then(|text| longer(text, &chunk));
            reporter.report(FetchEvent::Chunk(chunk)).await?;
        } else if let Some(pieces) = hashed.feed(&chunk).await {
            reporter.report(FetchEvent::Pieces(pieces)).await?;
        }
    }
    if let Some(pieces) = hashed.finish().await {
        reporter.report(FetchEvent::Pieces(pieces)).await?;
    }
    context.on_came(fetch, validators);
    if let Some(text) = text {
        let body = pass.body_without_credentials(text);
        context.kept.put(&fetch.url, &came_from, body, kind);
    }
    Ok(FetchEvent::Finished)
}

/// A text with what comes after it; `None` where it is longer than a manifest that is read.
fn longer(mut text: Vec<u8>, chunk: &[u8]) -> Option<Vec<u8>> {
    text.extend_from_slice(chunk);
    (text.len() <= Limits::default().manifest_bytes).then_some(text)
}

#[cfg(test)]
mod tests;
