//! What the fuzzers found worth keeping is decoded again in every run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use segment_engine::compression::unpack;
use segment_engine::integrity::{read_batch, write_batch};
use segment_engine::wire::{Message, decode, encode};

#[test]
fn the_fuzzers_corpus_of_frames_is_decoded_without_a_panic() {
    let mut tags = BTreeSet::new();
    for (path, bytes) in corpus("frame") {
        let Ok(frame) = decode(Message::from_bytes(bytes.clone())) else {
            continue;
        };
        let again = encode(&frame).into_bytes();
        tags.insert(again.get(1).copied());
        assert_eq!(
            decode(Message::from_bytes(again)),
            Ok(frame),
            "{}",
            path.display()
        );
    }
    for tag in 0..=14 {
        assert!(tags.contains(&Some(tag)), "no frame of tag {tag}");
    }
}

#[test]
fn the_fuzzers_corpus_of_batches_is_read_without_a_panic() {
    let mut batches = 0;
    for (path, bytes) in corpus("batch") {
        if let Ok(batch) = read_batch(&bytes, "a title") {
            batches += 1;
            let again = write_batch("a title", &batch);
            assert_eq!(read_batch(&again, "a title"), Ok(batch), "{}", path.display());
        }
    }
    assert!(batches >= 3, "some of the corpus are batches");
}

#[test]
fn the_fuzzers_corpus_of_packed_pieces_is_unpacked_without_a_panic() {
    let mut pieces = Vec::new();
    for (path, bytes) in corpus("unpack") {
        let (length, packed) = bytes.split_first_chunk().unwrap();
        let length = usize::from(u16::from_le_bytes(*length));
        if let Ok(piece) = unpack(packed, length) {
            assert_eq!(piece.len(), length, "{}", path.display());
            pieces.push(path.file_name().unwrap().to_owned());
        }
    }
    pieces.sort();
    let right = [
        "empty-block-at-the-end",
        "literals",
        "run",
        "text",
        "text-level-19",
        "text-piece",
        "text-small",
    ];
    assert_eq!(pieces, right);
}

/// The files that one fuzzer starts from.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| entry.file_type().is_file());
    let read = |path: &Path| std::fs::read(path).expect("a file of the corpus");
    let files: Vec<_> = files
        .map(|file| (file.path().to_owned(), read(file.path())))
        .collect();
    assert!(files.len() >= 8, "the corpus of {target} is there");
    files
}
