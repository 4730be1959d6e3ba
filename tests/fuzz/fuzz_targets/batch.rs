//! Batches of digests from a hostile peer: reading ends in a batch that comes back the same, or in an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_engine::integrity::{read_batch, write_batch};

fuzz_target!(|message: &[u8]| {
    if let Ok(batch) = read_batch(message, "a title") {
        let again = write_batch("a title", &batch);
        assert_eq!(read_batch(&again, "a title"), Ok(batch));
    }
});
