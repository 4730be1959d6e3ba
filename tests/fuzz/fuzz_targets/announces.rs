//! What hostile clients of the tracker say, in whatever order: its sessions keep their contract.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signaling::play_announces;

fuzz_target!(|bytes: &[u8]| play_announces(bytes));
