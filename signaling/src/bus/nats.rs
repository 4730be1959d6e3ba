//! NATS as the bus: one subject per node, and one for all. Core NATS only, without JetStream: what is lost is asked for
//! again, and what is late is of no use.
//!
//! Three tasks end with their [`Nats`]: one publishes what waits, one reads both subjects, one follows the link. While the
//! link is down nothing waits anywhere but the few packets that NATS' client holds already; the receiver drops those that
//! are too old by then.

mod login;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, Subject, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use signaling_proto::cluster::{MAX_PACKET, NodeId};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::config::{BusConfig, BusConfigError};
use super::{Away, Bus, BusEvents, BusStats, Closing, Link};

/// How many packets wait to be published: some 2 MB of offers.
const QUEUE: usize = 2048;
/// How many packets wait to be read: some 2 MB of offers, 48 MiB of the largest.
const UNREAD: usize = 2048;
/// How many changes of the link wait to be read.
const CHANGES: usize = 16;
/// How long the first packets after a connect may take to the socket.
const FLUSH: Duration = Duration::from_secs(1);
/// How long the end may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// The longest time in which each server is tried once, so that all heals within five seconds of NATS' return.
const ROUND: Duration = Duration::from_secs(2);
/// The least time between two attempts in the long run.
const MIN_DELAY: Duration = Duration::from_millis(50);
/// How long an attempt waits after the bus was closed: NATS' client has no end to its attempts, so that this is one.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// A node's access to NATS.
#[derive(Debug)]
pub struct Nats {
    /// `None` once it is closed.
    queue: Option<mpsc::Sender<Parcel>>,
    subjects: Subjects,
    shared: Arc<Shared>,
    client: Client,
    publisher: JoinHandle<()>,
    others: [JoinHandle<()>; 2],
}

#[derive(Debug)]
struct Shared {
    /// `Some` while the link is up: which connection it is.
    up: watch::Sender<Option<u64>>,
    /// Counts losses of the connection.
    losses: AtomicU64,
    closed: AtomicBool,
    away: AtomicU64,
    overflow: AtomicU64,
    ups: AtomicU64,
}

/// A packet that waits, for the connection on which it was handed over and for no other.
#[derive(Debug)]
struct Parcel {
    subject: Subject,
    packet: Bytes,
    connection: u64,
}

/// What NATS' client tells.
#[derive(Debug)]
enum Notice {
    Connected,
    Disconnected,
    Trouble(String),
}

impl Nats {
    /// Starts to connect, without waiting for it: where NATS is away, it is tried for ever.
    ///
    /// # Errors
    /// When the configuration is out of range, or names files that cannot be used.
    pub async fn start(config: &BusConfig, node: NodeId) -> Result<(Self, BusEvents), BusConfigError> {
        config.validate()?;
        let shared = Arc::new(Shared {
            up: watch::Sender::new(None),
            losses: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            away: AtomicU64::new(0),
            overflow: AtomicU64::new(0),
            ups: AtomicU64::new(0),
        });
        let (notice, notices) = mpsc::channel(CHANGES);
        let options = login::options(config, &format!("fugitive-signaling {node}"))?;
        let client = connect(options, config, &shared, notice).await?;
        let subjects = Subjects::new(&config.prefix);
        let own = subscribe(&client, subjects.of(node)).await?;
        let all = subscribe(&client, subjects.all()).await?;

        let (queue, parcels) = mpsc::channel(QUEUE);
        let (packet, packets) = mpsc::channel(UNREAD);
        let (link, links) = mpsc::channel(CHANGES);
        let publisher = tokio::spawn(publish(Arc::clone(&shared), client.clone(), parcels));
        let others = [
            tokio::spawn(read(Arc::clone(&shared), own, all, packet)),
            tokio::spawn(follow(Arc::clone(&shared), client.clone(), notices, link)),
        ];
        let nats = Self {
            queue: Some(queue),
            subjects,
            shared,
            client,
            publisher,
            others,
        };
        Ok((nats, BusEvents { links, packets }))
    }

    fn hand_over(&self, subject: Subject, packet: Bytes) -> Result<(), Away> {
        let connection = *self.shared.up.borrow();
        let taken = connection
            .zip(self.queue.as_ref())
            .is_some_and(|(connection, queue)| {
                let parcel = Parcel {
                    subject,
                    packet,
                    connection,
                };
                queue.try_send(parcel).is_ok()
            });
        if taken {
            return Ok(());
        }
        self.shared.away.fetch_add(1, Ordering::Relaxed);
        Err(Away)
    }
}

impl Bus for Nats {
    fn publish(&self, to: NodeId, packet: Bytes) -> Result<(), Away> {
        self.hand_over(self.subjects.of(to), packet)
    }

    fn broadcast(&self, packet: Bytes) -> Result<(), Away> {
        self.hand_over(self.subjects.all(), packet)
    }

    fn stats(&self) -> BusStats {
        BusStats {
            away: self.shared.away.load(Ordering::Relaxed),
            overflow: self.shared.overflow.load(Ordering::Relaxed),
            ups: self.shared.ups.load(Ordering::Relaxed),
        }
    }

    fn close(mut self: Box<Self>) -> Closing {
        Box::pin(async move {
            // The publisher ends when it has sent what waits.
            self.queue = None;
            let farewell = async {
                // It does not panic; were it to, there is nothing left to send.
                let _ = (&mut self.publisher).await;
                if self.shared.up.borrow().is_some() {
                    // Whether it succeeds or the link went down, this is the end.
                    let _ = self.client.flush().await;
                    let _ = self.client.drain().await;
                }
            };
            if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
                tracing::warn!("NATS did not take the last packets in time");
            }
        })
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        self.publisher.abort();
        for task in &self.others {
            task.abort();
        }
    }
}

/// Where packets go.
#[derive(Debug)]
struct Subjects {
    prefix: String,
}

impl Subjects {
    fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
        }
    }

    fn of(&self, node: NodeId) -> Subject {
        format!("{}.sig.n.{node}", self.prefix).into()
    }

    fn all(&self) -> Subject {
        format!("{}.sig.all", self.prefix).into()
    }
}

async fn connect(
    options: ConnectOptions,
    config: &BusConfig,
    shared: &Arc<Shared>,
    notice: mpsc::Sender<Notice>,
) -> Result<Client, BusConfigError> {
    let servers = config.nats.len();
    let (on_event, on_delay) = (Arc::clone(shared), Arc::clone(shared));
    let options = options
        .event_callback(move |event| {
            let heard = on_event.hear(event);
            let notice = notice.clone();
            async move {
                if let Some(heard) = heard {
                    // Nobody follows the link once the bus is closed.
                    let _ = notice.send(heard).await;
                }
            }
        })
        .reconnect_delay_callback(move |attempt| on_delay.delay(attempt, servers));
    options.connect(&config.nats[..]).await.map_err(|_| refused())
}

async fn subscribe(client: &Client, subject: Subject) -> Result<Subscriber, BusConfigError> {
    client.subscribe(subject).await.map_err(|_| refused())
}

/// The client takes what `validate` took: no other reason is known to fail before it has connected.
fn refused() -> BusConfigError {
    BusConfigError::OutOfRange {
        field: "nats",
        expected: "what NATS' client can connect to",
    }
}

impl Shared {
    /// Takes note of an event at once, so that nothing more is taken for a link that is down.
    fn hear(&self, event: Event) -> Option<Notice> {
        match event {
            Event::Connected => Some(Notice::Connected),
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
    fn delay(&self, attempt: usize, servers: usize) -> Duration {
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
async fn publish(shared: Arc<Shared>, client: Client, mut parcels: mpsc::Receiver<Parcel>) {
    let mut up = shared.up.subscribe();
    while let Some(parcel) = parcels.recv().await {
        let connection = Some(parcel.connection);
        let published = *up.borrow_and_update() == connection
            && tokio::select! {
                biased;
                // NATS' client is full: for as long as the link is up it will take more.
                _ = up.wait_for(|up| *up != connection) => false,
                result = client.publish(parcel.subject, parcel.packet) => result.is_ok(),
            };
        if !published {
            shared.away.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Reads both subjects. It never waits for the one who takes the packets: what is too much is dropped.
async fn read(shared: Arc<Shared>, own: Subscriber, all: Subscriber, packets: mpsc::Sender<Bytes>) {
    let mut messages = futures_util::stream::select(own, all);
    while let Some(message) = messages.next().await {
        if message.payload.len() > MAX_PACKET || packets.try_send(message.payload).is_err() {
            shared.overflow.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Follows the link, and tells when it is up and down.
async fn follow(
    shared: Arc<Shared>,
    client: Client,
    mut notices: mpsc::Receiver<Notice>,
    links: mpsc::Sender<Link>,
) {
    let mut last_trouble = String::new();
    let mut told = Link::Down;
    while let Some(notice) = notices.recv().await {
        let link = match notice {
            Notice::Connected => settle(&shared, &client).await,
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

/// Waits until the subscriptions are on their way, and opens the link, unless it was lost meanwhile.
async fn settle(shared: &Shared, client: &Client) -> Link {
    let losses = shared.losses.load(Ordering::SeqCst);
    if client.connection_state() != State::Connected {
        return Link::Down;
    }
    // Where the socket takes nothing the link will be lost before long; until then it is as good as it gets.
    let _ = tokio::time::timeout(FLUSH, client.flush()).await;
    let connection = shared.ups.fetch_add(1, Ordering::Relaxed) + 1;
    shared.up.send_replace(Some(connection));
    if shared.losses.load(Ordering::SeqCst) == losses {
        return Link::Up;
    }
    shared.up.send_replace(None);
    Link::Down
}

#[cfg(test)]
mod tests;
