//! How many members a set has, from 64 bytes, whatever its size: HyperLogLog in integers.
//!
//! P. Flajolet et al., "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm" (2007). With 64
//! registers the standard error is 13 %. Sets are united by the larger of each register.

use crate::fnv::mix;
use crate::id::Member;
use crate::wire::SKETCH;

/// The highest rank that a register takes, whatever peers say: no sketch counts more than three million.
const MAX_RANK: u8 = 16;

/// The correction for 64 registers, in thousandths.
const ALPHA: u64 = 709;

/// Up to this count, the number of empty registers tells more than the ranks of the others.
const SMALL: u64 = 5 * SKETCH as u64 / 2;

/// `64 ln(64 / empty)` for 0 to 64 empty registers (linear counting); the first is not used.
const BY_EMPTY: [u32; SKETCH + 1] = [
    0, 266, 222, 196, 177, 163, 151, 142, 133, 126, 119, 113, 107, 102, 97, 93, 89, 85, 81, 78, 74, 71, 68,
    65, 63, 60, 58, 55, 53, 51, 48, 46, 44, 42, 40, 39, 37, 35, 33, 32, 30, 28, 27, 25, 24, 23, 21, 20, 18,
    17, 16, 15, 13, 12, 11, 10, 9, 7, 6, 5, 4, 3, 2, 1, 0,
];

/// A set of members of which only the size can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sketch([u8; SKETCH]);

impl Default for Sketch {
    fn default() -> Self {
        Self([0; SKETCH])
    }
}

impl Sketch {
    /// Reads registers as a peer told them; `None` unless there are [`SKETCH`] of them.
    pub(crate) fn read(registers: &[u8]) -> Option<Self> {
        let mut registers: [u8; SKETCH] = registers.try_into().ok()?;
        registers
            .iter_mut()
            .for_each(|rank| *rank = (*rank).min(MAX_RANK));
        Some(Self(registers))
    }

    /// The registers, to be told.
    pub(crate) fn registers(&self) -> &[u8] {
        &self.0
    }

    /// Puts a member in.
    pub(crate) fn add(&mut self, member: Member) {
        // A member id is random already, unless it was chosen to deceive, which no hash would prevent.
        let hash = mix(u64::from_be_bytes(member.0));
        let index = usize::from(hash.to_be_bytes()[0] >> 2);
        let rank = u8::try_from((hash << 6).leading_zeros()).unwrap_or(MAX_RANK) + 1;
        self.0[index] = self.0[index].max(rank.min(MAX_RANK));
    }

    /// Puts all members of another set in.
    pub(crate) fn unite(&mut self, other: &Self) {
        for (rank, others) in self.0.iter_mut().zip(other.0) {
            *rank = (*rank).max(others);
        }
    }

    /// About how many members there are.
    pub(crate) fn count(&self) -> u32 {
        let sum: u64 = self.0.iter().map(|rank| (1_u64 << 32) >> rank).sum();
        let size = SKETCH as u64;
        let count = ((ALPHA * size * size) << 32) / 1_000 / sum;
        let empty = self.0.iter().filter(|rank| **rank == 0).count();
        if count <= SMALL && empty > 0 {
            return BY_EMPTY[empty];
        }
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests;
