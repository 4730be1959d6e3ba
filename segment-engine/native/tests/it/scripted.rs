//! An origin that does as a test tells it, and writes down what it was asked.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, ETAG, IF_NONE_MATCH, LOCATION, RANGE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Without the slash before it.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    /// When, in milliseconds since 1970.
    pub(crate) at: i64,
    /// How often the same was asked before.
    pub(crate) before: usize,
    /// What it was answered.
    pub(crate) status: u16,
}

/// A running origin; stops when dropped.
pub(crate) struct Scripted {
    base: String,
    log: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Answers each request by `answer`.
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Response + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&log);
        let router = Router::new().fallback(move |request: Request| {
            let response = respond(&request, &shared, &answer);
            async move { response }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, log, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// What was asked so far of a path.
    pub(crate) fn asked_for(&self, path: &str) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|asked| asked.path == path);
        asked
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn respond(request: &Request, log: &Mutex<Vec<Asked>>, answer: &impl Fn(&Asked) -> Response) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let mut log = log.lock().unwrap();
    let mut asked = Asked {
        before: log.iter().filter(|before| before.path == path).count(),
        path,
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request.headers().clone(),
        at: now_ms(),
        status: 0,
    };
    let response = answer(&asked);
    asked.status = response.status().as_u16();
    log.push(asked);
    response
}

/// What the wall clock reads, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// All of something.
pub(crate) fn all(bytes: impl Into<Body>) -> Response {
    Response::new(bytes.into())
}

/// All of something, or that it is as it was.
pub(crate) fn tagged(asked: &Asked, bytes: Vec<u8>, tag: &str) -> Response {
    let tag = format!("\"{tag}\"");
    let same = asked
        .headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| *known == tag);
    let response = Response::builder().header(ETAG, tag);
    if same {
        return response.status(304).body(Body::empty()).unwrap();
    }
    response.body(bytes.into()).unwrap()
}

/// A status and nothing more.
pub(crate) fn status(code: u16) -> Response {
    Response::builder().status(code).body(Body::empty()).unwrap()
}

/// Asks to be left alone for so many seconds.
pub(crate) fn busy(seconds: u32) -> Response {
    let response = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE);
    response.header(RETRY_AFTER, seconds).body(Body::empty()).unwrap()
}

/// Sends elsewhere.
pub(crate) fn redirect(to: &str) -> Response {
    let response = Response::builder().status(StatusCode::FOUND);
    response.header(LOCATION, to).body(Body::empty()).unwrap()
}

/// Says that so many more bytes come than do.
pub(crate) fn misstated(bytes: Vec<u8>, more: usize) -> Response {
    let length = bytes.len() + more;
    let parts = stream::iter([Ok::<_, io::Error>(bytes)]);
    let response = Response::builder().header(CONTENT_LENGTH, length);
    response.body(Body::from_stream(parts)).unwrap()
}

/// Breaks off in the middle of a body whose length was not told.
pub(crate) fn broken_off(bytes: &[u8]) -> Response {
    let half = bytes[..bytes.len() / 2].to_vec();
    let parts = stream::iter([Ok(half), Err(io::Error::other("broken off"))]);
    // What was sent before is on its way when it breaks.
    let parts = parts.then(|part| async {
        sleep(Duration::from_millis(20)).await;
        part
    });
    Response::new(Body::from_stream(parts))
}

/// Sends a little now and then.
pub(crate) fn slowly(bytes: &[u8]) -> Response {
    let parts: Vec<_> = bytes.chunks(1_000).map(<[u8]>::to_vec).collect();
    let parts = stream::iter(parts).then(|part| async {
        sleep(Duration::from_millis(15)).await;
        Ok::<_, io::Error>(part)
    });
    Response::new(Body::from_stream(parts))
}

/// The whole, whatever part was asked for.
pub(crate) fn whole_for_a_part(asked: &Asked, bytes: Vec<u8>) -> Response {
    assert!(asked.headers.contains_key(RANGE), "a part is asked for");
    all(bytes)
}
