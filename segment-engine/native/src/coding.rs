//! Origins are asked for unencoded bytes: byte ranges and digests are of those, not of what a `Content-Encoding` makes
//! of them.

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};

/// The request headers that ask for unencoded bytes (RFC 9110, section 12.5.3).
pub fn identity_encoding_headers() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))])
}

/// The response's `Content-Encoding`, if it is not `identity` (RFC 9110, section 8.4).
pub fn content_coding(headers: &HeaderMap) -> Option<String> {
    let told = headers.get_all(CONTENT_ENCODING).iter();
    let told: Vec<_> = told
        .map(|coding| String::from_utf8_lossy(coding.as_bytes()))
        .collect();
    let told = told.join(", ");
    let mut codings = told.split(',').map(str::trim);
    let is_packed = codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    is_packed.then_some(told)
}

#[cfg(test)]
mod tests;
