//! Dates and durations as XML Schema writes them.

use super::*;

#[test]
fn dates_are_written_in_utc() {
    // Checked with `date -u -d @seconds`.
    for (millis, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_709_164_799_999, "2024-02-28T23:59:59.999Z"),
        (1_709_251_200_001, "2024-03-01T00:00:00.001Z"),
        (1_798_761_599_000, "2026-12-31T23:59:59.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ] {
        assert_eq!(date_time(UnixMillis(millis)), text);
    }
}

#[test]
fn durations_have_a_fraction_only_where_needed() {
    assert_eq!(duration(2000), "PT2S");
    assert_eq!(duration(7050), "PT7.050S");
}
