//! Who is asked for a segment, and when the origin is: pure functions over what the engine sees.

use std::time::Duration;

use crate::id::PeerId;
use crate::rate::Throughput;
use crate::time::Timestamp;
use crate::wire::PeerRole;

/// How much longer a demand can wait for peers, seen from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slack {
    /// Until the player has nothing left before this segment.
    pub(crate) playable: Duration,
    /// What the origin is expected to take.
    pub(crate) origin: Duration,
    /// Kept in reserve: [`Config::rescue_guard`](crate::config::Config::rescue_guard).
    pub(crate) guard: Duration,
    /// The longest wait: [`Config::peer_patience`](crate::config::Config::peer_patience).
    pub(crate) patience: Duration,
}

impl Slack {
    /// When the origin has to be asked at the latest.
    pub(crate) fn rescue_at(self, now: Timestamp) -> Timestamp {
        let spare = self
            .playable
            .saturating_sub(self.origin)
            .saturating_sub(self.guard);
        now + spare.min(self.patience)
    }
}

/// What bears on a demand that nothing is being done for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// When the origin has to be asked at the latest.
    pub(crate) rescue_at: Timestamp,
    /// Whether a peer could be asked now.
    pub(crate) holder: bool,
    /// Until when somebody may come to hold it.
    pub(crate) hope: Option<Timestamp>,
}

/// What to do for a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// Ask a peer.
    Ask,
    /// Wait until then for somebody to hold it.
    Wait(Timestamp),
    /// Ask the origin.
    Fetch,
}

/// Decides what to do for a demand.
pub(crate) fn course(outlook: &Outlook, now: Timestamp) -> Course {
    if now >= outlook.rescue_at {
        return Course::Fetch;
    }
    if outlook.holder {
        return Course::Ask;
    }
    match outlook.hope {
        Some(until) if until > now => Course::Wait(until.min(outlook.rescue_at)),
        Some(_) | None => Course::Fetch,
    }
}

/// A peer that holds a segment and could be asked for it.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    /// Who.
    pub(crate) peer: PeerId,
    /// What it is.
    pub(crate) role: PeerRole,
    /// How many requests it has to answer.
    pub(crate) load: usize,
    /// How fast it answers.
    pub(crate) service: Throughput,
}

/// What a peer that was never asked is taken to need for a segment: it is tried before a slow one.
const UNTRIED: Duration = Duration::from_millis(300);

/// Chooses whom to ask for `size` bytes: viewers before seeders, so that a seeder's uplink is left for what
/// only it has; among those the one that is expected to be done first.
pub(crate) fn choose(holders: &[Holder], size: u64) -> Option<&Holder> {
    holders.iter().min_by_key(|holder| {
        let alone = holder.service.time_for(size).unwrap_or(UNTRIED);
        let queue = u32::try_from(holder.load).unwrap_or(u32::MAX).saturating_add(1);
        (
            holder.role == PeerRole::Seeder,
            alone.saturating_mul(queue),
            &holder.peer,
        )
    })
}

#[cfg(test)]
mod tests;
