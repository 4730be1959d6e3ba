//! The world: one queue of happenings, and the nodes they happen to.

mod acts;

use std::collections::BTreeMap;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use segment_engine::config::Trust;
use segment_engine::id::{DemandId, PeerId};
use segment_engine::input::Demand;
use segment_engine::output::PublicKey;
use segment_engine::stats::Stats;
use segment_engine::time::{Timestamp, UnixTime};
use segment_engine::{Config, Engine, Event, Input};

use crate::node::{Conduct, Node, NodeId};
use crate::origin::{Answer, BASE, Origin, Title};
use crate::player::Viewing;

/// One way between any two nodes.
const DELAY: Duration = Duration::from_millis(20);

/// From dialling to an open channel.
const DIAL: Duration = Duration::from_millis(250);

/// How often players look at the clock, and tell their engines.
const TICK: Duration = Duration::from_millis(250);

/// Something that is about to happen.
#[derive(Debug)]
enum Happening {
    /// An engine is told something.
    Tell(NodeId, Input),
    /// A message has left a node's channel.
    Left(NodeId, NodeId, usize),
    /// A channel opens at both ends.
    Open(NodeId, NodeId),
    /// A player looks at the clock.
    Tick(NodeId),
    /// A player's own request, which its engine declined, is answered.
    Declined(NodeId, DemandId),
}

/// Engines, links, origin and players under one clock.
#[derive(Debug)]
pub struct World {
    now: Timestamp,
    sequence: u64,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    nodes: Vec<Node>,
    key: SigningKey,
    seed: u8,
    /// The origin.
    pub origin: Origin,
}

impl World {
    /// An empty world around an origin. The seed makes all choices.
    pub fn new(title: Title, seed: u8) -> Self {
        Self {
            now: Timestamp::ZERO,
            sequence: 0,
            queue: BTreeMap::new(),
            nodes: Vec::new(),
            key: SigningKey::from_bytes(&[9; 32]),
            seed,
            origin: Origin::new(title),
        }
    }

    /// The configuration of a viewer that trusts this world's seeders.
    pub fn viewer_config(&self) -> Config {
        let key = self.key.verifying_key().to_bytes();
        Config {
            trust: Trust::Signed(PublicKey(key)),
            ..Config::viewer("title")
        }
    }

    /// Adds a seeder, which starts at once.
    pub fn add_seeder(&mut self) -> NodeId {
        let config = Config::seeder("title", format!("{BASE}manifest.mpd"));
        self.add(config, Conduct::Honest)
    }

    /// Adds a viewer that watches nothing yet.
    pub fn add_viewer(&mut self, conduct: Conduct) -> NodeId {
        let config = self.viewer_config();
        let node = self.add(config, conduct);
        let manifest = Input::Manifest {
            url: format!("{BASE}manifest.mpd"),
            body: self.origin.manifest().into_bytes(),
        };
        self.tell(node, manifest);
        node
    }

    /// Adds a node of any configuration.
    pub fn add(&mut self, config: Config, conduct: Conduct) -> NodeId {
        let node = NodeId(self.nodes.len());
        let id = PeerId::new(&format!("node-{}", node.0)).expect("invariant: a short ASCII name");
        let mut seed = [self.seed; 32];
        seed[0] = u8::try_from(node.0 % 251).expect("invariant: below 251");
        let engine = Engine::new(config, seed, self.now).expect("a valid configuration");
        self.nodes.push(Node::new(id, engine, conduct));
        self.tell(
            node,
            Input::Clock(UnixTime::from_millis((self.now.as_micros() / 1000) as i64)),
        );
        node
    }

    /// Introduces two nodes as signaling would: the first makes the offer.
    pub fn introduce(&mut self, from: NodeId, to: NodeId) {
        let peer = self.nodes[to.0].id.clone();
        self.tell(from, Input::SignalingUp);
        self.tell(from, Input::PeerIntroduced(peer));
    }

    /// Starts to play segments `first..=last` of a rung.
    pub fn play(&mut self, node: NodeId, rung: &'static str, first: u32, last: u32) {
        let segment = Duration::from_secs(self.origin.title().segment_secs.into());
        self.nodes[node.0].viewing = Some(Viewing::new(rung, segment, first, last, self.now));
        self.demand(node, format!("{BASE}{rung}-init"));
        self.schedule(self.now, Happening::Tick(node));
    }

    /// Jumps to a segment.
    pub fn seek(&mut self, node: NodeId, number: u32) {
        let viewing = self.nodes[node.0].viewing.as_mut().expect("it plays");
        viewing.seek(number);
        let position = viewing.position();
        self.tell(node, Input::Seeked(position));
    }

    /// Takes a node away without a word: its links close at the others after a while.
    pub fn kill(&mut self, node: NodeId) {
        let gone = &mut self.nodes[node.0];
        gone.alive = false;
        let (id, others) = (gone.id.clone(), std::mem::take(&mut gone.pipes));
        for other in others.into_keys() {
            self.nodes[other.0].pipes.remove(&node);
            self.schedule(
                self.now + DELAY,
                Happening::Tell(other, Input::PeerClosed(id.clone())),
            );
        }
    }

    /// Tells an engine something now.
    pub fn tell(&mut self, node: NodeId, input: Input) {
        if !self.nodes[node.0].alive {
            return;
        }
        let told = self.nodes[node.0].engine.handle_input(self.now, input);
        assert!(told.is_ok(), "the world keeps to the contract: {told:?}");
        self.after(node);
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.next_at().filter(|at| *at <= end) {
            self.now = at;
            self.step();
        }
        self.now = end;
    }

    fn next_at(&self) -> Option<Timestamp> {
        let happening = self.queue.first_key_value().map(|((at, _), _)| *at);
        let alive = self.nodes.iter().filter(|node| node.alive);
        alive
            .filter_map(|node| node.engine.poll_timeout())
            .chain(happening)
            .min()
            .map(|at| at.max(self.now))
    }

    fn step(&mut self) {
        if self
            .queue
            .first_key_value()
            .is_some_and(|((at, _), _)| *at <= self.now)
        {
            let (_, happening) = self.queue.pop_first().expect("invariant: it was looked at");
            self.happen(happening);
            return;
        }
        for index in 0..self.nodes.len() {
            let node = &mut self.nodes[index];
            if node.alive && node.engine.poll_timeout().is_some_and(|at| at <= self.now) {
                node.engine.handle_timeout(self.now);
                self.after(NodeId(index));
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Tell(node, input) => self.tell(node, input),
            Happening::Left(from, to, bytes) => {
                let peer = self.nodes[to.0].id.clone();
                if let Some(pipe) = self.nodes[from.0].pipes.get_mut(&to) {
                    let bytes = pipe.on_left(bytes);
                    self.tell(from, Input::PeerBuffered { peer, bytes });
                }
            }
            Happening::Open(from, to) => self.open(from, to),
            Happening::Tick(node) => self.tick(node),
            Happening::Declined(node, demand) => {
                let url = self.nodes[node.0]
                    .demands
                    .remove(&demand)
                    .expect("it was asked for");
                let elapsed = self.now.since(Timestamp::ZERO);
                if let Answer::Body(body) = self.origin.answer(&url, None, elapsed) {
                    self.arrive(node, &url, &body);
                }
            }
        }
    }

    fn open(&mut self, from: NodeId, to: NodeId) {
        let both = self.nodes[from.0].alive && self.nodes[to.0].alive;
        if !both || self.nodes[from.0].pipes.contains_key(&to) {
            return;
        }
        for (node, other) in [(from, to), (to, from)] {
            self.nodes[node.0].open(other, DELAY);
        }
        for (node, other) in [(from, to), (to, from)] {
            let peer = self.nodes[other.0].id.clone();
            self.tell(node, Input::PeerConnected(peer));
        }
    }

    fn tick(&mut self, node: NodeId) {
        if !self.nodes[node.0].alive {
            return;
        }
        let now = self.now;
        let viewing = self.nodes[node.0].viewing.as_mut().expect("it plays");
        viewing.advance(now);
        let playback = viewing.playback();
        let rung = viewing.rung;
        let mut wanted = Vec::new();
        let available = self.origin.available(now.since(Timestamp::ZERO));
        while let Some(number) = viewing.wants(available) {
            wanted.push(number);
        }
        self.tell(node, Input::Playback(playback));
        for number in wanted {
            self.demand(node, format!("{BASE}{rung}-{number}"));
        }
        self.schedule(now + TICK, Happening::Tick(node));
    }

    fn demand(&mut self, node: NodeId, url: String) {
        let asked = &mut self.nodes[node.0];
        asked.next_demand += 1;
        let id = DemandId(asked.next_demand);
        asked.demands.insert(id, url.clone());
        self.tell(
            node,
            Input::Demand(Demand {
                id,
                url,
                range: None,
                position: None,
            }),
        );
    }

    fn schedule(&mut self, at: Timestamp, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), happening);
    }

    fn node(&self, peer: &PeerId) -> NodeId {
        let index = self.nodes.iter().position(|node| node.id == *peer);
        NodeId(index.expect("peers are nodes"))
    }

    /// What became of a node's player.
    pub fn viewing(&self, node: NodeId) -> &Viewing {
        self.nodes[node.0].viewing.as_ref().expect("it plays")
    }

    /// What a node's engine counted.
    pub fn stats(&self, node: NodeId) -> Stats {
        self.nodes[node.0].engine.stats()
    }

    /// What a node's engine told.
    pub fn events(&self, node: NodeId) -> impl Iterator<Item = &Event> {
        self.nodes[node.0].events.iter()
    }

    /// How often a node's engine asked for peers.
    pub fn wanted(&self, node: NodeId) -> u32 {
        self.nodes[node.0].wanted
    }

    /// A node's name among peers.
    pub fn peer_id(&self, node: NodeId) -> &PeerId {
        &self.nodes[node.0].id
    }
}
