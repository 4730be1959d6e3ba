//! libzstd: packs and unpacks.

use zstd::bulk;
use zstd::zstd_safe::find_frame_compressed_size;

use super::{Reads, UnpackError, Writes};

pub(super) const READS: Reads = Reads::Zstd;
pub(super) const WRITES: Writes = Writes::Zstd;

/// A segment is packed once, and sent or kept many times: zstd's own default, which takes some 100 microseconds for a
/// piece of text.
const LEVEL: i32 = 3;

pub(super) fn compress(plain: &[u8]) -> Option<Vec<u8>> {
    // It fails only where memory does; the piece then stays as it is.
    bulk::compress(plain, LEVEL).ok()
}

pub(super) fn decompress(frame: &[u8], plain_len: usize) -> Result<Vec<u8>, UnpackError> {
    // The decompressor itself would go on to another frame, or skip one.
    if find_frame_compressed_size(frame) != Ok(frame.len()) {
        return Err(UnpackError::Malformed);
    }
    let mut plain = vec![0; plain_len];
    let unpacked = bulk::decompress_to_buffer(frame, &mut plain).map_err(|_| UnpackError::Malformed)?;
    plain.truncate(unpacked);
    Ok(plain)
}
