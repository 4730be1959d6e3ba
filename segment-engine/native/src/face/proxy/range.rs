//! `Range` headers (RFC 9110, section 14.2): one range of bytes. Of several, and of what is malformed, none counts.

use axum::http::HeaderValue;
use segment_engine::id::ByteRange;

/// The part of a resource that a player asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Bytes from one position to another, inclusive.
    Between(ByteRange),
    /// All bytes from a position on.
    From(u64),
    /// This many bytes at the end.
    Last(u64),
}

/// The part of a resource that a range selects, given the resource's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// These bytes.
    Range(ByteRange),
    /// Nothing: it begins after the end.
    Beyond,
}

impl Wanted {
    /// Reads a header.
    pub(super) fn parse(header: &HeaderValue) -> Option<Self> {
        let (first, last) = header.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u64>().ok()).flatten()
        };
        match (first, last) {
            ("", last) => number(last).map(Self::Last),
            (first, "") => number(first).map(Self::From),
            (first, last) => ByteRange::new(number(first)?, number(last)?).map(Self::Between),
        }
    }

    /// The range, where both of its ends are given.
    pub(super) fn exact(self) -> Option<ByteRange> {
        match self {
            Self::Between(range) => Some(range),
            Self::From(_) | Self::Last(_) => None,
        }
    }

    /// The part that this selects of a resource of `size` bytes, which is at least 1.
    pub(super) fn of(self, size: u64) -> Part {
        let end = size.saturating_sub(1);
        let (first, last) = match self {
            Self::Between(range) => (range.first, range.last.min(end)),
            Self::From(first) => (first, end),
            Self::Last(0) => return Part::Beyond,
            Self::Last(count) => (size.saturating_sub(count), end),
        };
        if first >= size {
            return Part::Beyond;
        }
        ByteRange::new(first, last).map_or(Part::Beyond, Part::Range)
    }
}

#[cfg(test)]
mod tests;
