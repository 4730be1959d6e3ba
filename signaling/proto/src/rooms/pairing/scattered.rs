//! Introductions at random.

use super::{ConnId, Crowd, Pairing, Party, Pool};

/// Scatters introductions over the whole swarm: of each two that are drawn it takes the one with fewer pairings.
///
/// The mesh comes out as a random graph: any two of its members are a few hops apart, and those that join together
/// are no nearer to each other than to the rest. The choice of two keeps the numbers of pairings close together, as
/// if all members were looked at (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
#[derive(Debug, Clone, Copy, Default)]
pub struct Scattered;

impl Pairing for Scattered {
    fn choose(&self, _seeker: Party, crowd: &mut dyn Crowd, count: usize) -> Vec<ConnId> {
        let mut chosen = Vec::new();
        let mut passed_over = Vec::new();
        while chosen.len() < count {
            let Some(one) = crowd.draw(Pool::Room) else { break };
            let Some(other) = crowd.draw(Pool::Room) else {
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
