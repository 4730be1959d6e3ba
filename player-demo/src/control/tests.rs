//! Whose requests are heard.

use super::*;

fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.parse().unwrap());
    if let Some(origin) = origin {
        headers.insert(ORIGIN, origin.parse().unwrap());
    }
    headers
}

#[test]
fn only_this_machines_names_and_pages_are_heard() {
    for (host, origin, heard) in [
        ("127.0.0.1:8040", None, true),
        ("localhost:8040", Some("http://localhost:8040"), true),
        ("[::1]:8040", Some("http://[::1]:8040"), true),
        ("127.0.0.1:8040", Some("http://127.0.0.1:8041"), false),
        ("127.0.0.1:8040", Some("http://localhost:8040"), false),
        ("127.0.0.1:8040", Some("https://evil.example"), false),
        ("127.0.0.1:8040", Some("null"), false),
        ("evil.example:8040", None, false),
        ("evil.example:8040", Some("http://evil.example:8040"), false),
        ("127.0.0.1.evil.example", None, false),
        ("localhost.evil.example:8040", None, false),
        ("192.168.1.5:8040", None, false),
    ] {
        assert_eq!(is_own(&headers(host, origin)), heard, "{host} {origin:?}");
    }
    assert!(!is_own(&HeaderMap::new()));
}
