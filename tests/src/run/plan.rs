//! What happens when in a run, besides what the world does by itself.

use super::STEP;
use super::population::Population;
use crate::clock::{Dice, SECOND};
use crate::player::Window;
use crate::scenario::{FaultKind, Scenario};

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
    SignalingAway,
    SignalingBack,
    SeedersAway,
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
            match fault.kind {
                FaultKind::OriginAway => acts.extend([(from, Act::OriginAway), (to, Act::OriginBack)]),
                FaultKind::OriginSlow => {
                    let percent = (fault.share * 100.0) as u64;
                    acts.extend([(from, Act::OriginSlow(percent)), (to, Act::OriginBack)]);
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
        let mut at = epoch + 10 * SECOND;
        while at < window.to {
            acts.push((at, Act::Forget));
            at += 10 * SECOND;
        }
        acts.sort_by_key(|(at, _)| *at);
        Self { acts }
    }
}
