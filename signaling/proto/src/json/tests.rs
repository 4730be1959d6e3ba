//! The reader against serde_json, on what is JSON, what almost is, and what is not.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn reads_what_serde_json_reads_and_refuses_what_it_refuses() {
    for text in [
        "null",
        "true",
        "false",
        "tru",
        "nulls",
        " \t\r\n1 ",
        "\u{a0}1",
        "",
        " ",
        "0",
        "-0",
        "00",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1.5",
        "1e5",
        "1E+5",
        "1e-5",
        "1e",
        "1e+",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "1x",
        "[]",
        "[ ]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1, 2 ]",
        "[",
        "]",
        "[1",
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"a\" : 1 }",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":{\"b\":[]}}",
        "{\"a\":1",
        "\"",
        "\"\"",
        "\"a",
        "\"a\nb\"",
        "\"\u{7f}\"",
        "\"é\u{1f600}\"",
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\x""#,
        r#""\u00e9""#,
        r#""\u00E9""#,
        r#""\u12""#,
        r#""\u+123""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\ud83dx""#,
        r#""\ud83d\u0041""#,
        r#""\ude00""#,
        r#""\uD83D\ud83d""#,
        r#""\"#,
        r#""\u""#,
        r#""\é""#,
        r#""\u00é0""#,
        "\"\0\"",
        "// 1",
        "1 // 2",
        "'a'",
        "NaN",
        "Infinity",
        "\u{feff}1",
    ] {
        agree(text);
    }
}

#[test]
fn goes_no_deeper_than_it_may() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Json::parse(&nested(MAX_DEPTH as usize)).is_some());
    assert!(Json::parse(&nested(MAX_DEPTH as usize + 1)).is_none());
}

#[test]
fn numbers_are_counts_only_where_they_are_written_so() {
    let count = |text: &str| Json::parse(text).and_then(|json| json.count());
    assert_eq!(count("7"), Some(7));
    assert_eq!(count("18446744073709551615"), Some(u64::MAX));
    for text in ["-1", "-0", "1.0", "1e1", "18446744073709551616", "\"7\"", "null"] {
        assert_eq!(count(text), None, "{text}");
    }
}

#[test]
fn the_first_of_several_members_counts_and_null_is_none() {
    let json = Json::parse(r#"{"a":1,"b":null,"a":2}"#).unwrap();
    assert_eq!(json.member("a").and_then(Json::count), Some(1));
    assert_eq!(json.member("b"), None);
    assert_eq!(json.member("c"), None);
}

proptest! {
    #[test]
    fn agrees_with_serde_json_on_any_value(value in value()) {
        agree(&value.to_string());
        agree(&serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn agrees_with_serde_json_on_spoilt_values(value in value(), at in any::<prop::sample::Index>(), spoilt in r#"[\[\]{},:"\\a0-9etu. -]{0,2}"#) {
        let mut text: Vec<char> = value.to_string().chars().collect();
        let at = at.index(text.len());
        text.splice(at..=at, spoilt.chars());
        agree(&text.into_iter().collect::<String>());
    }

    #[test]
    fn agrees_with_serde_json_on_any_text(text in any::<String>()) {
        agree(&text);
        let mut written = String::new();
        write_text(&mut written, &text);
        prop_assert_eq!(&written, &serde_json::to_string(&text).unwrap());
        agree(&written);
    }
}

/// Objects with members of one name are left to a test of their own, and so are numbers beyond what floats hold.
fn agree(text: &str) {
    let expected = serde_json::from_str::<Value>(text);
    let got = Json::parse(text);
    match (&got, &expected) {
        (Some(json), Ok(value)) => assert!(same(json, value), "{text:?}: {json:?}, not {value:?}"),
        (None, Err(_)) => {}
        (Some(_), Err(error)) => assert!(
            error.to_string().contains("out of range"),
            "{text:?} is taken: {error}"
        ),
        (None, Ok(_)) => panic!("{text:?} is refused"),
    }
}

fn same(json: &Json, value: &Value) -> bool {
    match (json, value) {
        (Json::Literal(None), Value::Null) => true,
        (Json::Literal(Some(flag)), Value::Bool(other)) => flag == other,
        (Json::Number(digits), Value::Number(_)) => {
            let count = digits.parse::<u64>().ok();
            count == value.as_u64() && digits.parse::<f64>().is_ok()
        }
        (Json::Text(text), Value::String(other)) => text == other,
        (Json::List(values), Value::Array(others)) => {
            values.len() == others.len() && values.iter().zip(others).all(|(one, other)| same(one, other))
        }
        (Json::Object(members), Value::Object(others)) => {
            // Of several members of one name serde_json keeps the last.
            others.iter().all(|(name, other)| {
                members
                    .iter()
                    .rev()
                    .find(|(it, _)| it == name)
                    .is_some_and(|(_, one)| same(one, other))
            })
        }
        _ => false,
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
