//! Durations and dates of XML Schema, as MPDs write them; exact down to the nanosecond, bounded to 292 years.

use crate::time::UnixTime;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// A length of time in nanoseconds; never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Nanos(pub(super) i64);

/// Reads an `xs:duration` such as `PT1H2M3.5S`; one over 292 years counts as that. `None` when it is none, or is negative.
///
/// A year counts 365 days and a month 30: both are common in players, and rare in manifests.
pub(super) fn duration(text: &str) -> Option<Nanos> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date = fields(
        date,
        &[('Y', 365 * DAY), ('M', 30 * DAY), ('W', 7 * DAY), ('D', DAY)],
    )?;
    let time = fields(time, &[('H', 3600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)])?;
    Some(Nanos(i64::try_from(date.checked_add(time)?).unwrap_or(i64::MAX)))
}

/// Sums fields such as `1H30M`, whose letters must come in the order of `units`.
fn fields(mut text: &str, units: &[(char, i128)]) -> Option<i128> {
    let mut total: i128 = 0;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (_, unit) = units.find(|(letter, _)| text[end..].starts_with(*letter))?;
        total = total.checked_add(decimal(&text[..end], *unit)?)?;
        text = &text[end + 1..];
    }
    Some(total)
}

/// A decimal number of units, in the unit's own parts, rounded down.
pub(super) fn decimal(text: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse::<u64>().ok()?.into()
    };
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let parts: i128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<u64>().ok()?.into()
    };
    whole.checked_mul(unit)?.checked_add(parts * unit / scale)
}

/// Reads an `xs:dateTime` such as `2024-02-29T12:00:00.5+01:00`; without a zone it is UTC. `None` when it is
/// none.
pub(super) fn date_time(text: &str) -> Option<UnixTime> {
    let (date, time) = text.split_once('T')?;
    let (time, offset) = split_zone(time)?;
    let mut date = date.splitn(3, '-').map(|field| digits(field, 4));
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.splitn(3, ':');
    let (hour, minute) = (digits(time.next()?, 2)?, digits(time.next()?, 2)?);
    let second = decimal(time.next().unwrap_or("0"), 1000)?;
    let in_range =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour <= 24 && minute <= 59 && second < 61_000;
    if !in_range {
        return None;
    }
    let minutes = (days_from_1970(year, month, day) * 24 + hour) * 60 + minute - offset;
    Some(UnixTime::from_millis(
        minutes * 60_000 + i64::try_from(second).ok()?,
    ))
}

/// Splits `Z` or `+hh:mm` off; the zone is in minutes.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let sign = if time[at..].starts_with('-') { -1 } else { 1 };
    let zone = &time[at + 1..];
    let (hours, minutes) = zone.split_once(':').or_else(|| zone.split_at_checked(2))?;
    let minutes = if minutes.is_empty() {
        0
    } else {
        digits(minutes, 2)?
    };
    Some((&time[..at], sign * (digits(hours, 2)? * 60 + minutes)))
}

fn digits(text: &str, most: usize) -> Option<i64> {
    let well = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if well { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests;
