#![doc = include_str!("../README.md")]

pub mod client;
mod json;
pub mod lobby;
pub mod message;
pub mod parse;
pub mod rooms;
pub mod sdp;
