#![doc = include_str!("../README.md")]

mod address;
mod config;
pub mod door;
mod hub;
mod metrics;
mod outbox;
mod serve;
mod shard;
mod socket;
mod tracker;

pub use self::config::{Candidates, Config, ConfigError};
pub use self::serve::{Listeners, Signaling, admin_router, router, serve};
