//! Frames from a hostile peer: decoding ends in a frame that comes back the same, or in an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_engine::wire::{decode, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = decode(bytes) {
        assert_eq!(decode(&encode(&frame)), Ok(frame));
    }
});
