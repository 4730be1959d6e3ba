//! The server on loopback, as its clients see it, and the binary, as its operator does.

#![expect(
    clippy::unwrap_used,
    reason = "a failure of the harness is a failure of the test"
)]

mod attacks;
mod binary;
mod cluster;
mod door;
mod harness;
mod limits;
mod pairing;
mod ramp;
#[expect(dead_code, reason = "one of them is enough here")]
#[path = "../../proto/src/sdp/tests/samples.rs"]
mod samples;
mod server;
mod tls;
mod token;
mod tracker;
