//! The public listener, with TLS or without: the time until a connection's request has come is limited, and so is the
//! number of connections that wait for theirs. Whoever opens sockets and says nothing, or a byte a minute, holds nobody
//! else up.
//!
//! A connection serves one request, or becomes a WebSocket. It is pending until the head of its request was read; then it has
//! as long again until the request is answered, and a server that stops waits for it.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use signaling_proto::rooms::Reason;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::hub::Hub;
use crate::pending::{Comer, Turn};
use crate::tls::{self, HandshakeError};

/// How many bytes of a request are read before it is refused: what browsers send, with room for a token in a URL.
const MAX_HEAD: usize = 16 << 10;
/// How many headers a request has at most.
const MAX_HEADERS: usize = 64;
/// How long a server that stops waits for requests that are being answered.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Accepts connections until `stop` is done. Those that are pending then are dropped; requests that have come are
/// answered.
pub(crate) async fn listen(
    mut listener: TcpListener,
    router: Router,
    hub: Arc<Hub>,
    stop: impl Future<Output = ()>,
) {
    let speech = if hub.tls().is_some() {
        Speech::Tls
    } else {
        Speech::Plain
    };
    let routes = TowerToHyperService::new(router);
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, address) = tokio::select! {
            // Axum's way to accept: it waits where the process has no file left, and goes on.
            accepted = Listener::accept(&mut listener) => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut stop => break,
        };
        let comer = if hub.proxies.is_proxy(address.ip()) {
            Comer::Proxy
        } else {
            Comer::Client
        };
        let Some(turn) = hub.pending.begin(address.ip(), comer) else {
            hub.count_refused(Reason::FullPending);
            continue;
        };
        let connection = Connection {
            hub: Arc::clone(&hub),
            address,
            speech,
            routes: routes.clone(),
            asked: Notify::new(),
        };
        connections.spawn(serve(connection, stream, turn, stopped.clone()));
    }
    drop(listener);
    stopping.send_replace(true);
    // Whoever is left after that is too slow to be waited for.
    let _ = timeout(LAST_ANSWERS, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
}

/// The protocol of a listener, for its whole life: a listener with TLS never falls back to plain.
#[derive(Debug, Clone, Copy)]
enum Speech {
    Plain,
    Tls,
}

/// What a connection's task needs to know.
struct Connection {
    hub: Arc<Hub>,
    address: SocketAddr,
    speech: Speech,
    routes: TowerToHyperService<Router>,
    /// Notified when the head of its request was read.
    asked: Notify,
}

async fn serve(connection: Connection, stream: TcpStream, turn: Turn, stopped: watch::Receiver<bool>) {
    urgent(&stream);
    let (hub, patience) = (&connection.hub, connection.hub.pending.patience());
    let mut served = pin!(connection.serve(stream));
    if !connection.waits(served.as_mut(), turn, stopped).await {
        return;
    }
    // The body of a request comes in time too.
    if timeout(patience, served).await.is_err() {
        hub.count_refused(Reason::RequestTimeout);
    }
}

impl Connection {
    /// Waits until the head of the request is there. Tells whether it is.
    async fn waits(
        &self,
        served: Pin<&mut impl Future<Output = ()>>,
        turn: Turn,
        mut stopped: watch::Receiver<bool>,
    ) -> bool {
        let refused = tokio::select! {
            // Whoever has asked is not cut off by what happens at the same moment.
            biased;
            () = served => return false,
            () = self.asked.notified() => return true,
            () = turn.lost() => Reason::FullPending,
            () = sleep(self.hub.pending.patience()) => Reason::RequestTimeout,
            // It fails with the listener only.
            _ = stopped.wait_for(|stopped| *stopped) => return false,
        };
        self.hub.count_refused(refused);
        false
    }

    async fn serve(&self, stream: TcpStream) {
        let config = match self.speech {
            Speech::Plain => return self.answer(stream).await,
            Speech::Tls => self.hub.tls(),
        };
        let Some(config) = config else { return };
        match tls::shake(config, stream).await {
            Ok(stream) => self.answer(stream).await,
            Err(HandshakeError::Slow) => self.hub.count_refused(Reason::RequestTimeout),
            Err(HandshakeError::Broken) => self.hub.count_broken_handshake(),
            Err(HandshakeError::Ended) => {}
        }
    }

    /// Answers a request, until the connection is a WebSocket or ends.
    async fn answer<I>(&self, stream: I)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let routes = service_fn(|mut request: Request<Incoming>| {
            self.asked.notify_one();
            request.extensions_mut().insert(ConnectInfo(self.address));
            let answer = self.routes.call(request);
            async { answer.await.map(last) }
        });
        let served = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(stream), routes)
            .with_upgrades();
        if let Err(error) = served.await {
            tracing::debug!(%error, "no request");
        }
    }
}

/// Makes a response the last of its connection, which would otherwise be pending again, and be cut off in its next
/// request. hyper's own setting would remove the header that makes a WebSocket.
fn last(mut response: Response<Body>) -> Response<Body> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Small frames are sent at once: Nagle's algorithm would hold each back for some 40 ms.
fn urgent(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
}

#[cfg(test)]
mod tests;
