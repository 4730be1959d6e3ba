//! The demo as a whole: its binary, its origin, and peers that share over real WebRTC.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get, fails it")]

mod binary;
mod control;
mod demo;
mod http;
mod sharing;
