//! What is shown of addresses.

use super::*;

#[test]
fn what_may_be_secret_in_a_url_is_not_shown() {
    for (url, expected) in [
        (
            "https://user:secret@origin.example/a.mpd?token=1#t",
            "https://origin.example/a.mpd",
        ),
        (
            "http://origin.example:8040/a.mpd",
            "http://origin.example:8040/a.mpd",
        ),
        ("no url", ""),
    ] {
        assert_eq!(shown(url), expected);
    }
}
