//! The fuzzers' corpus is played again in every run, as it is and with bytes of it changed.

use proptest::prelude::*;

use super::corpus::{files, retold};
use super::play_rooms;

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
    files("rooms").iter().for_each(|bytes| play_rooms(bytes));
}

#[cfg(feature = "cluster")]
#[test]
fn the_corpus_of_packets_breaks_no_rule() {
    files("packets")
        .iter()
        .for_each(|bytes| super::play_packets(bytes));
}

proptest! {
    #[test]
    fn changed_frames_break_no_rule(file in any::<prop::sample::Index>(), changes in changes()) {
        let corpus = files("rooms");
        play_rooms(&changed(file.get(&corpus).clone(), &changes));
    }

    #[test]
    fn lines_of_several_files_break_no_rule(lines in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..60)) {
        let corpus = files("rooms").concat();
        let all: Vec<&[u8]> = corpus.split(|byte| *byte == b'\n').collect();
        let told = lines.iter().flat_map(|(line, name)| retold(all[line.index(all.len())], *name));
        play_rooms(&told.collect::<Vec<u8>>());
    }
}

#[cfg(feature = "cluster")]
proptest! {
    #[test]
    fn changed_packets_break_no_rule(file in any::<prop::sample::Index>(), changes in changes()) {
        let corpus = files("packets");
        super::play_packets(&changed(file.get(&corpus).clone(), &changes));
    }
}
