//! How often a sidecar is asked for.

use super::*;

#[test]
fn the_period_is_what_its_server_says_within_bounds() {
    for (directives, seconds) in [
        ("max-age=60", Some(60)),
        ("public, max-age=7, immutable", Some(7)),
        ("max-age=0", Some(5)),
        ("max-age=99999999", Some(3_600)),
        ("no-store", None),
        ("max-age=soon", None),
    ] {
        let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(directives))]);
        assert_eq!(
            period(&headers).map(|period| period.as_secs()),
            seconds,
            "{directives}"
        );
    }
    assert_eq!(period(&HeaderMap::new()), None);
}
