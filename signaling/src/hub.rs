//! All rooms of a server: shards with a lock each, and the lobby, which places newcomers in them.
//!
//! The lobby's lock is taken when somebody comes or goes, or looks for peers; what peers say to each other takes that of
//! their own shard. No two locks are held at once: what one shard has for another goes there after the first let go.

mod announce;
mod ramp;
mod route;
mod visit;

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use signaling_proto::cluster::ClusterHealth;
use signaling_proto::lobby::{Lobby, RoomAddress};
use signaling_proto::rooms::announce::{Announcers, AnnouncersStats};
use signaling_proto::rooms::{
    Reason, Refusal, Refusals, Rooms, RoomsConfig, RoomsStats, Scattered, Whereabouts,
};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::rustls::ServerConfig;

pub(crate) use self::announce::{Tracker, Unlisted};
pub(crate) use self::visit::{Membership, Visit};
use crate::address::Proxies;
use crate::bus::{ClusterHandle, Figures};
use crate::config::{Config, ConfigError, Ramp};
use crate::door::Door;
use crate::outbox::Limit;
use crate::pending::{Pending, PendingLimit};
use crate::places::Places;
use crate::shard::Shard;
use crate::tls;

/// The number of locks that the rooms are spread over: some four for each core of a large machine.
const SHARDS: u8 = 64;

#[derive(Debug)]
pub(crate) struct Hub {
    front: Mutex<Front>,
    shards: Vec<Shard>,
    cluster: ClusterHandle,
    next_conn: AtomicU64,
    epoch: Instant,
    tables: RwLock<Arc<Tables>>,
    queue: Limit,
    drain: Duration,
    pub(crate) join_timeout: Duration,
    pub(crate) proxies: Proxies,
    /// The settings of `/announce`, where that is served.
    pub(crate) tracker: Option<Tracker>,
    /// Connections that have not asked for anything yet.
    pub(crate) pending: Pending,
    /// How many scrapes were answered.
    scrapes: AtomicU64,
    /// How many TLS handshakes failed because of what the client sent.
    broken_handshakes: AtomicU64,
    /// How many connections have a task.
    tasks: watch::Sender<usize>,
    /// Whether the server takes no more connections.
    stopping: watch::Sender<bool>,
}

/// What is read from the settings and their files, at the start and again while the server runs.
#[derive(Debug)]
struct Tables {
    door: Door,
    places: Places,
    tls: Option<Arc<ServerConfig>>,
    ramp: Ramp,
}

/// What is counted over all shards.
#[derive(Debug)]
struct Front {
    lobby: Lobby,
    refused: Refusals,
}

/// The figures of the hub.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HubStats {
    /// The figures of all rooms, with what was refused before them.
    pub(crate) rooms: RoomsStats,
    /// The figures of the rooms of trackers' protocol.
    pub(crate) announcers: AnnouncersStats,
    /// Scrapes that were answered.
    pub(crate) scrapes: u64,
    /// TLS handshakes that failed because of what the client sent.
    pub(crate) broken_handshakes: u64,
    /// Swarms with a member, of both protocols.
    pub(crate) swarms: u64,
    /// Swarms with a member, of trackers' protocol alone.
    pub(crate) announced_swarms: u64,
    /// Connections, joined or not.
    pub(crate) connections: u64,
    /// Connections that have not asked for anything yet.
    pub(crate) pending: u64,
    /// Connections that were closed because their queue was full.
    pub(crate) evicted: u64,
    /// Signals that found no room in a queue.
    pub(crate) dropped: u64,
    /// The share of viewers that may take part, in percent.
    pub(crate) share: u64,
    /// The figures of this server in its cluster.
    pub(crate) cluster: Figures,
}

impl Hub {
    pub(crate) fn new(config: &Config, cluster: ClusterHandle) -> Result<Self, ConfigError> {
        config.validate()?;
        let node = cluster.node();
        let shards = (0..SHARDS).map(|shard| {
            let rooms = RoomsConfig {
                blocks: cluster.blocks().clone(),
                ..config.rooms(Whereabouts { node, shard })
            };
            let rooms = Rooms::new(rooms, config.pairing.made(), rand::random())?;
            let announcers = Announcers::new(config.announcers(), Box::new(Scattered), rand::random())?;
            Ok(Shard::new(rooms, announcers))
        });
        Ok(Self {
            front: Mutex::new(Front {
                lobby: Lobby::new(config.lobby(SHARDS)),
                refused: Refusals::default(),
            }),
            shards: shards.collect::<Result<_, ConfigError>>()?,
            cluster,
            next_conn: AtomicU64::new(0),
            epoch: Instant::now(),
            tables: RwLock::new(Arc::new(Tables::open(config)?)),
            queue: Limit {
                frames: config.queue_frames,
                bytes: config.queue_bytes,
            },
            drain: Duration::from_millis(config.drain_ms),
            join_timeout: Duration::from_millis(config.join_timeout_ms),
            proxies: Proxies {
                header: config.header()?,
                trusted: config.trusted_proxies.clone(),
            },
            tracker: config.webtorrent.then(|| Tracker::new(config)),
            pending: Pending::new(PendingLimit {
                all: config.pending,
                of_one: config.pending_per_address,
                patience: Duration::from_millis(config.request_timeout_ms),
            }),
            scrapes: AtomicU64::new(0),
            broken_handshakes: AtomicU64::new(0),
            tasks: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
        })
    }

    /// Checks whether the configuration and its files can be used.
    pub(crate) fn check(config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        Tables::open(config).map(drop)
    }

    /// Counts a connection. Where there are too many, or the server stops, the refusal says what to tell it.
    pub(crate) fn connect(self: &Arc<Self>, address: IpAddr) -> Result<Visit, Option<Refusal>> {
        if *self.stopping.borrow() {
            return Err(None);
        }
        let mut front = self.lock();
        if let Err(full) = front.lobby.connect(address) {
            return Err(Some(front.refuse(full.into())));
        }
        drop(front);
        self.tasks.send_modify(|tasks| *tasks += 1);
        Ok(Visit {
            hub: Arc::clone(self),
            number: self.next_conn.fetch_add(1, Ordering::Relaxed),
            address,
        })
    }

    /// Reads keys, secrets, places, the certificate and the share anew. Where one cannot be used, all stay as they were.
    pub(crate) fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        config.validate()?;
        let mut tables = Tables::open(config)?;
        let running = self.tls();
        if tables.tls.is_some() != running.is_some() {
            // The listener speaks TLS, or does not, as it was started.
            tables.tls = running;
        }
        *self.tables.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tables);
        self.switch_off();
        Ok(())
    }

    /// The settings of TLS, where there is a certificate.
    pub(crate) fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.tables().tls.clone()
    }

    fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.tables.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells whether a page of this origin may connect; counts where not.
    pub(crate) fn allows_origin(&self, origin: Option<&str>) -> bool {
        let allowed = self.tables().door.allows_origin(origin);
        if !allowed {
            self.lock().refused.count(Reason::Origin);
        }
        allowed
    }

    /// Counts a refusal that was found outside, and hands it back.
    pub(crate) fn refuse(&self, refusal: Refusal) -> Refusal {
        self.lock().refuse(refusal)
    }

    /// Counts what was refused outside.
    pub(crate) fn count_refused(&self, reason: Reason) {
        self.lock().refused.count(reason);
    }

    /// Counts a TLS handshake that failed because of what the client sent.
    pub(crate) fn count_broken_handshake(&self) {
        self.broken_handshakes.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns when the server stops.
    pub(crate) async fn stopped(&self) {
        // It cannot be dropped while it is borrowed.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    /// How much of its cluster the server sees.
    pub(crate) fn health(&self) -> ClusterHealth {
        self.cluster.health()
    }

    /// Closes what is overdue.
    pub(crate) fn sweep(&self) {
        let now = self.now();
        for shard in &self.shards {
            self.route(now, shard.sweep(now));
        }
    }

    pub(crate) fn stats(&self) -> HubStats {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let mut stats = {
            let front = self.lock();
            HubStats {
                rooms: RoomsStats {
                    refused: front.refused,
                    ..RoomsStats::default()
                },
                announcers: AnnouncersStats::default(),
                scrapes: self.scrapes.load(Ordering::Relaxed),
                broken_handshakes: self.broken_handshakes.load(Ordering::Relaxed),
                swarms: count(front.lobby.swarms().len() + front.lobby.announced()),
                announced_swarms: count(front.lobby.announced()),
                connections: count(front.lobby.connections()),
                pending: count(self.pending.count()),
                evicted: 0,
                dropped: 0,
                share: self.tables().ramp.share.percent().into(),
                cluster: self.cluster.figures(),
            }
        };
        for shard in &self.shards {
            let shard = shard.stats();
            stats.rooms += shard.rooms;
            stats.announcers += shard.announcers;
            stats.evicted += shard.evicted;
            stats.dropped += shard.dropped;
        }
        stats
    }

    /// Tells every connection that the server stops, takes no more connections, and waits for the tasks of those that
    /// there are.
    pub(crate) async fn stop(&self, patience: Duration) {
        self.stopping.send_replace(true);
        let now = self.now();
        for shard in &self.shards {
            let spread = u64::try_from(self.drain.as_millis()).unwrap_or(u64::MAX);
            let left = shard.part_all(now, || rand::random_range(0..=spread));
            self.route(now, left);
        }
        let mut tasks = self.tasks.subscribe();
        // Whoever is left after that is too slow to be waited for.
        let _ = tokio::time::timeout(patience, tasks.wait_for(|tasks| *tasks == 0)).await;
        self.cluster.stop().await;
    }

    fn shard(&self, room: RoomAddress) -> &Shard {
        &self.shards[usize::from(room.shard)]
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Front> {
        // Counting does not panic; were it to, the other connections had better go on.
        self.front.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn open(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            door: Door::open(&config.door)?,
            places: Places::open(&config.places)?,
            tls: tls::open(&config.tls)?,
            ramp: config.policy.ramp(),
        })
    }
}

impl Front {
    fn refuse(&mut self, refusal: Refusal) -> Refusal {
        self.refused.count(refusal.reason);
        refusal
    }
}
