//! Which setting a place of a file is of.

use super::*;

#[test]
fn a_place_is_of_its_line_of_the_array_around_it_or_of_a_table() {
    for (text, at, expected) in [
        ("max_peers = ?", "?", Some("max_peers")),
        ("pops = [\n  \"a\",\n  ?\n]", "?", Some("pops")),
        ("pops = [\n  [\"]\"], # ]\n  ?\n]", "?", Some("pops")),
        ("pops = [\n  [?]\n]", "[?", Some("pops")),
        ("pops = [\n]\n? 3", "?", None),
        ("max_peers = 3\n? 3", "?", None),
        ("? 3", "?", None),
        ("pop = \"a\"\n[[stream]] # one", "[[", Some("[[stream]]")),
        ("[ stream ]", "[", Some("[ stream ]")),
        ("[\"?\"]", "?", None),
    ] {
        let start = text.find(at).unwrap();
        assert_eq!(setting(text, start), expected, "{text}");
    }
}

#[test]
fn a_line_without_its_equals_sign_is_not_blamed_on_the_one_before() {
    let text = "http = \"127.0.0.1:8042\"\nmax_peers 3\n";
    let error = toml::from_str::<toml::Table>(text).unwrap_err();
    let start = error.span().unwrap().start;
    let told = describe(text, start, error.message(), &[]);
    assert!(!told.contains("http"), "{told}");
    assert_eq!(line(text, start), 2);
}
