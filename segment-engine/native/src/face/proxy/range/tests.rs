//! Which bytes a header means.

use super::*;

fn parse(text: &'static str) -> Option<Wanted> {
    Wanted::parse(&HeaderValue::from_static(text))
}

fn range(first: u64, last: u64) -> ByteRange {
    ByteRange::new(first, last).unwrap()
}

#[test]
fn one_range_of_bytes_counts() {
    assert_eq!(parse("bytes=2-5"), Some(Wanted::Between(range(2, 5))));
    assert_eq!(parse("bytes=7-"), Some(Wanted::From(7)));
    assert_eq!(parse("bytes=-3"), Some(Wanted::Last(3)));
}

#[test]
fn anything_else_counts_for_nothing() {
    for text in [
        "bytes=5-2",
        "bytes=0-1,4-5",
        "bytes=-",
        "bytes=+1-2",
        "bytes= 1-2",
        "bytes=1",
        "items=1-2",
        "bytes=0-18446744073709551615",
        "bytes=99999999999999999999-",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn a_range_is_cut_to_what_there_is() {
    for (wanted, part) in [
        (Wanted::Between(range(2, 5)), Part::Range(range(2, 5))),
        (Wanted::Between(range(2, 50)), Part::Range(range(2, 9))),
        (Wanted::From(9), Part::Range(range(9, 9))),
        (Wanted::From(10), Part::Beyond),
        (Wanted::Between(range(10, 20)), Part::Beyond),
        (Wanted::Last(3), Part::Range(range(7, 9))),
        (Wanted::Last(30), Part::Range(range(0, 9))),
        (Wanted::Last(0), Part::Beyond),
    ] {
        assert_eq!(wanted.of(10), part, "{wanted:?}");
    }
}
