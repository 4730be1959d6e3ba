//! What the attributes of an MPD may say that is neither a plain number nor a text.

use super::{Fraction, Span};
use crate::id::ByteRange;
use crate::manifest::iso8601;
use crate::timeline::clock::Early;

/// Reads a number of ticks with up to six decimals, also with an exponent.
pub(super) fn fraction(text: &str) -> Option<Fraction> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (text, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i8 = exponent.parse().ok()?;
    let exponent = i32::from(exponent);
    let written = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let decimals = i32::try_from(written).ok()?.saturating_sub(exponent).clamp(0, 6);
    let shift = u32::try_from(decimals + exponent)
        .ok()
        .filter(|shift| *shift <= 18)?;
    let mut ticks = u64::try_from(iso8601::decimal(text, 10_u64.pow(shift).into())?).ok()?;
    let mut per = 10_u64.pow(decimals.unsigned_abs());
    while per > 1 && ticks.is_multiple_of(10) {
        (ticks, per) = (ticks / 10, per / 10);
    }
    Some(Fraction { ticks, per })
}

/// Reads a whole number without sign, which may be written as `2000.0` or `2e3`.
pub(super) fn number(text: &str) -> Option<u64> {
    let found = fraction(text)?;
    (found.per == 1).then_some(found.ticks)
}

/// Reads a repeat count; all values below zero mean the same.
pub(super) fn repeat(text: &str) -> Option<i64> {
    let count = number(text.strip_prefix('-').unwrap_or(text))?;
    let count = i64::try_from(count).ok()?;
    Some(if text.starts_with('-') { -count } else { count })
}

/// Reads `first-last` or `first-` (RFC 7233, 2.1, byte-range-spec). `0-` and the empty text are the whole resource. A
/// malformed range counts as one without a known end.
pub(super) fn span(text: &str) -> Option<Span> {
    let (first, last) = text.split_once('-').unwrap_or((text, "-"));
    match (first.trim(), last.trim()) {
        ("", "-") | ("0", "") => None,
        (first, last) => {
            let range = first.parse().ok().zip(last.parse().ok());
            let range = range.and_then(|(first, last)| ByteRange::new(first, last));
            Some(range.map_or(Span::Open, Span::Known))
        }
    }
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
