//! Tests of templates of init segments.

use super::*;

#[test]
fn an_init_segment_has_no_number_and_no_time() {
    // A template -> the URL of representation `v` with a bandwidth of 9
    let table = [
        ("$RepresentationID$/i-$Bandwidth%03d$.mp4", "v/i-009.mp4"),
        ("$RepresentationID$/s$Number$.m4f", "v/s$Number$.m4f"),
        ("s$Number%05d$-$Time$$RepresentationID$", "s$Number%05d$-$Time$v"),
        ("$$Number$$", "$Number$"),
        ("$$$Number$$$", "$$Number$$"),
        ("$x$Number$", "$x$Number$"),
        ("a$Number", "a$Number"),
        ("$Number$Number$", "$Number$Number$"),
    ];
    let base = Address::parse("https://cdn.example/t/").unwrap();
    for (template, expected) in table {
        let addressing = Addressing {
            initialization: Some(template.into()),
            ..Addressing::default()
        };
        let context = Context {
            start: Nanos(0),
            duration: None,
            dynamic: false,
            bases: std::slice::from_ref(&base),
            representation: "v",
            bandwidth: Some(9),
            clock: None,
            live: None,
        };
        let inits = Places::new(&Limits::default()).inits(&addressing, &context);
        let url = inits.unwrap()[0].addresses[0].to_string();
        assert_eq!(url, format!("https://cdn.example/t/{expected}"), "{template}");
    }
}
