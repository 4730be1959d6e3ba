//! What can be had through the proxy, and what not.

use super::*;

const MANIFEST: &str = "https://origin.example/films/one/manifest.mpd?key=1";

fn url(rest: &str, query: Option<&str>) -> Option<String> {
    Target::find(MANIFEST, None, rest, query).map(|target| target.url.into())
}

#[test]
fn what_lies_under_the_manifests_folder_can_be_had() {
    for (rest, query, expected) in [
        ("v180/1.m4s", None, "https://origin.example/films/one/v180/1.m4s"),
        (
            "v180/1.m4s",
            Some("a=b"),
            "https://origin.example/films/one/v180/1.m4s?a=b",
        ),
        ("a%20b.m4s", None, "https://origin.example/films/one/a%20b.m4s"),
        ("v180/../a.m4s", None, "https://origin.example/films/one/a.m4s"),
        (
            "manifest.mpd",
            Some("x"),
            "https://origin.example/films/one/manifest.mpd?key=1",
        ),
    ] {
        assert_eq!(url(rest, query).as_deref(), Some(expected), "{rest}");
    }
}

#[test]
fn nothing_else_can() {
    for rest in [
        "",
        "..",
        "../two/secret.m4s",
        "../one-more/1.m4s",
        "%2e%2e/two/1.m4s",
        "%2E%2e/%2E%2E/etc/passwd",
        "..%2ftwo/1.m4s",
        "..%5Ctwo/1.m4s",
        "..\\two/1.m4s",
        "a%00.m4s",
        "./",
    ] {
        assert_eq!(url(rest, None), None, "{rest}");
    }
}

#[test]
fn no_path_leads_to_another_host() {
    for rest in [
        "//evil.example/1.m4s",
        "https://evil.example/1.m4s",
        "@evil.example/1.m4s",
        ":80/1.m4s",
    ] {
        let url = url(rest, None).unwrap();
        assert!(
            url.starts_with("https://origin.example/films/one/"),
            "{rest}: {url}"
        );
    }
}

#[test]
fn what_a_manifest_that_redirects_names_lies_beside_where_it_came_from() {
    let url = |rest| {
        let came_from = Some("https://cdn.example/v7/x/index.mpd?signed=1");
        Target::find(MANIFEST, came_from, rest, None).map(|target| target.url.to_string())
    };
    let of = |url: &str| Some(url.to_owned());
    assert_eq!(url("v180/1.m4s"), of("https://cdn.example/v7/x/v180/1.m4s"));
    assert_eq!(
        url("manifest.mpd"),
        of(MANIFEST),
        "it is asked where it redirects"
    );
    assert_eq!(url("../y/1.m4s"), None);
    assert_eq!(url("..%2fy/1.m4s"), None);
}

#[test]
fn manifests_are_told_by_their_names() {
    let kind = |rest| Target::find(MANIFEST, None, rest, None).unwrap().kind;
    assert_eq!(kind("manifest.mpd"), Kind::Manifest);
    assert_eq!(kind("audio/a64.m3u8"), Kind::Manifest);
    assert_eq!(kind("v180/1.m4s"), Kind::Other);
    let odd = Target::find("http://origin.example/live?x=1", None, "live", None).unwrap();
    assert_eq!(
        (odd.kind, odd.url.as_str()),
        (Kind::Manifest, "http://origin.example/live?x=1")
    );
}
