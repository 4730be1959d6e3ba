//! Whatever a hostile world may say in whatever order: the bytes choose among well-formed inputs, and the engine keeps
//! its contract.
#![no_main]

use libfuzzer_sys::fuzz_target;
use swarm_tests::hostile::play;

fuzz_target!(|bytes: &[u8]| play(bytes));
