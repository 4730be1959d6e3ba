//! The bus of a server that is alone: there is nobody to reach, and nothing ever comes.

use bytes::Bytes;
use signaling_proto::cluster::NodeId;
use tokio::sync::mpsc;

use super::{Away, Bus, BusEvents, BusStats, Closing, Link};

/// A bus without other nodes. It is never away, so nothing about it needs the attention of an operator; it tells neither
/// [`Up`](super::BusEvent::Up) nor anything else, so that a cluster on it spends no time on summaries for nobody.
#[derive(Debug)]
pub struct Local {
    /// Held so that the events do not end before the bus does.
    _events: (mpsc::Sender<Link>, mpsc::Sender<Bytes>),
}

impl Local {
    /// Makes a bus, and its events.
    pub fn start() -> (Self, BusEvents) {
        let (link, links) = mpsc::channel(1);
        let (packet, packets) = mpsc::channel(1);
        let events = BusEvents { links, packets };
        let local = Self {
            _events: (link, packet),
        };
        (local, events)
    }
}

impl Bus for Local {
    /// No node can be reached.
    fn publish(&self, _to: NodeId, _packet: Bytes) -> Result<(), Away> {
        Err(Away)
    }

    /// All others, of which there are none, have heard it.
    fn broadcast(&self, _packet: Bytes) -> Result<(), Away> {
        Ok(())
    }

    fn stats(&self) -> BusStats {
        BusStats::default()
    }

    fn close(self: Box<Self>) -> Closing {
        Box::pin(std::future::ready(()))
    }
}
