//! What TURN credentials look like.

use super::super::tests::{NOW, Scratch};
use super::*;

#[test]
fn credentials_are_those_that_openssl_makes() {
    // printf '1764358800:viewer-1' | openssl dgst -sha1 -hmac "a secret shared with coturn" -binary | base64
    let urls = vec![
        "turn:turn.example:3478?transport=udp".to_owned(),
        "turns:turn.example".into(),
    ];
    let issuer = TurnIssuer::new(
        b"a secret shared with coturn",
        urls.clone(),
        Duration::from_secs(6 * 3600),
    );
    assert_eq!(
        issuer.issue(1_764_358_800 - 6 * 3600, "viewer-1"),
        IceServer {
            urls,
            username: Some("1764358800:viewer-1".into()),
            credential: Some("pCGBYPqaVNuN69hqgidnAaONvH8=".into()),
        }
    );
}

#[test]
fn the_secret_is_the_file_without_its_newline() {
    let scratch = Scratch::new();
    let issued = ["a secret shared with coturn", "a secret shared with coturn\n"].map(|text| {
        let path = scratch.write("turn", text);
        let issuer = TurnIssuer::read(&path, vec!["turn:a".into()], Duration::from_secs(60));
        issuer.unwrap().issue(1_764_358_740, "viewer-1")
    });
    assert_eq!(issued[0], issued[1]);
    assert_eq!(
        issued[0].credential.as_deref(),
        Some("pCGBYPqaVNuN69hqgidnAaONvH8=")
    );
}

#[test]
fn a_label_cannot_grow_or_break_the_user_name() {
    let issuer = TurnIssuer::new(b"0123456789abcdef", vec![], Duration::from_secs(60));
    for (label, expected) in [
        (String::new(), "1700000060:".to_owned()),
        ("a b\r\nc\0dé".into(), "1700000060:abcd".into()),
        ("x".repeat(1000), format!("1700000060:{}", "x".repeat(64))),
    ] {
        assert_eq!(issuer.issue(NOW, &label).username, Some(expected), "{label:?}");
    }
    let end = issuer.issue(u64::MAX, "a").username;
    assert_eq!(end.as_deref(), Some("18446744073709551615:a"));
}

#[test]
fn a_short_secret_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.write("turn", "fifteen bytes .\n");
    let error = TurnIssuer::read(&path, vec![], Duration::from_secs(60)).unwrap_err();
    assert!(
        matches!(error, TurnError::ShortSecret { length: 15, .. }),
        "{error}"
    );
}
