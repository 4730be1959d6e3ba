//! Makes a world, and lets members come and go.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use segment_engine::config::{Config, Role, Trust};
use segment_engine::device::{DeviceState, Metered};
use segment_engine::id::PeerId;
use segment_engine::output::PublicKey;
use segment_engine::time::UnixTime;
use segment_engine::{Engine, Input};
use signaling_proto::client::{Client, ClientConfig, ClientInput};
use signaling_proto::rooms::{ClientLocation, Nearest, Pairing, Rooms, RoomsConfig, Scattered};

use super::{Happening, Ledger, Limits, News, NodeId, World};
use crate::adversary::Conduct;
use crate::clock::{Dice, Fingerprint, Queue};
use crate::net::{Departures, Downlink, Place, Reach, Uplink};
use crate::node::{Node, Part, Socket};
use crate::origin::{Kind, Origin, Title, Truth};
use crate::player::{Habits, Player};
use crate::scenario::PairingKind;

/// The setting of a world.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) title: Title,
    /// Bytes per second of one response of the origin.
    pub(crate) origin_rate: u64,
    /// Bytes per second of all its responses together.
    pub(crate) origin_total: Option<u64>,
    /// The one-way delay from the origin to a region's backbone, in microseconds.
    pub(crate) origin_latency: u64,
    pub(crate) ranges: bool,
    pub(crate) reach: Reach,
    pub(crate) loss: f64,
    pub(crate) pairing: PairingKind,
    /// The configuration of viewers; if its trust is `Signed`, by this world's key.
    pub(crate) viewer: Config,
    pub(crate) seeder: Config,
    /// How often what a node has is looked at: after each so many of its steps.
    pub(crate) scrutiny: u32,
}

/// A member to join.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Bits per second.
    pub(crate) uplink: u64,
    /// Bits per second that it sends for others: 0 for one that does not.
    pub(crate) gives: u64,
    /// The index of its downlink, of those that were made.
    pub(crate) downlink: u32,
    pub(crate) place: Place,
    pub(crate) conduct: Conduct,
    pub(crate) habits: Option<Habits>,
    /// Whether it has an engine; without, its player fetches all by itself.
    pub(crate) shares: bool,
    /// How far its clock is behind, in milliseconds.
    pub(crate) late: i64,
    /// The dice for its randomness.
    pub(crate) dice: Dice,
}

/// How a member leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// Its peers see it at once.
    Announced,
    /// Its peers see it after a while, by its silence.
    Silent,
}

/// The uplink of a member that gives nothing to others, in bits per second: its requests have to be sent.
pub(crate) const LEAST_UPLINK: u64 = 1_000_000;

impl World {
    /// An empty world. The seed makes all choices.
    pub(crate) fn new(setting: Setting, seed: u64) -> Self {
        let dice = Dice::new(seed);
        let key = SigningKey::from_bytes(&dice.fork(0x006b_6579).seed());
        let public = PublicKey(key.verifying_key().to_bytes());
        let signed = |config: Config| Config {
            trust: match config.trust {
                Trust::Signed(_) => Trust::signed(public),
                other => other,
            },
            ..config
        };
        Self {
            now: 0,
            queue: Queue::new(),
            fingerprint: Fingerprint::new(),
            events: 0,
            origin: Origin {
                rate: setting.origin_rate,
                line: setting.origin_total.map(Downlink::new),
                latency: setting.origin_latency,
                ranges: setting.ranges,
                up: true,
                percent: 100,
                hangs: 0,
            },
            title: setting.title,
            truth: Truth::default(),
            responses: Vec::new(),
            nodes: Vec::new(),
            links: Vec::new(),
            downlinks: Vec::new(),
            reach: setting.reach,
            loss: (setting.loss * 1_000_000.0) as u64,
            rooms: rooms(setting.pairing, dice.fork(1).seed()),
            pairing: setting.pairing,
            signaling_up: true,
            rooms_wake: u64::MAX,
            conns: Vec::new(),
            names: BTreeMap::new(),
            key,
            checked: BTreeMap::new(),
            news: VecDeque::new(),
            stirred: Vec::new(),
            departures: Departures::default(),
            found_out: Vec::new(),
            ledger: Ledger::default(),
            viewer: signed(setting.viewer),
            seeder: signed(setting.seeder),
            dice: dice.fork(2),
            scrutiny: setting.scrutiny.max(1),
            traced: None,
            recording: None,
            keeps_events: false,
        }
    }

    /// Prints what one node's engine is told and wants.
    pub(crate) fn trace(&mut self, node: u32) {
        self.traced = Some(NodeId(node));
    }

    /// Sets the share that others leave of a downlink from now on, in percent.
    pub(crate) fn leave_of_downlink(&mut self, downlink: u32, percent: u64) {
        self.downlinks[downlink as usize].leave(percent);
    }

    /// Adds a downlink of so many bits per second.
    pub(crate) fn add_downlink(&mut self, rate: u64) -> u32 {
        self.downlinks.push(Downlink::new(rate / 8));
        u32::try_from(self.downlinks.len() - 1).expect("invariant: few downlinks")
    }

    /// A viewer joins: asks signaling and the manifest at once.
    pub(crate) fn join(&mut self, member: &Member) -> NodeId {
        let config = self.viewer.clone();
        let want = config.min_target_peers.max(4);
        let node = self.add(member, Part::Viewer, config, want);
        if let Some(habits) = member.habits {
            let player = Player::new(habits, &self.title, self.now);
            self.nodes[node.index()].player = Some(Box::new(player));
        }
        self.request_manifest(node);
        self.settle();
        node
    }

    /// Adds a member that nobody introduces: it has no client of signaling, and is dialled at once.
    pub(crate) fn add_by_hand(&mut self, member: &Member, config: Config) -> NodeId {
        let part = match config.role {
            Role::Viewer => Part::Viewer,
            Role::Seeder { .. } => Part::Seeder,
        };
        let id = self.add(member, part, config, 0);
        let text = format!("node-{}", id.0);
        let name = PeerId::new(&text).expect("invariant: a short ASCII name");
        let own = &mut self.nodes[id.index()];
        own.client = None;
        own.name = Some(name.clone());
        self.names.insert(text, (name, id));
        self.settle();
        id
    }

    /// Keeps the events of all members that are added from now on.
    pub(crate) fn keep_events(&mut self) {
        self.keeps_events = true;
    }

    /// The configuration of viewers.
    pub(crate) fn viewer_config(&self) -> Config {
        self.viewer.clone()
    }

    /// The configuration of seeders.
    pub(crate) fn seeder_config(&self) -> Config {
        self.seeder.clone()
    }

    /// A seeder joins, and waits to be asked.
    pub(crate) fn join_seeder(&mut self, member: &Member) -> NodeId {
        let config = self.seeder.clone();
        let node = self.add(member, Part::Seeder, config, 0);
        self.settle();
        node
    }

    fn add(&mut self, member: &Member, part: Part, config: Config, want: u32) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("invariant: fewer than 2^32 nodes"));
        let mut dice = member.dice.clone();
        let now = self.time();
        let (limits, capacity) = (Limits::new(&config, member, part), Some(config.max_target_peers));
        let engine = member.shares.then(|| {
            let seed = dice.seed();
            if let Some(recording) = self.recording.as_mut().filter(|recording| recording.node == id) {
                recording.on_made(&config, seed, now);
            }
            Box::new(Engine::new(config, seed, now).expect("a scenario's configuration was validated"))
        });
        let client = member.shares.then(|| {
            let config = ClientConfig {
                want,
                capacity,
                ..ClientConfig::new("wss://signaling.test/v1/ws", "title")
            };
            Box::new(Client::new(config, dice.seed()).expect("invariant: defaults are valid"))
        });
        self.nodes.push(Node {
            part,
            name: None,
            engine,
            client,
            player: None,
            socket: Socket::default(),
            wake: u64::MAX,
            client_wake: u64::MAX,
            tick: u64::MAX,
            known: Vec::new(),
            uplink: Uplink::new(member.uplink.max(LEAST_UPLINK) / 8),
            stirred: false,
            downlink: member.downlink,
            place: member.place,
            conduct: member.conduct,
            member: None,
            alive: true,
            awaits_manifest: false,
            responses: Vec::new(),
            next_demand: 0,
            warm: false,
            gives: member.gives,
            joined: self.now,
            wanted: 0,
            fetched: 0,
            steps: 0,
            before: None,
            busy_before: 0,
            busy: 0,
            last: None,
            events: self.keeps_events.then(Vec::new),
            limits,
        });
        if member.shares {
            let unix = i64::try_from(self.now / 1_000).unwrap_or(i64::MAX) - member.late;
            self.news
                .push_back(News::Engine(id, Input::Clock(UnixTime::from_millis(unix))));
            if member.gives == 0 {
                let metered = DeviceState {
                    metered: Metered::Yes,
                    ..DeviceState::default()
                };
                self.news.push_back(News::Engine(id, Input::Device(metered)));
            }
            self.begin_mischief(id);
            let due = self.now;
            self.nodes[id.index()].client_wake = due;
            self.queue.push(due, Happening::ClientWake(id));
        }
        id
    }

    /// A member leaves.
    pub(crate) fn leave(&mut self, node: NodeId, leaving: Leaving) {
        let now = self.now;
        if !std::mem::replace(&mut self.nodes[node.index()].alive, false) {
            return;
        }
        self.drop_responses(node);
        self.tell_client(node, ClientInput::Leave);
        self.settle();
        self.cut(node, leaving);
        let member = &mut self.nodes[node.index()];
        if let Some(player) = &mut member.player {
            player.on_end(&self.title, now);
        }
        member.last = member.engine.as_ref().map(|engine| Box::new(engine.stats()));
        member.engine = None;
        member.client = None;
    }

    /// Lets go of bytes of a live stream's segments that are older than that: who still holds them keeps them.
    pub(crate) fn forget_old(&mut self, age: u64) {
        if self.title.kind == Kind::Live {
            let number = self.title.newest(self.now.saturating_sub(age));
            self.truth.forget_before(number);
        }
    }

    /// Signaling goes away, and forgets all.
    pub(crate) fn lose_signaling(&mut self) {
        let seed = self.dice.seed();
        self.cut_signaling(rooms(self.pairing, seed));
        self.settle();
    }

    /// Signaling comes back, with the empty rooms that its loss left.
    pub(crate) fn restore_signaling(&mut self) {
        // Nothing uses this seed: it is drawn so that later draws, and with them known fingerprints, stay as they are.
        let _ = self.dice.seed();
        self.signaling_up = true;
    }
}

/// The place where signaling sees a node: a country for each region, networks of a /16 in it, and a few nodes in each
/// /24.
pub(super) fn whence(node: NodeId, region: u8) -> ClientLocation {
    let [_, third, second, first] = node.0.to_be_bytes();
    let country = [b'R', b'A' + region % 26];
    ClientLocation {
        country: Some(country),
        ..ClientLocation::from(IpAddr::from([third.wrapping_add(10), region, first, second]))
    }
}

fn rooms(pairing: PairingKind, seed: [u8; 32]) -> Rooms {
    let pairing: Box<dyn Pairing + Send> = match pairing {
        PairingKind::Scattered => Box::new(Scattered),
        PairingKind::Nearest => Box::new(Nearest),
    };
    let config = RoomsConfig {
        peers_per_swarm: 100_000,
        connections: 100_000,
        ..RoomsConfig::default()
    };
    let mut rooms = Rooms::new(config, pairing, seed).expect("invariant: valid limits");
    rooms.handle_clock(Duration::ZERO, Duration::ZERO);
    rooms
}
