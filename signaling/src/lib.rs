#![doc = include_str!("../README.md")]

mod address;
pub mod bus;
mod clock;
mod config;
pub mod door;
mod hub;
mod listen;
mod metrics;
mod outbox;
mod pending;
mod places;
mod serve;
mod shard;
mod socket;
mod tls;
mod tracker;

pub use self::clock::unix_time;
pub use self::config::{Candidates, Config, ConfigError, PairingChoice, PolicyConfig};
pub use self::places::{PlacesConfig, PlacesError};
pub use self::serve::{Listeners, Signaling, admin_router, router, serve};
pub use self::tls::{TlsConfig, TlsError};
#[cfg(any(test, feature = "hostile"))]
pub use self::tracker::play_announces;
