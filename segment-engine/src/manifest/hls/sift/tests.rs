//! Tables of lines.

use super::*;

fn sifted(text: &str) -> Result<Vec<Line<'_>>, ManifestError> {
    media_lines(text).collect()
}

#[test]
fn keeps_what_says_something_about_segments() {
    let text = "#EXTM3U\r\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n# a remark\n#EXT-X-PART:DURATION=1,URI=\"p\"\n\
        #EXT-X-MEDIA-SEQUENCE:7\n  #EXTINF:3.5,a, title  \n#EXT-X-BYTERANGE:5@6\n seg 1.ts \n#EXT-X-GAP\n#EXT-X-ENDLIST";
    let expected = [
        Line::Fact(Fact::Target(Duration::from_secs(4))),
        Line::Fact(Fact::Partial),
        Line::Fact(Fact::Sequence(Some(7))),
        Line::Fact(Fact::Duration(3_500_000_000)),
        Line::Fact(Fact::Part(Part {
            length: 5,
            offset: Some(6),
        })),
        Line::Uri("seg 1.ts"),
        Line::Fact(Fact::Gap),
        Line::Fact(Fact::Ended),
    ];
    assert_eq!(sifted(text).unwrap(), expected);
}

#[test]
fn refuses_what_it_cannot_read() {
    let lines = [
        "#EXTINF:x,",
        "#EXTINF:-1,",
        "#EXTINF:inf,",
        "#EXTINF:1e9,",
        "#EXT-X-BYTERANGE:5@",
        "#EXT-X-BYTERANGE:18446744073709551616",
        "#EXT-X-MAP:URI=\"a",
        "#EXT-X-MAP:BYTERANGE=\"1@2\"",
        "#EXT-X-MAP:URI=\"a\",BYTERANGE=\"x\"",
        "segment.ts",
        "#EXTINF:1,\n{$host}/segment.ts",
    ];
    for line in lines {
        assert!(sifted(line).is_err(), "{line}");
    }
}

#[test]
fn splits_attributes() {
    let list = r#"A=1,B="x,y=z",C=4x5"#;
    assert!(is_attribute_list(list));
    assert_eq!(attribute(list, "B"), Some("x,y=z"));
    assert_eq!(attribute(list, "C"), Some("4x5"));
    for bad in ["A=\"x", "A=\"x\"y", "=1", ",=1", "A=\"x\" y,B=1", "A=1,B\"=2"] {
        assert!(!is_attribute_list(bad), "{bad}");
    }
}

#[test]
fn attributes_may_be_empty_or_have_space_around_or_quotes_within() {
    let list = r#" A= 1 , B = "x, "y"" ,C=,D,E="z ","#;
    assert!(is_attribute_list(list));
    let values = ["A", "B", "C", "D", "E", "F"].map(|name| attribute(list, name));
    let expected = [Some("1"), Some("x, \"y\""), Some(""), Some(""), Some("z "), None];
    assert_eq!(values, expected);
}

#[test]
fn attributes_may_be_left_out_between_commas() {
    for list in [",A=1,B=2", "A=1,,B=2", "A=1, ,\t,B=2,,", "A=\"1\",,B=\"2\""] {
        assert!(is_attribute_list(list), "{list}");
        assert_eq!(
            ["A", "B"].map(|name| attribute(list, name)),
            [Some("1"), Some("2")],
            "{list}"
        );
        assert_eq!(attribute(list, ""), None, "{list}");
    }
}

#[test]
fn lines_end_as_on_any_system() {
    let text = |end: &str| ["#EXTM3U", "", "#EXTINF:1,t", "a b", ""].join(end);
    for end in ["\n", "\r\n", "\r"] {
        assert!(lines(&text(end)).eq(["#EXTM3U", "#EXTINF:1,t", "a b"]), "{end:?}");
    }
}

#[test]
fn a_range_may_have_space_within() {
    let of = |length, offset| Some(Part { length, offset });
    assert_eq!(part(" 700 @ 5 "), of(700, Some(5)));
    assert_eq!(part(" 7"), of(7, None));
    for bad in ["", "@", "7@", "7 0", "-7"] {
        assert_eq!(part(bad), None, "{bad}");
    }
}
