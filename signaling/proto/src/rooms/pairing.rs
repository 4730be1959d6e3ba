//! Who is introduced to whom.

use super::ConnId;

/// A member of a swarm, as a strategy sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Party {
    /// Its connection.
    pub conn: ConnId,
    /// How many members it is paired with.
    pub pairs: usize,
}

/// Chooses the members that one of them is introduced to.
///
/// `draw` yields those that may be chosen, at random and each once: members of the same swarm with room for a
/// pairing, not paired with `seeker`, not kept apart from it. It draws lazily, so a strategy takes what it needs: a
/// draw costs the same in a swarm of ten and of 100,000. One that is drawn to its end has yielded all there are.
///
/// A strategy returns at most `count` of what was drawn, each once. Where it returns fewer, it is asked again for the
/// rest, with a draw from the members that have as many pairings as they said they take.
pub trait Pairing: std::fmt::Debug {
    /// Chooses for `seeker`.
    fn choose(&self, seeker: Party, draw: &mut dyn Iterator<Item = Party>, count: usize) -> Vec<ConnId>;
}

/// Scatters introductions over the whole swarm: of each two that are drawn it takes the one with fewer pairings.
///
/// The mesh comes out as a random graph: any two of its members are a few hops apart, and those that join together
/// are no nearer to each other than to the rest. The choice of two keeps the numbers of pairings close together, as
/// if all members were looked at (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
#[derive(Debug, Clone, Copy, Default)]
pub struct Scattered;

impl Pairing for Scattered {
    fn choose(&self, _seeker: Party, draw: &mut dyn Iterator<Item = Party>, count: usize) -> Vec<ConnId> {
        let mut chosen = Vec::new();
        let mut passed_over = Vec::new();
        while chosen.len() < count {
            let Some(one) = draw.next() else { break };
            let Some(other) = draw.next() else {
                chosen.push(one.conn);
                break;
            };
            let (less, more) = if other.pairs < one.pairs {
                (other, one)
            } else {
                (one, other)
            };
            chosen.push(less.conn);
            passed_over.push(more);
        }
        // Nobody is left to draw where these are still needed.
        passed_over.sort_by_key(|party| party.pairs);
        let missing = count - chosen.len();
        chosen.extend(passed_over.iter().take(missing).map(|party| party.conn));
        chosen
    }
}

#[cfg(test)]
mod tests;
