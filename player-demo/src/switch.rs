//! Signaling that can be cut and restored: the routes stay, and what answers them comes and goes.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use signaling::{Config, ConfigError, Signaling};
use tower::ServiceExt;

use crate::power::Power;

/// This process's own signaling. All clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignalingSwitch(Arc<RwLock<Option<(Signaling, Router)>>>);

impl SignalingSwitch {
    /// Starts a server, if none runs. It knows nothing of the members of one before it: they join again by themselves.
    ///
    /// # Errors
    /// When signaling refuses its configuration.
    pub(crate) async fn restore(&self) -> Result<(), ConfigError> {
        if self.power() == Power::On {
            return Ok(());
        }
        let signaling = Signaling::start(&Config::default()).await?;
        let router = signaling::router(signaling.clone());
        self.put(Some((signaling, router)));
        Ok(())
    }

    /// Closes every connection and takes none; returns when they are closed.
    pub(crate) async fn cut(&self) {
        if let Some((signaling, _)) = self.put(None) {
            signaling.stop().await;
        }
    }

    /// Whether a server runs.
    pub(crate) fn power(&self) -> Power {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Some(_) => Power::On,
            None => Power::Off,
        }
    }

    /// The routes of signaling; refused while it is cut.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/v1/ws", any(pass))
            .route("/healthz", any(pass))
            .with_state(self.clone())
    }

    fn put(&self, next: Option<(Signaling, Router)>) -> Option<(Signaling, Router)> {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut current, next)
    }

    fn current(&self) -> Option<Router> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|(_, router)| router.clone())
    }
}

async fn pass(State(switch): State<SignalingSwitch>, request: Request) -> Response {
    match switch.current() {
        Some(router) => router.oneshot(request).await.into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "signaling is cut").into_response(),
    }
}
