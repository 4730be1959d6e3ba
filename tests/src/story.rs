//! Small worlds for tests that tell a story: members by hand, introduced by hand, each looked at closely.
//!
//! The world is the one of the scenarios; but there is no signaling, each link is 20 ms long, and budgets are looked at
//! after every step.

use std::time::Duration;

use segment_engine::config::{Config, Trust};
use segment_engine::id::PeerId;
use segment_engine::output::PublicKey;
use segment_engine::stats::Stats;
use segment_engine::time::MediaTime;
use segment_engine::{Event, Input};

use crate::adversary::Conduct;
use crate::clock::{Dice, MILLI, SECOND};
use crate::net::{Nat, Place, Reach};
use crate::node_id::NodeId;
use crate::origin::{Kind, Title};
use crate::player::{Adaptation, Habits};
use crate::scenario::PairingKind;
use crate::world::{Leaving, Member, Setting, World};

/// The film that is watched in a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Film {
    /// How long a segment is, in whole seconds.
    pub segment_secs: u32,
    /// How many segments there are; of a live title one more with each that passes.
    pub segments: u32,
    /// Size of each media segment in bytes. There are two rungs, 0 and 1, of the same size.
    pub segment_bytes: u64,
    /// Whether it is live: segment `n` is there when the clock passes its end.
    pub live: bool,
}

/// Engines, links by hand, an origin and players under one clock.
#[derive(Debug)]
pub struct Story {
    pub(crate) world: World,
    dice: Dice,
}

impl Story {
    /// An empty world around an origin that is 20 ms away and sends each response at 40 Mbit/s.
    pub fn new(film: &Film, seed: u64) -> Self {
        let segment = u64::from(film.segment_secs) * SECOND;
        let bitrate = film.segment_bytes * 8 * SECOND / segment;
        let title = Title {
            kind: if film.live {
                Kind::Live
            } else {
                Kind::Film(film.segments)
            },
            segment,
            video: vec![bitrate, bitrate],
            audio: 0,
            spread: 0,
        };
        let setting = Setting {
            title,
            origin_rate: 5_000_000,
            origin_total: None,
            origin_latency: 0,
            ranges: true,
            reach: Reach {
                regions: 1,
                apart: 0,
                cellular: 0.0,
                blocked: 0.0,
                ipv6: 0.0,
            },
            loss: 0.0,
            pairing: PairingKind::Scattered,
            viewer: trusting(Config::viewer("title")),
            seeder: trusting(Config::seeder("title", Title::manifest_url())),
            scrutiny: 1,
        };
        let mut world = World::new(setting, seed);
        world.keep_events();
        Self {
            world,
            dice: Dice::new(seed),
        }
    }

    /// The configuration of a viewer that trusts this story's seeders.
    pub fn viewer_config(&self) -> Config {
        self.world.viewer_config()
    }

    /// Adds a seeder, which starts at once.
    pub fn add_seeder(&mut self) -> NodeId {
        let config = self.world.seeder_config();
        self.add(config, Conduct::Honest)
    }

    /// Adds a viewer that has the manifest, and watches nothing yet.
    pub fn add_viewer(&mut self, conduct: Conduct) -> NodeId {
        let config = self.viewer_config();
        let node = self.add(config, conduct);
        self.tell_manifest(node);
        node
    }

    /// Adds a node of any configuration.
    pub fn add(&mut self, config: Config, conduct: Conduct) -> NodeId {
        let downlink = self.world.add_downlink(1_000_000_000);
        let member = Member {
            uplink: 20_000_000,
            gives: 20_000_000,
            downlink,
            place: Place {
                region: 0,
                access: 10 * MILLI,
                nat: Nat::Home,
                ipv6: false,
            },
            conduct,
            habits: None,
            shares: true,
            late: 0,
            dice: self.dice.fork(1 + self.world.nodes.len() as u64),
        };
        self.world.add_by_hand(&member, config)
    }

    /// Hands a node the manifest.
    pub fn tell_manifest(&mut self, node: NodeId) {
        let body = self.world.title.manifest().into_bytes();
        let url = Title::manifest_url();
        self.tell(node, Input::Manifest { url, body });
    }

    /// Introduces two nodes as signaling would: the first makes the offer.
    pub fn introduce(&mut self, from: NodeId, to: NodeId) {
        let peer = self.peer_id(to);
        self.tell(from, Input::SignalingUp);
        self.tell(from, Input::PeerIntroduced(peer));
    }

    /// Starts to play segments `first..=last` of a rung.
    pub fn play(&mut self, node: NodeId, rung: u8, first: u32, last: u32) {
        let habits = Habits {
            hold_back: 0,
            buffer: 12 * SECOND,
            threshold: MILLI,
            detection: 0,
            rung,
            adaptation: Adaptation::Fixed,
            last,
        };
        self.world.play_from(node, habits, first);
    }

    /// Jumps to a segment.
    pub fn seek(&mut self, node: NodeId, number: u32) {
        self.world.seek(node, number);
    }

    /// Tells a node's engine something.
    pub fn tell(&mut self, node: NodeId, input: Input) {
        self.world.tell(node, input);
        self.world.settle();
    }

    /// Takes a node away; its links close at the others.
    pub fn kill(&mut self, node: NodeId) {
        self.world.leave(node, Leaving::Announced);
    }

    /// Takes the origin away: what is under way fails.
    pub fn lose_origin(&mut self) {
        self.world.lose_origin();
    }

    /// Brings the origin back.
    pub fn restore_origin(&mut self) {
        self.world.restore_origin();
    }

    /// Moves the origin further away: a round trip takes so long, besides the 20 ms of a node's own way.
    pub fn set_round_trip(&mut self, round_trip: Duration) {
        self.world.origin.latency = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX) / 2;
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.world.now + u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.world.run_until(end);
    }

    /// Bytes of segments that the origin has sent so far.
    pub fn sent(&self) -> u64 {
        let tallies = self.world.ledger.resources.values();
        tallies.map(|tally| tally.origin + tally.seeders).sum()
    }

    /// Bytes that a node's player was given.
    pub fn watched(&self, node: NodeId) -> u64 {
        self.player(node).account.bytes
    }

    /// Whether a node's player has played all it was to play.
    pub fn is_done(&self, node: NodeId) -> bool {
        self.player(node).is_over(&self.world.title)
    }

    /// How often a node's player had nothing to play after it had begun.
    pub fn stalls(&self, node: NodeId) -> usize {
        self.player(node).account.stalls.len()
    }

    /// A node's playhead.
    pub fn position(&self, node: NodeId) -> MediaTime {
        MediaTime::from_micros(i64::try_from(self.player(node).position()).unwrap_or(i64::MAX))
    }

    /// The counters of a node's engine.
    pub fn stats(&self, node: NodeId) -> Stats {
        let engine = self.world.nodes[node.index()].engine.as_ref();
        engine.expect("the node is there").stats()
    }

    /// The events of a node's engine.
    pub fn events(&self, node: NodeId) -> impl Iterator<Item = &Event> {
        self.world.nodes[node.index()].events.iter().flatten()
    }

    /// How often a node's engine asked for peers.
    pub fn wanted(&self, node: NodeId) -> u32 {
        self.world.nodes[node.index()].wanted
    }

    /// A node's name among peers.
    pub fn peer_id(&self, node: NodeId) -> PeerId {
        let name = self.world.nodes[node.index()].name.clone();
        name.expect("invariant: members by hand have names")
    }

    /// The story so far in one number.
    pub fn fingerprint(&self) -> u64 {
        self.world.fingerprint()
    }

    fn player(&self, node: NodeId) -> &crate::player::Player {
        self.world.nodes[node.index()].player.as_ref().expect("it plays")
    }
}

/// Its own key is put in by the world.
fn trusting(config: Config) -> Config {
    Config {
        trust: Trust::signed(PublicKey([0; 32])),
        ..config
    }
}
