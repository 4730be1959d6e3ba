//! Whose claims are worth waiting for: one whose claims lapse is not listened to for a while.

use std::time::Duration;

use crate::id::Member;
use crate::time::Timestamp;
use crate::vecmap::VecMap;

/// After this many lapsed claims a peer's claims are ignored: a single one may be bad luck.
const MAX_LAPSES: u32 = 2;

/// How long a peer's claims are ignored after its last lapse; each further lapse doubles it, up to the longest.
const PENANCE: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(960);

/// The most peers that are remembered; the one heard of longest ago is forgotten first.
const MAX_REMEMBERED: usize = 256;

/// Which peers' claims lapsed, and which were kept.
#[derive(Debug, Default)]
pub(crate) struct Reputation {
    standing: VecMap<Member, Standing>,
}

/// How a peer's claims turned out.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// How many claims have lapsed since it last kept one.
    lapses: u32,
    /// When it last let a claim lapse, or kept one.
    last: Timestamp,
}

impl Reputation {
    /// Notes that a peer's claim lapsed.
    pub(crate) fn on_lapse(&mut self, member: Member, now: Timestamp) {
        let lapses = self.standing.get(&member).map_or(0, |standing| standing.lapses);
        self.note(member, lapses.saturating_add(1), now);
    }

    /// Notes that a peer was the only one to claim a stripe, and that the stripe came: earlier lapses are forgiven.
    pub(crate) fn on_kept(&mut self, member: Member, now: Timestamp) {
        self.note(member, 0, now);
    }

    fn note(&mut self, member: Member, lapses: u32, last: Timestamp) {
        self.standing.insert(member, Standing { lapses, last });
        if self.standing.len() > MAX_REMEMBERED {
            let oldest = self.standing.iter().min_by_key(|(_, standing)| standing.last);
            if let Some(oldest) = oldest.map(|(member, _)| *member) {
                self.standing.remove(&oldest);
            }
        }
    }

    /// Whether a peer kept its most recent claim.
    pub(crate) fn is_proven(&self, member: Member) -> bool {
        self.standing
            .get(&member)
            .is_some_and(|standing| standing.lapses == 0)
    }

    /// Whether a peer's claims count.
    pub(crate) fn is_good(&self, member: Member, now: Timestamp) -> bool {
        let standing = self.standing.get(&member);
        standing.is_none_or(|standing| {
            let further = standing.lapses.saturating_sub(MAX_LAPSES).min(8);
            standing.lapses < MAX_LAPSES || standing.last + (PENANCE * (1 << further)).min(LONGEST) <= now
        })
    }
}
