//! Claims that were heard lately: each is acted on and passed on once.

use std::collections::VecDeque;

use super::MAX_STRIPES;
use crate::id::{Member, PeerId, SegmentKey};
use crate::wire::Claim;

/// The most claims that are remembered: more than a swarm makes within the life of a segment. Some 100 bytes each.
const MAX_HEARD: usize = 1_024;

/// So many claims of a stripe in one attempt are minded and passed on: four times as many as ever stand. It bounds what can be
/// made to go round by who has many names.
const MAX_CLAIMS_OF: usize = 16;

/// The most lots of claims that wait to be passed on.
const MAX_FLOOD: usize = 64;

/// A claim, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeardClaim {
    /// What is claimed.
    pub(crate) claim: Claim,
    /// By whom.
    pub(crate) claimer: Member,
}

/// The latest claims.
#[derive(Debug, Default)]
pub(crate) struct Heard(VecDeque<HeardClaim>);

impl Heard {
    /// Notes claims, and returns what of them was not heard before.
    pub(crate) fn on_claims(&mut self, claims: &[Claim], claimer: Member) -> Vec<Claim> {
        let mut fresh = Vec::new();
        for claim in claims {
            let same = |heard: &&mut HeardClaim| {
                heard.claimer == claimer
                    && heard.claim.key == claim.key
                    && heard.claim.attempt == claim.attempt
            };
            let enough = self.claimed_enough(claim);
            let known = self.0.iter_mut().rev().find(same);
            let before = known.as_ref().map_or(0, |heard| heard.claim.stripes);
            let new = Claim {
                stripes: claim.stripes & !(before | enough),
                ..*claim
            };
            if new.stripes == 0 {
                continue;
            }
            match known {
                Some(heard) => heard.claim.stripes |= new.stripes,
                None => self.0.push_back(HeardClaim { claim: new, claimer }),
            }
            fresh.push(new);
        }
        while self.0.len() > MAX_HEARD {
            self.0.pop_front();
        }
        fresh
    }

    /// The stripes of which as many claims were heard as are minded.
    fn claimed_enough(&self, claim: &Claim) -> u16 {
        let same = |heard: &&HeardClaim| heard.claim.key == claim.key && heard.claim.attempt == claim.attempt;
        let mut of_stripe = [0_usize; MAX_STRIPES as usize];
        for heard in self.0.iter().filter(same) {
            for (stripe, count) in of_stripe.iter_mut().enumerate() {
                *count += usize::from(heard.claim.stripes >> stripe & 1);
            }
        }
        let full =
            |mask: u16, (stripe, count): (usize, &usize)| mask | u16::from(*count >= MAX_CLAIMS_OF) << stripe;
        of_stripe.iter().enumerate().fold(0, full)
    }

    /// Keeps those of the segments that `keep` says.
    pub(crate) fn retain(&mut self, keep: impl Fn(&SegmentKey) -> bool) {
        self.0.retain(|heard| keep(&heard.claim.key));
    }

    /// The claims of a segment that were heard, perhaps before this peer knew of it.
    pub(crate) fn of(&self, key: &SegmentKey) -> Vec<HeardClaim> {
        self.0
            .iter()
            .filter(|heard| heard.claim.key == *key)
            .copied()
            .collect()
    }
}

/// Claims to be passed on.
#[derive(Debug)]
pub(crate) struct Passed {
    /// Who sent them.
    pub(crate) from: PeerId,
    /// What is claimed.
    pub(crate) claims: Vec<Claim>,
    /// By whom.
    pub(crate) claimer: Member,
    /// How often they may still be passed on.
    pub(crate) hops: u8,
}

/// Claims that wait to be passed on; what is too much is not, and its stripes are claimed once more at worst.
#[derive(Debug, Default)]
pub(crate) struct Flood(Vec<Passed>);

impl Flood {
    /// Adds claims.
    pub(crate) fn push(&mut self, from: PeerId, claims: Vec<Claim>, claimer: Member, hops: u8) {
        let same =
            |passed: &&mut Passed| passed.from == from && passed.claimer == claimer && passed.hops == hops;
        if let Some(passed) = self.0.iter_mut().find(same)
            && passed.claims.len() + claims.len() <= crate::wire::MAX_CLAIMS
        {
            passed.claims.extend(claims);
        } else if self.0.len() < MAX_FLOOD {
            self.0.push(Passed {
                from,
                claims,
                claimer,
                hops,
            });
        }
    }

    /// Takes all.
    pub(crate) fn take(&mut self) -> Vec<Passed> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests;
