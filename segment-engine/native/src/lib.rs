#![doc = include_str!("../README.md")]

mod clock;
mod driver;
mod event;
mod fetch;
mod inbox;
mod link;
mod peer;
mod seeder;
mod shelf;
mod signing;
mod socket;
mod token;

/// The engine, whose types this crate's face speaks.
pub use segment_engine;

pub use crate::event::PeerEvent;
pub use crate::peer::{DemandError, Options, Peer, StartError};
pub use crate::seeder::{BadManifestUrl, Seeder, default_swarm};
pub use crate::shelf::{MIN_SHELF, Shelf, ShelfError, StreamInUse};
pub use crate::signing::{KeyFileError, SeedKey, hex, parse_public_key};
pub use crate::token::TokenFileError;
