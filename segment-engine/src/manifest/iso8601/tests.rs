//! Tables of durations and dates.

use super::*;

#[test]
fn reads_durations() {
    const TABLE: [(&str, Option<i64>); 17] = [
        ("PT0S", Some(0)),
        ("PT1.5S", Some(1_500_000_000)),
        ("PT0H1M2.000000001S", Some(62_000_000_001)),
        ("P1DT2H", Some(93_600_000_000_000)),
        ("P1Y2M", Some(36_720_000_000_000_000)),
        ("PT90M", Some(5_400_000_000_000)),
        ("PT.5S", Some(500_000_000)),
        ("PT0.1234567899S", Some(123_456_789)),
        ("P", None),
        ("PT", None),
        ("-PT1S", None),
        ("PT1S2M", None),
        ("PT1", None),
        ("1S", None),
        ("PT1e3S", None),
        ("P300Y", Some(i64::MAX)),
        ("P10675199DT2H48M5.4775807S", Some(i64::MAX)),
    ];
    for (text, expected) in TABLE {
        assert_eq!(duration(text), expected.map(Nanos), "{text}");
    }
}

#[test]
fn reads_dates() {
    const TABLE: [(&str, Option<i64>); 14] = [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("2024-02-29T12:34:56.789Z", Some(1_709_210_096_789)),
        ("2024-02-29T12:34:56", Some(1_709_210_096_000)),
        ("2024-02-29T13:34:56+01:00", Some(1_709_210_096_000)),
        ("2024-02-29T05:04:56-0730", Some(1_709_210_096_000)),
        ("1969-12-31T23:59:59Z", Some(-1000)),
        ("2000-03-01T00:00:00Z", Some(951_868_800_000)),
        ("1900-01-01T00:00:00Z", Some(-2_208_988_800_000)),
        ("2024-13-01T00:00:00Z", None),
        ("2024-02-29", None),
        ("2024-02-29T12Z", None),
        ("20240-02-29T12:00:00Z", None),
        ("2024-02-29T12:00:xxZ", None),
        ("é-02-29T12:00:00é", None),
    ];
    for (text, expected) in TABLE {
        assert_eq!(date_time(text), expected.map(UnixTime::from_millis), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "[-0-9PTYMWDHSZ:.+é]{0,30}|\\PC{0,20}") {
        let _ = (duration(&text), date_time(&text), decimal(&text, 1_000_000));
    }
}
