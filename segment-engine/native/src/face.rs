//! The HTTP face: health, figures, streams and sidecars for whoever runs the seeder, and on demand segments for players.
//!
//! | path | what |
//! | --- | --- |
//! | `/healthz` | `ok` while the process runs |
//! | `/readyz` | 200 once each stream has read its manifest and joined signaling, or else 503; a line for each |
//! | `/metrics` | figures in Prometheus' text format |
//! | `/v1/streams` | the streams as JSON |
//! | `/digests/STREAM` | the stream's sidecar of signed digests, with an ETag |
//! | `/STREAM/..` | with `proxy`: what the origin has beside the stream's manifest |

mod listen;
mod metrics;
mod process;
mod proxy;
mod sidecars;
mod status;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use service::prometheus;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tower_http::cors::{Any, CorsLayer};

use self::listen::{Places, listen};
use self::proxy::Proxy;
use self::sidecars::Sidecars;
use crate::streams::Streams;

/// The HTTP listener cannot be set up.
#[derive(Debug, Error)]
pub(crate) enum FaceError {
    #[error("http: cannot listen on {address}: {error}; choose another with --http")]
    Listen {
        address: SocketAddr,
        error: std::io::Error,
    },
    #[error("proxy: {0}")]
    Client(#[from] reqwest::Error),
}

/// A running listener; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Face {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    places: Places,
}

/// The state that the routes share.
#[derive(Debug, Clone)]
struct FaceState {
    streams: Arc<Streams>,
    sidecars: Arc<Sidecars>,
    proxy: Option<Arc<Proxy>>,
}

/// Whether players are served at `/STREAM/..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Players {
    /// Nobody.
    None,
    /// Whoever asks.
    Served,
}

impl Face {
    /// Binds the address, so that it is known to be free before any stream starts. Clients that connect wait to be
    /// served.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, FaceError> {
        let listener = TcpListener::bind(address).await;
        listener.map_err(|error| FaceError::Listen { address, error })
    }

    /// Serves the streams on a listener.
    ///
    /// # Errors
    /// When the proxy's HTTP client cannot be set up.
    pub(crate) fn serve(
        listener: TcpListener,
        players: Players,
        streams: &Arc<Streams>,
    ) -> Result<Self, FaceError> {
        let bound = listener
            .local_addr()
            .map_or_else(|_| String::new(), |bound| bound.to_string());
        let state = FaceState {
            streams: Arc::clone(streams),
            sidecars: Arc::default(),
            proxy: match players {
                Players::None => None,
                Players::Served => Some(Arc::new(Proxy::new()?)),
            },
        };
        let (stop, stopped) = watch::channel(false);
        let places = Places::default();
        let task = tokio::spawn(listen(listener, router(state), places.clone(), stopped));
        tracing::info!("figures at http://{bound}/metrics, streams at http://{bound}/v1/streams");
        Ok(Self { stop, task, places })
    }

    /// Takes no more connections, and waits for requests that are being answered, at most `patience`. Returns how many
    /// are then cut off.
    pub(crate) async fn stop(mut self, patience: Duration) -> usize {
        self.stop.send_replace(true);
        match timeout(patience, &mut self.task).await {
            Ok(_) => 0,
            Err(_) => self.places.taken(),
        }
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn router(state: FaceState) -> Router {
    // What a page may read.
    let mut open = Router::new()
        .route("/v1/streams", get(streams))
        .route("/digests/{stream}", get(sidecars::serve));
    if state.proxy.is_some() {
        open = open.route("/{stream}/{*path}", get(proxy::serve));
    }
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::RANGE, header::IF_NONE_MATCH])
        .expose_headers([
            header::ACCEPT_RANGES,
            header::CONTENT_LENGTH,
            header::CONTENT_RANGE,
            header::ETAG,
        ])
        .max_age(Duration::from_secs(3_600));
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(render_metrics))
        .merge(open.layer(cors))
        .with_state(state)
}

async fn ready(State(state): State<FaceState>) -> impl IntoResponse {
    let (all_ready, text) = status::readiness(&status::look(&state.streams).await);
    let status = if all_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, text)
}

async fn streams(State(state): State<FaceState>) -> impl IntoResponse {
    let seen = status::look(&state.streams).await;
    (
        [(header::CACHE_CONTROL, "no-store")],
        axum::Json(status::describe(&seen)),
    )
}

async fn render_metrics(State(state): State<FaceState>) -> impl IntoResponse {
    let seen = status::look(&state.streams).await;
    let responses = state.proxy.as_ref().map(|proxy| proxy.responses());
    (
        [(header::CONTENT_TYPE, prometheus::CONTENT_TYPE)],
        metrics::render(
            &seen,
            responses,
            state.streams.dropped_datagrams(),
            state.streams.upload_shares().as_ref(),
            &process::look(),
        ),
    )
}
