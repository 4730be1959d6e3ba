//! What the fuzzers found worth keeping is decoded again in every run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use segment_engine::compression::unpack;
use segment_engine::integrity::{read_batch, write_batch};
use segment_engine::wire::{Message, decode, encode};
use signaling_proto::sdp::{
    Addresses, IceTransportPolicy, SdpRules, Verdict, filter_candidate, filter_description,
};

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
    for tag in 0..=15 {
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

#[test]
fn the_fuzzers_corpus_of_descriptions_passes_as_its_names_say() {
    let mut counts = [0; 4];
    for (path, bytes) in corpus("sdp") {
        let (choice, text) = bytes.split_first().unwrap();
        let text = std::str::from_utf8(text).unwrap();
        let rules = SdpRules {
            addresses: [Addresses::Public, Addresses::Private, Addresses::Any][usize::from(choice % 3)],
            transport_policy: [IceTransportPolicy::All, IceTransportPolicy::Relay]
                [usize::from(choice / 3 % 2)],
            ..SdpRules::default()
        };
        let name = path.file_name().unwrap().to_str().unwrap();
        let description = filter_description(text, &rules);
        let candidate = filter_candidate(text, &rules);
        let kind = match (name.split('-').next().unwrap(), description, candidate) {
            ("description", Ok(filtered), Err(_)) => {
                let again = filter_description(&filtered.sdp, &rules).unwrap();
                assert_eq!((&again.sdp, again.dropped), (&filtered.sdp, 0), "{name}");
                0
            }
            ("candidate", Err(_), Ok(Verdict::Carry(carried))) => {
                let again = filter_candidate(&carried, &rules);
                assert_eq!(again, Ok(Verdict::Carry(carried.as_ref().into())), "{name}");
                1
            }
            ("dropped", Err(_), Ok(Verdict::Drop)) => 2,
            ("refused", Err(_), Err(_)) => 3,
            other => panic!("{name}: {other:?}"),
        };
        counts[kind] += 1;
    }
    assert!(counts.iter().all(|count| *count >= 4), "{counts:?}");
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
