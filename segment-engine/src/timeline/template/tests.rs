//! Tests of identifiers, widths and the way back.

use proptest::prelude::*;

use super::*;

const KNOWN: Known<'static> = Known {
    purpose: Purpose::Media,
    representation: "v/1",
    bandwidth: Some(900),
};

fn resolve(template: &str) -> Result<Template, TemplateError> {
    let base = Address::parse("https://cdn.example/a/m.mpd?sig=1").unwrap();
    Template::resolve(&parts(template, KNOWN)?, &base)
}

fn url(template: &str, number: u64, time: i64) -> String {
    resolve(template).unwrap().url(Values { number, time })
}

#[test]
fn fills_identifiers_in() {
    assert_eq!(
        url("$RepresentationID$-$Bandwidth$/$Number$.m4s", 7, 0),
        "https://cdn.example/a/v/1-900/7.m4s"
    );
    assert_eq!(
        url("../t$Time%09d$?n=$Number%03d$", 1234, 88),
        "https://cdn.example/t000000088?n=1234"
    );
    assert_eq!(
        url("$$$Bandwidth%05d$$$$Number$", 1, 0),
        "https://cdn.example/a/$00900$1"
    );
    assert_eq!(url("//other.example/$Number$", 5, 0), "https://other.example/5");
    assert_eq!(url("x y/$Number$ z", 5, 0), "https://cdn.example/a/x%20y/5%20z");
    assert_eq!(
        url("~_/~__$Number$__~0!", 5, 0),
        "https://cdn.example/a/~_/~__5__~0!"
    );
    assert_eq!(
        url("~_\n_\t__$Number$", 5, 0),
        "https://cdn.example/a/~____5",
        "line ends are dropped, and what they parted is one"
    );
}

#[test]
fn an_identifier_that_resolution_removes_is_gone() {
    assert_eq!(url("$Number$/../x.m4s", 5, 0), "https://cdn.example/a/x.m4s");
}

#[test]
fn refuses_what_it_cannot_tell() {
    for template in ["$SubNumber$", "$SubNumber%03d$", "a$b/$Number$-$SubNumber$"] {
        assert_eq!(resolve(template), Err(TemplateError::Unknown), "{template}");
    }
    let nameless = Known {
        bandwidth: None,
        ..KNOWN
    };
    assert_eq!(parts("$Bandwidth$", nameless), Err(TemplateError::Unknown));
    assert!(parts("$Number$", nameless).is_ok());
    assert_eq!(resolve("$Number%033d$"), Err(TemplateError::Width));
    assert_eq!(
        resolve("$Number%099999999999999999999d$"),
        Err(TemplateError::Width)
    );
    assert_eq!(resolve(&"$Number$".repeat(17)), Err(TemplateError::Identifiers));
    assert_eq!(
        resolve("https://cdn$Number$.example/x"),
        Err(TemplateError::Address)
    );
    assert_eq!(resolve("javascript:$Number$"), Err(TemplateError::Address));
}

#[test]
fn a_dollar_that_starts_no_identifier_is_text() {
    let table = [
        ("$Number", "$Number"),
        ("$", "$"),
        ("$number$", "$number$"),
        ("$Number%3d$", "$Number%3d$"),
        ("$Number%0d$", "$Number%0d$"),
        ("$Number%03f$", "$Number%03f$"),
        ("a$b/$Number$.m4s", "a$b/5.m4s"),
        ("$Number$.m4s?k=$", "5.m4s?k=$"),
        ("$$$Number$$", "$5$"),
    ];
    for (template, expected) in table {
        let expected = format!("https://cdn.example/a/{expected}");
        assert_eq!(url(template, 5, 0), expected, "{template}");
    }
}

#[test]
fn numbers_are_written_as_printf_does_and_read_back() {
    let table = [
        ("$Number%04x$", "00ab"),
        ("$Number%04X$", "00AB"),
        ("$Number%04o$", "0253"),
        ("$Number%04i$", "0171"),
        ("$Number%01u$", "171"),
        ("$Time%02x$", "ff"),
        ("$Time%00d$", "255"),
        ("$Bandwidth%04X$", "0384"),
    ];
    for (text, expected) in table {
        let template = resolve(text).unwrap();
        let values = Values {
            number: 171,
            time: 255,
        };
        let target = format!("/a/{expected}");
        assert_eq!(
            template.url(values),
            format!("https://cdn.example{target}"),
            "{text}"
        );
        let captured = [Captured::Number(171), Captured::Time(255)];
        let found = template.capture(&target);
        assert!(template.is_constant() || found.iter().any(|found| captured.contains(found)));
    }
    assert_eq!(url("$Time%04d$", 0, -5), "https://cdn.example/a/-005");
}

#[test]
fn reads_numbers_back_and_nothing_else() {
    let template = resolve("v$Number%03d$.m4s").unwrap();
    assert_eq!(template.capture("/a/v007.m4s"), [Captured::Number(7)]);
    assert!(template.matches("/a/v007.m4s", Values { number: 7, time: 0 }));
    assert!(!template.matches("/a/v7.m4s", Values { number: 7, time: 0 }));
    assert_eq!(template.capture("/a/v007.mp4"), []);
    assert_eq!(template.capture("/b/v007.m4s"), []);
    assert_eq!(template.capture("/a/v99999999999999999999999.m4s"), []);
}

proptest! {
    #[test]
    fn what_it_writes_it_reads(
        number in any::<u64>(), time in 0..i64::MAX, width in 1..21usize,
        before in "[0-9a-z~_!]{0,4}", after in "[0-9a-z.]{0,4}", timed in any::<bool>(),
        conversion in prop::sample::select(vec!['d', 'i', 'o', 'u', 'x', 'X']),
    ) {
        let identifier = if timed { "Time" } else { "Number" };
        let template = resolve(&format!("{before}${identifier}%0{width}{conversion}${after}")).unwrap();
        let values = Values { number, time };
        let url = template.url(values);
        let target = url.strip_prefix("https://cdn.example").unwrap();
        let expected = if timed { Captured::Time(time) } else { Captured::Number(number) };
        prop_assert!(template.capture(target).contains(&expected));
        prop_assert!(template.matches(target, values));
    }

    #[test]
    fn never_panics(template in "[$%0-9a-zA-Z/.~_! é\t\n\r-]{0,40}|(\\$(Number|Time)(%0[0-9]d)?\\$|[~_!/.\t\n]){0,9}") {
        if let Ok(template) = resolve(&template) {
            let _ = template.capture(&template.url(Values { number: 1, time: 2 }));
        }
    }
}
