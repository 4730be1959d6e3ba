//! What carries packets between the servers of a cluster: nothing where there is one server ([`Local`]), or NATS
//! ([`Nats`]).
//!
//! A bus carries bytes at most once and never makes its caller wait: what it cannot take at once it refuses, and what
//! waits while it goes down is dropped, not replayed. What the bytes mean is for [`signaling_proto::cluster`].

mod config;
mod drive;
mod local;
mod nats;

use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use signaling_proto::cluster::NodeId;
use thiserror::Error;
use tokio::sync::mpsc;

pub use self::config::{BusConfig, BusConfigError};
pub use self::drive::{ClusterHandle, Delivery, Driver, Figures, Members, Summary};
pub use self::local::Local;
pub use self::nats::Nats;

/// The bus did not take a packet: it is down, or too much waits already. The packet is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the bus is away")]
pub struct Away;

/// Something that a bus tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusEvent {
    /// What is published from now on is carried.
    Up,
    /// Nothing is carried; what waited is lost.
    Down,
    /// A packet for this node, or for all.
    Packet(Bytes),
}

/// The figures of a bus; they count up from the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BusStats {
    /// Packets that it refused, or that were dropped when it went down.
    pub away: u64,
    /// Packets that came and were dropped: too large, or faster than they were read.
    pub overflow: u64,
    /// How often it came up.
    pub ups: u64,
}

/// The end of a bus.
pub type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One node's access to a bus. Object-safe: the driver of a cluster does not care which bus it is. Events come over the
/// [`BusEvents`] that are made with it.
pub trait Bus: fmt::Debug + Send + Sync {
    /// Hands over a packet for one node, without waiting.
    ///
    /// # Errors
    /// When the bus is down, or too much waits.
    fn publish(&self, to: NodeId, packet: Bytes) -> Result<(), Away>;

    /// Hands over a packet for all nodes, without waiting. Whether the sender hears it too is up to the bus.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    fn broadcast(&self, packet: Bytes) -> Result<(), Away>;

    /// The figures as of now.
    fn stats(&self) -> BusStats;

    /// Sends what waits, within two seconds, and leaves the bus.
    fn close(self: Box<Self>) -> Closing;
}

/// What a bus tells, in order; but news that it is up or down overtakes packets that wait.
#[derive(Debug)]
pub struct BusEvents {
    links: mpsc::Receiver<Link>,
    packets: mpsc::Receiver<Bytes>,
}

/// Whether the bus is up. A bounded number of changes may wait; beyond that, whoever tells one waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Up,
    Down,
}

impl BusEvents {
    /// Waits for the next event; `None` once the bus is closed. Safe to be cancelled.
    pub async fn next(&mut self) -> Option<BusEvent> {
        tokio::select! {
            biased;
            Some(link) = self.links.recv() => Some(match link {
                Link::Up => BusEvent::Up,
                Link::Down => BusEvent::Down,
            }),
            packet = self.packets.recv() => packet.map(BusEvent::Packet),
        }
    }
}
