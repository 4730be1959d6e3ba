//! What was seen in a run: plain numbers, from which figures are made.

use std::collections::BTreeMap;

use segment_engine::stats::Stats;

use super::population::Population;
use crate::node::Part;
use crate::origin::{Content, Kind, Resource};
use crate::player::Window;
use crate::scenario::Scenario;
use crate::world::World;

/// What was seen in a run's window.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Viewers at once, in the mean.
    pub viewers: f64,
    /// Bytes from the origin for viewers.
    pub origin: u64,
    /// Bytes from the origin for seeders.
    pub seeders: u64,
    /// Bytes that players were given.
    pub played: u64,
    /// Copies of each segment that the origin sent viewers.
    pub copies: Vec<f64>,
    /// How often players stalled.
    pub stalls: u64,
    /// For how many seconds, all told.
    pub stalled: f64,
    /// Seconds from joining to playing, of those who joined in the run, sorted.
    pub startups: Vec<f64>,
    /// Viewers that never began to play.
    pub unstarted: u64,
    /// From a segment's being there to its being complete, in seconds: median and 95th percentile.
    pub delivery: [f64; 2],
    /// What engines counted.
    pub stats: Stats,
    /// Bytes of all messages that are no pieces.
    pub control: u64,
    /// Bytes of pieces.
    pub media: u64,
    /// Frames and bytes by kind.
    pub said: Vec<(u64, u64)>,
    /// How much of the uplinks was used of those who give, as a share.
    pub uplink_use: f64,
    /// Mean bitrate of what was played, in bits per second.
    pub bitrate: f64,
    /// Changes of rung.
    pub switches: u64,
    /// Events of engines.
    pub events: BTreeMap<&'static str, u64>,
    /// Happenings, of the whole run.
    pub happenings: u64,
    /// Bits per second that each viewer gives.
    pub gives: Vec<u64>,
    /// The run in one number.
    pub fingerprint: u64,
}

impl Seen {
    /// Figures begin to be taken.
    pub(super) fn open(&mut self, world: &mut World) {
        world.ledger.open = true;
        for node in &mut world.nodes {
            node.before = node.engine.as_ref().map(|engine| Box::new(engine.stats()));
            node.busy_before = node.uplink.busy;
        }
    }

    /// Figures are taken no more, but for what is under way.
    pub(super) fn close(&mut self, world: &mut World) {
        world.ledger.open = false;
        for node in &mut world.nodes {
            if let Some(engine) = &node.engine {
                node.last = Some(Box::new(engine.stats()));
            }
            node.busy = node.uplink.busy - node.busy_before;
        }
    }

    pub(super) fn finish(
        &mut self,
        world: &mut World,
        window: Window,
        population: &Population,
        scenario: &Scenario,
    ) {
        self.happenings = world.events;
        self.fingerprint = world.fingerprint();
        self.delivery = [500, 950].map(|per_mille| world.ledger.delay(per_mille) as f64 / 1e6);
        self.said = world
            .ledger
            .said
            .iter()
            .map(|said| (said.frames, said.bytes))
            .collect();
        self.media = self.said[3].1;
        self.control = self.said.iter().map(|said| said.1).sum::<u64>() - self.media;
        self.events = std::mem::take(&mut world.ledger.events);
        self.count_bytes(world, window);
        self.count_sessions(world, window);
        let span = (window.to - window.from) as f64;
        let present = population.viewers.iter().map(|viewer| {
            let offset = window.from - scenario.time.warm_up.0 + crate::clock::SECOND;
            let leaves = viewer.leaves.map_or(window.to, |leaves| offset + leaves);
            window.overlap(offset + viewer.joins, leaves) as f64
        });
        self.viewers = present.sum::<f64>() / span;
        self.gives = population
            .viewers
            .iter()
            .map(|viewer| viewer.member.gives)
            .collect();
    }

    fn count_bytes(&mut self, world: &World, window: Window) {
        match world.title.kind {
            Kind::Live => {
                for (resource, tally) in &world.ledger.resources {
                    let there = world.title.available_at(*resource).unwrap_or(0);
                    if resource.number == 0 || !window.holds(there) {
                        continue;
                    }
                    self.origin += tally.origin;
                    self.seeders += tally.seeders;
                    self.played += tally.played;
                    let size = world.title.size(*resource) as f64;
                    if world.title.content(resource.rung) == Content::Video && tally.plays > 0 {
                        self.copies.push(tally.origin as f64 / size);
                    }
                }
            }
            Kind::Film(count) => {
                let second = |at: u64| usize::try_from(at / crate::clock::SECOND).unwrap_or(0);
                let seconds = world.ledger.by_second.iter().enumerate();
                for (_, (origin, played)) in
                    seconds.filter(|(index, _)| (second(window.from)..second(window.to)).contains(index))
                {
                    self.origin += origin;
                    self.played += played;
                }
                for number in 1..=count {
                    let resource = Resource { rung: 0, number };
                    if let Some(tally) = world.ledger.resources.get(&resource) {
                        self.seeders += tally.seeders;
                    }
                }
            }
        }
        self.copies.sort_unstable_by(f64::total_cmp);
    }

    fn count_sessions(&mut self, world: &mut World, window: Window) {
        let end = world.now;
        let title = world.title.clone();
        let (mut busy, mut bits, mut segments, mut givers) = (0, 0_u64, 0_u64, 0_u64);
        for node in &mut world.nodes {
            if node.part == Part::Viewer {
                if node.gives > 0 && node.alive {
                    busy += node.busy;
                    givers += 1;
                }
                if let (Some(last), before) = (&node.last, &node.before) {
                    add(&mut self.stats, last, before.as_deref());
                }
            }
            let Some(player) = &mut node.player else {
                continue;
            };
            player.on_end(&title, end);
            let account = &player.account;
            for (from, to) in &account.stalls {
                let inside = window.overlap(*from, *to);
                self.stalls += u64::from(inside > 0);
                self.stalled += inside as f64 / 1e6;
            }
            match account.started {
                Some(started) => self.startups.push((started - account.joined) as f64 / 1e6),
                None => self.unstarted += 1,
            }
            self.switches += account.switches.iter().filter(|at| window.holds(**at)).count() as u64;
            for (_, bitrate) in account.played.iter().filter(|(at, _)| window.holds(*at)) {
                bits += bitrate;
                segments += 1;
            }
        }
        self.startups.sort_unstable_by(f64::total_cmp);
        self.bitrate = bits as f64 / segments.max(1) as f64;
        self.uplink_use = busy as f64 / (givers.max(1) * (window.to - window.from)) as f64;
    }
}

/// Adds what an engine counted in the window.
fn add(sum: &mut Stats, last: &Stats, before: Option<&Stats>) {
    let none = Stats::default();
    let before = before.unwrap_or(&none);
    sum.received.origin += last.received.origin - before.received.origin;
    sum.received.seeder += last.received.seeder - before.received.seeder;
    sum.received.peer += last.received.peer - before.received.peer;
    sum.uploaded += last.uploaded - before.uploaded;
    sum.demands += last.demands - before.demands;
    sum.hits += last.hits - before.hits;
    sum.declined += last.declined - before.declined;
    sum.rescues += last.rescues - before.rescues;
    sum.verified += last.verified - before.verified;
    sum.corrupt += last.corrupt - before.corrupt;
    sum.duplicate += last.duplicate - before.duplicate;
    sum.claims += last.claims - before.claims;
    sum.lapsed_claims += last.lapsed_claims - before.lapsed_claims;
    sum.refused += last.refused - before.refused;
    sum.audits += last.audits - before.audits;
    sum.violations += last.violations - before.violations;
    sum.peers += last.peers;
    sum.stored_bytes += last.stored_bytes;
}
