//! First lines, good and bad.

use super::*;

fn complaint(language: Language, text: &str) -> Option<String> {
    let source = Source {
        path: "a".to_owned(),
        language,
        text: text.to_owned(),
    };
    check(&source).map(|complaint| complaint.to_string())
}

#[test]
fn accepts_a_first_line_with_words() {
    assert_eq!(complaint(Language::Rust, "//! The engine.\nuse x;"), None);
    assert_eq!(
        complaint(Language::Rust, "#![doc = include_str!(\"../README.md\")]\n"),
        None
    );
    assert_eq!(complaint(Language::TypeScript, "// The host.\n"), None);
}

#[test]
fn complains_about_code_blank_or_wordless_first_lines() {
    for text in [
        "use x;\n",
        "",
        "\n//! Late.",
        "//!\n//! Late.",
        "// Not a module's doc.",
    ] {
        assert_eq!(
            complaint(Language::Rust, text).as_deref(),
            Some("a:1: begin the module with `//! what it is for`")
        );
    }
    assert!(complaint(Language::TypeScript, "import x from 'y';").is_some());
}
