//! Tests of the quick look at long lists.

use super::*;

#[test]
fn a_quick_no_is_never_wrong() {
    let base = Address::parse("https://a.example/x/y/").unwrap();
    let references = [
        "s1.ts",
        "/z/s1.ts",
        "../s1.ts",
        "s1.ts?q=/w",
        ".",
        "..",
        "",
        "?q",
        "a b.ts",
        "é.ts",
        "s1.ts#f",
        "x\\s.ts",
        "%2e%2E",
        "p/\n.ts",
    ];
    for reference in references {
        let address = base.resolve(reference).unwrap();
        assert!(may_end(reference, address.path()), "{reference}");
    }
    assert!(!may_end("s1.ts", "/x/y/s2.ts"));
}
