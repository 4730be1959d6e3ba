//! What hostile clients and a hostile bus may say, made of bytes. A fuzzer finds the bytes, and so does a test of every run.

#[cfg(feature = "cluster")]
mod bus;
pub mod corpus;
mod stage;

#[cfg(feature = "cluster")]
pub use self::bus::play_packets;
pub use self::stage::play_rooms;

/// The most that one thing may lead to; what wants more does not come to an end.
const MOST_OUTPUTS: usize = 10_000;

#[cfg(test)]
mod tests;
