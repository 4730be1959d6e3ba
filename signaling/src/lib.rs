#![doc = include_str!("../README.md")]

mod address;
mod config;
mod hub;
mod metrics;
mod outbox;
mod serve;
mod shard;
mod socket;

pub use self::config::{Config, ConfigError};
pub use self::serve::{Signaling, router, serve};
