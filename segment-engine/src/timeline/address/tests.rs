//! Tests against the examples of RFC 3986, and against a browser's rules as the crate `url` has them.

use proptest::prelude::*;

use super::*;

fn resolve(base: &str, reference: &str) -> Option<String> {
    Address::parse(base)?
        .resolve(reference)
        .map(|address| address.to_string())
}

#[test]
fn resolves_the_examples_of_rfc_3986() {
    const EXAMPLES: [(&str, &str); 22] = [
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"),
        (";x", "http://a/b/c/;x"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("g;x=1/../y", "http://a/b/c/y"),
    ];
    for (reference, expected) in EXAMPLES {
        assert_eq!(
            resolve("http://a/b/c/d;p?q", reference).as_deref(),
            Some(expected),
            "{reference}"
        );
    }
}

#[test]
fn keeps_empty_segments() {
    assert_eq!(
        resolve("https://a/v/m", ".//x.ts").as_deref(),
        Some("https://a/v//x.ts")
    );
}

#[test]
fn refuses_what_is_not_http() {
    for reference in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:,x",
        "blob:https://a/b",
        "http:x",
        "https://",
    ] {
        assert_eq!(resolve("https://a/b", reference), None, "{reference}");
    }
    for url in [
        "",
        "a/b",
        "//a/b",
        "ftp://a/b",
        "https:///b",
        "https://a b/c",
        "https://a:b/",
        "https://:443/",
        "https://a:1:2/",
        "https://a:99999/",
        "https://é/",
        "https://%61/",
    ] {
        assert_eq!(Address::parse(url), None, "{url}");
    }
}

#[test]
fn refuses_what_is_too_long() {
    let long = "x".repeat(MAX_URL);
    assert_eq!(resolve("https://a/b", &long), None);
    assert_eq!(resolve("https://a/b", &long[..MAX_URL - 10]), None);
    assert!(resolve("https://a/b", &long[..MAX_URL - 20]).is_some());
    // Escapes count as they are written.
    assert_eq!(
        resolve("https://a/b", &" ".repeat(MAX_URL / 2).replace(' ', "é")),
        None
    );
}

#[test]
fn writes_hosts_in_one_way() {
    let written = |url: &str| Address::parse(url).unwrap().to_string();
    assert_eq!(written("HTTPS://CDN.Example:443"), "https://cdn.example/");
    assert_eq!(written("http://cdn.example:0080/a"), "http://cdn.example/a");
    assert_eq!(written("http://cdn.example:/a"), "http://cdn.example/a");
    assert_eq!(written("http://u:p@[::1]:8080/a"), "http://u:p@[::1]:8080/a");
    assert_eq!(
        written("http://User:PassWord@CDN.Example/A^b"),
        "http://User:PassWord@cdn.example/A%5Eb"
    );
}

#[test]
fn forgets_only_cmcd() {
    let stripped = |url: &str| Address::parse(url).unwrap().without_cmcd().to_string();
    assert_eq!(stripped("https://a/b?CMCD=bl%3D3"), "https://a/b");
    assert_eq!(stripped("https://a/b?t=1&CMCD=x&u=2"), "https://a/b?t=1&u=2");
    assert_eq!(stripped("https://a/b?cmcdx=1"), "https://a/b?cmcdx=1");
    assert_eq!(stripped("https://a/b?"), "https://a/b?");
}

proptest! {
    #[test]
    fn resolves_as_browsers_do(
        base in "https?://[a-z]{1,5}(:[0-9]{1,4})?/[a-z./%]{0,12}(\\?[a-z=&]{0,5})?",
        reference in "(https?://[a-z]{1,5}|//[a-z]{1,4}|/)?[-a-zA-Z0-9._~/ é\"<>|\\\\%]{0,16}(\\?[a-z=&' ]{0,6})?(#[a-z]{0,3})?",
    ) {
        // Browsers write a host that is a number as four: such hosts are left as they are, and found by what follows.
        let named = |url: &url::Url| !matches!(url.host(), Some(url::Host::Ipv4(_)));
        let expected = url::Url::parse(&base).unwrap().join(&reference).ok().filter(named).map(|mut url| {
            url.set_fragment(None);
            url.to_string()
        });
        let found = resolve(&base, &reference);
        if let (Some(expected), Some(found)) = (expected, found) {
            prop_assert_eq!(expected, found);
        }
    }

    #[test]
    fn never_panics_and_is_stable(text in "\\PC{0,60}", reference in "\\PC{0,60}") {
        if let Some(address) = Address::parse(&text).or_else(|| Address::parse(&format!("https://{text}"))) {
            prop_assert_eq!(Address::parse(&address.to_string()).unwrap(), address.clone());
            if let Some(resolved) = address.resolve(&reference) {
                let written = resolved.to_string();
                prop_assert!(!written.contains(|c: char| c.is_ascii_control() || c == ' '));
                prop_assert_eq!(Address::parse(&written).unwrap(), resolved);
            }
        }
    }
}
