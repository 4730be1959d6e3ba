#![doc = include_str!("../README.md")]

mod bits;
mod claims;
pub mod compression;
pub mod config;
mod demand;
pub mod device;
mod engine;
pub mod error;
mod fnv;
pub mod id;
pub mod input;
pub mod integrity;
pub mod manifest;
mod origin;
pub mod output;
mod peer;
pub mod piece;
mod policy;
mod rate;
mod rng;
mod scheduler;
mod serving;
pub mod stats;
mod store;
mod swarm;
pub mod time;
pub mod timeline;
mod timer;
pub mod trace;
mod transfer;
mod vecmap;
pub mod wire;

pub use config::Config;
pub use engine::Engine;
pub use input::Input;
pub use output::{Event, Output};
