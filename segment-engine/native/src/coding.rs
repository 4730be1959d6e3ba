//! Origins are asked for bytes as they are: what comes packed is neither a part of a file, nor what a digest is of.

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};

/// The headers of each request that ask for it (RFC 9110, section 12.5.3).
pub fn identity_encoding_headers() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))])
}

/// By what the bytes of a response are packed though nobody asked for that, if they are (RFC 9110, section 8.4).
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
