//! ruzstd: unpacks in wasm, where libzstd would be eight times as large. It could pack as well, for as much code again
//! and with 400 KB of memory a piece; so a page packs nothing, and sends plain what came packed.

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::UnpackError;
#[cfg(target_arch = "wasm32")]
use super::{Reads, Writes};

#[cfg(target_arch = "wasm32")]
pub(super) const READS: Reads = Reads::Zstd;
#[cfg(target_arch = "wasm32")]
pub(super) const WRITES: Writes = Writes::Plain;

#[cfg(target_arch = "wasm32")]
pub(super) fn compress(_: &[u8]) -> Option<Vec<u8>> {
    None
}

pub(super) fn decompress(frame: &[u8], plain_len: usize) -> Result<Vec<u8>, UnpackError> {
    let mut rest = frame;
    let mut decoder = FrameDecoder::new();
    // The window is the content: its caller has seen that the frame is a single segment of that size.
    decoder.set_max_window_size(plain_len as u64);
    decoder.init(&mut rest).map_err(|_| UnpackError::Malformed)?;
    while !decoder.is_finished() {
        // Block by block: each is bounded by the window, but not how many there are.
        decoder
            .decode_blocks(&mut rest, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(|_| UnpackError::Malformed)?;
        let surplus = if decoder.is_finished() { plain_len } else { 0 };
        if decoder.can_collect() > surplus {
            return Err(UnpackError::Length);
        }
    }
    if !rest.is_empty() {
        return Err(UnpackError::Malformed);
    }
    decoder.collect().ok_or(UnpackError::Malformed)
}
