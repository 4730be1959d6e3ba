//! Exponential back-off with full jitter: how long to wait before the next attempt to connect.
//!
//! Full jitter spreads the viewers of a server that restarts evenly (M. Brooker, "Exponential Backoff And
//! Jitter", AWS Architecture Blog, 2015).

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[derive(Debug)]
pub(super) struct Backoff {
    base: Duration,
    cap: Duration,
    attempts: u32,
    rng: ChaCha8Rng,
}

impl Backoff {
    pub(super) fn new(base: Duration, cap: Duration, seed: [u8; 32]) -> Self {
        Self {
            base,
            cap,
            attempts: 0,
            rng: ChaCha8Rng::from_seed(seed),
        }
    }

    /// Draws the next wait: 1 ms to the ceiling, which doubles with each draw up to the cap.
    pub(super) fn draw(&mut self) -> Duration {
        let millis = self.next_ceiling();
        Duration::from_millis(1 + self.rng.next_u64() % millis)
    }

    /// Draws the next wait where a short one would be of no use: half the ceiling to the ceiling.
    pub(super) fn draw_late(&mut self) -> Duration {
        let half = self.next_ceiling().div_ceil(2);
        Duration::from_millis(half + self.rng.next_u64() % half)
    }

    /// The next ceiling in milliseconds, at least 1.
    fn next_ceiling(&mut self) -> u64 {
        let doubled = self
            .base
            .checked_mul(1u32.checked_shl(self.attempts).unwrap_or(u32::MAX));
        let ceiling = doubled.map_or(self.cap, |ceiling| ceiling.min(self.cap));
        self.attempts = self.attempts.saturating_add(1);
        u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX).max(1)
    }

    /// Starts again at the base, after a connection that held.
    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}
