//! To be replaced by the crate's README.

pub mod client;
pub mod message;
