#![doc = include_str!("../README.md")]

pub mod client;
pub mod message;
pub mod parse;
pub mod rooms;
