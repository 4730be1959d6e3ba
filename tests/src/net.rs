//! The network between nodes: where each is, how fast it sends and receives, who reaches whom, and what is on its way.
//!
//! An uplink is one server with a queue for each channel, of which it takes messages in turn, as flows that compete. A
//! downlink is a bucket that peers and HTTP share. A channel is ordered: what is lost comes one round trip later, and so
//! does all behind it.

mod downlink;
mod link;
mod place;
mod profile;
mod uplink;

pub(crate) use downlink::Downlink;
pub(crate) use link::{End, Link, LinkId, Parcel, Path, PathId};
pub(crate) use place::{Nat, Place, Reach};
pub(crate) use profile::Profile;
pub(crate) use uplink::{Departures, Uplink};

/// The bytes that a message of `bytes` takes on a line: each packet of 1,150 bytes adds the headers of UDP/IP (28),
/// DTLS (29) and SCTP (28), some 7 % of a piece.
pub(crate) fn on_the_wire(bytes: usize) -> u64 {
    let bytes = bytes as u64;
    bytes + 85 * bytes.div_ceil(1_150)
}
