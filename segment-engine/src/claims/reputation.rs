//! Whose claims are worth waiting for: one whose claims lapse is not listened to for a while.

use std::time::Duration;

use crate::id::Member;
use crate::time::Timestamp;
use crate::vecmap::VecMap;

/// After so many lapsed claims a peer's claims are ignored: one may lapse by bad luck.
const MAX_LAPSES: u32 = 2;

/// For how long, after the last of them; each further one doubles it, up to the longest.
const PENANCE: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(960);

/// The most peers that are remembered; whoever was heard of longest ago is forgotten first.
const MAX_REMEMBERED: usize = 256;

/// Who claimed stripes that never came, and who some that came.
#[derive(Debug, Default)]
pub(crate) struct Reputation {
    standing: VecMap<Member, Standing>,
}

/// How a peer's claims turned out.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// How many lapsed since one was kept.
    lapses: u32,
    /// When the last one lapsed, or was kept.
    last: Timestamp,
}

impl Reputation {
    /// Notes that a peer's claim lapsed.
    pub(crate) fn on_lapse(&mut self, member: Member, now: Timestamp) {
        let lapses = self.standing.get(&member).map_or(0, |standing| standing.lapses);
        self.note(member, lapses.saturating_add(1), now);
    }

    /// Notes that a peer alone claimed a stripe, and that it came: earlier lapses are forgiven.
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

    /// Whether the last that came of a peer's claims was what it had claimed.
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
