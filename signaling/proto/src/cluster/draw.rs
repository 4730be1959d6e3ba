//! Drawing numbers and times from a generator that was seeded.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng;

/// A number below `bound`, which is not 0; each as likely as the next but for one part in 2^64 / `bound`.
pub(super) fn below(rng: &mut ChaCha20Rng, bound: u64) -> u64 {
    let scaled = (u128::from(rng.next_u64()) * u128::from(bound)) >> 64;
    u64::try_from(scaled).expect("invariant: it is below a u64")
}

/// A time of at most `most`, to the millisecond: so that nodes that start together do not speak together.
pub(super) fn up_to(rng: &mut ChaCha20Rng, most: Duration) -> Duration {
    let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(below(rng, most.saturating_add(1)))
}
