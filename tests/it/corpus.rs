//! What the fuzzers found worth keeping is decoded again in every run.

use std::path::Path;

use segment_engine::wire::{Message, decode, encode};

#[test]
fn the_fuzzers_corpus_of_frames_is_decoded_without_a_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/frame");
    let files = walkdir::WalkDir::new(corpus).into_iter().filter_map(Result::ok);
    let files: Vec<_> = files.filter(|entry| entry.file_type().is_file()).collect();
    assert!(files.len() >= 8, "the corpus is there");
    let mut frames = 0;
    for file in files {
        let bytes = std::fs::read(file.path()).unwrap();
        if let Ok(frame) = decode(Message::from_bytes(bytes)) {
            frames += 1;
            let travelled = Message::from_bytes(encode(&frame).into_bytes());
            assert_eq!(decode(travelled), Ok(frame), "{}", file.path().display());
        }
    }
    assert!(frames >= 5, "most of the corpus are frames");
}
