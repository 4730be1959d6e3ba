//! Which link, if any, is worth less than a new one. Pure.

use std::time::Duration;

use crate::id::PeerId;
use crate::time::Timestamp;

/// How long after it came up a link is not judged yet.
const GRACE: Duration = Duration::from_secs(20);

/// How long nothing useful has to go over a link for it to be idle.
const IDLE: Duration = Duration::from_secs(60);

/// A link is slow if its 95th percentile exceeds this many times the neighbours' median.
const TIMES: u32 = 3;

/// How many links must be measured before one can be slow in comparison.
const LEAST_MEASURED: usize = 4;

/// How many links are kept whatever they are worth, chosen by a hash. If all were chosen by worth, peers near each
/// other would be linked to each other alone.
const RANDOM: usize = 2;

/// What a link is judged by.
#[derive(Debug, Clone)]
pub(crate) struct LinkView {
    /// The peer at its other end.
    pub(crate) peer: PeerId,
    /// Drawn by a hash of both members: the lowest are kept.
    pub(crate) lot: u64,
    /// Since when it is up.
    pub(crate) since: Timestamp,
    /// Whether it is kept whatever it is worth.
    pub(crate) tenure: Tenure,
    /// See [`LinkQuality::p95`](crate::peer::LinkQuality::p95).
    pub(crate) p95: Option<Duration>,
    /// See [`LinkQuality::useful_at`](crate::peer::LinkQuality::useful_at).
    pub(crate) useful_at: Option<Timestamp>,
    /// See [`LinkQuality::score`](crate::peer::LinkQuality::score).
    pub(crate) score: u64,
}

/// How firm a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tenure {
    /// It is kept: a seeder's, the last resort of peers.
    Kept,
    /// It has to be worth it.
    Judged,
}

/// The link to drop: the one of least worth of those that are slow or idle; a slow one before an idle one of the same
/// worth. None while all are idle: then nothing is played, and others would be no better.
pub(crate) fn choose(links: &[LinkView], now: Timestamp) -> Option<PeerId> {
    let median = median(links);
    let is_slow = |link: &LinkView| {
        link.p95
            .zip(median)
            .is_some_and(|(p95, median)| p95 > median.saturating_mul(TIMES))
    };
    let is_idle = |link: &LinkView| now.since(link.useful_at.unwrap_or(link.since).max(link.since)) >= IDLE;
    let is_any_used = links
        .iter()
        .any(|link| link.useful_at.is_some() && !is_idle(link));

    let mut lots: Vec<u64> = links.iter().map(|link| link.lot).collect();
    lots.sort_unstable();
    let kept = lots.get(..RANDOM).unwrap_or(&lots);

    let judged = links.iter().filter(|link| {
        link.tenure == Tenure::Judged && !kept.contains(&link.lot) && now.since(link.since) >= GRACE
    });
    let poor = judged.filter(|link| is_slow(link) || (is_any_used && is_idle(link)));
    let worst = poor.min_by_key(|link| (link.score, !is_slow(link), link.lot));
    worst.map(|link| link.peer.clone())
}

/// The middle of the neighbours' percentiles, where there are enough.
fn median(links: &[LinkView]) -> Option<Duration> {
    let mut measured: Vec<Duration> = links.iter().filter_map(|link| link.p95).collect();
    measured.sort_unstable();
    (measured.len() >= LEAST_MEASURED).then(|| measured[(measured.len() - 1) / 2])
}

#[cfg(test)]
mod tests;
