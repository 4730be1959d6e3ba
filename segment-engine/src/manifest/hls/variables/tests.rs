//! Text with references in, text without out.

use super::*;

fn filled(text: &str) -> Result<String, ManifestError> {
    let query = "token=a%2Fb&empty=&plus=a+b%3D&p%61th=x&bare&quote=%22&line=a%0Ab&cut=%4&none=%FF";
    let url = Address::parse(&format!("https://cdn.example/t/v.m3u8?{query}")).unwrap();
    fill_in(text, &url, 1000).map(Cow::into_owned)
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
fn text_that_grows_without_bound_is_refused() {
    let mut text = "#EXT-X-DEFINE:NAME=\"a0\",VALUE=\"xxxxxxxxxx\"\n".to_owned();
    for n in 1..40 {
        let before = n - 1;
        text += &format!("#EXT-X-DEFINE:NAME=\"a{n}\",VALUE=\"{{$a{before}}}{{$a{before}}}\"\n");
    }
    assert!(matches!(filled(&text), Err(ManifestError::OverLimit { .. })));
}
