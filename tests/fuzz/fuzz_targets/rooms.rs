//! What hostile clients of signaling say, in whatever order: the rooms keep their contract.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signaling_proto::hostile::play_rooms;

fuzz_target!(|bytes: &[u8]| play_rooms(bytes));
