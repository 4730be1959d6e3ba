//! The time servers that a live MPD names (`UTCTiming`; ISO/IEC 23009-1, 5.8.4.11).

use super::address::Address;

/// The most sources of one manifest that are kept: they are asked one after another.
const MAX_SOURCES: usize = 8;

/// A server that tells the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeSource {
    /// Its absolute URL.
    pub url: String,
    /// How it gives the time.
    pub telling: Telling,
}

/// How a server gives the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// By the `Date` of its response to a HEAD request.
    Date,
    /// By the response's text, for [`manifest::read_time`](crate::manifest::read_time).
    Text,
}

impl TimeSource {
    /// Adds the sources that one `UTCTiming` names: `value` is a list of URLs. Schemes without URLs, such as
    /// `direct`, and those of NTP add nothing.
    pub(crate) fn add(sources: &mut Vec<Self>, (scheme, value): (&str, &str), manifest: &Address) {
        let telling = match scheme.strip_prefix("urn:mpeg:dash:utc:") {
            Some("http-head:2012" | "http-head:2014") => Telling::Date,
            Some("http-xsdate:2012" | "http-xsdate:2014" | "http-iso:2012" | "http-iso:2014") => {
                Telling::Text
            }
            Some(_) | None => return,
        };
        let found = value
            .split_ascii_whitespace()
            .filter_map(|url| manifest.resolve(url));
        let room = MAX_SOURCES.saturating_sub(sources.len());
        sources.extend(found.take(room).map(|url| Self {
            url: url.to_string(),
            telling,
        }));
    }
}
