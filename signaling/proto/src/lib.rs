#![doc = include_str!("../README.md")]

pub mod admission;
pub mod client;
#[cfg(feature = "cluster")]
pub mod cluster;
#[cfg(any(test, feature = "hostile"))]
pub mod hostile;
mod json;
pub mod lobby;
pub mod message;
pub mod node;
pub mod parse;
pub mod range;
pub mod rooms;
pub mod sdp;
pub mod share;
