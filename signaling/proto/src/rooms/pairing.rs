//! Strategies that choose who is introduced to whom.

mod nearest;
mod scattered;

pub use self::nearest::Nearest;
pub use self::scattered::Scattered;

use super::ConnId;
use super::locale::Prefix;

/// A member of a swarm, as a strategy sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Party {
    /// Its connection.
    pub conn: ConnId,
    /// How many members it is paired with.
    pub pairs: usize,
    /// How far it is from the seeker: the less the nearer, 0 to 26. The crate's documentation has the table.
    pub score: u8,
    /// The block of addresses that it is in; `None` where the seeker is in it as well, or of the same site.
    pub prefix: Option<Prefix>,
    /// How many members of that block the seeker is paired with.
    pub held: usize,
}

impl Party {
    pub(super) fn new(conn: ConnId, pairs: usize) -> Self {
        Self {
            conn,
            pairs,
            score: 0,
            prefix: None,
            held: 0,
        }
    }
}

/// The part of a swarm that a strategy draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Pool {
    /// Those of the seeker's site, as its operator numbers them.
    Site,
    /// Those of its /24 (IPv4) or /48 (IPv6).
    Prefix,
    /// Those of its autonomous system; where that is not known, of its /16 (IPv4) or /32 (IPv6).
    Network,
    /// Those that the CDN sends to the same point of presence.
    Pop,
    /// Those of its country.
    Country,
    /// All.
    Room,
    /// One of each /24 or /48, however many are in it.
    EachPrefix,
}

/// The members that may be chosen for a seeker: of the same swarm, with room for a pairing, not paired with it, not
/// kept apart from it.
///
/// Draws are lazy: a strategy takes what it needs, and a draw costs the same in a swarm of ten and of 100,000.
pub trait Crowd {
    /// Draws one of a pool at random, and none twice, whichever pools it is in. None: the pool has been drawn to its
    /// end. Where only members that are full are left, none but [`Pool::Room`] has any.
    fn draw(&mut self, pool: Pool) -> Option<Party>;

    /// How many members of the seeker's block one that was drawn is paired with.
    fn taken(&self, other: ConnId) -> usize;

    /// Returns true once in `one_in` times, at random.
    fn chance(&mut self, one_in: u32) -> bool;
}

/// Chooses the members that one of them is introduced to.
///
/// A strategy returns at most `count` of what was drawn, each once. Where it returns fewer, it is asked again for the
/// rest, with a crowd of the members that have as many pairings as they said they take.
pub trait Pairing: std::fmt::Debug {
    /// Chooses for `seeker`.
    fn choose(&self, seeker: Party, crowd: &mut dyn Crowd, count: usize) -> Vec<ConnId>;
}

/// One block of addresses gets at most one in `PARTS` of a member's pairings, unless the member is in it.
const PARTS: usize = 3;
/// It gets this many in any case, so that the few members of a small swarm are meshed.
const LEAST: usize = 2;

/// Whether one more of a block that has `of_block` is within its share of `of_all` pairings.
pub(super) fn has_share(of_block: usize, of_all: usize) -> bool {
    of_block < (of_all / PARTS).max(LEAST)
}

#[cfg(test)]
mod tests;
