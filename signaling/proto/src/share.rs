//! Ramp-up: which viewers of a stream may take part, where the operator lets in only a share of them.
//!
//! Each viewer has a lot, which a hash of its stream and of itself draws. A share holds the lots below it, so whoever is
//! in at a share is in at every larger one.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::admission::Place;
use crate::range::OutOfRange;

/// The key that lots are drawn with: the same on every server and at every start, so that a lot lasts.
const KEY: [u8; 32] = *b"fugitive: the share of viewers..";

/// How many lots there are: a percent is the smallest step of a share.
const LOTS: u64 = 100;

/// The share of viewers that may take part, in percent: 0 to 100. Default 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Share(u8);

/// A viewer's lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot(Option<u8>);

/// What a viewer's lot is drawn by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn<'a> {
    /// The number that the viewer itself drew, and tells at each join of a session.
    Number(u32),
    /// The id of the token that it shows.
    Token(&'a str),
    /// The name that it chose under trackers' protocol.
    Name(&'a [u8]),
    /// Where it comes from.
    Place(Place),
}

impl Share {
    /// All viewers.
    pub const ALL: Self = Self(100);

    /// Takes a number of percent.
    ///
    /// # Errors
    /// When it is over 100.
    pub fn new(percent: u8) -> Result<Self, OutOfRange> {
        if percent > Self::ALL.0 {
            return Err(OutOfRange {
                field: "policy.share",
                expected: "0 to 100",
            });
        }
        Ok(Self(percent))
    }

    /// The number of percent.
    pub fn percent(self) -> u8 {
        self.0
    }

    /// Tells whether one with this lot may take part.
    pub fn holds(self, lot: Lot) -> bool {
        lot.0.is_none_or(|lot| lot < self.0)
    }
}

impl Default for Share {
    fn default() -> Self {
        Self::ALL
    }
}

impl TryFrom<u8> for Share {
    type Error = OutOfRange;

    fn try_from(percent: u8) -> Result<Self, OutOfRange> {
        Self::new(percent)
    }
}

impl From<Share> for u8 {
    fn from(share: Share) -> Self {
        share.0
    }
}

impl Lot {
    /// That of a seeder: every share holds it.
    pub const EXEMPT: Self = Self(None);

    /// Draws a viewer's lot in a swarm: ChaCha8 keyed with `KEY`, and an FNV-1a hash of the swarm's id and of what the
    /// viewer is drawn by as its nonce.
    pub fn draw(swarm: &str, by: Drawn<'_>) -> Self {
        let (kind, bytes) = match by {
            Drawn::Number(number) => (0, number.to_be_bytes().to_vec()),
            Drawn::Token(id) => (1, id.as_bytes().to_vec()),
            Drawn::Name(name) => (2, name.to_vec()),
            Drawn::Place(place) => (3, place.octets().to_vec()),
        };
        // No text has the byte 0xff: no swarm's id runs over into what follows it.
        let text = swarm.bytes().chain([0xff, kind]).chain(bytes);
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let mut draw = ChaCha8Rng::from_seed(KEY);
        draw.set_stream(text.fold(0xcbf2_9ce4_8422_2325, step));
        let lot = u8::try_from(draw.next_u64() % LOTS).expect("invariant: there are fewer lots than that");
        Self(Some(lot))
    }
}

#[cfg(test)]
mod tests;
