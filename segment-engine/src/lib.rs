//! To be replaced by the crate's README.

pub mod config;
pub mod error;
pub mod id;
pub mod input;
pub mod manifest;
pub mod output;
pub mod stats;
pub mod time;
pub mod timeline;
