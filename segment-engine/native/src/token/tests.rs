//! What a token file may hold, and what is said of one that holds something else.

use std::fs;

use super::*;

#[test]
fn white_space_around_a_token_does_not_count() {
    let path = file("spaced", b"  a.b-c_d.e\n\n");
    assert_eq!(read_token_file(&path).unwrap(), "a.b-c_d.e");
}

#[test]
fn a_file_that_is_rotated_is_read_anew() {
    let path = file("rotated", b"first\n");
    assert_eq!(read_token_file(&path).unwrap(), "first");
    file("rotated", b"second\n");
    assert_eq!(read_token_file(&path).unwrap(), "second");
}

#[test]
fn the_longest_token_fits() {
    let longest = "t".repeat(MAX_TOKEN);
    let path = file("longest", longest.as_bytes());
    assert_eq!(read_token_file(&path).unwrap(), longest);
}

#[test]
fn a_file_without_one_token_is_refused_by_name() {
    let huge = vec![b't'; MAX_TOKEN + 1];
    for (name, bytes) in [
        ("empty", &b" \n"[..]),
        ("two", b"one two"),
        ("binary", &[0xff, 0xfe]),
        ("huge", &huge),
    ] {
        let path = file(name, bytes);
        let error = read_token_file(&path).unwrap_err();
        assert!(matches!(error, TokenFileError::NotAToken { .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(
            !error.to_string().contains("one two"),
            "what it holds is a secret"
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = read_token_file(Path::new("/no/such/token")).unwrap_err();
    assert!(matches!(error, TokenFileError::Unreadable { .. }));
    assert!(error.to_string().contains("/no/such/token"), "{error}");
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fugitive-token-{}-{name}", std::process::id()));
    fs::write(&path, bytes).unwrap();
    path
}
