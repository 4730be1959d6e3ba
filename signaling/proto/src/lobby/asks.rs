//! How many introductions those of one token, or of one address, may ask for, whichever memberships they have. A membership
//! is given some when it begins, so that whoever leaves and comes back has no more of them. It gets one more a second while it
//! lasts: with that, an asker has twice what its memberships alone have in the long run, and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::rooms::{MEMBER_ASKS, Place};

/// How long it takes until what a whole membership takes is there again: as long as a member itself waits for as many.
const REFILL: Duration = Duration::from_secs(1).saturating_mul(MEMBER_ASKS);
/// The fewest memberships that a token or an address has introductions for at once: a page that is loaded anew a few times
/// in a row is no attack.
const LEAST_MEMBERS: usize = 4;
/// The most that is counted with: more is no limit.
const MOST_MEMBERS: usize = 1 << 20;

/// Whose introductions are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asker {
    /// Those with a token, by its id.
    Token(String),
    /// Those of a place, where no token is asked for.
    Place(Place),
}

/// What each asker has taken, as the time at which nothing of it is missing any more (the generic cell rate algorithm of
/// ITU-T I.371). Those that miss nothing are forgotten.
#[derive(Debug)]
pub(super) struct Asks {
    /// How many askers are known at once. The one that misses least is forgotten for one more.
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

    /// Takes what a new membership is given: [`MEMBER_ASKS`], or what is left. There are as many, and they come back as fast,
    /// as for so many members at once.
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
        // Whoever is not known misses nothing.
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

/// How long it takes until one more is there, for so many members.
fn each(members: usize) -> Duration {
    let members = u32::try_from(members.clamp(LEAST_MEMBERS, MOST_MEMBERS));
    REFILL / (members.expect("invariant: at most 2^20") * MEMBER_ASKS)
}

#[cfg(test)]
mod tests;
