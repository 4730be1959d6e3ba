//! NATS as the bus: one subject per node, and one for all. Core NATS only, without JetStream: what is lost is asked for
//! again, and what is late is of no use.
//!
//! Three tasks end with their [`Nats`]: one publishes what waits, one reads both subjects, one follows the link. While the
//! link is down nothing waits anywhere but the few packets that NATS' client holds already; the receiver drops those that
//! are too old by then.

mod login;
mod tasks;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Subject, Subscriber};
use bytes::Bytes;
use signaling_proto::cluster::NodeId;
use signaling_proto::range::OutOfRange;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::config::{BusConfig, BusConfigError};
use super::{Away, Bus, BusEvents, BusStats, Closing};
use tasks::{Notice, Parcel, Shared, follow, publish, read};

/// How many packets wait to be published: some 2 MB of offers.
const QUEUE: usize = 2048;
/// How many packets wait to be read: some 2 MB of offers, 48 MiB of the largest.
const UNREAD: usize = 2048;
/// How many changes of the link wait to be read.
const CHANGES: usize = 16;
/// How long sending what waits may take at the end.
const FAREWELL: Duration = Duration::from_secs(2);

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

impl Nats {
    /// Starts to connect, without waiting for it: where NATS is away, it is tried for ever.
    ///
    /// # Errors
    /// When the configuration is out of range, or names files that cannot be used.
    pub async fn start(config: &BusConfig, node: NodeId) -> Result<(Self, BusEvents), BusConfigError> {
        config.validate()?;
        let shared = Arc::new(Shared::new());
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

    /// Checks whether the files that the login to NATS needs can be used, without connecting.
    ///
    /// # Errors
    /// When one cannot.
    pub(super) fn check(config: &BusConfig) -> Result<(), BusConfigError> {
        login::options(config, "check").map(drop)
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
                    // Whether it succeeds or the link goes down, this is the end.
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
    BusConfigError::OutOfRange(OutOfRange {
        field: "nats",
        expected: "what NATS' client can connect to",
    })
}

#[cfg(test)]
mod tests;
