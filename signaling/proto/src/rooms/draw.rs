//! Draws members of a swarm at random, without replacement, and without touching more of them than are drawn.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng;

use super::ConnId;
use super::hall::Hall;
use super::member::Member;
use super::pairing::Party;

/// Yields, in random order and each once, those of a list that a member may be paired with.
///
/// What is drawn in vain is the member itself, and those it is paired with or kept apart from. Their number does not
/// grow with the swarm.
pub(super) struct Draw<'a> {
    pub(super) hall: &'a Hall,
    pub(super) seeker: Seeker<'a>,
    pub(super) list: Shuffled<'a>,
    pub(super) rng: &'a mut ChaCha20Rng,
}

/// For whom members are drawn.
#[derive(Clone, Copy)]
pub(super) enum Seeker<'a> {
    /// One of the same room.
    Member {
        now: Duration,
        conn: ConnId,
        member: &'a Member,
    },
    /// One of another, by its peer id.
    Stranger(&'a str),
}

impl Draw<'_> {
    /// How many members were looked at.
    pub(super) fn looked_at(&self) -> usize {
        self.list.drawn
    }

    fn may_pair(&self, other: ConnId, peer: &Member) -> bool {
        match self.seeker {
            Seeker::Member { now, conn, member } => {
                other != conn
                    && !member.pairs.contains(&other)
                    && !member.is_parted(now, other)
                    && !peer.is_parted(now, conn)
            }
            Seeker::Stranger(id) => !peer.far.contains(id),
        }
    }
}

impl Iterator for Draw<'_> {
    type Item = Party;

    fn next(&mut self) -> Option<Party> {
        loop {
            let other = self.list.draw(self.rng)?;
            let Some(peer) = self.hall.member(other) else {
                debug_assert!(false, "a swarm lists its members only");
                continue;
            };
            if self.may_pair(other, peer) {
                return Some(peer.party(other));
            }
        }
    }
}

/// A list that is shuffled as far as it is drawn from (R. Durstenfeld, "Algorithm 235: Random permutation", 1964).
/// The list itself stays as it is: what was swapped is noted beside it.
pub(super) struct Shuffled<'a> {
    list: &'a [ConnId],
    drawn: usize,
    /// What stands at places from `drawn` on, where it is not what the list has there.
    swapped: BTreeMap<usize, ConnId>,
}

impl<'a> Shuffled<'a> {
    pub(super) fn new(list: &'a [ConnId]) -> Self {
        Self {
            list,
            drawn: 0,
            swapped: BTreeMap::new(),
        }
    }

    /// How many were drawn.
    pub(super) fn drawn(&self) -> usize {
        self.drawn
    }

    pub(super) fn draw(&mut self, rng: &mut ChaCha20Rng) -> Option<ConnId> {
        let first = self.drawn;
        let at_first = *self.list.get(first)?;
        let place = first + below(rng, self.list.len() - first);
        let at_first = self.swapped.remove(&first).unwrap_or(at_first);
        self.drawn += 1;
        if place == first {
            return Some(at_first);
        }
        let replaced = self.swapped.insert(place, at_first);
        replaced.or_else(|| self.list.get(place).copied())
    }
}

/// A number below `bound`, each as likely as the next but for one part in 2^64 / `bound`.
fn below(rng: &mut ChaCha20Rng, bound: usize) -> usize {
    let scaled = (u128::from(rng.next_u64()) * bound as u128) >> 64;
    usize::try_from(scaled).expect("invariant: it is below a usize")
}

#[cfg(test)]
mod tests;
