//! Blocks of addresses as servers tell them to each other: by a keyed hash, so that no address is given away, and nobody
//! outside can look for a block that passes for another one.

use std::fmt;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::locale::{Block, Prefix};

/// Tells blocks of IPv6 from those of IPv4; a /48 leaves the bit free.
const V6: u64 = 1 << 63;

/// A block of addresses as servers tell it to each other: 64 bits of a keyed hash. Servers that share a
/// [`BlockKey`] have the same for a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockTag(pub u64);

/// The key that blocks are hashed with. Whoever knows it can tell which block a tag stands for by trying all of them.
///
/// The default is known to everyone. It is for a cluster without a secret, as its servers have no other in common: whoever
/// reads its bus reads descriptions with addresses anyway.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BlockKey(pub [u8; 32]);

impl BlockKey {
    /// The tag of a block: the first 64 bits of ChaCha20 (RFC 8439) with this key, and the block as its nonce.
    pub fn tag(&self, prefix: Prefix) -> BlockTag {
        let mut hash = ChaCha20Rng::from_seed(self.0);
        hash.set_stream(match prefix.0 {
            Block::V4(bits) => u64::from(bits),
            Block::V6(bits) => V6 | bits,
        });
        BlockTag(hash.next_u64())
    }
}

impl fmt::Debug for BlockKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BlockKey")
    }
}

#[cfg(test)]
mod tests;
