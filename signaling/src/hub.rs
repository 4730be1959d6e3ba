//! All of a server's rooms: shards with a lock each, and the lobby before them.
//!
//! The lobby's lock is taken when somebody comes or goes, or looks for peers; what peers say to each other takes that of
//! their own shard. No two locks are held at once: what one shard has for another goes there after the first let go.

mod announce;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::HeaderName;
use signaling_proto::lobby::{self, Entry, Lobby, Newcomer};
use signaling_proto::message::Join;
use signaling_proto::rooms::announce::{Announcers, AnnouncersStats};
use signaling_proto::rooms::{
    ConnId, Envelope, Guest, Reason, Refusal, Refusals, RoomKey, Rooms, RoomsStats, Scattered, Whereabouts,
};
use tokio::sync::watch;
use tokio::time::Instant;

pub(crate) use self::announce::{Tracker, Unlisted};
use crate::config::{Config, ConfigError};
use crate::door::{Door, Ticket};
use crate::outbox::{Inbox, Limit, outbox};
use crate::shard::Shard;

/// Over how many locks the rooms are spread: some four for each core of a large machine.
const SHARDS: u8 = 64;

/// How many envelopes one message can set off, at most: a join looks for peers, and is answered. More are dropped.
const MAX_ENVELOPES: usize = 256;

#[derive(Debug)]
pub(crate) struct Hub {
    front: Mutex<Front>,
    shards: Vec<Shard>,
    node: u32,
    next_conn: AtomicU64,
    epoch: Instant,
    door: Door,
    queue: Limit,
    drain: Duration,
    pub(crate) join_timeout: Duration,
    pub(crate) address_header: Option<HeaderName>,
    /// The second front, where it is open.
    pub(crate) tracker: Option<Tracker>,
    /// How many scrapes were answered.
    scrapes: AtomicU64,
    /// How many connections have a task.
    tasks: watch::Sender<usize>,
    /// Whether the server takes no more.
    stopping: watch::Sender<bool>,
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
    /// Of the rooms of trackers' protocol.
    pub(crate) announcers: AnnouncersStats,
    /// Scrapes that were answered.
    pub(crate) scrapes: u64,
    /// Swarms with a member.
    pub(crate) swarms: u64,
    /// Connections, joined or not.
    pub(crate) connections: u64,
    /// Connections that were closed because their queue was full.
    pub(crate) evicted: u64,
    /// Signals that found no room in a queue.
    pub(crate) dropped: u64,
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
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        config.validate()?;
        let node = rand::random();
        let shards = (0..SHARDS).map(|shard| {
            let rooms = config.rooms(Whereabouts { node, shard });
            let rooms = Rooms::new(rooms, Box::new(Scattered), rand::random())?;
            let announcers = Announcers::new(config.announcers(), Box::new(Scattered), rand::random())?;
            Ok(Shard::new(rooms, announcers))
        });
        Ok(Self {
            front: Mutex::new(Front {
                lobby: Lobby::new(config.lobby(SHARDS)),
                refused: Refusals::default(),
            }),
            shards: shards.collect::<Result<_, ConfigError>>()?,
            node,
            next_conn: AtomicU64::new(0),
            epoch: Instant::now(),
            door: Door::open(&config.door)?,
            queue: Limit {
                frames: config.queue_frames,
                bytes: config.queue_bytes,
            },
            drain: Duration::from_millis(config.drain_ms),
            join_timeout: Duration::from_millis(config.join_timeout_ms),
            address_header: config.header()?,
            tracker: config.webtorrent.then(|| Tracker::new(config)),
            scrapes: AtomicU64::new(0),
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

    /// Tells whether a page of this origin may connect; counts where not.
    pub(crate) fn allows_origin(&self, origin: Option<&str>) -> bool {
        let allowed = self.door.allows_origin(origin);
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

    /// Done when the server stops.
    pub(crate) async fn stopped(&self) {
        // It cannot be dropped while it is borrowed.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
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
                swarms: count(front.lobby.swarms().len()),
                connections: count(front.lobby.connections()),
                evicted: 0,
                dropped: 0,
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
        let Envelope::Seek {
            seeker,
            swarm,
            room,
            count,
        } = envelope
        else {
            let whereabouts = envelope.addressee().and_then(Whereabouts::of);
            let here = whereabouts.filter(|whereabouts| whereabouts.node == self.node);
            let Some(shard) = here.and_then(|here| self.shards.get(usize::from(here.shard))) else {
                return Vec::new();
            };
            return shard.tell(now, |rooms| rooms.handle_envelope(now, envelope));
        };
        let picked = self.lock().lobby.pick(&swarm, Some(room), rand::random());
        let Some(door) = picked else { return Vec::new() };
        let key = RoomKey {
            swarm,
            number: door.room,
        };
        self.shard(door)
            .tell(now, |rooms| rooms.handle_seek(now, &key, &seeker, count))
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
        let token = join.token.take();
        let (membership, ticket) = self.enter(&join.swarm, token.as_deref(), unix)?;
        let (outbox, inbox) = outbox(hub.queue);
        let door = membership.entry.door();
        let guest = Guest {
            address: self.address,
            join,
            room: door.room,
            ice_servers: hub.door.turn(unix, &label(ticket)).into_iter().collect(),
        };
        let (now, conn) = (hub.now(), membership.conn);
        let shard = hub.shard(door);
        shard.connect(conn, outbox);
        hub.route(now, shard.tell(now, |rooms| rooms.handle_guest(now, conn, guest)));
        Ok((membership, inbox))
    }

    /// Asks the door, then finds a room. Its rules have not heard of the newcomer yet.
    fn enter(
        &self,
        swarm: &str,
        token: Option<&str>,
        unix: u64,
    ) -> Result<(Membership, Option<Ticket>), Refusal> {
        let hub = &self.hub;
        let ticket = hub
            .door
            .admit(token, swarm, self.address, unix)
            .map_err(|error| {
                tracing::debug!(reason = error.reason(), "not let in");
                hub.refuse(Refusal::FORBIDDEN)
            })?;
        let newcomer = Newcomer {
            swarm,
            kind: None,
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
        Ok((membership, ticket))
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
