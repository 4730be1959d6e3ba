//! A native member of a swarm: the handle to a running driver.

mod operating;

use std::net::SocketAddr;
use std::num::NonZero;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use segment_engine::Engine;
use segment_engine::config::{Config, Role};
use segment_engine::error::ConfigError;
use segment_engine::id::{ByteRange, DemandId};
use segment_engine::input::{Demand, Input, Playback};
use segment_engine::output::{DeclineReason, Delivery};
use segment_engine::stats::Stats;
use segment_engine::time::MediaTime;
use signaling_proto::client::{Client, ClientConfig, ClientConfigError};
use signaling_proto::message::{self, Hints};
use thiserror::Error;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tracing::Instrument;

use crate::access::{Access, OriginAccess};
use crate::clock::Clock;
use crate::driver::{Command, Driver, Parts};
use crate::event::PeerEvent;
use crate::fetch::{Fetches, For, Kept};
use crate::inbox::inbox;
use crate::link::{IceTransportPolicy, LinkSettings};
use crate::network::{Network, NetworkError, NetworkOptions};
use crate::shelf::{Shelf, StreamInUse};
use crate::sidecar;
use crate::signing::SeedKey;
use crate::token::{TokenFileError, read_token_file};

/// How many commands wait for the driver.
const COMMANDS: usize = 64;
/// How many events a slow subscriber may lag behind before it misses some.
const EVENTS: usize = 1024;
/// How long a driver may take to stop before it is cut off. Its own steps take less.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// One concurrent negotiation is allowed per this many allowed links: a negotiation that fails takes up its place for
/// some seconds.
const LINKS_PER_NEGOTIATION: u32 = 4;
/// The least and the most negotiations at once.
const NEGOTIATIONS: RangeInclusive<u32> = 16..=256;
/// How many peers a seeder asks signaling for as it joins, so that seeders meet while there are few viewers or none.
const FELLOWS: u32 = 4;
/// The most threads that the WebRTC stack is given.
const MAX_REACTORS: usize = 4;

/// How a native peer reaches the world. Its part in the swarm is set by the engine's [`Config`].
#[derive(Debug, Clone)]
pub struct Options {
    /// The signaling server's `ws:` or `wss:` URL, with its path.
    pub signaling_url: String,
    /// Key that signs digests; needed by a seeder only. Default none.
    pub key: Option<SeedKey>,
    /// UDP addresses for WebRTC, of a network of this peer alone. Default `0.0.0.0:0`: any port on every IPv4 interface
    /// but loopback. With a fixed port all links share it. See [`NetworkOptions::udp_addresses`].
    pub udp_addresses: Vec<SocketAddr>,
    /// A network that this peer shares with others, instead of one of its own with `udp_addresses`. Default none.
    pub network: Option<Arc<Network>>,
    /// File of the join token, if signaling asks for one; read at the start, and anew at each refusal. Default none.
    pub token_file: Option<PathBuf>,
    /// The CDN's point of presence that this peer is near, by the name that viewers get: signaling introduces peers of
    /// the same one first. 1 to 48 printable characters. Default none.
    pub pop: Option<String>,
    /// Headers and query parameters that a seeder sends with each request to the host of its manifest. Default none.
    pub origin: OriginAccess,
    /// Absolute http or https URL of a sidecar of digests, which is fetched at the start, and again as often as its
    /// `Cache-Control` says (5 s to 1 h; 1 min if it says nothing). Default none.
    pub digests_url: Option<String>,
    /// Shelf that keeps segments on disk beyond what memory holds, and for the next start; several peers of different
    /// swarms can share one. Default none.
    pub shelf: Option<Arc<Shelf>>,
}

impl Options {
    /// The defaults, with a signaling server.
    pub fn new(signaling_url: impl Into<String>) -> Self {
        Self {
            signaling_url: signaling_url.into(),
            key: None,
            udp_addresses: NetworkOptions::default().udp_addresses,
            network: None,
            token_file: None,
            pop: None,
            origin: OriginAccess::default(),
            digests_url: None,
            shelf: None,
        }
    }
}

/// A peer cannot be started. Mend what the text names, and start again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// A value of the engine's configuration is out of range.
    #[error(transparent)]
    Engine(#[from] ConfigError),
    /// The signaling URL or the swarm's id cannot be used.
    #[error("signaling {0}")]
    Signaling(#[from] ClientConfigError),
    /// The join token cannot be read.
    #[error(transparent)]
    Token(#[from] TokenFileError),
    /// The network cannot be used as asked.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The shelf is used by another peer of the swarm.
    #[error(transparent)]
    Shelf(#[from] StreamInUse),
    /// The HTTP client cannot be set up: no TLS backend, no trust store.
    #[error("cannot prepare for HTTP: {0}")]
    Http(#[from] reqwest::Error),
}

/// A demand was not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DemandError {
    /// The engine leaves it to the caller: fetch it over HTTP.
    #[error("left to the caller: {0:?}")]
    Declined(DeclineReason),
    /// The peer has stopped: fetch it over HTTP.
    #[error("the peer has stopped")]
    Stopped,
}

/// A running member of a swarm.
///
/// [`Peer::shutdown`] leaves in good order; dropping the handle cuts everything off at once. No task outlives it.
#[derive(Debug)]
pub struct Peer {
    commands: mpsc::Sender<Command>,
    events: broadcast::Sender<PeerEvent>,
    /// The first subscriber's receiver: events may come before it subscribes.
    first: Mutex<Option<broadcast::Receiver<PeerEvent>>>,
    driver: JoinHandle<()>,
    access: Access,
    kept: Arc<Kept>,
    /// Follows the sidecar, if there is one to follow.
    _follower: JoinSet<()>,
    /// Held while a demand is numbered and sent: the engine takes them in the order of their numbers.
    last_demand: Mutex<u64>,
}

impl Peer {
    /// Starts a peer on the current tokio runtime. It joins its swarm, and joins again when it loses signaling.
    ///
    /// # Errors
    /// See [`StartError`]. An unreachable server is none: the peer keeps trying, and says so by an event.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(config: Config, options: Options) -> Result<Self, StartError> {
        let clock = Clock::start();
        let client_config = client_config(&config, &options)?;
        let (whose, access) = access_of(&config.role, options.origin);
        let send_window = config.send_window;
        let (inbox, queue) = inbox();
        let attach =
            |shelf: Arc<Shelf>| shelf.attach(&client_config.url, &client_config.swarm, inbox.clone());
        let shelf = options.shelf.map(attach).transpose()?;
        let renditions = config.seeding.renditions.clone();
        let signaling = client_config.url.clone();
        let engine = Engine::new(config, rand::random(), clock.timestamp())?;
        let client = Client::new(client_config, rand::random())?;
        let network = network_of(options.network, options.udp_addresses)?;
        let (events, first) = broadcast::channel(EVENTS);
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let fetches = Fetches::new(inbox.clone(), whose, access.clone())?;
        let kept = fetches.kept();
        let driver = Driver::new(Parts {
            clock,
            engine,
            renditions,
            client,
            signaling,
            key: options.key,
            token_file: options.token_file,
            fetches,
            link_settings: link_settings(network, send_window),
            shelf,
            events: events.clone(),
            inbox,
            queue,
        });
        let driver = tokio::spawn(driver.run(command_queue).in_current_span());
        let mut follower = JoinSet::new();
        if let Some(url) = options.digests_url {
            let following = sidecar::follow(url, commands.downgrade())?;
            follower.spawn(following.in_current_span());
        }
        Ok(Self {
            commands,
            events,
            first: Mutex::new(Some(first)),
            driver,
            access,
            kept,
            _follower: follower,
            last_demand: Mutex::new(0),
        })
    }

    /// Subscribes to events from now on; the first subscriber gets those since the start too. A subscriber that lags
    /// behind misses the oldest events.
    pub fn subscribe(&self) -> broadcast::Receiver<PeerEvent> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.unwrap_or_else(|| self.events.subscribe())
    }

    /// Counts what happened so far; `None` once the peer has stopped.
    pub async fn stats(&self) -> Option<Stats> {
        let (answer, stats) = oneshot::channel();
        self.commands.send(Command::Stats(answer)).await.ok()?;
        stats.await.ok()
    }

    /// Counts the segments of the title that are available so far, init segments included: zero before a manifest
    /// was read, `None` once the peer has stopped.
    pub async fn available_segments(&self) -> Option<usize> {
        let (answer, count) = oneshot::channel();
        self.commands.send(Command::Segments(answer)).await.ok()?;
        count.await.ok()
    }

    /// Gives a viewer a manifest; `url` is its final URL, after redirects.
    pub async fn manifest(&self, url: impl Into<String>, body: Vec<u8>) {
        self.tell(Input::Manifest {
            url: url.into(),
            body,
        })
        .await;
    }

    /// Tells a viewer the state of playback.
    pub async fn playback(&self, playback: Playback) {
        self.tell(Input::Playback(playback)).await;
    }

    /// Tells a viewer that playback has jumped to another position.
    pub async fn seeked(&self, to: MediaTime) {
        self.tell(Input::Seeked(to)).await;
    }

    /// Asks for a segment, from wherever the engine finds it. Dropping the future takes the demand back.
    ///
    /// # Errors
    /// See [`DemandError`]: the caller is to fetch the segment itself.
    pub async fn demand(
        &self,
        url: impl Into<String>,
        range: Option<ByteRange>,
    ) -> Result<Delivery, DemandError> {
        let place = self.commands.reserve().await.map_err(|_| DemandError::Stopped)?;
        let (answer, delivery) = oneshot::channel();
        let id = {
            let mut last = self.last_demand.lock().unwrap_or_else(PoisonError::into_inner);
            *last += 1;
            let id = DemandId(*last);
            place.send(Command::Demand(
                Demand {
                    id,
                    url: url.into(),
                    range,
                    position: None,
                },
                answer,
            ));
            id
        };
        let _cancel = CancelOnDrop {
            id,
            commands: &self.commands,
        };
        match delivery.await {
            Ok(answer) => answer.map_err(DemandError::Declined),
            Err(_) => Err(DemandError::Stopped),
        }
    }

    /// Leaves the swarm, closes every connection, and ends every task; takes some seconds at most.
    pub async fn shutdown(mut self) {
        // A driver that has stopped already needs no telling.
        let _ = self.commands.send(Command::Stop).await;
        if timeout(SHUTDOWN_TIMEOUT, &mut self.driver).await.is_err() {
            tracing::warn!("the peer did not stop in time and is cut off");
        }
    }

    async fn tell(&self, input: Input) {
        // A driver that has stopped needs no telling.
        let _ = self.commands.send(Command::Input(input)).await;
    }
}

/// The configuration of signaling's client, with the token.
fn client_config(config: &Config, options: &Options) -> Result<ClientConfig, TokenFileError> {
    let (least, role) = match config.role {
        Role::Viewer => (0, message::Role::Viewer),
        Role::Seeder { .. } => (FELLOWS, message::Role::Seeder),
    };
    let negotiations = config.max_target_peers / LINKS_PER_NEGOTIATION;
    Ok(ClientConfig {
        want: config.min_target_peers.max(least),
        role,
        capacity: Some(config.max_target_peers),
        max_negotiations: negotiations.clamp(*NEGOTIATIONS.start(), *NEGOTIATIONS.end()),
        token: options.token_file.as_deref().map(read_token_file).transpose()?,
        hints: Hints {
            pop: options.pop.clone(),
            ..Hints::default()
        },
        ..ClientConfig::new(options.signaling_url.clone(), config.swarm.clone())
    })
}

/// The role of the peer for its requests, and the credentials for them: only a seeder has any.
fn access_of(role: &Role, origin: OriginAccess) -> (For, Access) {
    match role {
        Role::Viewer => (For::Viewer, Access::default()),
        Role::Seeder { manifest } => (For::Seeder, Access::new(origin, Some(manifest))),
    }
}

/// The shared network, or one of the peer's own.
fn network_of(
    shared: Option<Arc<Network>>,
    udp_addresses: Vec<SocketAddr>,
) -> Result<Arc<Network>, NetworkError> {
    match shared {
        Some(network) => Ok(network),
        None => Network::open(NetworkOptions {
            udp_addresses,
            ..NetworkOptions::default()
        }),
    }
}

fn link_settings(network: Arc<Network>, send_window: u64) -> LinkSettings {
    LinkSettings {
        network,
        send_window: usize::try_from(send_window).unwrap_or(usize::MAX),
        ice_transport_policy: IceTransportPolicy::All,
        reactors: available_parallelism().map_or(1, NonZero::get).min(MAX_REACTORS),
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Takes a demand back when its future is dropped. The engine ignores a demand that is answered.
struct CancelOnDrop<'a> {
    id: DemandId,
    commands: &'a mpsc::Sender<Command>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        // With a full queue the demand runs on, and its answer finds nobody.
        let _ = self.commands.try_send(Command::Cancel(self.id));
    }
}
