//! The hash of its authors' own examples.

use super::*;

#[test]
fn hashes_as_its_authors_do() {
    let table = [
        ("", 0xcbf2_9ce4_8422_2325),
        ("a", 0xaf63_dc4c_8601_ec8c),
        ("foobar", 0x8594_4171_f739_67e8),
    ];
    for (text, hash) in table {
        assert_eq!(Fnv::of(text.as_bytes()), hash, "{text}");
    }
}
