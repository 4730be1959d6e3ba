//! The tree over a segment's pieces: leaves are the pieces' hashes, its root is what is signed.

use crate::piece::{Body, Digest, MAX_SEGMENT, piece_count};

/// What is vouched for: a segment's size, and the root of the tree over its pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Number of bytes.
    pub size: u64,
    /// Root of the tree; see [`root_of`].
    pub root: Digest,
}

impl Record {
    /// The record of a segment that is held.
    pub fn of(body: &Body) -> Self {
        Self {
            size: body.len(),
            root: root_of(body.len(), &body.leaves()),
        }
    }
}

/// The root over `leaves`, of a segment of `size` bytes.
///
/// A node is SHA-224(0x01 || left || right); an odd node at the end of a level moves up unchanged. The root is
/// SHA-224(0x02 || size as 64 bits, big-endian || top): the size makes the number of leaves certain.
pub fn root_of(size: u64, leaves: &[Digest]) -> Digest {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        for index in 0..level.len().div_ceil(2) {
            level[index] = match (level[2 * index], level.get(2 * index + 1)) {
                (left, Some(right)) => Digest::of(&[&[1], &left.0, &right.0]),
                (left, None) => left,
            };
        }
        level.truncate(level.len().div_ceil(2));
    }
    let top = level.first().map_or(&[][..], |top| &top.0);
    Digest::of(&[&[2], &size.to_be_bytes(), top])
}

/// Whether `leaves` are those of the segment that `record` vouches for: all of them, in order.
pub fn leaves_match(record: &Record, leaves: &[Digest]) -> bool {
    let expected =
        (1..=MAX_SEGMENT).contains(&record.size) && leaves.len() == piece_count(record.size) as usize;
    expected && root_of(record.size, leaves) == record.root
}

#[cfg(test)]
mod tests;
