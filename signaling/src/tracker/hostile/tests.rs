//! The fuzzer's corpus is played again in every run, as it is and with bytes of it changed.

use proptest::prelude::*;
use signaling_proto::hostile::corpus::{files, retold};

use super::play_announces;

#[test]
fn the_corpus_of_announces_breaks_no_rule() {
    files("announces").iter().for_each(|bytes| play_announces(bytes));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn changed_announces_break_no_rule(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..16),
    ) {
        let corpus = files("announces");
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
        let corpus = files("announces").concat();
        let all: Vec<&[u8]> = corpus.split(|byte| *byte == b'\n').collect();
        let told = lines.iter().flat_map(|(line, name)| retold(all[line.index(all.len())], *name));
        play_announces(&told.collect::<Vec<u8>>());
    }
}
