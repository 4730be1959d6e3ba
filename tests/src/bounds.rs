//! Bounds on what any swarm could do, to compare a run's figures with. Pure functions.
//!
//! Rates are in bits per second, sizes in bits or bytes as named, times in microseconds. Sources are named where a bound
//! stands.

mod delay;
mod film;
mod fluid;

pub use delay::{copies_for_delay, reach, shortest_spread};
pub use film::{Watcher, film_server_rate};
pub use fluid::{Rendition, origin_bits, usable};
