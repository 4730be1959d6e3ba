//! The observations of a run: plain numbers, from which figures are made.

use std::collections::BTreeMap;

use segment_engine::stats::Stats;

use super::population::{Population, Viewer};
use crate::bounds::Rendition;
use crate::clock::SECOND;
use crate::net::Nat;
use crate::node::Part;
use crate::origin::{Content, Kind, Resource};
use crate::player::Window;
use crate::scenario::Scenario;
use crate::world::{Peaks, Recorded, World};

/// One segment's time in a live stream.
#[derive(Debug, Clone, Default)]
pub struct Slot {
    /// When the segment was there.
    pub at: u64,
    /// Its renditions, those that somebody watched.
    pub renditions: Vec<Rendition>,
}

/// A viewer, and when it was there.
#[derive(Debug, Clone, Copy)]
pub struct Present {
    /// When it came.
    pub joins: u64,
    /// When it left.
    pub leaves: u64,
    /// Bits per second that it gives.
    pub gives: u64,
    /// Whether nobody can reach it.
    pub alone: bool,
}

impl Present {
    /// Whether it was there.
    pub fn is_there(&self, at: u64) -> bool {
        (self.joins..self.leaves).contains(&at)
    }
}

/// The observations in a run's window. Times are in microseconds of the run's clock unless they are said to be in
/// seconds.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The start and end of the window in which figures were taken.
    pub window: (u64, u64),
    /// Viewers at once, in the mean.
    pub viewers: f64,
    /// The presence of each viewer.
    pub present: Vec<Present>,
    /// How many came.
    pub joins: u64,
    /// Each segment's time in a live stream.
    pub slots: Vec<Slot>,
    /// Bytes from the origin for viewers.
    pub origin: u64,
    /// Bytes from the origin for seeders.
    pub seeders: u64,
    /// Bytes of all that was published.
    pub published: u64,
    /// Bytes that players were given.
    pub played: u64,
    /// Copies of each segment of the video that the origin sent viewers, sorted.
    pub copies: Vec<f64>,
    /// How often players stalled.
    pub stalls: u64,
    /// Each stall in the window: how long in seconds, whose, and by the run's clock from when.
    pub longest: Vec<(f64, u32, f64)>,
    /// How long players stalled in all, in seconds.
    pub stalled: f64,
    /// Seconds from joining to playing, of those who joined in the run, sorted.
    pub startups: Vec<f64>,
    /// Viewers that never began to play.
    pub unstarted: u64,
    /// The time from a segment's availability to its completion, in seconds: median and 95th percentile.
    pub delivery: [f64; 2],
    /// The mean one-way delay of the links that signaling introduced, in seconds.
    pub link: f64,
    /// The engines' counters, summed.
    pub stats: Stats,
    /// How many engines counted.
    pub engines: u64,
    /// Bytes of all messages that are no pieces.
    pub control: u64,
    /// Bytes of pieces.
    pub media: u64,
    /// Frames and bytes by kind.
    pub said: Vec<(u64, u64)>,
    /// The share of their uplinks that those who give have used.
    pub uplink_use: f64,
    /// Mean bitrate of what was played, in bits per second.
    pub bitrate: f64,
    /// Changes of rung.
    pub switches: u64,
    /// How much more viewers got from the origin than they watched and one buffer, in seconds: the mean.
    pub excess_mean: f64,
    /// The same: the most.
    pub excess_most: f64,
    /// How often a peer that had sent a wrong piece could send the same neighbour another.
    pub corrupt_repeats: u64,
    /// How near to its bounds the run has come.
    pub peaks: Peaks,
    /// Events of engines.
    pub events: BTreeMap<&'static str, u64>,
    /// Happenings by kind, of the whole run.
    pub happened: Vec<u64>,
    /// Happenings, of the whole run.
    pub happenings: u64,
    /// The recording of one engine, if one was asked for.
    pub recorded: Option<Recorded>,
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
        self.window = (window.from, window.to);
        self.corrupt_repeats = world.ledger.corrupt_repeats;
        self.peaks = world.ledger.peaks;
        self.happenings = world.events;
        self.happened = world.ledger.happened.to_vec();
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
        let (links, long) = world.ledger.links;
        self.link = long as f64 / 1e6 / links.max(1) as f64;
        self.events = std::mem::take(&mut world.ledger.events);
        self.count_bytes(world, window);
        self.count_sessions(world, window, scenario);
        self.count_present(window, population, scenario);
    }

    fn count_present(&mut self, window: Window, population: &Population, scenario: &Scenario) {
        let offset = window.from - scenario.time.warm_up.0 + SECOND;
        let counted = |viewer: &&Viewer| viewer.member.conduct.counts();
        for viewer in population.viewers.iter().filter(counted) {
            let joins = offset + viewer.joins;
            let leaves = viewer.leaves.map_or(u64::MAX, |leaves| offset + leaves);
            self.joins += u64::from(window.holds(joins));
            self.present.push(Present {
                joins,
                leaves,
                gives: viewer.member.gives,
                alone: viewer.member.place.nat == Nat::Blocked,
            });
        }
        let there = self.present.iter();
        let there = there.map(|viewer| window.overlap(viewer.joins, viewer.leaves) as f64);
        self.viewers = there.sum::<f64>() / (window.to - window.from) as f64;
    }

    /// Bytes that engines took in, over HTTP and from peers.
    pub fn taken(&self) -> u64 {
        self.stats.received.total()
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
                    let size = world.title.size(*resource);
                    self.published += size;
                    if tally.plays == 0 {
                        continue;
                    }
                    if world.title.content(resource.rung) == Content::Video {
                        self.copies.push(tally.origin as f64 / size as f64);
                    }
                    let rendition = Rendition {
                        viewers: u64::from(tally.plays),
                        bits: size * 8,
                    };
                    match self.slots.iter_mut().find(|slot| slot.at == there) {
                        Some(slot) => slot.renditions.push(rendition),
                        None => self.slots.push(Slot {
                            at: there,
                            renditions: vec![rendition],
                        }),
                    }
                }
            }
            Kind::Film(count) => {
                let second = |at: u64| usize::try_from(at / SECOND).unwrap_or(0);
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

    fn count_sessions(&mut self, world: &mut World, window: Window, scenario: &Scenario) {
        let end = world.now;
        let title = world.title.clone();
        let (mut busy, mut bits, mut segments, mut givers, mut counted) = (0, 0_u64, 0_u64, 0_u64, 0_u64);
        let bitrate = title.video.last().map_or(1, |rate| *rate) + title.audio;
        let counted_nodes = (0..)
            .zip(&mut world.nodes)
            .filter(|(_, node)| node.conduct.counts());
        for (number, node) in counted_nodes {
            if node.part == Part::Viewer {
                if node.gives > 0 && node.alive {
                    busy += node.busy;
                    givers += 1;
                }
                if let (Some(last), before) = (&node.last, &node.before) {
                    add(&mut self.stats, last, before.as_deref());
                    self.engines += 1;
                }
            }
            let Some(player) = &mut node.player else {
                continue;
            };
            player.on_end(&title, end);
            // A player whose buffer is not full yet asks for one segment more.
            let buffer = scenario.viewers.buffer.0 + title.segment;
            let watched = player.position() - player.began() + buffer;
            let excess = node.fetched as f64 * 8.0 / bitrate as f64 - watched as f64 / SECOND as f64;
            self.excess_mean += excess;
            self.excess_most = if counted == 0 {
                excess
            } else {
                self.excess_most.max(excess)
            };
            counted += 1;
            let account = &player.account;
            for (from, to) in &account.stalls {
                let inside = window.overlap(*from, *to);
                self.stalls += u64::from(inside > 0);
                self.stalled += inside as f64 / 1e6;
                if inside > 0 {
                    self.longest
                        .push((inside as f64 / 1e6, number, *from as f64 / 1e6));
                }
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
        self.excess_mean /= counted.max(1) as f64;
        self.startups.sort_unstable_by(f64::total_cmp);
        self.longest
            .sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
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
    sum.probes += last.probes - before.probes;
    sum.interests += last.interests - before.interests;
    sum.promises += last.promises - before.promises;
    sum.refused += last.refused - before.refused;
    sum.audits += last.audits - before.audits;
    sum.violations += last.violations - before.violations;
    sum.peers += last.peers;
    sum.stored_bytes += last.stored_bytes;
}
