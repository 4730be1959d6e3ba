//! The corpus that fuzzers start from, for tests that play it again.

use std::fs;
use std::path::Path;

/// The files that one fuzzer starts from, by name.
///
/// # Panics
/// When they are not there: these are sources of the repository.
pub fn files(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fuzz/corpus")
        .join(target);
    let entries = fs::read_dir(folder).expect("a folder of the repository");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("its files can be listed").path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 6, "the corpus of {target} is there");
    let read = |path| fs::read(path).expect("a file of the repository");
    paths.iter().map(read).collect()
}

/// A line of a file, which tells by its first digit who says it, as another says it: one of eight.
pub fn retold(line: &[u8], name: u8) -> Vec<u8> {
    let mut line = line.to_vec();
    if let Some(first) = line.first_mut().filter(|first| first.is_ascii_digit()) {
        *first = b'0' + name % 8;
    }
    line.push(b'\n');
    line
}
