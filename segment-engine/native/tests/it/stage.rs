//! What the tests of the real process stand on: signaling that lets everybody in, and the process with its HTTP address.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use segment_engine::stats::Stats;
use segment_engine_native::Peer;
use signaling_proto::message::{ToClient, ToServer, Welcome};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Where each member of the swarm is told things.
type Members = Arc<Mutex<BTreeMap<String, mpsc::UnboundedSender<ToClient>>>>;

/// Starts signaling that lets everybody in, and introduces each newcomer to all who are there; returns its URL.
pub(crate) async fn signaling(tasks: &mut JoinSet<()>) -> String {
    signaling_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), tasks)
}

/// The same on a listener that the test chose.
pub(crate) fn signaling_on(listener: TcpListener, tasks: &mut JoinSet<()>) -> String {
    let url = format!("ws://{}/v1/ws", listener.local_addr().unwrap());
    tasks.spawn(async move {
        let (members, mut clients) = (Members::default(), JoinSet::new());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // No server gives a name again, nor does one that was started anew.
            static NAMED: AtomicUsize = AtomicUsize::new(0);
            let name = format!("peer-{}", NAMED.fetch_add(1, Ordering::Relaxed));
            clients.spawn(serve_member(stream, name, Arc::clone(&members)));
        }
    });
    url
}

/// Serves one member until it leaves.
async fn serve_member(stream: TcpStream, name: String, members: Members) {
    let (mut sending, mut receiving) = accept_async(stream).await.unwrap().split();
    let (tell, mut told) = mpsc::unbounded_channel::<ToClient>();
    loop {
        let frame = tokio::select! {
            Some(message) = told.recv() => {
                if sending.send(Message::text(message.to_json())).await.is_err() {
                    break;
                }
                continue;
            }
            frame = receiving.next() => frame,
        };
        let Some(Ok(frame)) = frame else { break };
        let Message::Text(text) = frame else { continue };
        match ToServer::parse(&text) {
            Ok(ToServer::Join(_)) => enter(&name, &tell, &members),
            Ok(ToServer::Signal { to, signal }) => {
                let from = name.clone();
                if let Some(other) = members.lock().unwrap().get(&to) {
                    let _ = other.send(ToClient::Signal { from, signal });
                }
            }
            Ok(_) => drop(tell.send(ToClient::Pong)),
            Err(error) => panic!("{error}: {text}"),
        }
    }
    members.lock().unwrap().remove(&name);
}

/// Lets a member in, and pairs it with all others.
fn enter(name: &str, tell: &mpsc::UnboundedSender<ToClient>, members: &Members) {
    let paired = |peer: &str, offer| ToClient::Paired {
        peer: peer.to_owned(),
        offer,
    };
    let mut members = members.lock().unwrap();
    tell.send(ToClient::Welcome(Welcome::new(name, 25_000))).unwrap();
    for (other, told) in &*members {
        let _ = told.send(paired(name, false));
        tell.send(paired(other, true)).unwrap();
    }
    members.insert(name.to_owned(), tell.clone());
}

/// A seeder's process; killed when the test is done with it.
pub(crate) struct Process {
    child: Child,
    /// Its HTTP address, as in `http://127.0.0.1:1234`.
    http: String,
    /// What it has logged.
    log: Arc<Mutex<String>>,
}

impl Process {
    /// Starts a process with HTTP on a free port, and waits until it listens.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let starting = tokio::task::spawn_blocking(move || {
            let mut child = Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
                .args(flags)
                .args(["--http", "127.0.0.1:0"])
                .env_remove("RUST_LOG")
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let log = Arc::new(Mutex::new(String::new()));
            let (noted, noting) = (Arc::clone(&log), Arc::clone(&log));
            let note = move |line: String| {
                *noted.lock().unwrap() += &format!("{line}\n");
                line
            };
            let told = lines.by_ref().map_while(Result::ok).map(note).find_map(|line| {
                let (_, rest) = line.split_once("figures at ")?;
                rest.split_once("/metrics").map(|(http, _)| http.to_owned())
            });
            // What it logs is read, so that it never waits for its reader.
            std::thread::spawn(move || {
                for line in lines.map_while(Result::ok) {
                    *noting.lock().unwrap() += &format!("{line}\n");
                }
            });
            let http = told.expect("the process says where it listens");
            Self { child, http, log }
        });
        tokio::time::timeout(PATIENCE, starting).await.unwrap().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.http)
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        client().get(self.url(path)).send().await.unwrap()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// What `/v1/streams` says of a stream.
    pub(crate) async fn stream(&self, name: &str) -> Option<serde_json::Value> {
        let described: serde_json::Value = serde_json::from_str(&self.text("v1/streams").await).unwrap();
        let streams = described["streams"].as_array().unwrap();
        streams.iter().find(|stream| stream["name"] == name).cloned()
    }

    /// Waits until a stream is as it should be.
    pub(crate) async fn until(&self, name: &str, enough: impl Fn(Option<&serde_json::Value>) -> bool) {
        let waiting = async {
            while !enough(self.stream(name).await.as_ref()) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        if waited.is_err() {
            panic!("{name} never came to it: {:?}", self.stream(name).await);
        }
    }

    /// Waits until all of the clip is stored and signed.
    pub(crate) async fn until_warm(&self, name: &str, segments: u64) {
        self.until(name, |stream| {
            stream.is_some_and(|stream| {
                stream["segments"]["stored"] == segments && stream["segments"]["signed"] == segments
            })
        })
        .await;
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(status.success());
    }

    /// All that it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until it has logged a text.
    pub(crate) async fn until_logged(&self, text: &str) {
        self.until_log(|log| log.contains(text)).await;
    }

    /// Waits until its log is as it should be.
    pub(crate) async fn until_log(&self, enough: impl Fn(&str) -> bool) {
        let waiting = async {
            while !enough(&self.log()) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "it never came to it: {}", self.log());
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        let waiting = tokio::task::spawn_blocking(move || self.child.wait().unwrap());
        tokio::time::timeout(PATIENCE, waiting).await.unwrap().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already, as a rule.
        let _ = self.child.kill();
    }
}

/// An HTTP client.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// What is there over HTTP.
pub(crate) async fn fetched(url: &str) -> Vec<u8> {
    let response = client().get(url).send().await.unwrap();
    response.bytes().await.unwrap().to_vec()
}

/// Waits until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("it comes to it in time");
}

/// Waits until a peer's figures are so.
pub(crate) async fn until_stats(peer: &Peer, enough: impl Fn(&Stats) -> bool) -> Stats {
    let waiting = async {
        loop {
            let stats = peer.stats().await.unwrap();
            if enough(&stats) {
                return stats;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    let Ok(stats) = waited else {
        panic!("it never came to it: {:?}", peer.stats().await);
    };
    stats
}

/// A folder of the test's own, empty.
pub(crate) fn fresh_folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fugitive-face-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Text of a path.
pub(crate) fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}
