//! Neither packs nor unpacks.

use super::{Reads, UnpackError, Writes};

pub(super) const READS: Reads = Reads::Plain;
pub(super) const WRITES: Writes = Writes::Plain;

pub(super) fn compress(_: &[u8]) -> Option<Vec<u8>> {
    None
}

pub(super) fn decompress(_: &[u8], _: usize) -> Result<Vec<u8>, UnpackError> {
    Err(UnpackError::Unsupported)
}
