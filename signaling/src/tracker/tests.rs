//! Where a token is found in a URL.

use super::token;

#[test]
fn a_token_is_found_in_the_query() {
    let cases = [
        (None, None),
        (Some(""), None),
        (Some("t="), None),
        (Some("t=a.b.c"), Some("a.b.c")),
        (Some("x=1&t=a.b-_c&y"), Some("a.b-_c")),
        (Some("token=a"), None),
        (Some("xt=a"), None),
    ];
    for (query, expected) in cases {
        assert_eq!(token(query), expected, "{query:?}");
    }
}
