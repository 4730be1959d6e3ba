//! One node of a cluster of servers, without I/O: who else is there, which swarms they have, and what goes between the
//! rooms of different nodes over a bus.
//!
//! All is soft state and carried at most once. A node that falls silent is forgotten, and a bus that was away leaves
//! nothing to be reconciled: the next summaries tell all anew.

mod census;
mod config;
mod draw;
mod io;
mod packet;
mod seal;
mod seeks;
mod stats;
mod traffic;
mod view;

use std::collections::VecDeque;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub use self::config::ClusterConfig;
pub use self::io::{Bus, ClusterHealth, ClusterOutput};
pub use self::packet::{MAX_PACKET, MAX_PARTS, PACKET_VERSION, SWARMS_PER_PACKET};
pub use self::seal::{MAX_SECRET, MIN_SECRET, Secret};
pub use self::stats::ClusterStats;
pub use crate::node::{NodeId, NodeIdError};

use self::census::Census;
use self::draw::up_to;
use self::packet::{Body, Packet, PacketError};
use self::seal::Namer;
use self::seeks::{Seek, Seeks};
use self::view::{Heard, View};
use crate::range::OutOfRange;
use crate::rooms::{Envelope, MAX_SOUGHT};

/// One node's view of its cluster.
///
/// Time is the [`Duration`] since an epoch of the shell's choice; it must not go backwards. The shell calls a method with
/// each thing that happens, and [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) is
/// due; after each it takes every [`poll_output`](Self::poll_output). It starts with the bus [`Bus::Down`].
#[derive(Debug)]
pub struct Cluster {
    config: ClusterConfig,
    node: NodeId,
    rng: ChaCha20Rng,
    /// Unix time at the epoch.
    unix: Duration,
    bus: Bus,
    /// When the next summary is due.
    beat: Option<Duration>,
    /// When the latest summary was asked for.
    beaten: Option<Duration>,
    view: View,
    seeks: Seeks,
    census: Census,
    stats: ClusterStats,
    outputs: VecDeque<ClusterOutput>,
}

impl Cluster {
    /// Makes the node `node`, which knows no other yet. The nodes that are asked for members are drawn from `seed`.
    ///
    /// # Errors
    /// When the configuration is out of range.
    pub fn new(config: ClusterConfig, node: NodeId, seed: [u8; 32]) -> Result<Self, OutOfRange> {
        config.validate()?;
        let census = Census::new(Namer::new(config.secret.as_ref()));
        Ok(Self {
            config,
            node,
            rng: ChaCha20Rng::from_seed(seed),
            unix: Duration::ZERO,
            bus: Bus::Down,
            beat: None,
            beaten: None,
            view: View::default(),
            seeks: Seeks::default(),
            census,
            stats: ClusterStats::default(),
            outputs: VecDeque::new(),
        })
    }

    /// Takes in the unix time at `now`: before anything else, and anew with each summary, so that a clock that is set
    /// is followed.
    pub fn handle_clock(&mut self, now: Duration, unix: Duration) {
        self.unix = unix.saturating_sub(now);
    }

    /// Takes in the state of the bus.
    pub fn handle_bus(&mut self, now: Duration, bus: Bus) {
        if bus == self.bus {
            return;
        }
        self.bus = bus;
        match bus {
            Bus::Up => {
                self.view.excuse(now);
                self.beat = Some(now + up_to(&mut self.rng, self.config.heartbeat / 20));
            }
            Bus::Down => {
                self.beat = None;
                for seek in self.seeks.drain() {
                    self.relieve(&seek);
                    self.on_unfound(seek);
                }
            }
        }
    }

    /// Takes in a packet from the bus.
    pub fn handle_packet(&mut self, now: Duration, bytes: &[u8]) {
        let packet = match Packet::decode(bytes, self.config.secret.as_ref()) {
            Ok(packet) => packet,
            Err(PacketError::Malformed) => return self.stats.malformed += 1,
            Err(PacketError::Forged) => return self.stats.forged += 1,
        };
        let from = NodeId(packet.from);
        if from == self.node {
            // The bus says back what was said.
            return;
        }
        if packet.to.is_some_and(|to| NodeId(to) != self.node) {
            self.stats.misdirected += 1;
            return;
        }
        if packet.at().abs_diff(self.unix + now) > self.config.max_age {
            self.stats.dropped_stale += 1;
            return;
        }
        match self.view.on_heard(now, from, self.config.nodes) {
            Heard::Known => {}
            Heard::New => self.hasten(now),
            Heard::Refused => {
                self.stats.refused_nodes += 1;
                return;
            }
        }
        self.stats.received += 1;
        self.on_body(now, from, packet.body);
    }

    /// Does what is due at `now`: forgets nodes that fell silent, asks others where an answer is overdue, calls for the
    /// next summary.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(seek) = self.seeks.pop_due(now) {
            self.retry(now, seek);
        }
        if self.bus == Bus::Down {
            return;
        }
        if let Some(deadline) = now.checked_sub(self.config.gone_after) {
            for node in self.view.forget_silent(deadline) {
                self.on_gone(node);
            }
        }
        if self.beat.is_some_and(|due| due <= now) {
            let jitter = up_to(&mut self.rng, self.config.heartbeat / 10);
            self.beat = Some(now + self.config.heartbeat - jitter);
            self.beaten = Some(now);
            self.outputs.push_back(ClusterOutput::NeedSummary);
        }
    }

    /// Takes this node's connections, and its swarms with their members, and tells the others. Of more than 8,192 swarms
    /// the largest are told.
    pub fn handle_summary(
        &mut self,
        now: Duration,
        connections: u32,
        swarms: impl IntoIterator<Item = (String, u32)>,
    ) {
        for part in self.census.count(connections, swarms) {
            self.broadcast(now, Body::Summary(part));
        }
    }

    /// Takes back what the bus did not take from [`ClusterOutput::Publish`].
    pub fn handle_unpublished(&mut self, now: Duration, bytes: &[u8]) {
        let Ok(packet) = Packet::decode(bytes, self.config.secret.as_ref()) else {
            debug_assert!(false, "this node wrote it");
            return;
        };
        match packet.body {
            Body::Seek { seeker, .. } => {
                if let Some(seek) = self.seeks.take(&seeker.id) {
                    self.retry(now, seek);
                }
            }
            Body::Carry(envelope) => self.give_back(envelope),
            Body::Summary(_) | Body::Bye => {}
        }
    }

    /// Looks for members of a swarm (1 to [`MAX_SOUGHT`]) on another node, for a member of this one. A seeker that was
    /// looking already starts anew.
    fn seek(&mut self, now: Duration, seek: Seek) {
        if let Some(earlier) = self.seeks.take(&seek.seeker.id) {
            self.relieve(&earlier);
            self.stats.unfound += 1;
        }
        let free = self.bus == Bus::Up && self.seeks.len() < self.config.seeks;
        let asked = if free { self.ask(now, seek) } else { Err(seek) };
        match asked {
            Ok(_) => self.stats.seeks += 1,
            Err(seek) => {
                self.stats.unasked += 1;
                self.hand_back(seek);
            }
        }
    }

    /// Sends an envelope to the node of its addressee; to this one it is delivered at once. What cannot be sent comes back
    /// as [`ClusterOutput::Undeliverable`]. An [`Envelope::Seek`] goes to a node that has members of the swarm, and to
    /// another where that finds nobody in time; it comes back once enough were asked in vain.
    pub fn send(&mut self, now: Duration, envelope: Envelope) {
        if let Envelope::Seek {
            seeker,
            swarm,
            room,
            count,
        } = envelope
        {
            let seek = Seek {
                seeker,
                swarm,
                room,
                count: count.clamp(1, MAX_SOUGHT),
                tried: Vec::new(),
            };
            return self.seek(now, seek);
        }
        let to = envelope.addressee().and_then(NodeId::of_peer);
        if to == Some(self.node) {
            self.outputs.push_back(ClusterOutput::Deliver(envelope));
            return;
        }
        let reachable = to.filter(|to| self.bus == Bus::Up && self.view.knows(*to));
        let Some(to) = reachable else {
            return self.give_back(envelope);
        };
        let packet = self.packet(now, Some(to), Body::Carry(envelope));
        match packet.encode(self.config.secret.as_ref()) {
            Some(bytes) => self.publish(to, bytes),
            None => {
                if let Body::Carry(envelope) = packet.body {
                    self.give_back(envelope);
                }
            }
        }
    }

    /// Tells the others that this node leaves; the last thing before the bus is closed.
    pub fn leave(&mut self, now: Duration) {
        if self.bus == Bus::Up {
            self.broadcast(now, Body::Bye);
        }
        self.beat = None;
    }

    /// Takes the next thing to do.
    pub fn poll_output(&mut self) -> Option<ClusterOutput> {
        self.outputs.pop_front()
    }

    /// Tells when [`handle_timeout`](Self::handle_timeout) is due, if ever.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let silence = match self.bus {
            Bus::Up => self
                .view
                .longest_silent()
                .map(|heard| heard + self.config.gone_after),
            Bus::Down => None,
        };
        [self.beat, silence, self.seeks.next_due()]
            .into_iter()
            .flatten()
            .min()
    }
}

#[cfg(test)]
mod tests;
