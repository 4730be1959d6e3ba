//! Which pages may connect.

use proptest::prelude::*;

use super::*;

#[test]
fn an_entry_holds_for_its_own_pages_alone() {
    let cases: [Case; 3] = [
        (
            "https://example.com",
            &[
                "https://example.com",
                "https://example.com:443",
                "HTTPS://EXAMPLE.COM",
            ],
            &[
                "http://example.com",
                "https://example.com:8443",
                "https://www.example.com",
                "https://example.com.evil.example",
                "https://evilexample.com",
                "https://example.com.",
                "null",
                "",
            ],
        ),
        (
            "https://*.example.com",
            &["https://a.example.com", "https://a.b.example.com"],
            &[
                "https://example.com",
                "https://.example.com",
                "https://evilexample.com",
                "https://a.example.com:8443",
                "http://a.example.com",
                "https://a.example.com.evil.example",
                "https://evil.example/.example.com",
                "https://evil.example?.example.com",
                "https://evil.example#.example.com",
                "https://evil.example@a.example.com",
                "https://evil.example\\.example.com",
            ],
        ),
        (
            "http://localhost:*",
            &[
                "http://localhost",
                "http://localhost:80",
                "http://localhost:65535",
            ],
            &[
                "https://localhost",
                "http://localhost:0",
                "http://localhost:65536",
                "http://localhost:+80",
                "http://localhost:",
                "http://localhost:*",
                "http://a.localhost",
            ],
        ),
    ];
    check(&cases);
}

#[test]
fn ports_addresses_and_other_schemes_are_compared_whole() {
    let cases: [Case; 5] = [
        (
            "http://example.com:8080",
            &["http://example.com:8080"],
            &["http://example.com", "http://example.com:80"],
        ),
        (
            "https://example.com:443",
            &["https://example.com"],
            &["https://example.com:80"],
        ),
        (
            "http://[::1]:*",
            &["http://[::1]", "http://[::1]:3000"],
            &["http://[::2]:3000", "http://::1:3000", "http://[::1"],
        ),
        (
            "http://127.0.0.1:3000",
            &["http://127.0.0.1:3000"],
            &["http://127.0.0.1"],
        ),
        (
            "capacitor://localhost",
            &["capacitor://localhost"],
            &["capacitor://localhost:80", "http://localhost"],
        ),
    ];
    check(&cases);
}

#[test]
fn any_of_several_entries_allows() {
    let entries = ["https://a.example", "https://b.example"].map(str::to_owned);
    let origins = Origins::new(&entries, WithoutOrigin::Allowed).unwrap();
    assert!(origins.allows(Some("https://a.example")) && origins.allows(Some("https://b.example")));
    assert!(!origins.allows(Some("https://c.example")));
}

#[test]
fn an_empty_list_allows_every_page() {
    let origins = Origins::new(&[], WithoutOrigin::Refused).unwrap();
    assert!(origins.allows(Some("https://example.com")) && origins.allows(Some("null")));
    assert!(!origins.allows(None));
}

#[test]
fn a_request_without_origin_is_as_configured() {
    for (without, allowed) in [(WithoutOrigin::Allowed, true), (WithoutOrigin::Refused, false)] {
        let origins = Origins::new(&["https://example.com".to_owned()], without).unwrap();
        assert_eq!(origins.allows(None), allowed);
    }
}

#[test]
fn an_entry_that_is_none_is_told_in_one_line() {
    let cases = [
        ("", "has no scheme"),
        ("*", "has no scheme"),
        ("example.com", "has no scheme"),
        ("null", "has no scheme"),
        ("://example.com", "has a scheme that is none"),
        ("1a://example.com", "has a scheme that is none"),
        ("ht tp://example.com", "has a scheme that is none"),
        ("*://example.com", "has a scheme that is none"),
        ("https://example.com/", "has more than scheme, host and port"),
        ("https://user@example.com", "has more than scheme, host and port"),
        ("https://", "has a host that is none"),
        ("https://a..b", "has a host that is none"),
        ("https://a b", "has a host that is none"),
        ("https://a.*.b", "has a host that is none"),
        ("https://*", "has a * that is not the whole first label"),
        ("https://*a.b", "has a * that is not the whole first label"),
        ("https://*.", "has a host that is none"),
        ("https://*.*.b", "has a host that is none"),
        (
            "https://müller.example",
            "has a host with letters beyond ASCII, which browsers send as xn--",
        ),
        ("https://a:0", "has a port that is none"),
        ("https://a:65536", "has a port that is none"),
        ("https://a:http", "has a port that is none"),
        ("https://a:", "has a port that is none"),
        ("https://[::1", "has a [ without a ]"),
        ("https://[::g]", "has an IPv6 address that is none"),
        ("https://a\nb", "has a host that is none"),
    ];
    for (entry, problem) in cases {
        let error = entry.parse::<OriginRule>().unwrap_err();
        assert_eq!(error.problem, problem, "{entry}");
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
    let long = format!("https://{}", "a".repeat(MAX_ORIGIN));
    let error = long.parse::<OriginRule>().unwrap_err();
    assert_eq!(error.problem, "is too long");
    assert!(error.entry.len() <= 80, "{error}");
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,100}", host in "[a-z*.:\\[\\]0-9-]{0,40}") {
        let origins = Origins::new(&["https://*.example.com".to_owned()], WithoutOrigin::Allowed).unwrap();
        for text in [text, format!("https://{host}")] {
            let allowed = origins.allows(Some(&text));
            let ends = text.to_ascii_lowercase().trim_end_matches(":443").ends_with(".example.com");
            prop_assert!(!allowed || ends, "{text}");
            // What it parses to holds for itself, where it has no star.
            if let Ok(rule) = text.parse::<OriginRule>() && !text.contains('*') {
                prop_assert!(Origin::parse(&text).is_some_and(|origin| rule.holds(&origin)), "{text}");
            }
        }
    }
}

/// An entry, the origins that it allows, and some that it does not.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

fn check(cases: &[Case<'_>]) {
    for (entry, allowed, refused) in cases {
        let origins = Origins::new(&[(*entry).to_owned()], WithoutOrigin::Allowed).unwrap();
        for origin in *allowed {
            assert!(origins.allows(Some(origin)), "{entry} {origin}");
        }
        for origin in *refused {
            assert!(!origins.allows(Some(origin)), "{entry} {origin}");
        }
    }
}
