//! What the attributes of an MPD may say, where that is neither a number nor a text.

use super::{Fraction, Span};
use crate::id::ByteRange;
use crate::manifest::iso8601;
use crate::timeline::clock::Early;

/// Reads a number of ticks with up to six decimals.
pub(super) fn fraction(text: &str) -> Option<Fraction> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let decimals = text
        .split_once('.')
        .map_or("", |(_, decimals)| decimals.trim_end_matches('0'));
    let per = 10_u64.pow(u32::try_from(decimals.len().min(6)).ok()?);
    let ticks = u64::try_from(iso8601::decimal(text, per.into())?).ok()?;
    Some(Fraction { ticks, per })
}

/// Reads `first-last` or `first-` (RFC 7233, 2.1, byte-range-spec). `0-` is all of the resource, and so is what is empty.
pub(super) fn span(text: &str) -> Option<Option<Span>> {
    if text.is_empty() {
        return Some(None);
    }
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.trim().parse().ok()?, last.trim());
    if last.is_empty() {
        return Some((first > 0).then_some(Span::Open));
    }
    ByteRange::new(first, last.parse().ok()?).map(|range| Some(Span::Known(range)))
}

/// Reads an `availabilityTimeOffset`: seconds, which may be below zero, or `INF`.
pub(super) fn early(text: &str) -> Option<Early> {
    if text == "INF" {
        return Some(Early::Always);
    }
    let later = text.strip_prefix('-');
    let micros = iso8601::decimal(later.unwrap_or(text), 1_000_000)?;
    let micros = i64::try_from(micros).ok()?;
    Some(Early::By(if later.is_some() { -micros } else { micros }))
}
