//! The budgets of introductions: one for each token, or for each address where no token is shown, whichever memberships
//! it has. A membership is given a part of the budget when it begins, so that leaving and coming back gains nothing.
//! While it lasts it gets one more introduction a second: with that, an asker has at most twice what its memberships
//! alone have in the long run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::admission::Place;
use crate::rooms::MEMBER_ASKS;

/// How long an empty budget takes to be whole again: as long as a single member waits for [`MEMBER_ASKS`]
/// introductions.
const REFILL: Duration = Duration::from_secs(1).saturating_mul(MEMBER_ASKS);
/// The least size of a budget, in memberships: a page that is reloaded a few times in a row is no attack.
const LEAST_MEMBERS: usize = 4;
/// The largest size of a budget, in memberships: more would be no limit.
const MOST_MEMBERS: usize = 1 << 20;

/// The owner of one budget.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asker {
    /// All connections with a token, by the token's id.
    Token(String),
    /// All connections of a place that show no token.
    Place(Place),
}

/// What each asker has used, as the time at which its budget is whole again (the generic cell rate algorithm of ITU-T
/// I.371). An asker whose budget is whole is forgotten.
#[derive(Debug)]
pub(super) struct Asks {
    /// How many askers are known at once. Beyond that, the one whose budget is whole soonest is forgotten.
    most: usize,
    whole_at: BTreeMap<Asker, Duration>,
    by_time: BTreeSet<(Duration, Asker)>,
}

impl Asks {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            whole_at: BTreeMap::new(),
            by_time: BTreeSet::new(),
        }
    }

    /// Takes what a new membership is given: [`MEMBER_ASKS`], or what is left. The budget is that of `members`
    /// memberships.
    pub(super) fn take(&mut self, now: Duration, asker: Asker, members: usize) -> u32 {
        self.forget_whole(now);
        let each = each(members);
        let whole_at = self.whole_at.get(&asker).copied().unwrap_or(now).max(now);
        let left = (now + REFILL).saturating_sub(whole_at).as_nanos() / each.as_nanos();
        let given = u32::try_from(left).unwrap_or(u32::MAX).min(MEMBER_ASKS);
        self.note(asker, whole_at + each * given);
        given
    }

    /// Takes back what a membership has not used, so that many may come and go behind one address.
    pub(super) fn give_back(&mut self, asker: &Asker, members: usize, unused: u32) {
        // The budget of an asker that is not known is whole.
        if let Some(whole_at) = self.whole_at.get(asker).copied() {
            let unused = each(members) * unused.min(MEMBER_ASKS);
            self.note(asker.clone(), whole_at.saturating_sub(unused));
        }
    }

    fn note(&mut self, asker: Asker, whole_at: Duration) {
        if let Some(before) = self.whole_at.insert(asker.clone(), whole_at) {
            self.by_time.remove(&(before, asker.clone()));
        }
        self.by_time.insert((whole_at, asker));
        if self.whole_at.len() > self.most
            && let Some((_, least)) = self.by_time.pop_first()
        {
            self.whole_at.remove(&least);
        }
    }

    fn forget_whole(&mut self, now: Duration) {
        while let Some((_, asker)) = self.by_time.first().filter(|(whole_at, _)| *whole_at <= now) {
            self.whole_at.remove(asker);
            self.by_time.pop_first();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.whole_at.len(), self.by_time.len());
        self.whole_at.len()
    }
}

/// How long a budget of `members` memberships takes to regain one introduction.
fn each(members: usize) -> Duration {
    let members = u32::try_from(members.clamp(LEAST_MEMBERS, MOST_MEMBERS));
    REFILL / (members.expect("invariant: at most 2^20") * MEMBER_ASKS)
}

#[cfg(test)]
mod tests;
