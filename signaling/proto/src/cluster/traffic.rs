//! What a node does with packets that came, and how it writes those that go.

use std::time::Duration;

use super::packet::{Body, Packet};
use super::seeks::Seek;
use super::{Bus, Cluster, ClusterOutput};
use crate::node::NodeId;
use crate::rooms::{Envelope, Stranger};

/// The least time between two summaries, as a part of the heartbeat: where many nodes start at once, each answers the
/// first that it hears with a summary of its own, but not every one.
const HASTE: u32 = 8;

impl Cluster {
    pub(super) fn on_body(&mut self, now: Duration, from: NodeId, body: Body) {
        match body {
            Body::Summary(part) => self.view.on_part(from, &part),
            Body::Bye => {
                self.view.forget(from);
                self.on_gone(from);
            }
            Body::Seek { seeker, swarm, count } => match self.census.swarm(&swarm) {
                Some(swarm) => {
                    let swarm = swarm.to_owned();
                    let envelope = Envelope::Seek {
                        seeker,
                        swarm,
                        room: 0,
                        count,
                    };
                    self.outputs.push_back(ClusterOutput::Deliver(envelope));
                }
                None => {
                    let peers = Vec::new();
                    self.send(
                        now,
                        Envelope::Found {
                            seeker: seeker.id,
                            peers,
                        },
                    );
                }
            },
            Body::Carry(Envelope::Found { seeker, peers }) => self.on_found(now, from, seeker, peers),
            Body::Carry(envelope) => self.outputs.push_back(ClusterOutput::Deliver(envelope)),
        }
    }

    /// Tells the seeker of those that were found even where the answer is late: they wait for its offer. After an
    /// answer without members the next node is asked.
    fn on_found(&mut self, now: Duration, from: NodeId, seeker: String, peers: Vec<Stranger>) {
        if peers.is_empty() {
            if let Some(seek) = self.seeks.take_from(&seeker, from) {
                self.retry(now, seek);
            }
            return;
        }
        if let Some(seek) = self.seeks.take(&seeker) {
            self.stats.found += 1;
            self.relieve(&seek);
        }
        self.outputs
            .push_back(ClusterOutput::Deliver(Envelope::Found { seeker, peers }));
    }

    pub(super) fn on_gone(&mut self, node: NodeId) {
        self.stats.gone += 1;
        self.outputs.push_back(ClusterOutput::Gone(node));
    }

    pub(super) fn on_unfound(&mut self, seek: Seek) {
        self.stats.unfound += 1;
        self.hand_back(seek);
    }

    /// Hands a seek back to the seeker's node, which may have other rooms of the swarm.
    pub(super) fn hand_back(&mut self, seek: Seek) {
        self.outputs
            .push_back(ClusterOutput::Undeliverable(seek.into_envelope()));
    }

    /// Asks the next, unless enough were asked.
    pub(super) fn retry(&mut self, now: Duration, seek: Seek) {
        self.relieve(&seek);
        if seek.tried.len() >= self.config.seek_tries || self.bus == Bus::Down {
            return self.on_unfound(seek);
        }
        if let Err(seek) = self.ask(now, seek) {
            self.on_unfound(seek);
        }
    }

    /// Asks a node that was not asked yet; gives the seek back where there is none.
    pub(super) fn ask(&mut self, now: Duration, mut seek: Seek) -> Result<NodeId, Seek> {
        let key = self.census.key(&seek.swarm);
        let Some(node) = self.view.draw(key, &seek.tried, &mut self.rng) else {
            return Err(seek);
        };
        let body = Body::Seek {
            seeker: seek.seeker.clone(),
            swarm: key.0.to_vec(),
            count: seek.count,
        };
        let packet = self.packet(now, Some(node), body);
        let Some(bytes) = packet.encode(self.config.secret.as_ref()) else {
            self.view.relieve(node);
            return Err(seek);
        };
        seek.tried.push(node);
        self.seeks.insert(now + self.config.seek_timeout, seek);
        self.publish(node, bytes);
        Ok(node)
    }

    pub(super) fn relieve(&mut self, seek: &Seek) {
        if let Some(node) = seek.tried.last() {
            self.view.relieve(*node);
        }
    }

    /// Brings the next summary forward: a node that is new should not wait for it.
    pub(super) fn hasten(&mut self, now: Duration) {
        let heartbeat = self.config.heartbeat;
        let soon = now + super::up_to(&mut self.rng, heartbeat / 20);
        let earliest = self
            .beaten
            .map_or(Duration::ZERO, |beaten| beaten + heartbeat / HASTE);
        self.beat = self.beat.map(|due| due.min(soon.max(earliest)));
    }

    pub(super) fn give_back(&mut self, envelope: Envelope) {
        self.stats.undeliverable += 1;
        self.outputs.push_back(ClusterOutput::Undeliverable(envelope));
    }

    pub(super) fn packet(&self, now: Duration, to: Option<NodeId>, body: Body) -> Packet {
        Packet {
            from: self.node.0,
            to: to.map(|to| to.0),
            at_ms: u64::try_from((self.unix + now).as_millis()).unwrap_or(u64::MAX),
            body,
        }
    }

    pub(super) fn publish(&mut self, to: NodeId, bytes: Vec<u8>) {
        self.stats.published += 1;
        self.outputs.push_back(ClusterOutput::Publish { to, bytes });
    }

    pub(super) fn broadcast(&mut self, now: Duration, body: Body) {
        let packet = self.packet(now, None, body);
        let Some(bytes) = packet.encode(self.config.secret.as_ref()) else {
            debug_assert!(false, "a summary fits");
            return;
        };
        self.stats.published += 1;
        self.outputs.push_back(ClusterOutput::Broadcast(bytes));
    }
}
