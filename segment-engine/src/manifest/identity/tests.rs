//! Pins the keys: they are a part of the wire's contract.

use super::*;

fn representation(id: &str) -> RepresentationName<'_> {
    RepresentationName {
        set: None,
        id,
        before: 0,
    }
}

#[test]
fn keys_stay_what_they_are() {
    let period = PeriodName::Id("p0".to_owned());
    let qualified = RepresentationName {
        set: Some(("video", "0")),
        id: "v",
        before: 0,
    };
    let second = RepresentationName {
        before: 1,
        ..qualified
    };
    let keys = [
        dash_key(&period, &representation("v")),
        dash_key(&PeriodName::Index(3), &representation("v")),
        dash_key(&PeriodName::Start(3), &representation("v")),
        dash_key(&period, &qualified),
        dash_key(&period, &second),
        hls_key(""),
        hls_key("variant,bandwidth=1#0"),
    ];
    let keys = keys.map(|key| key.to_string()).join("\n");
    expect_test::expect![[r#"
        26cd19bf1307342d
        3a57c9afe9613788
        8cf494cd7ebb1da2
        fdeb7b98260d1159
        b8aa53d47bd2fe15
        02a8feb7f21f9531
        0db63572bc0fd2a3"#]]
    .assert_eq(&keys);
}

#[test]
fn fields_do_not_run_together() {
    let one = dash_key(&PeriodName::Id("a".to_owned()), &representation("bc"));
    let other = dash_key(&PeriodName::Id("ab".to_owned()), &representation("c"));
    assert_ne!(one, other);
}

#[cfg(feature = "resources")]
#[test]
fn a_file_has_the_key_of_its_digest() {
    let key = digest_key(&Digest::of(&[b"abc"]));
    assert_eq!(key.to_string(), "0ad5b6d0ccc75d27", "as in PROTOCOL.md");
}
