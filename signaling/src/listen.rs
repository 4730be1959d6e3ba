//! The public listener, with TLS or without: each connection has so long to ask for something, and so many may be at it at
//! once, in all and of one address. Whoever opens sockets and says nothing, or a byte a minute, holds nobody else up.
//!
//! A connection is pending until its request is answered: a WebSocket is counted by the hub from then on.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use signaling_proto::lobby::{Admission, Place};
use signaling_proto::rooms::Reason;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::hub::Hub;
use crate::tls;

/// How many bytes of a request are read before it is refused: what browsers send, with room for a token in a URL.
const MAX_HEAD: usize = 16 << 10;
/// How many headers a request has at most.
const MAX_HEADERS: usize = 64;

/// How many connections may be pending.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PendingLimit {
    /// In all.
    pub(crate) all: usize,
    /// Of one address (IPv4) or one /64 (IPv6).
    pub(crate) of_one: usize,
    /// How long each may be, the TLS handshake included.
    pub(crate) patience: Duration,
}

/// The connections that are pending.
#[derive(Debug)]
pub(crate) struct Pending {
    limit: PendingLimit,
    places: Mutex<Admission>,
    count: watch::Sender<usize>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
struct Counted {
    hub: Arc<Hub>,
    place: Place,
}

impl Pending {
    pub(crate) fn new(limit: PendingLimit) -> Self {
        Self {
            limit,
            places: Mutex::default(),
            count: watch::Sender::new(0),
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Counts one more, where there is room. A proxy has as many as it likes, within the limit of all.
    fn begin(&self, place: Place, most: usize) -> bool {
        // Only the listener counts up: nobody comes between the look and the count.
        let fits = self.count() < self.limit.all && self.places().enter(place, most);
        if fits {
            self.count.send_modify(|count| *count += 1);
        }
        fits
    }

    fn end(&self, place: Place) {
        self.places().exit(place);
        self.count.send_modify(|count| *count -= 1);
    }

    fn places(&self) -> MutexGuard<'_, Admission> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn begin(hub: &Arc<Hub>, address: IpAddr) -> Option<Self> {
        let place = Place::of(address);
        let most = if hub.proxies.may_be_proxy(address) {
            usize::MAX
        } else {
            hub.pending.limit.of_one
        };
        hub.pending.begin(place, most).then(|| Self {
            hub: Arc::clone(hub),
            place,
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.hub.pending.end(self.place);
    }
}

/// Accepts connections until `stop` is done; those that are pending then are dropped.
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
    let mut stop = pin!(stop);
    loop {
        let (stream, address) = tokio::select! {
            // Axum's way to accept: it waits where the process has no file left, and goes on.
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        let Some(counted) = Counted::begin(&hub, address.ip()) else {
            hub.count_refused(Reason::FullPending);
            continue;
        };
        let mut stopped = stopped.clone();
        let served = serve(stream, address, speech, routes.clone(), counted);
        tokio::spawn(async move {
            tokio::select! {
                () = served => {}
                // It fails with the listener only.
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        });
    }
    stopping.send_replace(true);
}

/// What is spoken on a listener, for as long as it is there: without a certificate nobody is let in plain.
#[derive(Debug, Clone, Copy)]
enum Speech {
    Plain,
    Tls,
}

async fn serve(
    stream: TcpStream,
    address: SocketAddr,
    speech: Speech,
    routes: TowerToHyperService<Router>,
    counted: Counted,
) {
    urgent(&stream);
    let (hub, asked) = (&counted.hub, AtomicBool::new(false));
    let answered = async {
        match speech {
            Speech::Plain => answer(stream, address, routes, &asked).await,
            Speech::Tls => {
                let Some(config) = hub.tls() else { return };
                match tls::shake(config, stream).await {
                    Some(stream) => answer(stream, address, routes, &asked).await,
                    None => hub.count_refused(Reason::RequestTimeout),
                }
            }
        }
    };
    // One that asked and stays, as health checks do, has no place to stay either; but nothing is wrong with it.
    if timeout(hub.pending.limit.patience, answered).await.is_err() && !asked.load(Ordering::Relaxed) {
        hub.count_refused(Reason::RequestTimeout);
    }
}

/// Answers requests, until the connection is a WebSocket or ends.
async fn answer<I>(stream: I, address: SocketAddr, routes: TowerToHyperService<Router>, asked: &AtomicBool)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let routes = service_fn(|mut request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(address));
        respond(&routes, request)
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

fn respond(
    routes: &TowerToHyperService<Router>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send + use<> {
    routes.call(request)
}

/// Small frames are sent at once: Nagle's algorithm would hold each back for some 40 ms.
fn urgent(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
}
