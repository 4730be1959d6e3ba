//! The swarm's default name.

use super::*;

#[test]
fn the_default_swarm_is_host_and_path() {
    for (manifest, swarm) in [
        (
            "https://origin.example/film/manifest.mpd",
            "origin.example/film/manifest.mpd",
        ),
        (
            "https://origin.example/film/manifest.mpd?token=1#t=3",
            "origin.example/film/manifest.mpd",
        ),
        ("http://origin.example:8040/a.m3u8", "origin.example:8040/a.m3u8"),
        ("https://origin.example:443/a.mpd", "origin.example/a.mpd"),
        ("https://ORIGIN.example", "origin.example/"),
        (
            "https://user:secret@origin.example/a%20b.mpd",
            "origin.example/a%20b.mpd",
        ),
        ("http://[::1]:8040/a.mpd", "[::1]:8040/a.mpd"),
    ] {
        assert_eq!(default_swarm(manifest).unwrap(), swarm, "{manifest}");
    }
}

#[test]
fn what_is_not_a_manifest_url_is_refused() {
    for url in [
        "",
        "manifest.mpd",
        "ftp://origin.example/a.mpd",
        "file:///a.mpd",
        "http://",
    ] {
        assert!(default_swarm(url).is_err(), "{url}");
    }
}
