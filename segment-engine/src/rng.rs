//! Randomness from one seed: every part forks its own stream, so that one part's draws never shift another's.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A part's own stream of randomness.
#[derive(Debug)]
pub(crate) struct Rng(ChaCha8Rng);

impl Rng {
    /// Starts from a seed; the same seed gives the same stream on every target.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// Splits a stream off for a part.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.bytes())
    }

    /// Draws bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// Draws a duration evenly from zero up to `limit`.
    pub(crate) fn up_to(&mut self, limit: Duration) -> Duration {
        let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        let product = u128::from(self.0.next_u64()) * (u128::from(micros) + 1);
        Duration::from_micros(u64::try_from(product >> 64).expect("invariant: below `micros` + 1"))
    }

    /// Draws a number evenly below `limit`; 0 if that is 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let product = u64::from(self.0.next_u32()) * u64::from(limit);
        u32::try_from(product >> 32).expect("invariant: below `limit`")
    }

    /// Draws a byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.0.next_u32().to_le_bytes()[0]
    }
}

#[cfg(test)]
mod tests;
