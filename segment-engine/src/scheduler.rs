//! Which pieces are asked of whom, and when the origin is asked instead: pure functions over what the engine sees.

mod rescue;
mod run;

pub(crate) use rescue::{Lateness, Need, rescue_amount};
pub(crate) use run::{MAX_RUN, Outlook, Run, next_run};

use std::time::Duration;

use crate::id::Slot;
use crate::wire::PeerRole;

/// A neighbour that can be asked for something now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its link.
    pub(crate) slot: Slot,
    /// What it is to the swarm.
    pub(crate) role: PeerRole,
    /// How many runs it has to answer.
    pub(crate) load: u32,
    /// How many more it can be asked for.
    pub(crate) room: u32,
    /// How long it takes for a full run.
    pub(crate) service: Duration,
}

impl Candidate {
    /// What one more run of it costs: the time until it is answered, including the queue before it. `jitter`, 0 to
    /// 255, scales that by 0.7 to 1.3, so that equals share the load and a stale estimate is tried again.
    pub(crate) fn cost(&self, jitter: u8) -> Duration {
        let percent = 70 + u32::from(jitter) * 60 / 255;
        self.service.saturating_mul(self.load + 1).saturating_mul(percent) / 100
    }
}

#[cfg(test)]
mod tests;
