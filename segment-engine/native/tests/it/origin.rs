//! An origin on loopback that serves a folder, and notes what it is asked for.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

/// A running origin; stops when dropped. A query of `slow` delays the answer by 2 s.
pub(crate) struct Origin {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
    hangs: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Origin {
    /// Serves the sample clip.
    pub(crate) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Takes so long for each answer.
    pub(crate) async fn slow(delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::serve(listener, &sample_media(), delay)
    }

    /// Serves another folder.
    pub(crate) async fn of(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::serve(listener, folder, Duration::ZERO)
    }

    /// Serves on a listener that the test chose.
    pub(crate) fn on(listener: TcpListener) -> Self {
        Self::serve(listener, &sample_media(), Duration::ZERO)
    }

    fn serve(listener: TcpListener, folder: &Path, delay: Duration) -> Self {
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let hangs = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&hangs);
        let note = from_fn(move |request: Request, next: Next| {
            notes.lock().unwrap().push(request.uri().path().to_owned());
            let hangs = told.load(Ordering::Relaxed);
            async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(delay).await;
                if request.uri().query() == Some("slow") {
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                next.run(request).await
            }
        });
        let router = Router::new().fallback_service(ServeDir::new(folder)).layer(note);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            base,
            asked,
            hangs,
            task,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// Takes requests from now on, and answers none.
    pub(crate) fn hang(&self) {
        self.hangs.store(true, Ordering::Relaxed);
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| *asked == path).count()
    }

    /// How often anything was.
    pub(crate) fn requests(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn sample_media() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-media")
}
