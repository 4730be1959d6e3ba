//! The server over HTTP: `/v1/ws`, `/announce` and `/healthz` for viewers, `/metrics` for the operator; alone, or as
//! part of another axum server.

use std::future::{Future, IntoFuture};
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocket;
use axum::extract::{RawQuery, State, WebSocketUpgrade};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use service::prometheus;
use signaling_proto::cluster::ClusterHealth;
use signaling_proto::message::MAX_FRAME;
use tokio::net::TcpListener;

use crate::bus::{Driver, Members};
use crate::config::{Config, ConfigError};
use crate::hub::Hub;
use crate::listen::listen;
use crate::{metrics, socket, tracker};

/// How often overdue connections are looked for; deadlines are kept to within it.
const SWEEP: Duration = Duration::from_millis(250);
/// How long connections may take to close when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// The buffer that a WebSocket reads into, in bytes. Its library's default of 128 KiB per connection is fifteen times
/// what everything else of a connection takes.
const READ_BUFFER: usize = 4096;
/// How many bytes a WebSocket gathers before it hands them to the system. It keeps that memory for as long as it lives:
/// without a bound, as much as its largest batch of frames took.
const WRITE_BUFFER: usize = 4096;
/// Frames up to this size reach the rules, which answer those over [`MAX_FRAME`]; larger ones end the connection.
const MAX_READ: usize = 4 * MAX_FRAME;

/// A running signaling server without a listener: all swarms of it. Cheap to clone; all clones are one server.
///
/// It ends when the last clone, and the last [`router`] made of one, is dropped.
#[derive(Debug, Clone)]
pub struct Signaling {
    hub: Arc<Hub>,
}

impl Signaling {
    /// Starts a server. The other servers of its cluster are found as they come; it does not wait for them.
    ///
    /// # Errors
    /// When a value of the configuration is out of its range, or a file that it names cannot be used.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn start(config: &Config) -> Result<Self, ConfigError> {
        let (handle, driver) = Driver::start(&config.cluster).await?;
        let hub = Arc::new(Hub::new(config, handle)?);
        let members = Arc::clone(&hub) as Arc<dyn Members>;
        tokio::spawn(driver.run(Arc::downgrade(&members)));
        // Reads the clock: the first who joins is told the time as well.
        hub.sweep();
        tokio::spawn(sweep(Arc::downgrade(&hub)));
        Ok(Self { hub })
    }

    /// Checks whether a server can be started with a configuration: its values, and the files that they name. Starts
    /// nothing.
    ///
    /// # Errors
    /// As [`Signaling::start`].
    pub fn check(config: &Config) -> Result<(), ConfigError> {
        Driver::check(&config.cluster)?;
        Hub::check(config)
    }

    /// Reads the files that the configuration names anew: keys and secrets of the door, databases and sites, and the
    /// certificate of a server that was started with one; and takes over the share of viewers that may take part.
    /// Connections go on, but those of viewers who are not in a smaller share; tokens are checked when somebody joins.
    ///
    /// # Errors
    /// When a value is out of its range, or a file cannot be used; then all stays as it was.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        self.hub.reload(config)
    }

    /// Closes every connection (1001), takes no more, and returns when they are closed, or after 3 s.
    pub async fn stop(&self) {
        self.hub.stop(STOP_PATIENCE).await;
    }
}

/// Makes the routes `/v1/ws` and `/healthz`, and `/announce` where [`Config::webtorrent`] says so, to be merged into
/// another server.
///
/// That server has to pass on addresses (`into_make_service_with_connect_info::<SocketAddr>()`), and had better set
/// `TCP_NODELAY` on what it accepts: without it each hop of a negotiation waits some 40 ms. How long a request may
/// take, and how many are open, is for that server to limit ([`serve`] does). When it stops, it calls
/// [`Signaling::stop`] first.
pub fn router(signaling: Signaling) -> Router {
    let routes = Router::new()
        .route("/v1/ws", get(upgrade))
        .route("/healthz", get(healthz));
    let routes = match signaling.hub.tracker {
        Some(_) => routes.route("/announce", get(announce)),
        None => routes,
    };
    routes.with_state(signaling)
}

/// Makes the routes `/metrics` and `/healthz`, for a listener that viewers do not reach.
pub fn admin_router(signaling: Signaling) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(render_metrics))
        .with_state(signaling)
}

/// The listeners of a server.
#[derive(Debug)]
pub struct Listeners {
    /// For viewers.
    pub public: TcpListener,
    /// For the operator: figures and health.
    pub admin: TcpListener,
}

/// Serves signaling on its listeners until `shutdown` is done and all connections are closed, at most 4 s later. Where the
/// process has no file left, it goes on once there are some.
pub async fn serve(
    listeners: Listeners,
    signaling: Signaling,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let admin = admin_router(signaling.clone());
    let admin = tokio::spawn(axum::serve(listeners.admin, admin).into_future());
    let hub = Arc::clone(&signaling.hub);
    let routes = router(signaling.clone());
    let stop = async move {
        shutdown.await;
        tracing::info!("stopping");
        signaling.stop().await;
    };
    listen(listeners.public, routes, hub, stop).await;
    // The operator can watch until nobody is left.
    admin.abort();
}

async fn upgrade(
    State(signaling): State<Signaling>,
    headers: HeaderMap,
    extensions: Extensions,
    upgrade: WebSocketUpgrade,
) -> Response {
    let hub = signaling.hub;
    match visitor(&hub, &headers, &extensions) {
        Ok(address) => accept(upgrade, MAX_READ, move |socket| socket::run(hub, socket, address)),
        Err(refused) => refused.into_response(),
    }
}

async fn announce(
    State(signaling): State<Signaling>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    extensions: Extensions,
    upgrade: WebSocketUpgrade,
) -> Response {
    let hub = signaling.hub;
    let Some(tracker) = hub.tracker.clone() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let token = tracker::token(query.as_deref()).map(str::to_owned);
    match visitor(&hub, &headers, &extensions) {
        Ok(address) => accept(upgrade, tracker::MAX_READ, move |socket| {
            tracker::run(hub, tracker, socket, address, token)
        }),
        Err(refused) => refused.into_response(),
    }
}

/// Finds a request's address, and asks whether its origin may connect.
fn visitor(
    hub: &Hub,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<IpAddr, (StatusCode, &'static str)> {
    let Some(address) = hub.proxies.client_address(headers, extensions) else {
        tracing::error!("a client's address is unknown: check address_header, or the embedding server");
        return Err((
            StatusCode::INTERNAL_SERVER_ERROR,
            "the client's address is unknown\n",
        ));
    };
    if !hub.allows_origin(origin(headers).as_deref()) {
        return Err((StatusCode::FORBIDDEN, "pages of this origin may not connect\n"));
    }
    Ok(address)
}

/// Makes a WebSocket of a request. Frames of up to so many bytes are read; larger ones end the connection.
fn accept<F>(
    upgrade: WebSocketUpgrade,
    most: usize,
    run: impl FnOnce(WebSocket) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(run)
}

/// A request's origin. Several, or one that is no text, count as one that nobody allows.
fn origin(headers: &HeaderMap) -> Option<String> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let first = origins.next()?.to_str().unwrap_or_default();
    Some(if origins.next().is_some() {
        String::new()
    } else {
        first.to_owned()
    })
}

/// Reports the health. A server that is cut off from its cluster still serves its own members: it is ready.
async fn healthz(State(signaling): State<Signaling>) -> String {
    match signaling.hub.health() {
        ClusterHealth::Alone => "ok\n".to_owned(),
        ClusterHealth::Connected { nodes } => format!("ok, with {nodes} other servers\n"),
        ClusterHealth::Degraded => "ok, but the cluster is degraded: its bus is away\n".to_owned(),
    }
}

async fn render_metrics(State(signaling): State<Signaling>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, prometheus::CONTENT_TYPE)],
        metrics::render(&signaling.hub.stats()),
    )
}

/// Sweeps until the server is dropped.
async fn sweep(hub: Weak<Hub>) {
    let mut ticks = tokio::time::interval(SWEEP);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(hub) = hub.upgrade() else { return };
        hub.sweep();
    }
}
