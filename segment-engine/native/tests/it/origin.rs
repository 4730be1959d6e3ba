//! An origin on loopback that serves the sample clip.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

/// A running origin; stops when dropped.
pub(crate) struct Origin {
    base: String,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Origin {
    pub(crate) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Takes so long for each answer.
    pub(crate) async fn slow(delay: Duration) -> Self {
        Self::serve(TcpListener::bind("127.0.0.1:0").await.unwrap(), delay)
    }

    /// Serves on a listener that the test chose.
    pub(crate) fn on(listener: TcpListener) -> Self {
        Self::serve(listener, Duration::ZERO)
    }

    fn serve(listener: TcpListener, delay: Duration) -> Self {
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let count = from_fn(move |request: Request, next: Next| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::time::sleep(delay).await;
                next.run(request).await
            }
        });
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-media");
        let router = Router::new().fallback_service(ServeDir::new(folder)).layer(count);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, requests, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}
