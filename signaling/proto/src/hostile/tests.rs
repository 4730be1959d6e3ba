//! The fuzzers' corpus is played again in every run, as it is and with bytes of it changed.

use std::path::Path;

use proptest::prelude::*;

use super::play_rooms;

/// The files that one fuzzer starts from.
pub(crate) fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fuzz/corpus")
        .join(target);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 6, "the corpus of {target} is there");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Changes some bytes: each change is a place, what happens there, and a byte for it.
fn changed(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    for (place, what, byte) in changes {
        if bytes.is_empty() {
            return bytes;
        }
        let place = place.index(bytes.len());
        match what % 5 {
            0 => bytes[place] = *byte,
            1 => bytes[place] ^= 1 << (byte % 8),
            2 => bytes.insert(place, *byte),
            3 => _ = bytes.remove(place),
            _ => {
                let end = bytes.len().min(place + usize::from(*byte));
                let piece = bytes[place..end].to_vec();
                bytes.extend(piece);
            }
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    prop::collection::vec(any::<(prop::sample::Index, u8, u8)>(), 1..24)
}

#[test]
fn the_corpus_of_frames_breaks_no_rule() {
    corpus("rooms").iter().for_each(|bytes| play_rooms(bytes));
}

#[cfg(feature = "cluster")]
#[test]
fn the_corpus_of_packets_breaks_no_rule() {
    corpus("packets")
        .iter()
        .for_each(|bytes| super::play_packets(bytes));
}

proptest! {
    #[test]
    fn changed_frames_break_no_rule(file in any::<prop::sample::Index>(), changes in changes()) {
        let corpus = corpus("rooms");
        play_rooms(&changed(file.get(&corpus).clone(), &changes));
    }

    #[test]
    fn lines_of_several_files_break_no_rule(lines in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..60)) {
        let corpus = corpus("rooms").concat();
        let all: Vec<&[u8]> = corpus.split(|byte| *byte == b'\n').collect();
        let mut played = Vec::new();
        for (line, name) in lines {
            let mut line = line.get(&all).to_vec();
            // Whoever said it, another may.
            if let Some(first) = line.first_mut().filter(|first| first.is_ascii_digit()) {
                *first = b'0' + name % 8;
            }
            played.extend(line);
            played.push(b'\n');
        }
        play_rooms(&played);
    }
}

#[cfg(feature = "cluster")]
proptest! {
    #[test]
    fn changed_packets_break_no_rule(file in any::<prop::sample::Index>(), changes in changes()) {
        let corpus = corpus("packets");
        super::play_packets(&changed(file.get(&corpus).clone(), &changes));
    }
}
