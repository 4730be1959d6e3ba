//! Introductions by approximate distance.

use super::{ConnId, Crowd, Pairing, Party, Pool, has_share};

/// How many members are looked at for an introduction; two for each that is wanted, where that is more.
const SAMPLE: usize = 32;

/// The pools that a sample is drawn from, in order, and its size when it leaves each for the next: what one pool lacks
/// the next ones may fill.
const SHARES: [(Pool, usize); 6] = [
    (Pool::Site, 4),
    (Pool::Prefix, 8),
    (Pool::Network, 18),
    (Pool::Pop, 22),
    (Pool::Country, 26),
    (Pool::Room, SAMPLE),
];

/// A member that asks for one peer gets one at random once in this many times: as often as one that asks for eight.
const STRAY: u32 = 8;

/// Introduces those that are near: of a sample from the seeker's network, region and the whole swarm, the best by score,
/// and of those that are as near as each other the ones with fewer pairings.
///
/// Of each introduction to two or more, one is drawn from the whole swarm. It keeps the mesh connected and a few hops
/// wide, however far apart its clusters are (R. Bindal et al., "Improving traffic locality in BitTorrent via biased
/// neighbor selection", ICDCS 2006). A member that asks for one at a time gets such a one in an eighth of the times, by
/// chance: with eight pairings a member has one in the mean, and a cluster none at all only if all of it are unlucky.
///
/// One block of addresses (/24 or /48) fills at most a third of the pairings of a member outside it, or two, whichever
/// side asks: whoever runs thousands of false members needs thousands of blocks for them. Where a sample holds too many
/// of one, the rest is looked for among one member of each block; where there are none, the list stays short.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nearest;

impl Pairing for Nearest {
    fn choose(&self, seeker: Party, crowd: &mut dyn Crowd, count: usize) -> Vec<ConnId> {
        let mut list = List {
            seeker,
            count,
            chosen: Vec::with_capacity(count.min(SAMPLE)),
        };
        if count > 1 || (count == 1 && crowd.chance(STRAY)) {
            list.add_stray(crowd);
        }
        if list.lacks() {
            let mut sample = sample(crowd, count);
            // Of equals the first drawn stays first, so that chance decides.
            sample.sort_by_key(|party| (party.score, party.pairs));
            sample.into_iter().for_each(|party| list.add(crowd, party));
        }
        let mut looks = SAMPLE;
        while list.lacks() && looks > 0 {
            let Some(party) = crowd.draw(Pool::EachPrefix) else {
                break;
            };
            list.add(crowd, party);
            looks -= 1;
        }
        list.fair()
    }
}

fn sample(crowd: &mut dyn Crowd, count: usize) -> Vec<Party> {
    let size = SAMPLE.max(count.saturating_mul(2));
    let mut sample = Vec::with_capacity(SAMPLE);
    for (pool, share) in SHARES {
        let until = size / SAMPLE * share + size % SAMPLE * share / SAMPLE;
        while sample.len() < until {
            let Some(party) = crowd.draw(pool) else { break };
            sample.push(party);
        }
    }
    sample
}

/// The choice so far.
struct List {
    seeker: Party,
    count: usize,
    chosen: Vec<Party>,
}

impl List {
    /// Adds the first that may be, of some that are drawn from the whole swarm.
    fn add_stray(&mut self, crowd: &mut dyn Crowd) {
        for _ in 0..SAMPLE {
            let Some(party) = crowd.draw(Pool::Room) else {
                return;
            };
            self.add(crowd, party);
            if !self.chosen.is_empty() {
                return;
            }
        }
    }

    /// Adds one, if it is wanted and neither side has too many of the other's block.
    fn add(&mut self, crowd: &dyn Crowd, party: Party) {
        let has_share = || {
            has_share(self.of_block(&party), self.seeker.pairs + self.count)
                && has_share(crowd.taken(party.conn), party.pairs + 1)
        };
        if self.lacks() && (party.prefix.is_none() || has_share()) {
            self.chosen.push(party);
        }
    }

    fn lacks(&self) -> bool {
        self.chosen.len() < self.count
    }

    /// The list, without those that are too many of their block now that it is known how long it is: the last ones, as
    /// they are the furthest.
    fn fair(mut self) -> Vec<ConnId> {
        let is_over = |list: &Self, party: &Party| {
            let others = list.of_block(party) - 1;
            party.prefix.is_some() && !has_share(others, list.seeker.pairs + list.chosen.len())
        };
        while let Some(over) = self.chosen.iter().rposition(|party| is_over(&self, party)) {
            self.chosen.remove(over);
        }
        self.chosen.into_iter().map(|party| party.conn).collect()
    }

    /// How many of a member's block the seeker would be paired with.
    fn of_block(&self, party: &Party) -> usize {
        let same = self.chosen.iter().filter(|chosen| chosen.prefix == party.prefix);
        party.held + same.count()
    }
}
