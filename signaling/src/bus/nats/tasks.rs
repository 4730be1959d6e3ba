//! The tasks of a node's access to NATS, and what they share: one publishes, one reads, one follows the link.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::{Client, Event, Subject, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use signaling_proto::cluster::MAX_PACKET;
use tokio::sync::{mpsc, watch};

use crate::bus::Link;

/// How long the first packets after a connect may take to the socket.
const FLUSH: Duration = Duration::from_secs(1);
/// The longest time in which each server is tried once, so that all heals within five seconds of NATS' return.
const ROUND: Duration = Duration::from_secs(2);
/// The least time between two attempts in the long run.
const MIN_DELAY: Duration = Duration::from_millis(50);
/// How long an attempt waits after the bus was closed: NATS' client has no end to its attempts, so that this is one.
pub(super) const NEVER: Duration = Duration::from_secs(1 << 30);

#[derive(Debug)]
pub(super) struct Shared {
    /// The number of the connection while the link is up.
    pub(super) up: watch::Sender<Option<u64>>,
    /// Counts losses of the connection.
    pub(super) losses: AtomicU64,
    pub(super) closed: AtomicBool,
    pub(super) away: AtomicU64,
    pub(super) overflow: AtomicU64,
    pub(super) ups: AtomicU64,
}

/// A packet that waits, for the connection on which it was handed over and for no other.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) subject: Subject,
    pub(super) packet: Bytes,
    pub(super) connection: u64,
}

/// What NATS' client has told.
#[derive(Debug)]
pub(super) enum Notice {
    /// And how many losses had been heard of by then.
    Connected {
        losses: u64,
    },
    Disconnected,
    Trouble(String),
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            up: watch::Sender::new(None),
            losses: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            away: AtomicU64::new(0),
            overflow: AtomicU64::new(0),
            ups: AtomicU64::new(0),
        }
    }

    /// Takes note of an event at once, so that nothing more is taken for a link that is down.
    pub(super) fn hear(&self, event: Event) -> Option<Notice> {
        match event {
            Event::Connected => Some(Notice::Connected {
                losses: self.losses.load(Ordering::SeqCst),
            }),
            Event::Disconnected | Event::Closed => {
                self.losses.fetch_add(1, Ordering::SeqCst);
                self.up.send_replace(None);
                Some(Notice::Disconnected)
            }
            Event::SlowConsumer(_) => {
                self.overflow.fetch_add(1, Ordering::Relaxed);
                None
            }
            Event::LameDuckMode | Event::Draining => None,
            Event::ServerError(error) => Some(Notice::Trouble(error.to_string())),
            Event::ClientError(error) => Some(Notice::Trouble(error.to_string())),
        }
    }

    /// How long to wait before an attempt: twice as long each time, up to a bound by which all servers are tried within
    /// [`ROUND`]; at random between half and all of it, so that not all nodes come at once.
    pub(super) fn delay(&self, attempt: usize, servers: usize) -> Duration {
        if self.closed.load(Ordering::Relaxed) {
            return NEVER;
        }
        let servers = u32::try_from(servers.max(1)).unwrap_or(u32::MAX);
        let doublings = u32::try_from(attempt.saturating_sub(1))
            .unwrap_or(u32::MAX)
            .min(10);
        let most = (ROUND / servers).max(MIN_DELAY);
        let delay = (MIN_DELAY * 2_u32.pow(doublings)).min(most);
        delay.mul_f64(rand::random_range(0.5..=1.0))
    }
}

/// Publishes what waits. What was meant for a connection that is lost is dropped.
pub(super) async fn publish(shared: Arc<Shared>, client: Client, mut parcels: mpsc::Receiver<Parcel>) {
    let mut up = shared.up.subscribe();
    while let Some(parcel) = parcels.recv().await {
        let connection = Some(parcel.connection);
        let published = *up.borrow_and_update() == connection
            && tokio::select! {
                biased;
                // NATS' client is full: it will take more for as long as the link is up.
                _ = up.wait_for(|up| *up != connection) => false,
                result = client.publish(parcel.subject, parcel.packet) => result.is_ok(),
            };
        if !published {
            shared.away.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Reads both subjects. Never waits for whoever takes the packets: those that are too many are dropped.
pub(super) async fn read(
    shared: Arc<Shared>,
    own: Subscriber,
    all: Subscriber,
    packets: mpsc::Sender<Bytes>,
) {
    let mut messages = futures_util::stream::select(own, all);
    while let Some(message) = messages.next().await {
        if message.payload.len() > MAX_PACKET || packets.try_send(message.payload).is_err() {
            shared.overflow.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Follows the link, and tells when it is up and down.
pub(super) async fn follow(
    shared: Arc<Shared>,
    client: Client,
    mut notices: mpsc::Receiver<Notice>,
    links: mpsc::Sender<Link>,
) {
    let mut last_trouble = String::new();
    let mut told = Link::Down;
    while let Some(notice) = notices.recv().await {
        let link = match notice {
            Notice::Connected { losses } => settle(&shared, &client, losses).await,
            Notice::Disconnected => Link::Down,
            Notice::Trouble(trouble) => {
                if trouble != last_trouble {
                    tracing::warn!("NATS: {trouble}");
                    last_trouble = trouble;
                }
                continue;
            }
        };
        if link == told {
            continue;
        }
        told = link;
        match link {
            Link::Up => tracing::info!("NATS is there"),
            Link::Down => tracing::warn!("NATS is away: peers of other servers cannot be reached"),
        }
        last_trouble.clear();
        if links.send(link).await.is_err() {
            return;
        }
    }
}

/// Waits until the subscriptions are on their way, and opens the link, unless it was lost since `losses` were counted.
///
/// The client's own state is no guide here: it tells of a connection before it takes the state of being connected.
async fn settle(shared: &Shared, client: &Client, losses: u64) -> Link {
    let is_lost = || shared.losses.load(Ordering::SeqCst) != losses;
    if is_lost() {
        return Link::Down;
    }
    // A socket that takes nothing will lose the link before long; until then the link counts as up.
    let _ = tokio::time::timeout(FLUSH, client.flush()).await;
    let connection = shared.ups.fetch_add(1, Ordering::Relaxed) + 1;
    shared.up.send_replace(Some(connection));
    if is_lost() {
        shared.up.send_replace(None);
        return Link::Down;
    }
    Link::Up
}
