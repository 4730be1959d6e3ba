//! Whose claims are worth waiting for: one whose claims lapse is not listened to for a while.

use std::time::Duration;

use crate::id::Member;
use crate::time::Timestamp;
use crate::vecmap::VecMap;

/// After so many lapsed claims a peer's claims are ignored: one may lapse by bad luck.
const MAX_LAPSES: u32 = 2;

/// For how long, after the last of them.
const PENANCE: Duration = Duration::from_secs(60);

/// The most peers that are remembered; whoever lapsed longest ago is forgotten first.
const MAX_REMEMBERED: usize = 256;

/// Who claimed stripes that never came.
#[derive(Debug, Default)]
pub(crate) struct Reputation {
    lapses: VecMap<Member, (u32, Timestamp)>,
}

impl Reputation {
    /// Notes that a peer's claim lapsed.
    pub(crate) fn on_lapse(&mut self, member: Member, now: Timestamp) {
        let lapse = self.lapses.get_or_insert_with(member, || (0, now));
        *lapse = (lapse.0 + 1, now);
        if self.lapses.len() > MAX_REMEMBERED {
            let oldest = self.lapses.iter().min_by_key(|(_, lapse)| lapse.1);
            if let Some(oldest) = oldest.map(|(member, _)| *member) {
                self.lapses.remove(&oldest);
            }
        }
    }

    /// Notes that a peer alone claimed a stripe, and that it came: earlier lapses are forgiven.
    pub(crate) fn on_kept(&mut self, member: Member) {
        self.lapses.remove(&member);
    }

    /// Whether a peer's claims count.
    pub(crate) fn is_good(&self, member: Member, now: Timestamp) -> bool {
        let lapse = self.lapses.get(&member);
        lapse.is_none_or(|(count, last)| *count < MAX_LAPSES || *last + PENANCE <= now)
    }
}
