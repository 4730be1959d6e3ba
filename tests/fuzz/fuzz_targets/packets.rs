//! What a hostile bus, or a hostile server of the cluster, says to a node: it keeps its contract.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signaling_proto::hostile::play_packets;

fuzz_target!(|bytes: &[u8]| play_packets(bytes));
