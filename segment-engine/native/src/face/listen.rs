//! The listener. It bounds the number of connections, and the time for a request's head and for each part of an answer
//! to be taken, so that a client that sends or takes nothing holds up nobody else.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

/// How many connections are served at once.
const CONNECTIONS: usize = 1_024;
/// How many more are reserved for the operator: players who wait for a hanging origin take none of them. Further
/// connections wait to be accepted.
const SPARE: usize = 32;
/// The paths that are answered on reserved connections.
const SPARED: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/v1/streams"];
/// How long a connection may take for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may take nothing of an answer.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// How many bytes of a request's head are read before it is refused.
const MAX_HEAD: usize = 16 << 10;

/// Room for connections.
#[derive(Debug, Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    spare: Arc<Semaphore>,
}

/// The place of one connection.
#[derive(Debug)]
struct Place {
    places: Places,
    held: Mutex<Held>,
}

/// The kind of place that a connection holds.
#[derive(Debug)]
enum Held {
    /// A place for any request.
    Any { _place: OwnedSemaphorePermit },
    /// A place that is reserved for the operator.
    Spare { _place: OwnedSemaphorePermit },
}

impl Default for Places {
    fn default() -> Self {
        Self::new(CONNECTIONS, SPARE)
    }
}

impl Places {
    fn new(all: usize, spare: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            spare: Arc::new(Semaphore::new(spare)),
        }
    }

    /// How many connections there are, once none is accepted any more.
    pub(super) fn taken(&self) -> usize {
        let free = self.all.available_permits() + self.spare.available_permits();
        (CONNECTIONS + SPARE).saturating_sub(free)
    }

    /// Waits for a place, a spare one where there is no other.
    async fn take(&self) -> Place {
        let of = |semaphore: &Arc<Semaphore>| {
            let place = Arc::clone(semaphore).acquire_owned();
            async { place.await.expect("invariant: the semaphore is never closed") }
        };
        let held = tokio::select! {
            biased;
            place = of(&self.all) => Held::Any { _place: place },
            place = of(&self.spare) => Held::Spare { _place: place },
        };
        Place {
            places: self.clone(),
            held: Mutex::new(held),
        }
    }
}

impl Place {
    /// Whether a request for this path is answered. On a reserved place only a few are, until another place is free.
    fn admits(&self, path: &str) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*held, Held::Spare { .. })
            && let Ok(place) = Arc::clone(&self.places.all).try_acquire_owned()
        {
            *held = Held::Any { _place: place };
        }
        matches!(*held, Held::Any { .. }) || SPARED.contains(&path)
    }
}

/// Accepts connections until it is told to stop, and then waits for the requests that are being answered.
pub(super) async fn listen(
    mut listener: TcpListener,
    router: Router,
    places: Places,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let stopping = stopped.clone();
    loop {
        let next = async {
            let place = places.take().await;
            // Axum's way to accept: it waits where the process has no file left, and goes on.
            let (stream, _) = Listener::accept(&mut listener).await;
            (place, stream)
        };
        tokio::select! {
            (place, stream) = next => {
                connections.spawn(serve(stream, router.clone(), place, stopping.clone(), WRITE_PATIENCE));
            }
            Some(_) = connections.join_next() => {}
            _ = stopped.wait_for(|stopped| *stopped) => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(
    stream: TcpStream,
    router: Router,
    place: Place,
    mut stopped: watch::Receiver<bool>,
    patience: Duration,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    let place = Arc::new(place);
    let admit = move |request: Request, next: Next| {
        let response = place.admits(request.uri().path()).then(|| next.run(request));
        async {
            match response {
                Some(response) => response.await,
                None => full(),
            }
        }
    };
    let service = TowerToHyperService::new(router.layer(from_fn(admit)));
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut connection = pin!(connection);
    // What is looked at is a guard, which must not be held while waiting.
    let stop = async { drop(stopped.wait_for(|stopped| *stopped).await) };
    let served = tokio::select! {
        served = connection.as_mut() => Some(served),
        () = stop => None,
    };
    let served = match served {
        Some(served) => served,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// The answer that tells a client to come again, on another connection.
fn full() -> Response {
    let head = [
        (header::RETRY_AFTER, "1"),
        (header::CONNECTION, "close"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let text = "too many connections\n";
    (StatusCode::SERVICE_UNAVAILABLE, head, text).into_response()
}

#[cfg(test)]
mod tests;
