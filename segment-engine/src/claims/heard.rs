//! Claims that were heard lately: each is acted on and passed on once.

use super::MAX_STRIPES;
use crate::id::{Member, PeerId, SegmentKey};
use crate::vecmap::VecMap;
use crate::wire::Claim;

/// The most claims that are remembered: more than a swarm makes within the life of a segment. Some 24 bytes each.
const MAX_HEARD: usize = 1_024;

/// How many claims of one stripe and attempt are acted on and passed on: four times as many as ever stand. It bounds
/// what a peer with many names can flood.
const MAX_CLAIMS_OF: usize = 16;

/// The most batches of claims that wait to be passed on.
const MAX_FLOOD: usize = 64;

/// A claim and its claimer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeardClaim {
    /// The claimed stripes.
    pub(crate) claim: Claim,
    /// The peer that claims them.
    pub(crate) claimer: Member,
}

/// A claim of a segment that was heard.
#[derive(Debug)]
struct Entry {
    /// How many claims were heard before it.
    number: u64,
    claimer: Member,
    stripes: u16,
    attempt: u8,
}

/// The latest claims by segment, each segment's in the order in which they were heard: a claim is only compared with
/// those of its own segment.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    of: VecMap<SegmentKey, Vec<Entry>>,
    numbered: u64,
}

impl Heard {
    /// Notes claims, and returns those parts that were not heard before.
    pub(crate) fn on_claims(&mut self, claims: &[Claim], claimer: Member) -> Vec<Claim> {
        let mut fresh = Vec::new();
        for claim in claims {
            let entries = self.of.get(&claim.key).map_or(&[][..], Vec::as_slice);
            let enough = claimed_enough(entries, claim.attempt);
            let same = |entry: &Entry| entry.claimer == claimer && entry.attempt == claim.attempt;
            let known = entries.iter().rposition(same);
            let before = known.map_or(0, |known| entries[known].stripes);
            let new = Claim {
                stripes: claim.stripes & !(before | enough),
                ..*claim
            };
            if new.stripes == 0 {
                continue;
            }
            let entries = self.of.get_or_insert_with(claim.key, Vec::new);
            match known {
                Some(known) => entries[known].stripes |= new.stripes,
                None => {
                    entries.push(Entry {
                        number: self.numbered,
                        claimer,
                        stripes: new.stripes,
                        attempt: claim.attempt,
                    });
                    self.numbered += 1;
                }
            }
            fresh.push(new);
        }
        while self.of.values().map(Vec::len).sum::<usize>() > MAX_HEARD {
            self.forget_oldest();
        }
        fresh
    }

    fn forget_oldest(&mut self) {
        let first = |(_, entries): &(&SegmentKey, &mut Vec<Entry>)| entries.first().map(|entry| entry.number);
        let Some((key, entries)) = self.of.iter_mut().min_by_key(first) else {
            return;
        };
        if entries.len() > 1 {
            entries.remove(0);
            return;
        }
        let key = *key;
        self.of.remove(&key);
    }

    /// Keeps the claims of segments for which `keep` is true.
    pub(crate) fn retain(&mut self, keep: impl Fn(&SegmentKey) -> bool) {
        self.of.retain(|key, _| keep(key));
    }

    /// The claims heard of a segment, perhaps before this peer knew it.
    pub(crate) fn of(&self, key: &SegmentKey) -> Vec<HeardClaim> {
        let heard = |entry: &Entry| HeardClaim {
            claim: Claim {
                key: *key,
                attempt: entry.attempt,
                stripes: entry.stripes,
            },
            claimer: entry.claimer,
        };
        let entries = self.of.get(key).map_or(&[][..], Vec::as_slice);
        entries.iter().map(heard).collect()
    }
}

/// The stripes for which an attempt has as many claims as are acted on.
fn claimed_enough(entries: &[Entry], attempt: u8) -> u16 {
    let mut of_stripe = [0_usize; MAX_STRIPES as usize];
    for entry in entries.iter().filter(|entry| entry.attempt == attempt) {
        for (stripe, count) in of_stripe.iter_mut().enumerate() {
            *count += usize::from(entry.stripes >> stripe & 1);
        }
    }
    let full =
        |mask: u16, (stripe, count): (usize, &usize)| mask | u16::from(*count >= MAX_CLAIMS_OF) << stripe;
    of_stripe.iter().enumerate().fold(0, full)
}

/// Claims to be passed on.
#[derive(Debug)]
pub(crate) struct Passed {
    /// The neighbour that sent them.
    pub(crate) from: PeerId,
    /// The claimed stripes.
    pub(crate) claims: Vec<Claim>,
    /// The peer that claims them.
    pub(crate) claimer: Member,
    /// How many times they may still be passed on.
    pub(crate) hops: u8,
}

/// Claims that wait to be passed on. What exceeds the bound is not; at worst its stripes are claimed once more.
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
