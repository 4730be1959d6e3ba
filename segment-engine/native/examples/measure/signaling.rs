//! Signaling for one seeder: the first member is the seeder, and each other one is introduced to it and to nobody else, so
//! that all bytes are the seeder's. A member is a WebSocket, or a part of this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use futures_util::{SinkExt as _, StreamExt as _};
use signaling_proto::message::{Signal, ToClient, ToServer, Welcome};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::shim::Shims;

/// How often members are to send a sign of life, in milliseconds.
const PING_MS: u64 = 25_000;

/// Running signaling; ends when dropped.
#[derive(Debug)]
pub(crate) struct Signaling {
    url: String,
    hub: Arc<Hub>,
    _tasks: JoinSet<()>,
}

/// Whom there is, and what is in the way between them.
#[derive(Debug)]
struct Hub {
    state: Mutex<State>,
    shims: Option<Shims>,
}

#[derive(Debug, Default)]
struct State {
    entered: u64,
    seeder: Option<String>,
    members: BTreeMap<String, mpsc::UnboundedSender<ToClient>>,
}

/// A member that is a part of this process; leaves when dropped.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) told: mpsc::UnboundedReceiver<ToClient>,
    hub: Arc<Hub>,
}

impl Signaling {
    /// Starts it on loopback, with a worse network between its members where `shims` are given.
    pub(crate) async fn start(shims: Option<Shims>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("ws://{}/v1/ws", listener.local_addr()?);
        let hub = Arc::new(Hub {
            state: Mutex::default(),
            shims,
        });
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&hub);
        tasks.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // As the real one does: Nagle's algorithm would hold back each second frame for 40 ms.
                let _ = stream.set_nodelay(true);
                let hub = Arc::clone(&shared);
                clients.spawn(async move {
                    // A member that breaks off has left.
                    let _ = serve(stream, hub).await;
                });
                while clients.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            url,
            hub,
            _tasks: tasks,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lets a part of this process in.
    pub(crate) fn enter(&self) -> Member {
        Member::new(&self.hub)
    }
}

impl Member {
    fn new(hub: &Arc<Hub>) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let name = hub.enter(tell);
        Self {
            name,
            told,
            hub: Arc::clone(hub),
        }
    }

    /// Carries something to the seeder or another member.
    pub(crate) async fn signal(&self, to: &str, signal: Signal) -> Result<()> {
        self.hub.carry(&self.name, to, signal).await
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.hub.leave(&self.name);
    }
}

impl Hub {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, tell: mpsc::UnboundedSender<ToClient>) -> String {
        let mut state = self.state();
        let name = format!("peer-{}", state.entered);
        state.entered += 1;
        let told = |to: &mpsc::UnboundedSender<ToClient>, message| {
            // Whoever has gone is taken out when its connection ends.
            let _ = to.send(message);
        };
        told(&tell, ToClient::Welcome(Welcome::new(name.as_str(), PING_MS)));
        match state.seeder.clone() {
            None => state.seeder = Some(name.clone()),
            Some(seeder) => {
                if let Some(of_seeder) = state.members.get(&seeder) {
                    let paired = |peer: &str, offer| ToClient::Paired {
                        peer: peer.to_owned(),
                        offer,
                    };
                    told(of_seeder, paired(&name, false));
                    told(&tell, paired(&seeder, true));
                }
            }
        }
        state.members.insert(name.clone(), tell);
        name
    }

    async fn carry(&self, from: &str, to: &str, signal: Signal) -> Result<()> {
        let signal = match &self.shims {
            Some(shims) => shims.rewrite(from, to, signal).await?,
            None => signal,
        };
        let from = from.to_owned();
        if let Some(tell) = self.state().members.get(to) {
            let _ = tell.send(ToClient::Signal { from, signal });
        }
        Ok(())
    }

    fn leave(&self, name: &str) {
        let mut state = self.state();
        state.members.remove(name);
        let left = ToClient::Left {
            peer: name.to_owned(),
        };
        if let Some(tell) = state.seeder.as_ref().and_then(|seeder| state.members.get(seeder)) {
            let _ = tell.send(left);
        }
    }
}

/// Serves one member until it leaves.
async fn serve(stream: TcpStream, hub: Arc<Hub>) -> Result<()> {
    let (mut sending, mut receiving) = accept_async(stream).await?.split();
    let mut member: Option<Member> = None;
    loop {
        let told = async {
            match &mut member {
                Some(member) => member.told.recv().await,
                None => std::future::pending().await,
            }
        };
        let frame = tokio::select! {
            message = told => {
                let message = message.context("left")?;
                sending.send(Message::text(message.to_json())).await?;
                continue;
            }
            frame = receiving.next() => frame,
        };
        let Message::Text(text) = frame.context("left")?? else {
            continue;
        };
        match (ToServer::parse(&text)?, &member) {
            (ToServer::Join(_), None) => member = Some(Member::new(&hub)),
            (ToServer::Signal { to, signal }, Some(member)) => member.signal(&to, signal).await?,
            (_, Some(_)) => sending.send(Message::text(ToClient::Pong.to_json())).await?,
            (_, None) => {}
        }
    }
}
