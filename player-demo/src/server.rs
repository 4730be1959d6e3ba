//! Puts the parts under one address, and runs them until told to stop.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use segment_engine_native::{SeedKey, hex};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::cli::Cli;
use crate::gallery::{Gallery, GalleryError};
use crate::live::{ClipError, Live, UnixMillis};
use crate::page::{Control, PageConfig};
use crate::playground::Playground;
use crate::seeders::{BESIDE, Reached, Seeders};
use crate::switch::SignalingSwitch;
use crate::throttle::{Conditions, Throttle};
use crate::viewers::Viewers;
use crate::{control, live, origin, page, playground};

/// How long requests under way may take when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// The server cannot be started.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    /// The clip cannot be repeated as a live stream.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The page's files cannot be listed.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
    /// Signaling refuses its configuration.
    #[error("signaling: {0}")]
    Signaling(#[from] signaling::ConfigError),
    /// HTTP for simulated viewers cannot be set up.
    #[error("cannot prepare for HTTP: {0}")]
    Http(#[from] reqwest::Error),
}

/// The running server.
#[derive(Debug)]
pub(crate) struct Server {
    playground: Arc<Playground>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

/// Serves on `listener`, which is bound to `address`, what `cli` asks for; `key` is the seeders', who do not run yet.
///
/// # Errors
/// See [`ServerError`].
pub(crate) async fn start(
    listener: TcpListener,
    address: SocketAddr,
    cli: &Cli,
    key: &SeedKey,
) -> Result<Server, ServerError> {
    let playground = Arc::new(playground(address, cli, key).await?);
    let control = match address.ip().is_loopback() {
        true => Control::Here,
        false => Control::Nowhere,
    };
    let gallery = Gallery::open(&cli.page, key)?;
    let (signaling_url, digest_key) = (cli.signaling_url.clone(), digest_key(cli, key));
    let config = PageConfig::new(
        signaling_url,
        digest_key,
        control,
        gallery.as_ref().map(Gallery::config),
    );
    let mut router = router(cli, config, gallery, &playground.throttle)?;
    if let Some(signaling) = &playground.signaling {
        router = router.merge(signaling.router());
    }
    if control == Control::Here {
        router = router.merge(control::router(Arc::clone(&playground)));
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
        playground,
        stop,
        task: tokio::spawn(serving.into_future()),
    })
}

impl Server {
    /// The parts that can be changed while it runs.
    pub(crate) fn playground(&self) -> &Playground {
        &self.playground
    }

    /// Ends viewers and seeders, closes signaling's connections, takes no more requests, and ends; requests under way get
    /// a moment.
    pub(crate) async fn shutdown(mut self) {
        self.playground.shutdown().await;
        // A server that has ended by itself needs no telling.
        let _ = self.stop.send(());
        if timeout(STOP_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

async fn playground(address: SocketAddr, cli: &Cli, key: &SeedKey) -> Result<Playground, ServerError> {
    let signaling = match cli.no_signaling {
        true => None,
        false => {
            let switch = SignalingSwitch::default();
            switch.restore().await?;
            Some(switch)
        }
    };
    let reached = Reached::new(address, cli.signaling_url.as_deref());
    let trusted = playground::trusted(digest_key(cli, key).as_deref());
    Ok(Playground {
        throttle: Throttle::new(Conditions::of(cli.origin_kbps)),
        start_kbps: cli.origin_kbps,
        signaling,
        seeders: (!cli.no_seeder).then(|| Seeders::new(reached.clone(), key.clone())),
        viewers: Viewers::new(reached, trusted, playground::first_stream())?,
        turn: tokio::sync::Mutex::default(),
    })
}

/// The key that page and simulated viewers trust, in hexadecimal; `None` where nobody signs.
fn digest_key(cli: &Cli, key: &SeedKey) -> Option<String> {
    let own_key = !cli.no_seeder || cli.seed_key.is_some();
    cli.digest_key
        .clone()
        .or_else(|| own_key.then(|| hex(&key.public_key().0)))
}

fn router(
    cli: &Cli,
    config: PageConfig,
    gallery: Option<Gallery>,
    throttle: &Throttle,
) -> Result<Router, ClipError> {
    let live = live::router(Live::open(&cli.media, UnixMillis::now().window_ago())?);
    let media = origin::media(&cli.media);
    let page = page::router(&cli.page, config);
    let router = Router::new()
        .nest("/media", origin::as_origin(media.clone(), throttle.clone()))
        .nest("/live", origin::as_origin(live.clone(), throttle.clone()))
        .nest(
            &format!("{BESIDE}/media"),
            origin::as_origin(media, throttle.beside()),
        )
        .nest(
            &format!("{BESIDE}/live"),
            origin::as_origin(live, throttle.beside()),
        )
        .merge(page);
    let Some(gallery) = gallery else {
        return Ok(router);
    };
    Ok(router.nest("/gallery", origin::as_origin(gallery.router(), throttle.clone())))
}
