//! Requests that take a while, on a listener of their own.

use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::bus::Driver;
use crate::config::Config;

/// How long anything may take before a test fails.
const MOST: Duration = Duration::from_secs(10);
/// How long a request may.
const PATIENCE: Duration = Duration::from_millis(500);

struct Running {
    address: SocketAddr,
    hub: Arc<Hub>,
    stop: oneshot::Sender<()>,
    listening: JoinHandle<()>,
}

/// Serves `/slow`, which takes twice as long as a listener waits for a head, and `/body`, which reads a body.
async fn run(patience: Duration) -> Running {
    let config = Config {
        request_timeout_ms: u64::try_from(patience.as_millis()).unwrap(),
        ..Config::default()
    };
    let (handle, _driver) = Driver::start(&config.cluster).await.unwrap();
    let hub = Arc::new(Hub::new(&config, handle).unwrap());
    let slow = async || {
        sleep(2 * PATIENCE).await;
        "done"
    };
    let router = Router::new()
        .route("/slow", get(slow))
        .route("/body", post(async |body: Bytes| body));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let listening = tokio::spawn(listen(listener, router, Arc::clone(&hub), async {
        drop(stopped.await);
    }));
    Running {
        address,
        hub,
        stop,
        listening,
    }
}

impl Running {
    async fn ask(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    fn timeouts(&self) -> u64 {
        self.hub.stats().rooms.refused.request_timeout
    }

    /// Waits until so many are pending.
    async fn await_pending(&self, count: usize) {
        let reached = async {
            while self.hub.pending.count() != count {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(MOST, reached).await.expect("so many are pending");
    }
}

/// What comes until the end.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that was dropped may be reset.
    let _ = timeout(MOST, stream.read_to_end(&mut text))
        .await
        .expect("it ends");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_request_is_answered_however_late_its_head_came() {
    let running = run(3 * PATIENCE).await;
    let mut stream = running.ask("GET /slow HTTP/1.1\r\n").await;
    sleep(2 * PATIENCE).await;
    stream.write_all(b"Host: here\r\n\r\n").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.ends_with("done"), "{answer}");
    assert_eq!(running.timeouts(), 0);
}

#[tokio::test]
async fn a_request_that_is_being_answered_is_not_pending_and_ends_its_connection() {
    // Far longer than the end of the connection is waited for.
    let running = run(3 * MOST).await;
    let _mute = TcpStream::connect(running.address).await.unwrap();
    running.await_pending(1).await;
    let mut stream = running.ask("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n").await;
    sleep(PATIENCE).await;
    assert_eq!(running.hub.pending.count(), 1, "the one that says nothing");
    let answer = rest(&mut stream).await;
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_forever() {
    let running = run(PATIENCE).await;
    let head = "POST /body HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n";
    let mut stream = running.ask(head).await;
    for _ in 0..2 {
        sleep(PATIENCE / 4).await;
        stream.write_all(b"x").await.unwrap();
    }
    assert_eq!(rest(&mut stream).await, "");
    assert_eq!(running.timeouts(), 1);
}

#[tokio::test]
async fn a_listener_that_stops_answers_what_was_asked_and_drops_the_rest() {
    let running = run(MOST).await;
    let mut mute = TcpStream::connect(running.address).await.unwrap();
    let mut stream = running.ask("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n").await;
    sleep(PATIENCE).await;
    running.stop.send(()).unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.ends_with("done"), "{answer}");
    assert_eq!(rest(&mut mute).await, "");
    timeout(MOST, running.listening).await.expect("it ends").unwrap();
}
