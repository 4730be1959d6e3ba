//! The planned events of a run, besides what the world does by itself.

use super::STEP;
use super::population::Population;
use crate::clock::{Dice, SECOND};
use crate::player::Window;
use crate::scenario::{CrossTraffic, FaultKind, Scenario};

/// Something that the run does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Act {
    /// A viewer joins.
    Join(usize),
    /// A viewer leaves.
    Leave(usize),
    /// Figures begin to be taken.
    Open,
    /// Figures are taken no more.
    Close,
    /// Bytes of long ago are let go.
    Forget,
    OriginAway,
    OriginBack,
    /// The origin brings only so many percent of its rate.
    OriginSlow(u64),
    /// The percentage of the origin's responses that end in the middle, without a word.
    OriginHangs(u64),
    SignalingAway,
    SignalingBack,
    SeedersAway,
    /// Others leave so many percent of a downlink.
    Downlink {
        line: u32,
        percent: u64,
    },
}

/// All that is planned, by time.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) acts: Vec<(u64, Act)>,
}

impl Plan {
    pub(super) fn new(
        scenario: &Scenario,
        population: &Population,
        dice: &Dice,
        epoch: u64,
        window: Window,
    ) -> Self {
        let mut acts = vec![(window.from, Act::Open), (window.to, Act::Close)];
        for (index, viewer) in population.viewers.iter().enumerate() {
            // The seeders have a moment to find signaling.
            acts.push((epoch + SECOND + viewer.joins, Act::Join(index)));
            if let Some(leaves) = viewer.leaves {
                acts.push((epoch + SECOND + leaves, Act::Leave(index)));
            }
        }
        for (number, fault) in scenario.faults.iter().enumerate() {
            let (from, to) = (epoch + fault.at.0, epoch + fault.at.0 + fault.lasts.0);
            let percent = (fault.share * 100.0) as u64;
            match fault.kind {
                FaultKind::OriginAway => acts.extend([(from, Act::OriginAway), (to, Act::OriginBack)]),
                FaultKind::OriginSlow => {
                    acts.extend([(from, Act::OriginSlow(percent)), (to, Act::OriginBack)]);
                }
                FaultKind::OriginHangs => {
                    acts.extend([(from, Act::OriginHangs(percent)), (to, Act::OriginBack)]);
                }
                FaultKind::SignalingAway => {
                    acts.extend([(from, Act::SignalingAway), (to, Act::SignalingBack)]);
                }
                FaultKind::SeedersAway => acts.push((from, Act::SeedersAway)),
                FaultKind::MassLeave => {
                    let mut dice = dice.fork(number as u64);
                    for index in 0..population.viewers.len() {
                        if dice.chance(fault.share) {
                            acts.push((from + dice.below(fault.lasts.0.max(STEP)), Act::Leave(index)));
                        }
                    }
                }
            }
        }
        if let Some(cross) = scenario.network.cross_traffic {
            for line in 0..population.downlinks() {
                // Faults have the first forks.
                let dice = dice.fork(1_000 + u64::from(line));
                acts.extend(cross_traffic(line, cross, dice, epoch, window.to));
            }
        }
        let mut at = epoch + 10 * SECOND;
        while at < window.to {
            acts.push((at, Act::Forget));
            at += 10 * SECOND;
        }
        acts.sort_by_key(|(at, _)| *at);
        Self { acts }
    }
}

/// The cross traffic on a downlink from `from` to `to`. It starts at a random phase.
fn cross_traffic(line: u32, cross: CrossTraffic, mut dice: Dice, from: u64, to: u64) -> Vec<(u64, Act)> {
    let left = ((1.0 - cross.share) * 100.0) as u64;
    let (on, off) = (cross.on.0 as f64, cross.off.0 as f64);
    let mut acts = Vec::new();
    let mut is_on = dice.chance(on / (on + off));
    let mut at = from;
    while at < to {
        let percent = if is_on { left } else { 100 };
        acts.push((at, Act::Downlink { line, percent }));
        at += (dice.exponential(if is_on { on } else { off }) as u64).max(STEP);
        is_on = !is_on;
    }
    acts
}

#[cfg(test)]
mod tests;
