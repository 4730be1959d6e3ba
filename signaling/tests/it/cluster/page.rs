//! A viewer's page: the client that pages have, over a real socket. Its links are up once the descriptions are exchanged,
//! and end when the client says so.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use signaling_proto::client::{Client, ClientConfig, ClientEvent, ClientInput, ClientOutput, Route};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::{PATIENCE, description};

/// A page that is open; closed when it is dropped.
pub(crate) struct Page {
    seen: Arc<Mutex<Seen>>,
    inputs: mpsc::UnboundedSender<ClientInput>,
    task: JoinHandle<()>,
}

/// What is known of a page from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Which server it is connected to, while it is a member.
    pub(crate) server: Option<SocketAddr>,
    /// How often it joined, and lost its server.
    pub(crate) joins: u32,
    pub(crate) losses: u32,
    pub(crate) links: BTreeSet<String>,
    /// Links that were up and that its client gave up.
    pub(crate) dropped: u32,
    /// How often it was switched off.
    pub(crate) offs: u32,
}

/// The page's own side.
struct Driver {
    client: Client,
    epoch: Instant,
    /// What the name of the service stands for, the next one first.
    servers: Vec<SocketAddr>,
    socket: Option<WebSocketStream<MaybeTlsStream<TcpStream>>>,
    seen: Arc<Mutex<Seen>>,
}

impl Page {
    /// One that looks for so many links. Its service's name stands for all servers, the first one first; where one does not
    /// answer, the next is tried.
    pub(crate) fn open(servers: Vec<SocketAddr>, want: u32) -> Self {
        let config = ClientConfig {
            want,
            ..ClientConfig::new("ws://signaling.test/v1/ws", "film")
        };
        let seen = Arc::new(Mutex::new(Seen::default()));
        let driver = Driver {
            client: Client::new(config, rand::random()).unwrap(),
            epoch: Instant::now(),
            servers,
            socket: None,
            seen: Arc::clone(&seen),
        };
        let (inputs, taken) = mpsc::unbounded_channel();
        let task = tokio::spawn(driver.run(taken));
        Self { seen, inputs, task }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn want(&self, count: u32) {
        self.inputs.send(ClientInput::WantPeers(count)).unwrap();
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Seen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&self.seen()) {
            assert!(
                Instant::now() < deadline,
                "{what} is not to come: {:?}",
                self.seen()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Driver {
    async fn run(mut self, mut inputs: mpsc::UnboundedReceiver<ClientInput>) {
        loop {
            self.client.handle_timeout(self.epoch.elapsed());
            self.drain().await;
            let due = self.client.poll_timeout().map(|due| self.epoch + due);
            let input = tokio::select! {
                () = sleep_until(due) => continue,
                Some(input) = inputs.recv() => input,
                frame = next(&mut self.socket) => match frame {
                    Some(frame) => ClientInput::SocketMessage(frame),
                    None => {
                        self.socket = None;
                        ClientInput::SocketClosed
                    }
                },
            };
            self.tell(input);
        }
    }

    fn tell(&mut self, input: ClientInput) {
        self.client.handle_input(self.epoch.elapsed(), input);
    }

    async fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                ClientOutput::OpenSocket { .. } => self.open().await,
                ClientOutput::Send(frame) => self.send(frame).await,
                ClientOutput::CloseSocket => self.socket = None,
                ClientOutput::CreateOffer { peer, .. } => self.tell(ClientInput::LocalDescription {
                    peer,
                    sdp: description(0),
                }),
                ClientOutput::AcceptOffer { peer, .. } => {
                    let sdp = description(0).replace("actpass", "active");
                    let answer = ClientInput::LocalDescription {
                        peer: peer.clone(),
                        sdp,
                    };
                    self.tell(answer);
                    self.link(peer);
                }
                ClientOutput::AcceptAnswer { peer, .. } => self.link(peer),
                ClientOutput::DropPeer(peer) => {
                    let mut seen = self.seen.lock().unwrap();
                    seen.dropped += u32::from(seen.links.remove(&peer));
                }
                ClientOutput::Event(event) => self.on_event(event),
                ClientOutput::AddCandidate { .. } | ClientOutput::Relay { .. } => {}
            }
        }
    }

    fn link(&mut self, peer: String) {
        self.seen.lock().unwrap().links.insert(peer.clone());
        self.tell(ClientInput::LinkUp(peer));
    }

    fn on_event(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Joined { .. } => {
                let mut seen = self.seen.lock().unwrap();
                seen.joins += 1;
                seen.server = Some(self.servers[0]);
            }
            ClientEvent::Lost { .. } => {
                let mut seen = self.seen.lock().unwrap();
                // An attempt that did not get in is no loss.
                seen.losses += u32::from(seen.server.take().is_some());
                drop(seen);
                self.servers.rotate_left(1);
            }
            ClientEvent::SwitchedOff { .. } => {
                let mut seen = self.seen.lock().unwrap();
                seen.offs += 1;
                seen.server = None;
            }
            ClientEvent::Introduced { peer, offer: true } => self.tell(ClientInput::Connect {
                peer,
                route: Route::Signaling,
            }),
            ClientEvent::Introduced { offer: false, .. } | ClientEvent::Unreachable { .. } => {}
            ClientEvent::Refused { message, .. } => panic!("{message}"),
        }
    }

    async fn open(&mut self) {
        let url = format!("ws://{}/v1/ws", self.servers[0]);
        match tokio::time::timeout(PATIENCE, connect_async(url)).await {
            Ok(Ok((socket, _))) => {
                self.socket = Some(socket);
                self.tell(ClientInput::SocketOpened);
            }
            Ok(Err(_)) | Err(_) => self.tell(ClientInput::SocketClosed),
        }
    }

    async fn send(&mut self, frame: String) {
        if let Some(socket) = &mut self.socket {
            // That it is broken is read from it as well.
            let _ = socket.send(Message::text(frame)).await;
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

/// The next text; `None` once the socket is closed.
async fn next(socket: &mut Option<WebSocketStream<MaybeTlsStream<TcpStream>>>) -> Option<String> {
    let Some(socket) = socket else {
        return std::future::pending().await;
    };
    loop {
        match socket.next().await? {
            Ok(Message::Text(frame)) => return Some(frame.as_str().to_owned()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}
