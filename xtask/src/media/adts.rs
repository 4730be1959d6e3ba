//! Cutting a raw AAC stream (ADTS) at frame boundaries. The frame header is ISO/IEC 14496-3, 1.A.2.2.

use anyhow::{Result, bail};

/// Samples of one AAC-LC frame.
pub(super) const SAMPLES_PER_FRAME: u64 = 1024;

/// The bytes of `count` frames after the first `skip`.
///
/// # Errors
/// The stream is no ADTS, or shorter.
pub(super) fn frames(stream: &[u8], skip: usize, count: usize) -> Result<&[u8]> {
    let start = skip_frames(stream, 0, skip)?;
    let end = skip_frames(stream, start, count)?;
    Ok(&stream[start..end])
}

fn skip_frames(stream: &[u8], mut at: usize, count: usize) -> Result<usize> {
    for frame in 0..count {
        let Some(&[sync, flags, _, high, middle, low, _]) = stream.get(at..at + 7) else {
            bail!("the AAC stream ends after {frame} of {count} frames");
        };
        if sync != 0xFF || flags & 0xF0 != 0xF0 {
            bail!("no ADTS header at byte {at}");
        }
        let length = usize::from(high & 0b11) << 11 | usize::from(middle) << 3 | usize::from(low >> 5);
        if length < 7 || at + length > stream.len() {
            bail!("an ADTS frame of {length} bytes at byte {at}");
        }
        at += length;
    }
    Ok(at)
}

#[cfg(test)]
mod tests;
