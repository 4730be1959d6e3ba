#![doc = include_str!("../README.md")]

mod address;
mod config;
pub mod door;
mod hub;
mod metrics;
mod serve;
mod socket;

pub use self::config::{Config, ConfigError};
pub use self::serve::{Signaling, router, serve};
