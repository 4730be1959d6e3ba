//! Draws members of a swarm at random, without replacement, and without touching more of them than are drawn.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng;

use super::ConnId;
use super::distance;
use super::hall::Hall;
use super::member::Member;
use super::pairing::{Crowd, Party, Pool};
use super::roster::{Roster, Standing};

/// Draws, in random order and each once, those that a member may be paired with.
///
/// What is drawn in vain is the member itself, those it is paired with or kept apart from, and those that were drawn
/// from another pool. Their number does not grow with the swarm.
pub(super) struct Draw<'a> {
    hall: &'a Hall,
    now: Duration,
    conn: ConnId,
    seeker: &'a Member,
    roster: &'a Roster,
    standing: Standing,
    rng: &'a mut ChaCha20Rng,
    pools: BTreeMap<Pool, Shuffled<'a>>,
    /// The members that were drawn, in order.
    drawn: Vec<ConnId>,
    looked_at: usize,
}

impl<'a> Draw<'a> {
    /// Draws from those of one standing.
    pub(super) fn new(
        hall: &'a Hall,
        now: Duration,
        (conn, seeker): (ConnId, &'a Member),
        (roster, standing): (&'a Roster, Standing),
        rng: &'a mut ChaCha20Rng,
    ) -> Self {
        Self {
            hall,
            now,
            conn,
            seeker,
            roster,
            standing,
            rng,
            pools: BTreeMap::new(),
            drawn: Vec::new(),
            looked_at: 0,
        }
    }

    /// How many members were looked at.
    pub(super) fn looked_at(&self) -> usize {
        self.looked_at
    }

    fn may_pair(&self, other: ConnId, peer: &Member) -> bool {
        other != self.conn
            && !self.seeker.pairs.contains(&other)
            && !self.seeker.is_parted(self.now, other)
            && !peer.is_parted(self.now, self.conn)
    }

    /// The members of a pool, in no particular order.
    fn list(&self, pool: Pool) -> &'a [ConnId] {
        if pool == Pool::Room {
            return self.roster.list(self.standing);
        }
        if self.standing != Standing::Open {
            return &[];
        }
        if pool == Pool::EachPrefix {
            return self.roster.index().one_of_each_prefix();
        }
        let common = self.seeker.locale.common(pool);
        common.map_or(&[], |common| self.roster.index().list(common))
    }

    /// What a strategy sees of another member.
    fn party(&self, other: ConnId, peer: &Member) -> Party {
        let (own, others) = (&self.seeker.locale, &peer.locale);
        let measured = self.hall.rtts.shift(own.group(), others.group());
        let mut score = distance::refined(distance::score(own, others), measured);
        if self.seeker.failed_with(self.now, other) || peer.failed_with(self.now, self.conn) {
            score += distance::FAILED;
        }
        let is_kin = own.is_kin(others);
        Party {
            score,
            prefix: (!is_kin).then_some(others.prefix),
            held: self.seeker.pairs_near(peer),
            ..peer.party(other)
        }
    }
}

impl Crowd for Draw<'_> {
    fn draw(&mut self, pool: Pool) -> Option<Party> {
        let list = self.list(pool);
        loop {
            let shuffled = self.pools.entry(pool).or_insert_with(|| Shuffled::new(list));
            let other = shuffled.draw(self.rng)?;
            self.looked_at += 1;
            let Err(place) = self.drawn.binary_search(&other) else {
                continue;
            };
            let Some(peer) = self.hall.member(other) else {
                debug_assert!(false, "a swarm lists its members only");
                continue;
            };
            if self.may_pair(other, peer) {
                self.drawn.insert(place, other);
                return Some(self.party(other, peer));
            }
        }
    }

    fn taken(&self, other: ConnId) -> usize {
        let peer = self.hall.member(other);
        peer.map_or(0, |peer| peer.pairs_near(self.seeker))
    }

    fn chance(&mut self, one_in: u32) -> bool {
        let bound = usize::try_from(one_in).unwrap_or(usize::MAX);
        bound > 0 && below(self.rng, bound) == 0
    }
}

/// A list that is shuffled as far as it is drawn from (R. Durstenfeld, "Algorithm 235: Random permutation", 1964).
/// The list itself stays as it is: what was swapped is noted beside it.
pub(super) struct Shuffled<'a> {
    list: &'a [ConnId],
    drawn: usize,
    /// The entries at places from `drawn` on that are not what the list has there, by place. They are few: a list is
    /// quicker than a tree.
    swapped: Vec<(usize, ConnId)>,
}

impl<'a> Shuffled<'a> {
    pub(super) fn new(list: &'a [ConnId]) -> Self {
        Self {
            list,
            drawn: 0,
            swapped: Vec::new(),
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
        // No place before it is noted.
        let is_swapped = self.swapped.first().is_some_and(|(at, _)| *at == first);
        let at_first = if is_swapped {
            self.swapped.remove(0).1
        } else {
            at_first
        };
        self.drawn += 1;
        if place == first {
            return Some(at_first);
        }
        match self.swapped.binary_search_by_key(&place, |(at, _)| *at) {
            Ok(at) => Some(std::mem::replace(&mut self.swapped[at].1, at_first)),
            Err(at) => {
                self.swapped.insert(at, (place, at_first));
                self.list.get(place).copied()
            }
        }
    }
}

/// A number below `bound`, each as likely as the next but for one part in 2^64 / `bound`.
pub(super) fn below(rng: &mut ChaCha20Rng, bound: usize) -> usize {
    let scaled = (u128::from(rng.next_u64()) * bound as u128) >> 64;
    usize::try_from(scaled).expect("invariant: it is below a usize")
}

#[cfg(test)]
mod tests;
