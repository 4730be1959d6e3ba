//! Frames from a hostile peer: decoding ends in a frame that comes back the same, or in an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_engine::wire::{Message, decode, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = decode(Message::from_bytes(bytes.to_vec())) {
        let travelled = Message::from_bytes(encode(&frame).into_bytes());
        assert_eq!(decode(travelled), Ok(frame));
    }
});
