//! Writes the manifest of the live stream around the clip's own adaptation sets.

use crate::live::{SEGMENT_MS, UnixMillis, WINDOW_MS};

/// How far behind the live edge a player is to stay, in milliseconds: three segments, and time to fetch one.
const DELAY_MS: u64 = 7000;

/// Writes the manifest. `adaptation_sets` is XML that addresses segments by number from 1.
pub(super) fn write(adaptation_sets: &str, start: UnixMillis, now: UnixMillis) -> String {
    let (start, now) = (date_time(start), date_time(now));
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019" type="dynamic" availabilityStartTime="{start}" publishTime="{start}" minimumUpdatePeriod="{update}" timeShiftBufferDepth="{window}" suggestedPresentationDelay="{delay}" maxSegmentDuration="PT3S" minBufferTime="PT4S">
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="{now}"/>
  <Period id="0" start="PT0S">{adaptation_sets}</Period>
</MPD>
"#,
        update = duration(SEGMENT_MS),
        window = duration(WINDOW_MS),
        delay = duration(DELAY_MS),
    )
}

/// Writes an XML Schema duration.
fn duration(millis: u64) -> String {
    match (millis / 1000, millis % 1000) {
        (seconds, 0) => format!("PT{seconds}S"),
        (seconds, millis) => format!("PT{seconds}.{millis:03}S"),
    }
}

/// Writes an XML Schema date and time in UTC.
pub(super) fn date_time(at: UnixMillis) -> String {
    let (seconds, millis) = (at.0 / 1000, at.0 % 1000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// The Gregorian date so many days after 1970-01-01. Counts from 1 March of year 0, so that the leap day comes
/// last in its year, and in eras of 400 years (146,097 days).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leaps = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (400 * era + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
