//! The viewers of a run: when each comes and goes, how it is connected, and whether it means harm.

use crate::adversary::Conduct;
use crate::clock::{Dice, SECOND, exp};
use crate::net::{Place, Reach};
use crate::origin::{Kind, Title};
use crate::player::{Adaptation, Habits};
use crate::scenario::{AdversaryKind, Arrival, Scenario, Sessions, Viewers};
use crate::world::{Member, World};

/// One viewer.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    /// From the start of the run.
    pub(crate) joins: u64,
    /// From the start of the run; never where that is `None`.
    pub(crate) leaves: Option<u64>,
    /// How long after it was found out it comes back as somebody else; never where that is `None`.
    pub(crate) returns: Option<u64>,
    pub(crate) member: Member,
}

/// All viewers of a run.
#[derive(Debug)]
pub(crate) struct Population {
    pub(crate) viewers: Vec<Viewer>,
    downlinks: Vec<u64>,
    dice: Dice,
}

impl Population {
    /// Draws all viewers that come before `end`.
    pub(crate) fn draw(scenario: &Scenario, title: &Title, dice: &Dice, end: u64) -> Self {
        let spans = spans(scenario, title, &mut dice.fork(1), end);
        let mut conducts = conducts(scenario, spans.len());
        shuffle(&mut conducts, &mut dice.fork(2));
        let network = &scenario.network;
        let reach = Reach {
            regions: network.regions,
            apart: network.apart.0,
            cellular: network.cellular,
            blocked: network.blocked,
            ipv6: network.ipv6,
        };
        let highest = scenario.stream.video.last().map_or(0, |rate| rate.0) + scenario.stream.audio.0;
        let mut downlinks = Vec::new();
        let mut viewers: Vec<Viewer> = Vec::new();
        for (index, ((joins, leaves), (conduct, returns))) in spans.into_iter().zip(conducts).enumerate() {
            let mut own = dice.fork(1_000 + index as u64);
            if index % network.share as usize == 0 {
                let [least, most] = network.downlink.map(|rate| rate.0);
                downlinks.push(least + own.below(most - least + 1));
            }
            let gives = network.uplink.draw(&mut own, highest);
            let habits = Habits {
                hold_back: scenario.stream.hold_back.0,
                buffer: scenario.viewers.buffer.0,
                threshold: scenario.viewers.threshold.0,
                detection: own.below(scenario.viewers.detection.0 + 1),
                rung: scenario.viewers.rung,
                adaptation: if scenario.stream.video.len() > 1 {
                    Adaptation::ByThroughput
                } else {
                    Adaptation::Fixed
                },
                last: u32::MAX,
            };
            let late = own.below(scenario.viewers.clocks.0 + 1) / 1_000;
            let late = i64::try_from(late).unwrap_or(0)
                + wrong(&scenario.viewers, &mut dice.fork(2_000_000 + index as u64));
            let place = Place::draw(&mut own, &reach);
            viewers.push(Viewer {
                joins,
                leaves,
                returns,
                member: Member {
                    uplink: gives,
                    gives,
                    downlink: u32::try_from(downlinks.len() - 1).expect("invariant: few downlinks"),
                    place,
                    conduct,
                    habits: Some(habits),
                    shares: true,
                    late,
                    dice: own,
                },
            });
        }
        if let Some(mean) = network.uplink_mean {
            scale(&mut viewers, mean * highest as f64);
        }
        Self {
            viewers,
            downlinks,
            dice: dice.fork(3),
        }
    }

    /// Makes the downlinks that viewers name by their place in the list.
    pub(crate) fn make_downlinks(&self, world: &mut World) {
        for rate in &self.downlinks {
            world.add_downlink(*rate);
        }
    }

    /// How many downlinks the viewers have.
    pub(crate) fn downlinks(&self) -> u32 {
        u32::try_from(self.downlinks.len()).expect("invariant: few downlinks")
    }

    /// The seeders of a scenario.
    pub(crate) fn seeders(&self, scenario: &Scenario, world: &mut World) -> Vec<Member> {
        let mut dice = self.dice.clone();
        let count = scenario.seeders.count;
        (0..count)
            .map(|number| Member {
                uplink: scenario.seeders.uplink.0.max(20_000_000),
                gives: scenario.seeders.uplink.0,
                downlink: world.add_downlink(1_000_000_000),
                place: Place::server(),
                conduct: Conduct::Honest,
                habits: None,
                shares: true,
                late: 0,
                dice: Dice::new(dice.next()).fork(u64::from(number)),
            })
            .collect()
    }
}

/// How far a viewer's clock is behind because it is wrong, in milliseconds; negative if it is ahead.
fn wrong(viewers: &Viewers, dice: &mut Dice) -> i64 {
    if !dice.chance(viewers.wrong_clocks) {
        return 0;
    }
    let most = i64::try_from(viewers.wrong_by.0 / 1_000).unwrap_or(0);
    i64::try_from(dice.below(2 * viewers.wrong_by.0 / 1_000 + 1)).unwrap_or(0) - most
}

/// How many draws the mean length of a session is taken from.
const MEAN_OF: u64 = 4_096;

/// When each viewer comes and goes.
fn spans(scenario: &Scenario, title: &Title, dice: &mut Dice, end: u64) -> Vec<(u64, Option<u64>)> {
    let count = scenario.viewers.count;
    let film = match title.kind {
        Kind::Live => None,
        Kind::Film(segments) => Some(u64::from(segments) * title.segment),
    };
    let session = |dice: &mut Dice| {
        let drawn = match scenario.viewers.sessions {
            Sessions::Static => None,
            Sessions::Exponential { mean } => Some(dice.exponential(mean.0 as f64)),
            Sessions::LogNormal { mean, sigma } => {
                Some(dice.log_normal(mean.0 as f64 * exp(-sigma * sigma / 2.0), sigma))
            }
        };
        // Somebody who sees the start stays a second; a film ends, and some pauses let it last longer than it is.
        let drawn = drawn.map(|drawn| (drawn as u64).max(SECOND));
        match film {
            Some(length) => Some(drawn.map_or(length + 5 * SECOND, |drawn| drawn.min(length + 5 * SECOND))),
            None => drawn,
        }
    };
    let mut spans = Vec::new();
    let mut come = |at: u64, dice: &mut Dice| {
        let leaves = session(dice).map(|session| at + session);
        spans.push((at, leaves.filter(|leaves| *leaves < end)));
    };
    match scenario.viewers.arrival {
        Arrival::Spread { over } => {
            for viewer in 0..count {
                come(over.0 * u64::from(viewer) / u64::from(count), dice);
            }
        }
        Arrival::Flash { at, over } => {
            let early = (count / 10).max(1);
            for viewer in 0..early {
                come(10 * SECOND * u64::from(viewer) / u64::from(early), dice);
            }
            for _ in early..count {
                come(at.0 + dice.below(over.0 + 1), dice);
            }
        }
        Arrival::Poisson { over } => {
            // As films end and draws are cut, the mean is taken of what is drawn.
            let mut sample = dice.fork(1);
            let draws = (0..MEAN_OF).map(|_| session(&mut sample).unwrap_or(end));
            let mean = draws.sum::<u64>() / MEAN_OF;
            if film.is_none() {
                for viewer in 0..count {
                    come(over.0 * u64::from(viewer) / u64::from(count), dice);
                }
            }
            let gap = mean as f64 / f64::from(count);
            let mut at = if film.is_none() { over.0 } else { 0 };
            loop {
                at += dice.exponential(gap) as u64;
                if at >= end {
                    break;
                }
                come(at, dice);
            }
        }
    }
    spans.sort_unstable();
    spans
}

/// What each viewer does, and how long after it was found out it comes back.
fn conducts(scenario: &Scenario, count: usize) -> Vec<(Conduct, Option<u64>)> {
    let mut conducts = Vec::with_capacity(count);
    for adversary in &scenario.adversaries {
        let conduct = match adversary.kind {
            AdversaryKind::Alters => Conduct::Alters,
            AdversaryKind::Stalls => Conduct::Withholds,
            AdversaryKind::ClaimsFalsely => Conduct::ClaimsFalsely,
            AdversaryKind::ForgesClaims => Conduct::ForgesClaims,
            AdversaryKind::HoldsFalsely => Conduct::HoldsFalsely,
            AdversaryKind::Floods => Conduct::Floods,
        };
        let share = (adversary.share * count as f64).round() as usize;
        let returns = adversary.returns.map(|returns| returns.0);
        conducts.extend(std::iter::repeat_n((conduct, returns), share));
    }
    conducts.resize(count, (Conduct::Honest, None));
    conducts
}

fn shuffle<T>(items: &mut [T], dice: &mut Dice) {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(dice.below(last as u64 + 1)).unwrap_or(last);
        items.swap(last, other);
    }
}

/// Scales uplinks so that they have that mean.
fn scale(viewers: &mut [Viewer], mean: f64) {
    let sum: u64 = viewers.iter().map(|viewer| viewer.member.gives).sum();
    let now = sum as f64 / viewers.len().max(1) as f64;
    if now <= 0.0 {
        return;
    }
    for viewer in viewers {
        let scaled = (viewer.member.gives as f64 * mean / now) as u64;
        viewer.member.gives = scaled;
        viewer.member.uplink = scaled;
    }
}
