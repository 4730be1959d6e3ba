//! Whose copy is known.

use super::*;

#[test]
fn a_copy_is_known_by_its_etag_in_any_form() {
    let etag = HeaderValue::from_static("\"a1\"");
    for (told, known) in [
        (&["\"a1\""][..], true),
        (&["\"b2\", W/\"a1\""], true),
        (&["\"b2\"", "\"a1\""], true),
        (&["*"], true),
        (&["\"b2\""], false),
        (&["a1"], false),
        (&[], false),
    ] {
        let mut headers = HeaderMap::new();
        for value in told {
            headers.append(header::IF_NONE_MATCH, HeaderValue::from_static(value));
        }
        assert_eq!(is_known(&headers, &etag), known, "{told:?}");
    }
}
