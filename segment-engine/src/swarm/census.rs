//! The swarm's size, which nobody counts centrally: members gossip sketches, and start over in each epoch, so that
//! members that left are forgotten.
//!
//! A sketch only grows, so a peer can do nothing but exaggerate. Three things bound that: no sketch counts more than
//! three million; of three or more neighbours, one whose sketch counts over a quarter more than the next largest is
//! left out; and an epoch's sketches are united only in its first ten seconds. So a peer that claims an arbitrary
//! number has no effect. What remains: one that reads what its neighbours say, and stays just below the limit,
//! inflates the estimate again in each epoch: not at all in a mesh of 1,000, by 3 in one of 300, by 12 in one of 100,
//! by 60 in one of 13, where its lie comes back from all sides. The price is that fewer peers volunteer, and that
//! segments come a little later. A bridge to a part of the swarm that no other neighbour knows is not believed
//! either: that part is not counted. A peer whose clock is off by more than an epoch neither hears nor is heard: it
//! counts the peers that it knows by name.

use std::time::Duration;

use super::sketch::Sketch;
use crate::id::{Member, PeerId};
use crate::time::UnixTime;
use crate::vecmap::VecMap;

/// How long an epoch is. A mesh of 10,000 is through in six rounds of a second; a member that left is counted for two
/// epochs.
const EPOCH_MS: u64 = 20_000;

/// How long into an epoch its sketches are united.
const GOSSIP: Duration = Duration::from_secs(10);

/// How long into an epoch its sketch counts as complete.
const GATHERED: Duration = Duration::from_secs(8);

/// With fewer neighbours than this, none can be caught exaggerating.
const LEAST_REPORTS: usize = 3;

/// Up to this many members nothing counts as an exaggeration, whatever the others say.
const FEW: u32 = 4;

/// A sketch of one epoch as a neighbour told it.
#[derive(Debug, Clone, Copy)]
struct Report {
    epoch: u32,
    sketch: Sketch,
    count: u32,
}

/// What the neighbours say of the swarm's size.
#[derive(Debug, Default)]
pub(crate) struct Census {
    epoch: u32,
    gossips: bool,
    /// How far into the epoch this peer joined it.
    joined: Duration,
    /// This peer and its neighbours, those of them that upload.
    known: Sketch,
    /// The result of the epoch before, if this peer took part.
    ended: Option<Sketch>,
    reports: VecMap<PeerId, Vec<Report>>,
    estimate: u32,
}

impl Census {
    /// Notes the time, and which of the peers known by name can upload; then counts.
    pub(crate) fn on_time(&mut self, now: UnixTime, known: impl Iterator<Item = Member>) {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        let epoch = u32::try_from(millis / EPOCH_MS).unwrap_or(u32::MAX);
        let into = Duration::from_millis(millis % EPOCH_MS);
        if epoch != self.epoch {
            self.turn(epoch, into);
        }
        self.gossips = into < GOSSIP;
        self.known = Sketch::default();
        known.for_each(|member| self.known.add(member));
        self.count();
    }

    /// Takes in a sketch that a neighbour told; it is counted when the time is next noted.
    pub(crate) fn on_report(&mut self, from: &PeerId, epoch: u32, registers: &[u8]) {
        let near = epoch.abs_diff(self.epoch) <= 1;
        let Some(sketch) = Sketch::read(registers).filter(|_| near) else {
            return;
        };
        let reports = self.reports.get_or_insert_with(from.clone(), Vec::new);
        // Later, only a new neighbour's first sketch counts: it was gathered in time.
        if !self.gossips && reports.iter().any(|report| report.epoch == epoch) {
            return;
        }
        reports.retain(|report| report.epoch != epoch && report.epoch.abs_diff(self.epoch) <= 1);
        let count = sketch.count();
        reports.push(Report { epoch, sketch, count });
    }

    /// Forgets what a neighbour told.
    pub(crate) fn on_left(&mut self, peer: &PeerId) {
        self.reports.remove(peer);
    }

    /// The epoch and the sketch to tell a neighbour now: without what the neighbour said itself, so that an
    /// exaggeration does not come back as somebody else's word.
    pub(crate) fn for_neighbour(&self, peer: &PeerId) -> (u32, Sketch) {
        (self.epoch, self.united(self.epoch, Some(peer)))
    }

    /// The epoch before, for a neighbour that was not there.
    pub(crate) fn ended_for(&self, peer: &PeerId) -> Option<(u32, Sketch)> {
        let epoch = self.epoch.checked_sub(1)?;
        let sketch = self.ended.unwrap_or_else(|| self.united(epoch, Some(peer)));
        (sketch != Sketch::default()).then_some((epoch, sketch))
    }

    /// About how many members can upload; 0 before anything is known.
    pub(crate) fn estimate(&self) -> u32 {
        self.estimate
    }

    fn turn(&mut self, epoch: u32, into: Duration) {
        let follows = self.epoch.checked_add(1) == Some(epoch);
        let whole = Duration::from_millis(EPOCH_MS).saturating_sub(self.joined) >= GATHERED;
        self.ended = (follows && whole).then(|| self.united(self.epoch, None));
        self.joined = if follows { Duration::ZERO } else { into };
        self.epoch = epoch;
    }

    fn count(&mut self) {
        let current = self.united(self.epoch, None).count();
        let ended = match (&self.ended, self.epoch.checked_sub(1)) {
            (Some(ended), _) => ended.count(),
            (None, Some(before)) => self.united(before, None).count(),
            (None, None) => 0,
        };
        self.estimate = current.max(ended);
    }

    /// What is known, united with all that neighbours told of an epoch, except one that exaggerates and the one to
    /// leave out.
    fn united(&self, epoch: u32, without: Option<&PeerId>) -> Sketch {
        let told = self.reports.iter().filter(|(peer, _)| Some(*peer) != without);
        let reports = told.filter_map(|(_, reports)| reports.iter().find(|report| report.epoch == epoch));
        let mut counts: Vec<u32> = reports.clone().map(|report| report.count).collect();
        counts.sort_unstable();
        let limit = match counts[..] {
            [.., next, _] if counts.len() >= LEAST_REPORTS => {
                next.saturating_add(next / 4).saturating_add(FEW)
            }
            _ => u32::MAX,
        };
        let mut sketch = self.known;
        for report in reports.filter(|report| report.count <= limit) {
            sketch.unite(&report.sketch);
        }
        sketch
    }
}

#[cfg(test)]
mod tests;
