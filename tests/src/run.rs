//! One run of a scenario with a seed: who joins and leaves when, what goes wrong when, and what was seen.

mod plan;
mod population;
mod seen;

pub use seen::{Present, Seen, Slot};

use crate::clock::{Dice, MILLI, SECOND};
use crate::net::Reach;
use crate::node_id::NodeId;
use crate::origin::{Kind, Title};
use crate::player::Window;
use crate::scenario::{Scenario, StreamKind, TrustKind};
use crate::world::{Leaving, Setting, World};

use self::plan::{Act, Plan};
use self::population::Population;
use segment_engine::config::{BitsPerSecond, Config, Pacing, Trust};
use segment_engine::output::PublicKey;

/// Whether viewers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// They do.
    Peers,
    /// They fetch everything from the origin, with no engine: what a run is compared with.
    HttpOnly,
}

/// The options of a run, besides its scenario.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The seed of all randomness.
    pub seed: u64,
    /// Whether viewers share.
    pub sharing: Sharing,
    /// The number of the node whose engine's inputs and outputs are printed. Seeders come first.
    pub traced: Option<u32>,
    /// The number of the node whose engine is recorded.
    pub recorded: Option<u32>,
}

/// Live runs start with the clock at this: there is a stream to come to.
const EPOCH: u64 = 120 * SECOND;

/// Runs a scenario, telling `progress` the time in the run and its end, in microseconds.
pub fn run(scenario: &Scenario, options: Options, progress: &mut dyn FnMut(u64, u64)) -> Seen {
    Run::new(scenario, options).go(progress)
}

struct Run<'a> {
    scenario: &'a Scenario,
    options: Options,
    world: World,
    population: Population,
    plan: Plan,
    window: Window,
    epoch: u64,
    nodes: Vec<Option<NodeId>>,
    seeders: Vec<NodeId>,
    /// When those that were found out come back, and which viewers they are.
    returns: Vec<(u64, usize)>,
    seen: Seen,
    dice: Dice,
}

impl<'a> Run<'a> {
    fn new(scenario: &'a Scenario, options: Options) -> Self {
        let dice = Dice::new(options.seed);
        let mut world = World::new(setting(scenario), options.seed);
        let epoch = match world.title.kind {
            Kind::Live => EPOCH,
            Kind::Film(_) => 0,
        };
        if let Some(node) = options.traced {
            world.trace(node);
        }
        if let Some(node) = options.recorded {
            world.record(node);
        }
        let window = Window {
            from: epoch + scenario.time.warm_up.0,
            to: epoch + scenario.time.warm_up.0 + scenario.time.measure.0,
        };
        let population = Population::draw(scenario, &world.title, &dice.fork(10), window.to - epoch);
        let plan = Plan::new(scenario, &population, &dice.fork(11), epoch, window);
        Self {
            scenario,
            options,
            world,
            nodes: vec![None; population.viewers.len()],
            population,
            plan,
            window,
            epoch,
            seeders: Vec::new(),
            returns: Vec::new(),
            seen: Seen::default(),
            dice: dice.fork(12),
        }
    }

    fn go(mut self, progress: &mut dyn FnMut(u64, u64)) -> Seen {
        self.world.run_until(self.epoch);
        self.population.make_downlinks(&mut self.world);
        if self.options.sharing == Sharing::Peers {
            for seeder in self.population.seeders(self.scenario, &mut self.world) {
                let node = self.world.join_seeder(&seeder);
                self.seeders.push(node);
            }
        }
        for (index, (at, _)) in self.plan.acts.iter().enumerate() {
            self.world
                .plan(*at, u32::try_from(index).expect("invariant: few acts"));
        }
        let end = self.window.to + self.scenario.stream.hold_back.0.max(2 * self.world.title.segment);
        let mut next = self.world.now;
        while self.world.now < end {
            next = (next + SECOND / 4).min(end);
            progress(self.world.now - self.epoch, end - self.epoch);
            while let Some(which) = self.world.run_until(next) {
                let act = self.plan.acts[which as usize].1;
                self.act(act);
            }
            self.bring_back();
        }
        self.seen.recorded = self.world.take_recorded();
        self.seen
            .finish(&mut self.world, self.window, &self.population, self.scenario);
        self.seen
    }

    /// Those that were found out leave, if it is time, and come back as somebody else.
    fn bring_back(&mut self) {
        for node in self.world.take_found_out() {
            let viewer = self.nodes.iter().position(|known| *known == Some(node));
            let Some(viewer) = viewer.filter(|viewer| self.returns.iter().all(|(_, known)| known != viewer))
            else {
                continue;
            };
            if let Some(after) = self.population.viewers[viewer].returns {
                self.returns.push((self.world.now + after, viewer));
            }
        }
        let now = self.world.now;
        let due: Vec<_> = self.returns.extract_if(.., |(at, _)| *at <= now).collect();
        for (_, viewer) in due {
            let Some(node) = self.nodes[viewer].filter(|node| self.world.nodes[node.index()].alive) else {
                continue;
            };
            self.world.leave(node, Leaving::Announced);
            let member = &mut self.population.viewers[viewer].member;
            member.dice = member.dice.fork(1);
            let mut member = member.clone();
            member.shares = self.options.sharing == Sharing::Peers;
            self.nodes[viewer] = Some(self.world.join(&member));
            self.world.ledger.on_return();
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Join(viewer) => {
                let mut member = self.population.viewers[viewer].member.clone();
                member.shares = self.options.sharing == Sharing::Peers;
                self.nodes[viewer] = Some(self.world.join(&member));
            }
            Act::Leave(viewer) => {
                let leaving = if self.dice.below(100) < self.scenario.viewers.silent {
                    Leaving::Silent
                } else {
                    Leaving::Announced
                };
                if let Some(node) = self.nodes[viewer] {
                    self.world.leave(node, leaving);
                }
            }
            Act::Open => self.seen.open(&mut self.world),
            Act::Close => self.seen.close(&mut self.world),
            Act::Forget => self.world.forget_old(60 * SECOND),
            Act::OriginAway => self.world.lose_origin(),
            Act::OriginBack => {
                self.world.restore_origin();
                self.world.origin.percent = 100;
                self.world.origin.hangs = 0;
            }
            Act::Downlink { line, percent } => self.world.leave_of_downlink(line, percent),
            Act::OriginSlow(percent) => self.world.origin.percent = percent,
            Act::OriginHangs(percent) => self.world.origin.hangs = percent,
            Act::SignalingAway => self.world.lose_signaling(),
            Act::SignalingBack => self.world.restore_signaling(),
            Act::SeedersAway => {
                for seeder in self.seeders.clone() {
                    self.world.leave(seeder, Leaving::Silent);
                }
            }
        }
    }
}

fn title(scenario: &Scenario) -> Title {
    let stream = &scenario.stream;
    let segments = stream.length.0.div_ceil(stream.segment.0);
    Title {
        kind: match stream.kind {
            StreamKind::Live => Kind::Live,
            StreamKind::Film => Kind::Film(u32::try_from(segments).unwrap_or(u32::MAX)),
        },
        segment: stream.segment.0,
        video: stream.video.iter().map(|rate| rate.0).collect(),
        audio: stream.audio.0,
        spread: stream.spread,
    }
}

fn setting(scenario: &Scenario) -> Setting {
    let title = title(scenario);
    let network = &scenario.network;
    // The world puts its own key in its place.
    let trust = match scenario.engine.trust {
        TrustKind::Signed => Trust::signed(PublicKey([0; 32])),
        TrustKind::Quorum => Trust::Quorum { audits: 2 },
        TrustKind::Open => Trust::Open,
    };
    let own = &scenario.engine;
    let adjust = |mut config: Config| {
        config.trust = trust.clone();
        if let Some(store) = own.store {
            config.store_bytes = store << 20;
        }
        if let Some(percent) = own.upload_percent {
            config.upload_percent = percent;
        }
        config
    };
    let mut viewer = adjust(Config::viewer("title"));
    viewer.max_upload = own.max_upload.map(|rate| BitsPerSecond(rate.0));
    viewer.max_target_peers = own.max_peers.unwrap_or(viewer.max_target_peers);
    viewer.min_target_peers = own.min_peers.unwrap_or(viewer.min_target_peers);
    if let Some(prefetch) = own.prefetch {
        viewer.prefetch_window = std::time::Duration::from_micros(prefetch.0);
    }
    if let Some(guard) = own.guard {
        viewer.rescue_guard = std::time::Duration::from_micros(guard.0);
    }
    let mut seeder = adjust(Config::seeder("title", Title::manifest_url()));
    seeder.store_bytes = seeder.store_bytes.max(512 << 20);
    seeder.max_target_peers = scenario.seeders.links;
    // The line that a scenario gives a seeder is as narrow as its viewers'.
    seeder.seeding.pacing = Pacing::Line;
    Setting {
        title,
        origin_rate: scenario.origin.rate.0 / 8,
        origin_total: scenario.origin.total_rate.map(|rate| rate.0 / 8),
        origin_latency: scenario.origin.round_trip.0 / 2,
        ranges: scenario.origin.ranges,
        reach: Reach {
            regions: network.regions,
            apart: network.apart.0,
            cellular: network.cellular,
            blocked: network.blocked,
            ipv6: network.ipv6,
        },
        loss: network.loss,
        pairing: scenario.signaling.pairing,
        viewer,
        seeder,
        scrutiny: if scenario.viewers.count > 500 { 64 } else { 8 },
    }
}

/// The least that a thing of the plan comes after another.
const STEP: u64 = MILLI;
