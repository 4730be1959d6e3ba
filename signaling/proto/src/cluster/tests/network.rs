//! Several nodes over a bus in memory. It may lose packets, delay them, split in two, and go down.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::cluster::draw::below;
use crate::cluster::{Bus, Cluster, ClusterConfig, ClusterHealth, ClusterOutput, NodeId};
use crate::message::Signal;
use crate::rooms::{Envelope, Stranger};

/// Unix time at the start.
const UNIX: Duration = Duration::from_secs(1_800_000_000);

pub(super) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn peer(node: u32) -> String {
    format!("{}-peer", NodeId(node))
}

pub(super) fn offer(from: u32, to: u32) -> Envelope {
    Envelope::Signal {
        from: peer(from),
        to: peer(to),
        signal: Signal::Offer { sdp: "v=0".into() },
    }
}

/// What the bus does to packets.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weather {
    /// How many of a hundred packets are lost.
    pub(super) loss: u64,
    /// The longest that one takes, beyond one millisecond.
    pub(super) delay: Duration,
}

/// A node with its swarms, and what it told its rooms.
pub(super) struct Station {
    pub(super) cluster: Cluster,
    pub(super) swarms: Vec<(String, u32)>,
    pub(super) told: Vec<ClusterOutput>,
    up: bool,
    /// Whether its rooms answer seeks.
    pub(super) answers: bool,
}

pub(super) struct Network {
    pub(super) now: Duration,
    pub(super) stations: BTreeMap<u32, Station>,
    pub(super) weather: Weather,
    /// Those on one side of a split.
    pub(super) island: BTreeSet<u32>,
    rng: ChaCha20Rng,
    flying: BTreeMap<(Duration, u64), (u32, Vec<u8>)>,
    sent: u64,
}

impl Network {
    /// Nodes 1 to `count` with the bus up, node n with 10 n members of "film".
    pub(super) fn new(count: u32, config: &ClusterConfig) -> Self {
        let mut network = Self {
            now: Duration::from_secs(50),
            stations: BTreeMap::new(),
            weather: Weather::default(),
            island: BTreeSet::new(),
            rng: ChaCha20Rng::from_seed([9; 32]),
            flying: BTreeMap::new(),
            sent: 0,
        };
        for node in 1..=count {
            network.start(node, config);
        }
        network
    }

    pub(super) fn start(&mut self, node: u32, config: &ClusterConfig) {
        let seed = [u8::try_from(node).unwrap(); 32];
        let mut cluster = Cluster::new(config.clone(), NodeId(node), seed).unwrap();
        cluster.handle_clock(self.now, UNIX + self.now);
        cluster.handle_bus(self.now, Bus::Up);
        let station = Station {
            cluster,
            swarms: vec![("film".into(), 10 * node)],
            told: Vec::new(),
            up: true,
            answers: true,
        };
        self.stations.insert(node, station);
    }

    pub(super) fn set_bus(&mut self, bus: Bus) {
        if bus == Bus::Down {
            self.flying.clear();
        }
        for node in self.nodes() {
            self.act(node, |station, now| {
                station.up = bus == Bus::Up;
                station.cluster.handle_bus(now, bus);
            });
        }
    }

    /// Lets a node do something, and carries what it says.
    pub(super) fn act(&mut self, node: u32, action: impl FnOnce(&mut Station, Duration)) {
        let now = self.now;
        let station = self.stations.get_mut(&node).unwrap();
        action(station, now);
        while let Some(output) = self.stations.get_mut(&node).unwrap().cluster.poll_output() {
            self.on_output(node, output);
        }
    }

    pub(super) fn send(&mut self, from: u32, envelope: Envelope) {
        self.act(from, |station, now| station.cluster.send(now, envelope));
    }

    /// A member of a node seeks one of "film"; tells whether a node is asked.
    pub(super) fn seek(&mut self, node: u32) -> bool {
        self.seek_in(node, &peer(node), "film")
    }

    /// A member seeks one of any swarm.
    pub(super) fn seek_in(&mut self, node: u32, seeker: &str, swarm: &str) -> bool {
        let asked = |network: &Self| network.stations[&node].cluster.stats().seeks;
        let before = asked(self);
        self.send(node, seek(seeker, swarm));
        asked(self) > before
    }

    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    pub(super) fn told(&mut self, node: u32) -> Vec<ClusterOutput> {
        std::mem::take(&mut self.stations.get_mut(&node).unwrap().told)
    }

    pub(super) fn known(&self, node: u32) -> usize {
        match self.stations[&node].cluster.health() {
            ClusterHealth::Connected { nodes } => nodes,
            ClusterHealth::Alone | ClusterHealth::Degraded => 0,
        }
    }

    pub(super) fn nodes(&self) -> Vec<u32> {
        self.stations.keys().copied().collect()
    }

    fn next_event(&self) -> Option<Duration> {
        let timers = self
            .stations
            .values()
            .filter_map(|station| station.cluster.poll_timeout());
        timers.chain(self.flying.keys().next().map(|(at, _)| *at)).min()
    }

    fn step(&mut self) {
        while let Some(((at, sent), (to, bytes))) = self.flying.pop_first() {
            if at > self.now {
                self.flying.insert((at, sent), (to, bytes));
                break;
            }
            if self.stations.contains_key(&to) {
                self.act(to, |station, now| station.cluster.handle_packet(now, &bytes));
            }
        }
        for node in self.nodes() {
            let due = self.stations[&node].cluster.poll_timeout();
            if due.is_some_and(|due| due <= self.now) {
                self.act(node, |station, now| station.cluster.handle_timeout(now));
            }
        }
    }

    fn on_output(&mut self, node: u32, output: ClusterOutput) {
        match output {
            ClusterOutput::Publish { to, bytes } => {
                if !self.stations[&node].up {
                    return self.act(node, |station, now| {
                        station.cluster.handle_unpublished(now, &bytes)
                    });
                }
                self.fly(node, to.0, bytes);
            }
            ClusterOutput::Broadcast(bytes) => {
                // The sender hears itself too, as on a bus that echoes.
                for to in self.nodes() {
                    self.fly(node, to, bytes.clone());
                }
            }
            ClusterOutput::NeedSummary => self.act(node, |station, now| {
                station.cluster.handle_clock(now, UNIX + now);
                let swarms = station.swarms.clone();
                station.cluster.handle_summary(now, 7, swarms);
            }),
            ClusterOutput::Deliver(Envelope::Seek { seeker, .. }) if self.stations[&node].answers => {
                let peers = vec![Stranger::from(&peer(node))];
                let seeker = seeker.id;
                self.send(node, Envelope::Found { seeker, peers });
            }
            told @ (ClusterOutput::Deliver(_) | ClusterOutput::Undeliverable(_) | ClusterOutput::Gone(_)) => {
                self.stations.get_mut(&node).unwrap().told.push(told);
            }
        }
    }

    fn fly(&mut self, from: u32, to: u32, bytes: Vec<u8>) {
        let is_split = self.island.contains(&from) != self.island.contains(&to);
        if is_split || !self.stations[&from].up || below(&mut self.rng, 100) < self.weather.loss {
            return;
        }
        let most = u64::try_from(self.weather.delay.as_millis()).unwrap();
        let at = self.now + millis(1 + below(&mut self.rng, most + 1));
        self.sent += 1;
        self.flying.insert((at, self.sent), (to, bytes));
    }
}

pub(super) fn seek(seeker: &str, swarm: &str) -> Envelope {
    Envelope::Seek {
        seeker: seeker.into(),
        swarm: swarm.to_owned(),
        room: 3,
        count: 1,
    }
}
