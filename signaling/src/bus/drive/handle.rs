//! The rooms' way to the cluster.

use signaling_proto::cluster::{Cluster, ClusterHealth, ClusterStats, NodeId, Secret};
use signaling_proto::rooms::{BlockKey, Envelope};
use tokio::sync::{mpsc, oneshot, watch};

use crate::bus::BusStats;

/// All figures of a node in its cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// The figures of the rules.
    pub cluster: ClusterStats,
    /// The figures of the bus.
    pub bus: BusStats,
}

/// The rooms' way to the cluster. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ClusterHandle {
    pub(super) node: NodeId,
    pub(super) blocks: BlockKey,
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) health: watch::Receiver<ClusterHealth>,
    pub(super) figures: watch::Receiver<Figures>,
}

#[derive(Debug)]
pub(super) enum Command {
    Send(Envelope),
    Stop(oneshot::Sender<()>),
}

/// Whether there may be other nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Alone,
    Cluster,
}

impl ClusterHandle {
    /// The id of this node, with which those of its peers begin.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// The key that the nodes of this cluster hash blocks of addresses with.
    pub(crate) fn blocks(&self) -> &BlockKey {
        &self.blocks
    }

    /// Sends an envelope to the node of its addressee; an [`Envelope::Seek`] to one that may answer it with an
    /// [`Envelope::Found`]. What cannot be sent later on, or is sought in vain, comes back as
    /// [`Delivery::Undeliverable`](super::Delivery::Undeliverable).
    ///
    /// # Errors
    /// Gives the envelope back where too much waits, or the driver has stopped: it is undeliverable.
    pub fn send(&self, envelope: Envelope) -> Result<(), Box<Envelope>> {
        use mpsc::error::TrySendError;
        match self.commands.try_send(Command::Send(envelope)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(command) | TrySendError::Closed(command)) => match command {
                Command::Send(envelope) => Err(Box::new(envelope)),
                Command::Stop(_) => Ok(()),
            },
        }
    }

    /// How much of the cluster this node sees.
    pub fn health(&self) -> ClusterHealth {
        *self.health.borrow()
    }

    /// The health, as a value whose changes can be waited for.
    pub fn watch_health(&self) -> watch::Receiver<ClusterHealth> {
        self.health.clone()
    }

    /// The figures, as of what happened last.
    pub fn figures(&self) -> Figures {
        *self.figures.borrow()
    }

    /// Says goodbye to the other nodes, and leaves the bus: takes two seconds at most where the bus is stuck. Does nothing
    /// the second time.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.commands.send(Command::Stop(done)).await.is_ok() {
            // It ends without an answer where another call stopped it first.
            let _ = stopped.await;
        }
    }
}

impl Reach {
    /// The key that blocks of addresses are hashed with: one made of the cluster's secret, so that all nodes have it;
    /// where there are no other nodes, a random one. Nodes without a secret use the public one, as they share nothing
    /// that others do not know.
    pub(super) fn block_key(self, secret: Option<&Secret>) -> BlockKey {
        match self {
            Self::Alone => BlockKey(rand::random()),
            Self::Cluster => secret.map(Secret::block_key).unwrap_or_default(),
        }
    }

    pub(super) fn health(self, cluster: &Cluster) -> ClusterHealth {
        match self {
            Self::Alone => ClusterHealth::Alone,
            Self::Cluster => cluster.health(),
        }
    }
}

#[cfg(test)]
mod tests;
