#![doc = include_str!("../README.md")]

mod address;
pub mod bus;
mod config;
mod hub;
mod metrics;
mod serve;
mod socket;

pub use self::config::{Config, ConfigError};
pub use self::serve::{Signaling, router, serve};
