//! Tests of single attributes, and of the bounds on how many elements there are.

use super::values::{fraction, repeat, span};
use super::*;

fn limits() -> Limits {
    Limits {
        tracks: 3,
        segments: 4,
        ..Limits::default()
    }
}

fn over(text: &str) -> bool {
    matches!(read(text, &limits()), Err(ManifestError::OverLimit { .. }))
}

#[test]
fn reads_numbers_with_decimals() {
    const TABLE: [(&str, Option<(u64, u64)>); 17] = [
        ("2000000.0", Some((2_000_000, 1))),
        ("2", Some((2, 1))),
        ("2.002", Some((2002, 1000))),
        ("0.50", Some((5, 10))),
        ("0", Some((0, 1))),
        ("+30", Some((30, 1))),
        ("+-30", None),
        ("-1", None),
        ("2e3", Some((2000, 1))),
        ("1.5E1", Some((15, 1))),
        ("2.5e0", Some((25, 10))),
        ("5000e-3", Some((5, 1))),
        ("1e-30", None),
        ("1e30", None),
        ("0e128", None),
        ("e3", None),
        ("2e", None),
    ];
    for (text, expected) in TABLE {
        assert_eq!(
            fraction(text),
            expected.map(|(ticks, per)| Fraction { ticks, per }),
            "{text}"
        );
    }
}

#[test]
fn whole_numbers_may_be_written_with_decimals() {
    for (text, expected) in [
        ("2000.0", Some(2000)),
        ("1e0", Some(1)),
        ("0.5", None),
        ("-0", None),
    ] {
        assert_eq!(number(text), expected, "{text}");
    }
    for (text, expected) in [("-1", Some(-1)), ("3.0", Some(3)), ("-", None), ("1e30", None)] {
        assert_eq!(repeat(text), expected, "{text}");
    }
}

#[test]
fn reads_ranges() {
    let known = |first, last| ByteRange::new(first, last).map(Span::Known);
    let table = [
        ("0-9", known(0, 9)),
        (" 5 - 5 ", known(5, 5)),
        ("200-", Some(Span::Open)),
        ("0-", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(span(text), expected, "{text}");
    }
    for text in [
        "9-1",
        "-",
        "-1",
        "0-18446744073709551615",
        "0-18446744073709551616",
        "18446744073709551616-",
        "a-b",
        "a-",
    ] {
        assert_eq!(span(text), Some(Span::Open), "{text}");
    }
}

#[test]
fn reads_offsets() {
    assert_eq!(early("INF"), Some(Early::Always));
    assert_eq!(early("1.25"), Some(Early::By(1_250_000)));
    assert_eq!(early("-1.25"), Some(Early::By(-1_250_000)));
    for text in ["NaN", "--1", "-INF", "-"] {
        assert_eq!(early(text), None, "{text}");
    }
}

#[test]
fn bounds_elements_everywhere() {
    assert!(over(&format!("<MPD>{}</MPD>", "<Period/>".repeat(25))));
    assert!(over(&format!(
        "<MPD><Period>{}</Period></MPD>",
        "<AdaptationSet/>".repeat(25)
    )));
    let sets = "<AdaptationSet><Representation/></AdaptationSet>".repeat(4);
    assert!(over(&format!("<MPD><Period>{sets}</Period></MPD>")));
    let steps = "<S d='1'/>".repeat(5);
    let timeline = format!("<SegmentTemplate><SegmentTimeline>{steps}</SegmentTimeline></SegmentTemplate>");
    assert!(over(&format!("<MPD><Period>{timeline}</Period></MPD>")));
    let urls = "<SegmentURL/>".repeat(5);
    assert!(over(&format!(
        "<MPD><Period><SegmentList>{urls}</SegmentList></Period></MPD>"
    )));
}

#[test]
fn other_documents_are_no_mpd() {
    for text in [
        "<html></html>",
        "<SmoothStreamingMedia/>",
        "<x:MPDs/>",
        "<",
        "<?xml version='1.0'?>",
    ] {
        assert!(read(text, &limits()).unwrap().is_none(), "{text}");
    }
    assert!(read("<x:MPD/>", &limits()).unwrap().is_some());
}

#[test]
fn only_a_live_title_needs_the_clock_that_it_names() {
    // The kind of an MPD, and its availabilityStartTime -> whether it is read
    let table = [
        ("static", "", true),
        ("static", "2020-01-01", true),
        ("static", "2020-01-01T00:00:00Z", true),
        ("dynamic", "", false),
        ("dynamic", "2020-01-01", false),
        ("dynamic", "2020-01-01T00:00:00Z", true),
    ];
    for (kind, start, expected) in table {
        let text = format!("<MPD type='{kind}' availabilityStartTime='{start}'/>");
        assert_eq!(read(&text, &limits()).is_ok(), expected, "{kind} {start}");
    }
}
