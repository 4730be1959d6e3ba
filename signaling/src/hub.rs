//! All of a server's rooms: shards with a lock each, and the lobby before them.
//!
//! The lobby's lock is taken when somebody comes or goes, or looks for peers; what peers say to each other takes that of
//! their own shard. No two locks are held at once: what one shard has for another goes there after the first let go.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use signaling_proto::cluster::ClusterHealth;
use signaling_proto::lobby::{self, Entry, Lobby, Newcomer};
use signaling_proto::message::Join;
use signaling_proto::rooms::{
    ConnId, Envelope, Guest, Nearest, Origin, Reason, Refusal, Refusals, RoomKey, Rooms, RoomsStats,
    Whereabouts,
};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::rustls::ServerConfig;

use crate::address::Proxies;
use crate::bus::{ClusterHandle, Delivery, Figures, Members, Summary};
use crate::config::{Config, ConfigError};
use crate::door::{Door, Ticket};
use crate::outbox::{Inbox, Limit, outbox};
use crate::places::Places;
use crate::shard::Shard;
use crate::tls;

/// Over how many locks the rooms are spread: some four for each core of a large machine.
const SHARDS: u8 = 64;

/// How many envelopes one message can set off, at most: a join looks for peers, and is answered. More are dropped.
const MAX_ENVELOPES: usize = 256;

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
    /// How many connections have a task.
    tasks: watch::Sender<usize>,
    /// Whether the server takes no more.
    stopping: watch::Sender<bool>,
}

/// What is read from files, and read anew while the server runs.
#[derive(Debug)]
struct Tables {
    door: Door,
    places: Places,
    tls: Option<Arc<ServerConfig>>,
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
    /// Of all rooms, with what was refused before them.
    pub(crate) rooms: RoomsStats,
    /// Swarms with a member.
    pub(crate) swarms: u64,
    /// Connections, joined or not.
    pub(crate) connections: u64,
    /// Connections that were closed because their queue was full.
    pub(crate) evicted: u64,
    /// Signals that found no room in a queue.
    pub(crate) dropped: u64,
    /// Of this server among others.
    pub(crate) cluster: Figures,
}

/// A connection that was counted, until it is dropped.
#[derive(Debug)]
pub(crate) struct Visit {
    hub: Arc<Hub>,
    address: IpAddr,
}

/// A connection's place in a room, until it is dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    hub: Arc<Hub>,
    conn: ConnId,
    entry: Entry,
}

impl Hub {
    pub(crate) fn new(config: &Config, cluster: ClusterHandle) -> Result<Self, ConfigError> {
        config.validate()?;
        let node = cluster.node().0;
        let shards = (0..SHARDS).map(|shard| {
            let config = config.rooms(Whereabouts { node, shard });
            Ok(Shard::new(Rooms::new(config, Box::new(Nearest), rand::random())?))
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
            tasks: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
        })
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
            address,
        })
    }

    /// Reads keys, secrets and places anew. Where one cannot be used, all stay as they were.
    pub(crate) fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let tables = Arc::new(Tables::open(config)?);
        *self.tables.write().unwrap_or_else(PoisonError::into_inner) = tables;
        Ok(())
    }

    /// How to speak TLS, where there is a certificate.
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

    /// Done when the server stops.
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
                swarms: count(front.lobby.swarms().len()),
                connections: count(front.lobby.connections()),
                evicted: 0,
                dropped: 0,
                cluster: self.cluster.figures(),
            }
        };
        for shard in &self.shards {
            let shard = shard.stats();
            stats.rooms += shard.rooms;
            stats.evicted += shard.evicted;
            stats.dropped += shard.dropped;
        }
        stats
    }

    /// Tells every connection that the server stops, takes no more, and waits for their tasks.
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

    /// Carries what rooms say to each other, one lock at a time.
    fn route(&self, now: Duration, envelopes: Vec<Envelope>) {
        let mut waiting = VecDeque::from(envelopes);
        for _ in 0..MAX_ENVELOPES {
            let Some(envelope) = waiting.pop_front() else {
                return;
            };
            waiting.extend(self.carry(now, envelope));
        }
        tracing::warn!(
            dropped = waiting.len(),
            "rooms have too much to say to each other"
        );
    }

    fn carry(&self, now: Duration, envelope: Envelope) -> Vec<Envelope> {
        if let Envelope::Seek {
            seeker,
            swarm,
            room,
            count,
        } = envelope
        {
            return self.seek(now, &seeker, swarm, room, count);
        }
        let Some(whereabouts) = envelope.addressee().and_then(Whereabouts::of) else {
            return envelope.returned();
        };
        if whereabouts.node != self.cluster.node().0 {
            let sent = self.cluster.send(envelope);
            return sent.map_or_else(|envelope| envelope.returned(), |()| Vec::new());
        }
        self.deliver_here(now, whereabouts, envelope)
    }

    fn deliver_here(&self, now: Duration, whereabouts: Whereabouts, envelope: Envelope) -> Vec<Envelope> {
        match self.shards.get(usize::from(whereabouts.shard)) {
            Some(shard) => shard.tell(now, |rooms| rooms.handle_envelope(now, envelope)),
            None => envelope.returned(),
        }
    }

    /// Looks for peers in another room of this server, or on another server: where there are both, each of them half of the
    /// time, so that the rooms of a swarm are one mesh wherever they are.
    fn seek(&self, now: Duration, seeker: &str, swarm: String, home: u32, count: u32) -> Vec<Envelope> {
        let picked = self.lock().lobby.pick(&swarm, Some(home), rand::random());
        let others = matches!(self.cluster.health(), ClusterHealth::Connected { nodes } if nodes > 0);
        match picked {
            Some(door) if !others || rand::random() => self.seek_in(now, door, swarm, seeker, count),
            Some(_) | None => {
                self.cluster.seek(seeker, &swarm, count);
                Vec::new()
            }
        }
    }

    fn seek_in(
        &self,
        now: Duration,
        door: lobby::Door,
        swarm: String,
        seeker: &str,
        count: u32,
    ) -> Vec<Envelope> {
        let room = RoomKey {
            swarm,
            number: door.room,
        };
        self.shard(door)
            .tell(now, |rooms| rooms.handle_seek(now, &room, seeker, count))
    }

    /// Looks among the members of this server for one of another.
    fn seek_for_other(&self, now: Duration, seeker: String, swarm: String, count: u32) -> Vec<Envelope> {
        let picked = self.lock().lobby.pick(&swarm, None, rand::random());
        let found = picked.map(|door| self.seek_in(now, door, swarm, &seeker, count));
        match found {
            Some(found) if !found.is_empty() => found,
            // So that it asks another at once.
            Some(_) | None => vec![Envelope::Found {
                seeker,
                peers: Vec::new(),
            }],
        }
    }

    fn shard(&self, door: lobby::Door) -> &Shard {
        &self.shards[usize::from(door.shard)]
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Front> {
        // Counting does not panic; were it to, the other connections had better go on.
        self.front.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members for Hub {
    fn deliver(&self, delivery: Delivery) {
        let now = self.now();
        let envelopes = match delivery {
            Delivery::Delivered(Envelope::Seek {
                seeker,
                swarm,
                count,
                room: _,
            }) => self.seek_for_other(now, seeker, swarm, count),
            Delivery::Delivered(envelope) => match envelope.addressee().and_then(Whereabouts::of) {
                Some(whereabouts) => self.deliver_here(now, whereabouts, envelope),
                None => Vec::new(),
            },
            Delivery::Undeliverable(envelope) => envelope.returned(),
            // Links to its peers live on, or their ends unpair.
            Delivery::Gone(node) => {
                tracing::info!(%node, "another server is gone");
                Vec::new()
            }
        };
        self.route(now, envelopes);
    }

    fn summary(&self) -> Summary {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let front = self.lock();
        Summary {
            connections: count(front.lobby.connections()),
            swarms: front
                .lobby
                .swarms()
                .map(|(id, members)| (id.to_owned(), count(members)))
                .collect(),
        }
    }
}

impl Tables {
    fn open(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            door: Door::open(&config.door)?,
            places: Places::open(&config.places)?,
            tls: tls::open(&config.tls)?,
        })
    }
}

impl Front {
    fn refuse(&mut self, refusal: Refusal) -> Refusal {
        self.refused.count(refusal.reason);
        refusal
    }
}

impl Visit {
    /// Makes the visitor a member of the swarm that it named.
    pub(crate) fn join(&self, mut join: Join) -> Result<(Membership, Inbox), Refusal> {
        let (hub, unix) = (&self.hub, unix_now());
        let tables = hub.tables();
        let token = join.token.take();
        let ticket = tables
            .door
            .admit(token.as_deref(), &join.swarm, self.address, unix)
            .map_err(|error| {
                tracing::debug!(reason = error.reason(), "not let in");
                hub.refuse(Refusal::FORBIDDEN)
            })?;
        let found = tables.places.find(self.address);
        let newcomer = Newcomer {
            swarm: &join.swarm,
            kind: found.asn,
            token: ticket
                .as_ref()
                .map(|ticket| (ticket.id.as_str(), ticket.connections)),
        };
        let entered = {
            let mut front = hub.lock();
            front
                .lobby
                .enter(newcomer)
                .map_err(|full| front.refuse(full.into()))
        };
        let membership = Membership {
            hub: Arc::clone(hub),
            conn: ConnId(hub.next_conn.fetch_add(1, Ordering::Relaxed)),
            entry: entered?,
        };
        let (outbox, inbox) = outbox(hub.queue);
        let door = membership.entry.door();
        let guest = Guest {
            origin: Origin {
                address: self.address,
                site: found.site,
                asn: found.asn,
                country: found.country,
            },
            join,
            room: door.room,
            ice_servers: tables.door.turn(unix, &label(ticket)).into_iter().collect(),
        };
        let (now, conn) = (hub.now(), membership.conn);
        let shard = hub.shard(door);
        shard.connect(conn, outbox);
        hub.route(now, shard.tell(now, |rooms| rooms.handle_guest(now, conn, guest)));
        Ok((membership, inbox))
    }
}

/// What TURN credentials are issued for: the token, or else nobody in particular.
fn label(ticket: Option<Ticket>) -> String {
    ticket.map_or_else(|| "viewer".to_owned(), |ticket| ticket.id)
}

/// Seconds since 1970.
fn unix_now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.hub.lock().lobby.disconnect(self.address);
        self.hub.tasks.send_modify(|tasks| *tasks -= 1);
    }
}

impl Membership {
    pub(crate) fn conn(&self) -> ConnId {
        self.conn
    }

    /// Takes in a frame.
    pub(crate) fn receive(&self, frame: &str) {
        let (hub, now) = (&self.hub, self.hub.now());
        let shard = hub.shard(self.entry.door());
        hub.route(
            now,
            shard.tell(now, |rooms| rooms.handle_frame(now, self.conn, frame)),
        );
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let (hub, now) = (&self.hub, self.hub.now());
        hub.lock().lobby.leave(&self.entry);
        let left = hub.shard(self.entry.door()).disconnect(now, self.conn);
        hub.route(now, left);
    }
}
