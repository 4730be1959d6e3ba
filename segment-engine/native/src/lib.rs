#![doc = include_str!("../README.md")]

mod access;
mod clock;
mod coding;
#[cfg(feature = "hostile")]
mod conduct;
mod driver;
mod event;
mod fetch;
pub mod figures;
mod inbox;
mod link;
mod network;
mod peer;
mod private_file;
#[cfg(test)]
mod scratch;
mod seeder;
mod shelf;
mod sidecar;
mod signing;
mod site;
mod skew;
#[cfg(test)]
mod small_disk;
mod socket;
mod token;

/// The events of a peer's signaling, as [`PeerEvent::Signaling`] has them.
pub use signaling_proto::client::ClientEvent;

/// The engine, whose types this crate's face speaks.
pub use segment_engine;

pub use crate::access::{Access, AccessError, OriginAccess};
pub use crate::clock::unix_time;
#[cfg(feature = "hostile")]
pub use crate::conduct::Conduct;
pub use crate::event::PeerEvent;
pub use crate::fetch::KeptManifest;
pub use crate::network::{BadPortRange, CertificateError, Network, NetworkError, NetworkOptions, PortRange};
pub use crate::peer::{DemandError, Options, Peer, StartError};
pub use crate::seeder::{BadManifestUrl, Seeder, default_swarm};
pub use crate::shelf::{MIN_SHELF, Shelf, ShelfError, StreamInUse};
pub use crate::signing::{KeyFileError, SeedKey, hex, parse_public_key};
pub use crate::site::{FILE_LIST, RefusedList, listed_file, signed_files};
pub use crate::token::{TokenFileError, read_token_file};

/// Items for the binary `fugitive-seeder`, which is a crate of its own. They are no part of the interface, and may
/// change at any time.
#[doc(hidden)]
pub mod internal {
    pub use crate::access::{Pass, redacted_url};
    pub use crate::coding::{content_coding, identity_encoding_headers};
}
