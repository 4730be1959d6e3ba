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

/// `dashjs-bridge/ts/test/options.test.ts` has the same addresses and names.
#[test]
fn a_long_default_swarm_is_shortened_as_pages_do() {
    let (films, short, long) = ("film-2026/".repeat(12), "a".repeat(116), "a".repeat(150));
    for (manifest, swarm) in [
        (
            format!("https://cdn.example:8443/{films}manifest.mpd?token=1"),
            format!("cdn.example:8443/{}fil~4034b9b70d6860cc", "film-2026/".repeat(8)),
        ),
        (
            format!("https://cdn.example/{short}"),
            format!("cdn.example/{short}"),
        ),
        (
            format!("https://cdn.example/{short}a"),
            format!("cdn.example/{}~1963e8d9ca3540e0", "a".repeat(88)),
        ),
        (
            format!("https://cdn.example/{}/m.mpd", "ä".repeat(30)),
            format!("cdn.example/{}%C3%~2d65d6f14527f050", "%C3%A4".repeat(14)),
        ),
        // A hash's leading zeros are left out.
        (
            format!("https://cdn.example/94/{long}"),
            format!("cdn.example/94/{}~efe1cbaebd47bb", "a".repeat(85)),
        ),
    ] {
        assert_eq!(default_swarm(&manifest).unwrap(), swarm, "{manifest}");
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
