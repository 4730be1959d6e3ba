//! Puts the parts under one address, and runs them until told to stop.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use segment_engine_native::{SeedKey, hex};
use signaling::Signaling;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::cli::Cli;
use crate::live::{ClipError, Live, UnixMillis};
use crate::page::PageConfig;
use crate::throttle::Throttle;
use crate::{live, origin, page};

/// How long requests under way may take when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// The server cannot be started.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    /// The clip cannot be repeated as a live stream.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// Signaling refuses its configuration.
    #[error("signaling: {0}")]
    Signaling(#[from] signaling::ConfigError),
}

/// The running server.
#[derive(Debug)]
pub(crate) struct Server {
    signaling: Option<Signaling>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

/// Serves on `listener` what `cli` asks for; `key` is the seeders'.
///
/// # Errors
/// See [`ServerError`].
pub(crate) async fn start(listener: TcpListener, cli: &Cli, key: &SeedKey) -> Result<Server, ServerError> {
    let signaling = match cli.no_signaling {
        true => None,
        false => Some(Signaling::start(&signaling::Config::default()).await?),
    };
    let mut router = router(cli, key)?;
    if let Some(signaling) = &signaling {
        router = router.merge(signaling::router(signaling.clone()));
    }
    let listener = listener.tap_io(|stream| {
        // Signaling's frames are small and urgent: Nagle's algorithm would hold each back for 40 ms.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    });
    let (stop, stopped) = oneshot::channel();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async {
        // A handle that is gone means the same.
        let _ = stopped.await;
    });
    Ok(Server {
        signaling,
        stop,
        task: tokio::spawn(serving.into_future()),
    })
}

impl Server {
    /// Takes no more requests, closes signaling's connections, and ends; requests under way get a moment.
    pub(crate) async fn shutdown(mut self) {
        if let Some(signaling) = &self.signaling {
            signaling.stop().await;
        }
        // A server that has ended by itself needs no telling.
        let _ = self.stop.send(());
        if timeout(STOP_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

fn router(cli: &Cli, key: &SeedKey) -> Result<Router, ClipError> {
    let throttle = cli.origin_kbps.map(Throttle::new);
    let live = Live::open(&cli.media, UnixMillis::now().window_ago())?;
    let own_key = !cli.no_seeder || cli.seed_key.is_some();
    let digest_key = cli
        .digest_key
        .clone()
        .or_else(|| own_key.then(|| hex(&key.public_key().0)));
    let page = page::router(&cli.page, PageConfig::new(cli.signaling_url.clone(), digest_key));
    let router = Router::new()
        .nest(
            "/media",
            origin::as_origin(origin::files(&cli.media), throttle.clone()),
        )
        .nest("/live", origin::as_origin(live::router(live), throttle))
        .merge(page);
    Ok(router)
}
