//! Drives a node of a cluster: one task that owns the rules and the bus, and never waits for either the rooms or NATS.
//!
//! The rooms speak to it through a [`ClusterHandle`], whose queue is bounded, and hear from it through [`Members`].

mod handle;

use std::sync::Weak;
use std::time::Duration;

use signaling_proto::cluster::{self, Cluster, ClusterHealth, ClusterOutput, NodeId};
use signaling_proto::rooms::Envelope;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

pub use self::handle::{ClusterHandle, Figures};

use self::handle::{Command, Reach};
use super::{Bus, BusConfig, BusConfigError, BusEvent, BusEvents, Local, Nats};
use crate::clock::unix_time;

/// How many commands of the rooms may wait: as many as the bus takes at once.
const COMMANDS: usize = 2048;
/// How many commands are taken before the bus is looked after.
const BATCH: usize = 64;

/// What the rooms of this node are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// An envelope of another node's rooms.
    Delivered(Envelope),
    /// An envelope of these rooms did not reach its addressee's node; a search found nobody on others.
    Undeliverable(Envelope),
    /// A node is gone, and its peers with it. Links between peers live on.
    Gone(NodeId),
}

/// What other nodes are told of this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Open connections.
    pub connections: u32,
    /// Swarms, with how many of their members on this node may be introduced to others.
    pub swarms: Vec<(String, u32)>,
}

/// The rooms of this node, as the cluster sees them. One task calls these methods and waits for them: neither may block
/// for long. Either may use the [`ClusterHandle`].
pub trait Members: Send + Sync {
    /// Takes something that came, or came back.
    fn deliver(&self, delivery: Delivery);

    /// Counts what other nodes are told of this one; called with each heartbeat.
    fn summary(&self) -> Summary;
}

/// The task that drives a node; to be spawned with [`run`](Self::run).
#[derive(Debug)]
pub struct Driver {
    cluster: Cluster,
    reach: Reach,
    epoch: Instant,
    bus: Box<dyn Bus>,
    events: BusEvents,
    commands: mpsc::Receiver<Command>,
    health: watch::Sender<ClusterHealth>,
    figures: watch::Sender<Figures>,
}

/// Whether the driver goes on.
#[derive(Debug)]
enum Course {
    GoOn,
    Stop(Option<oneshot::Sender<()>>),
}

impl Driver {
    /// Makes a node with an id of its own, and its way into the cluster. Does not wait for NATS.
    ///
    /// # Errors
    /// When the configuration is out of range, or names files that cannot be used.
    pub async fn start(config: &BusConfig) -> Result<(ClusterHandle, Self), BusConfigError> {
        config.validate()?;
        let node = NodeId(rand::random());
        if config.nats.is_empty() {
            let (bus, events) = Local::start();
            return Self::new(config, node, Reach::Alone, (Box::new(bus), events));
        }
        let (bus, events) = Nats::start(config, node).await?;
        Self::new(config, node, Reach::Cluster, (Box::new(bus), events))
    }

    /// Checks whether [`Driver::start`] could use the configuration and its files, without starting anything.
    ///
    /// # Errors
    /// As [`Driver::start`].
    pub(crate) fn check(config: &BusConfig) -> Result<(), BusConfigError> {
        config.validate()?;
        config.cluster()?;
        if config.nats.is_empty() {
            return Ok(());
        }
        Nats::check(config)
    }

    fn new(
        config: &BusConfig,
        node: NodeId,
        reach: Reach,
        (bus, events): (Box<dyn Bus>, BusEvents),
    ) -> Result<(ClusterHandle, Self), BusConfigError> {
        let rules = config.cluster()?;
        let blocks = reach.block_key(rules.secret.as_ref());
        let mut cluster = Cluster::new(rules, node, rand::random())?;
        cluster.handle_clock(Duration::ZERO, unix_time());
        let (command, commands) = mpsc::channel(COMMANDS);
        let health = watch::Sender::new(reach.health(&cluster));
        let figures = watch::Sender::new(Figures::default());
        let handle = ClusterHandle {
            node,
            blocks,
            commands: command,
            health: health.subscribe(),
            figures: figures.subscribe(),
        };
        let driver = Self {
            cluster,
            reach,
            epoch: Instant::now(),
            bus,
            events,
            commands,
            health,
            figures,
        };
        Ok((handle, driver))
    }

    /// Runs until [`ClusterHandle::stop`], until all handles are dropped, or until the rooms are.
    pub async fn run(mut self, members: Weak<dyn Members>) {
        let mut commands = Vec::with_capacity(BATCH);
        let stopped = loop {
            let due = self.cluster.poll_timeout().map(|due| self.epoch + due);
            let course = tokio::select! {
                event = self.events.next() => self.on_event(event),
                taken = self.commands.recv_many(&mut commands, BATCH) => match taken {
                    0 => Course::Stop(None),
                    _ => self.on_commands(commands.drain(..)),
                },
                () = sleep_until(due) => {
                    self.cluster.handle_timeout(self.epoch.elapsed());
                    Course::GoOn
                }
            };
            if !self.drain(&members) {
                break None;
            }
            match course {
                Course::GoOn => self.report(),
                Course::Stop(done) => break done,
            }
        };
        self.cluster.leave(self.epoch.elapsed());
        self.drain(&members);
        self.report();
        self.bus.close().await;
        if let Some(stopped) = stopped {
            // Whoever asked may have gone.
            let _ = stopped.send(());
        }
    }

    fn on_event(&mut self, event: Option<BusEvent>) -> Course {
        let now = self.epoch.elapsed();
        match event {
            Some(BusEvent::Packet(packet)) => self.cluster.handle_packet(now, &packet),
            Some(BusEvent::Up) => self.cluster.handle_bus(now, cluster::Bus::Up),
            Some(BusEvent::Down) => self.cluster.handle_bus(now, cluster::Bus::Down),
            // The bus has ended early: its client gave up, which it never does by itself.
            None => {
                tracing::error!("the bus is closed: this server is alone until it is started again");
                self.cluster.handle_bus(now, cluster::Bus::Down);
                return Course::Stop(None);
            }
        }
        Course::GoOn
    }

    fn on_commands(&mut self, commands: impl Iterator<Item = Command>) -> Course {
        let now = self.epoch.elapsed();
        for command in commands {
            match command {
                Command::Send(envelope) => self.cluster.send(now, envelope),
                Command::Stop(done) => return Course::Stop(Some(done)),
            }
        }
        Course::GoOn
    }

    /// Does all that the rules ask for. Tells whether the rooms are still there.
    fn drain(&mut self, members: &Weak<dyn Members>) -> bool {
        let Some(members) = members.upgrade() else {
            return false;
        };
        while let Some(output) = self.cluster.poll_output() {
            match output {
                ClusterOutput::Publish { to, bytes } => {
                    let packet = bytes::Bytes::from(bytes);
                    if self.bus.publish(to, packet.clone()).is_err() {
                        self.cluster.handle_unpublished(self.epoch.elapsed(), &packet);
                    }
                }
                ClusterOutput::Broadcast(bytes) => {
                    // The next summary will do.
                    let _ = self.bus.broadcast(bytes.into());
                }
                ClusterOutput::NeedSummary => {
                    let Summary { connections, swarms } = members.summary();
                    let now = self.epoch.elapsed();
                    self.cluster.handle_clock(now, unix_time());
                    self.cluster.handle_summary(now, connections, swarms);
                }
                ClusterOutput::Deliver(envelope) => members.deliver(Delivery::Delivered(envelope)),
                ClusterOutput::Undeliverable(envelope) => members.deliver(Delivery::Undeliverable(envelope)),
                ClusterOutput::Gone(node) => members.deliver(Delivery::Gone(node)),
            }
        }
        true
    }

    fn report(&self) {
        let health = self.reach.health(&self.cluster);
        self.health
            .send_if_modified(|told| std::mem::replace(told, health) != health);
        let figures = Figures {
            cluster: self.cluster.stats(),
            bus: self.bus.stats(),
        };
        self.figures
            .send_if_modified(|told| std::mem::replace(told, figures) != figures);
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
