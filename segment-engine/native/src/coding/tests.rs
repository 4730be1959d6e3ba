//! What counts as packed.

use super::*;

#[test]
fn whatever_is_not_as_it_is_is_named() {
    for (told, named) in [
        (&[][..], None),
        (&["identity"], None),
        (&["Identity", ""], None),
        (&["gzip"], Some("gzip")),
        (&["identity, br"], Some("identity, br")),
        (&["deflate", "gzip"], Some("deflate, gzip")),
    ] {
        let pair = |coding: &&'static str| (CONTENT_ENCODING, HeaderValue::from_static(coding));
        let mut headers = HeaderMap::new();
        for (name, value) in told.iter().map(pair) {
            headers.append(name, value);
        }
        assert_eq!(content_coding(&headers).as_deref(), named, "{told:?}");
    }
}
