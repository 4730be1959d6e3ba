//! Each reason is told with its number, in one line.

use super::*;

#[test]
fn each_reason_has_a_line_with_its_number_and_the_first_by_name() {
    let mut left_out = LeftOut::default();
    assert!(left_out.is_empty());
    left_out.add(Reason::Size, "b.m4s");
    left_out.add(Reason::NoFile, "1.m4s");
    left_out.add(Reason::NoFile, "2.m4s");
    left_out.add(Reason::Undescribed, "a\nb");
    assert!(!left_out.is_empty());
    let lines: Vec<_> = left_out.lines().collect();
    assert_eq!(
        lines,
        [
            "left out: 2 segments without a file in the folder; the first: \"1.m4s\"",
            "left out: 1 segments that are empty, cut short or larger than 64 MiB; the first: \"b.m4s\"",
            "left out: 1 renditions that the manifest does not place, which `inspect` explains; the first: \"a\\nb\"",
        ]
    );
}
