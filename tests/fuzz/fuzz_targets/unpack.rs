//! Packed pieces from a hostile peer: the first two bytes are the length that the piece should have, the rest is what
//! came. Unpacking ends in a piece of that length, or in an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_engine::compression::unpack;

fuzz_target!(|bytes: &[u8]| {
    let Some((length, packed)) = bytes.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_le_bytes(*length));
    if let Ok(piece) = unpack(packed, length) {
        assert_eq!(piece.len(), length);
    }
});
