#![doc = include_str!("../README.md")]

pub mod bounded;
pub mod log;
pub mod prometheus;
pub mod settings;
