//! Text with references in, text without out.

use super::*;

fn filled(text: &str) -> Result<String, ManifestError> {
    let query = "token=a%2Fb&empty=&plus=a+b%3D&p%61th=x&bare&quote=%22&line=a%0Ab&cut=%4&none=%FF";
    let url = Address::parse(&format!("https://cdn.example/t/v.m3u8?{query}")).unwrap();
    let imported = [("there".to_owned(), "b/{$c}".to_owned())];
    fill_in(text, &url, &imported, 1000).map(|(text, _)| text.into_owned())
}

#[test]
fn names_and_query_parameters_are_filled_in() {
    let text = "#EXT-X-DEFINE:NAME=\"host\",VALUE=\"https://other.example\"\n#EXT-X-DEFINE:NAME=\"path\",VALUE=\"{$host}/x\"\n\
        #EXT-X-DEFINE:QUERYPARAM=\"token\"\n{$path}/1.ts?t={$token}\n#EXT-X-MAP:URI=\"{$host}/i\"\n";
    let filled = filled(text).unwrap();
    assert!(
        filled.contains("\nhttps://other.example/x/1.ts?t=a/b\n"),
        "{filled}"
    );
    assert!(filled.contains("URI=\"https://other.example/i\""), "{filled}");
}

#[test]
fn a_variable_is_imported_if_the_playlist_above_has_it() {
    let text = "#EXT-X-DEFINE:IMPORT=\"there\"\n#EXT-X-DEFINE:IMPORT=\"none\"\na/{$there}/{$none}\n";
    let filled = filled(text).unwrap();
    assert!(filled.ends_with("\na/b/{$c}/{$none}\n"), "{filled}");
}

#[test]
fn query_parameters_are_decoded_unless_a_playlist_could_not_write_them() {
    let table = [
        ("token", "a/b"),
        ("empty", ""),
        ("plus", "a b="),
        ("path", "x"),
        ("bare", ""),
        ("cut", "%4"),
        ("quote", "{$quote}"),
        ("line", "{$line}"),
        ("none", "{$none}"),
        ("absent", "{$absent}"),
    ];
    for (name, value) in table {
        let text = format!("#EXT-X-DEFINE:QUERYPARAM=\"{name}\"\n<{{${name}}}>\n");
        assert!(
            filled(&text).unwrap().ends_with(&format!("\n<{value}>\n")),
            "{name}"
        );
    }
}

#[test]
fn a_variable_is_defined_once() {
    let text = "#EXT-X-DEFINE:QUERYPARAM=\"token\"\n#EXT-X-DEFINE:NAME=\"token\",VALUE=\"x\"\n";
    assert!(matches!(filled(text), Err(ManifestError::Malformed(_))));
}

#[test]
fn references_to_nothing_stay_to_be_refused() {
    let text =
        "{$late}\n#EXT-X-DEFINE:NAME=\"late\",VALUE=\"x\"\n{$no}{$late}{$\n#EXT-X-DEFINE:IMPORT=\"no\"\n";
    let filled = filled(text).unwrap();
    assert!(filled.starts_with("{$late}\n"), "{filled}");
    assert!(filled.contains("\n{$no}x{$\n"), "{filled}");
}

#[test]
fn a_name_ends_where_a_character_stands_that_no_name_has() {
    let text =
        "#EXT-X-DEFINE:NAME=\"a b\",VALUE=\"x\"\n#EXT-X-DEFINE:NAME=\"A-z_0\",VALUE=\"y\"\n{$a b}{$A-z_0}\n";
    assert!(filled(text).unwrap().ends_with("\n{$a b}y\n"));
    // Were each looked for the end of, this took minutes.
    let open = "{$".repeat(2_000_000);
    let text = format!("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"x\"\n{open}\n");
    let url = Address::parse("https://cdn.example/").unwrap();
    assert_eq!(fill_in(&text, &url, &[], text.len()).unwrap().0, text);
}

#[test]
fn so_many_definitions_are_read_and_no_more_whatever_they_define() {
    let absent = "#EXT-X-DEFINE:QUERYPARAM=\"absent\"\n";
    let text = |absents: usize| {
        let absents = absent.repeat(absents);
        let url = Address::parse("https://cdn.example/v.m3u8?token=x").unwrap();
        let text = format!("{absents}#EXT-X-DEFINE:QUERYPARAM=\"token\"\n{{$token}}\n");
        fill_in(&text, &url, &[], 1 << 20).unwrap().0.into_owned()
    };
    assert!(text(MAX_VARIABLES - 1).ends_with("\nx\n"));
    assert!(text(MAX_VARIABLES).ends_with("\n{$token}\n"));
}

#[test]
fn text_that_grows_without_bound_is_refused() {
    let mut text = "#EXT-X-DEFINE:NAME=\"a0\",VALUE=\"xxxxxxxxxx\"\n".to_owned();
    for n in 1..40 {
        let before = n - 1;
        text += &format!("#EXT-X-DEFINE:NAME=\"a{n}\",VALUE=\"{{$a{before}}}{{$a{before}}}\"\n");
    }
    assert!(matches!(filled(&text), Err(ManifestError::OverLimit { .. })));
}
