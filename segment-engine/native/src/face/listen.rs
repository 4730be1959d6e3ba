//! The listener: so many connections, and so long for each request's head and for each part of an answer to be taken, that
//! whoever says nothing or takes nothing holds nobody else up.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

/// How many connections are served at once; further ones wait to be accepted.
const CONNECTIONS: usize = 1_024;
/// How long a connection may take for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing of an answer need be taken.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// How many bytes of a request's head are read before it is refused.
const MAX_HEAD: usize = 16 << 10;

/// Room for connections.
#[derive(Debug, Clone)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(CONNECTIONS)))
    }
}

impl Places {
    /// How many there are, once none is accepted any more.
    pub(super) fn taken(&self) -> usize {
        CONNECTIONS.saturating_sub(self.0.available_permits())
    }
}

/// Accepts connections until it is told to stop, and then waits for the requests that are being answered.
pub(super) async fn listen(
    mut listener: TcpListener,
    router: Router,
    Places(places): Places,
    mut stopped: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router);
    let mut connections = JoinSet::new();
    let stopping = stopped.clone();
    loop {
        let next = async {
            let place = Arc::clone(&places)
                .acquire_owned()
                .await
                .expect("invariant: the semaphore is never closed");
            // Axum's way to accept: it waits where the process has no file left, and goes on.
            let (stream, _) = Listener::accept(&mut listener).await;
            (place, stream)
        };
        tokio::select! {
            (place, stream) = next => {
                let served = serve(stream, service.clone(), stopping.clone(), WRITE_PATIENCE);
                connections.spawn(async move {
                    served.await;
                    drop(place);
                });
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
    service: TowerToHyperService<Router>,
    mut stopped: watch::Receiver<bool>,
    patience: Duration,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
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

#[cfg(test)]
mod tests;
