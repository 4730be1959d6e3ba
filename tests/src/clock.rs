//! Time, order and chance of a run: one queue of what is about to happen, dice from one seed, and the run's fingerprint.
//!
//! Time is in whole microseconds. What happens at the same time happens in the order in which it was asked for.

mod dice;
mod fingerprint;
mod queue;

pub(crate) use dice::{Dice, exp};
pub(crate) use fingerprint::Fingerprint;
pub(crate) use queue::Queue;

/// Microseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000;

/// Microseconds in a millisecond.
pub(crate) const MILLI: u64 = 1_000;
