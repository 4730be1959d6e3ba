//! A server on a free port, and clients of it.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use signaling::{Config, ConfigError, Listeners, Signaling};
use signaling_proto::message::{Join, Signal, ToClient, ToServer, Welcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use crate::samples;

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    signaling: Signaling,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let operator = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let admin = operator.local_addr().unwrap();
        let listeners = Listeners {
            public: listener,
            admin: operator,
        };
        let signaling = Signaling::start(&config).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = signaling.clone();
        let served = tokio::spawn(async move {
            signaling::serve(listeners, serving, async { drop(stopped.await) }).await;
        });
        Self {
            address,
            admin,
            signaling,
            stop: Some(stop),
            served,
        }
    }

    pub(crate) fn ask_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Has it read its files anew, as a hang-up does.
    pub(crate) fn reload(&self, config: &Config) {
        self.try_reload(config).unwrap();
    }

    /// The same, where it may refuse to.
    pub(crate) fn try_reload(&self, config: &Config) -> Result<(), ConfigError> {
        self.signaling.reload(config)
    }

    /// Stops it, and fails where it does not end well and in time.
    pub(crate) async fn stop(mut self) {
        self.ask_to_stop();
        self.ended().await;
    }

    pub(crate) async fn ended(self) {
        tokio::time::timeout(PATIENCE, self.served)
            .await
            .expect("it stops")
            .unwrap();
    }

    pub(crate) async fn connect(&self) -> Viewer {
        Viewer::connect(self.address).await
    }

    /// Connects from another address of this machine, 127.0.0.`last`.
    pub(crate) async fn connect_from(&self, last: u8) -> Viewer {
        connect_from(self.address, [127, 0, 0, last]).await
    }

    /// Connects and joins; returns the peer id too.
    pub(crate) async fn join(&self, swarm: &str, want: u32) -> (Viewer, String) {
        Viewer::joined(self.address, swarm, want).await
    }

    /// Two viewers of a swarm of their own, that are paired; the second makes the offer.
    pub(crate) async fn pair_in(&self, swarm: &str) -> [(Viewer, String); 2] {
        let (mut a, a_id) = self.join(swarm, 4).await;
        let (mut b, b_id) = self.join(swarm, 4).await;
        assert_eq!(
            a.hear().await,
            ToClient::Paired {
                peer: b_id.clone(),
                offer: false
            }
        );
        assert_eq!(
            b.hear().await,
            ToClient::Paired {
                peer: a_id.clone(),
                offer: true
            }
        );
        [(a, a_id), (b, b_id)]
    }

    /// The same, of the swarm that most tests are about.
    pub(crate) async fn pair(&self) -> [(Viewer, String); 2] {
        self.pair_in("film").await
    }

    /// The operator's figures.
    pub(crate) async fn metrics(&self) -> String {
        get(self.admin, "/metrics").await
    }
}

/// Connects from another address of this machine: all of 127.0.0.0/8 are its.
pub(crate) async fn stream_from(server: SocketAddr, address: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((address, 0))).unwrap();
    socket.connect(server).await.unwrap()
}

/// The same, for a viewer.
pub(crate) async fn connect_from(server: SocketAddr, address: [u8; 4]) -> Viewer {
    let stream = stream_from(server, address).await;
    let url = format!("ws://{server}/v1/ws");
    let (socket, _) = client_async(url, MaybeTlsStream::Plain(stream)).await.unwrap();
    Viewer { socket }
}

/// Fetches over HTTP: head and body.
pub(crate) async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

pub(crate) struct Viewer {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Viewer {
    pub(crate) async fn connect(server: SocketAddr) -> Self {
        let (socket, _) = connect_async(format!("ws://{server}/v1/ws")).await.unwrap();
        Self { socket }
    }

    /// Connects and joins; returns the peer id too.
    pub(crate) async fn joined(server: SocketAddr, swarm: &str, want: u32) -> (Self, String) {
        let mut viewer = Self::connect(server).await;
        let peer = viewer.join(Join::new(swarm, want)).await;
        (viewer, peer)
    }

    pub(crate) async fn say(&mut self, message: &ToServer) {
        self.send(&message.to_json()).await;
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.socket.send(Message::text(frame)).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> ToClient {
        let message = self.next().await;
        let Message::Text(frame) = &message else {
            panic!("no text frame: {message:?}")
        };
        ToClient::parse(frame).unwrap()
    }

    /// Reads up to the close frame; returns its code.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.next().await {
                return frame.expect("it says why").code.into();
            }
        }
    }

    async fn next(&mut self) -> Message {
        let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
        next.expect("it says something").expect("it is open").unwrap()
    }

    /// Joins; returns the peer id.
    pub(crate) async fn join(&mut self, join: Join) -> String {
        self.say(&ToServer::Join(join)).await;
        let answer = self.hear().await;
        let ToClient::Welcome(Welcome { peer, .. }) = answer else {
            panic!("no welcome: {answer:?}")
        };
        peer
    }

    /// Reads what has come already: until the server has answered a ping.
    pub(crate) async fn heard(&mut self) -> Vec<ToClient> {
        self.say(&ToServer::Ping).await;
        let mut heard = Vec::new();
        loop {
            let message = self.hear().await;
            if message == ToClient::Pong {
                return heard;
            }
            heard.push(message);
        }
    }
}

pub(crate) fn signal(to: &str, signal: Signal) -> ToServer {
    ToServer::Signal {
        to: to.into(),
        signal,
    }
}

pub(crate) fn offer(sdp: &str) -> Signal {
    Signal::Offer { sdp: sdp.into() }
}

/// A browser's description of a data channel, with about as many bytes of candidates at its end, which are carried.
pub(crate) fn description(filling: usize) -> String {
    let candidate = "a=candidate:1 1 udp 2113937151 203.0.113.9 50000 typ host\r\n";
    let candidates = candidate.repeat(filling / candidate.len());
    format!("{}{candidates}", samples::CHROMIUM_TRICKLE)
}
