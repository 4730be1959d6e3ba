//! The uses of a cluster's secret: packets that only its nodes can make, and names of swarms that nobody else can read.
//!
//! HMAC-SHA256 (RFC 2104, FIPS 180-4). What is authenticated begins with a byte that tells its uses apart.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::rooms::BlockKey;

/// How many bytes the seal of a packet takes.
pub(super) const SEAL: usize = 32;

/// The fewest bytes of a secret: where they are drawn at random, guessing is hopeless.
pub const MIN_SECRET: usize = 16;

/// The most bytes of a secret.
pub const MAX_SECRET: usize = 1024;

/// The secret that all nodes of a cluster know, and nobody else on the bus.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

/// Names a swarm on the bus: 16 bytes of a keyed hash, so that content ids do not leak and packets stay small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SwarmKey(pub(super) [u8; Self::LEN]);

impl Secret {
    /// Takes a secret of [`MIN_SECRET`] to [`MAX_SECRET`] bytes; `None` where it is shorter or longer.
    pub fn new(secret: &[u8]) -> Option<Self> {
        (MIN_SECRET..=MAX_SECRET)
            .contains(&secret.len())
            .then(|| Self(keyed(secret)))
    }

    /// The key that the cluster's servers hash blocks of addresses with.
    pub fn block_key(&self) -> BlockKey {
        // Neither a packet nor the text that a swarm's name is hashed from begins with this.
        BlockKey(self.seal(b"blocks\0"))
    }

    /// The seal of `packet`.
    pub(crate) fn seal(&self, packet: &[u8]) -> [u8; SEAL] {
        let mut mac = self.0.clone();
        mac.update(packet);
        mac.finalize().into_bytes().into()
    }

    /// Whether `seal` is that of `packet`; takes as long for a wrong one as for the right one.
    pub(super) fn holds(&self, packet: &[u8], seal: &[u8]) -> bool {
        let mut mac = self.0.clone();
        mac.update(packet);
        mac.verify_slice(seal).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Names swarms: the same on every node with the same secret.
#[derive(Clone)]
pub(super) struct Namer(Hmac<Sha256>);

impl Namer {
    /// Without a secret anyone can tell whether a name stands for a swarm that they can guess.
    pub(super) fn new(secret: Option<&Secret>) -> Self {
        Self(secret.map_or_else(|| keyed(&[]), |secret| secret.0.clone()))
    }

    pub(super) fn name(&self, swarm: &str) -> SwarmKey {
        let mut mac = self.0.clone();
        // No packet begins with this: its first byte is its version.
        mac.update(b"swarm\0");
        mac.update(swarm.as_bytes());
        let hash: [u8; SEAL] = mac.finalize().into_bytes().into();
        let mut key = [0; SwarmKey::LEN];
        key.copy_from_slice(&hash[..SwarmKey::LEN]);
        SwarmKey(key)
    }
}

impl fmt::Debug for Namer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Namer")
    }
}

impl SwarmKey {
    pub(super) const LEN: usize = 16;
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("invariant: HMAC takes a key of any length")
}

#[cfg(test)]
mod tests;
