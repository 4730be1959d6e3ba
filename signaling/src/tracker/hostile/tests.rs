//! The fuzzer's corpus is played again in every run, as it is and with bytes of it changed.

use std::path::Path;

use proptest::prelude::*;

use super::play_announces;

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus/announces");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 6, "the corpus is there");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn the_corpus_of_announces_breaks_no_rule() {
    corpus().iter().for_each(|bytes| play_announces(bytes));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn changed_announces_break_no_rule(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..16),
    ) {
        let corpus = corpus();
        let mut bytes = file.get(&corpus).clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            if byte % 3 == 0 {
                bytes.insert(place, byte);
            } else {
                bytes[place] = byte;
            }
        }
        play_announces(&bytes);
    }

    #[test]
    fn lines_of_several_files_break_no_rule(
        lines in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..40),
    ) {
        let corpus = corpus().concat();
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
        play_announces(&played);
    }
}
