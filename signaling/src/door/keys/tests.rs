//! Which files are keys.

use super::super::tests::{NOW, SECRET, Scratch, grant};
use super::super::{Verifier, write_fresh_key};
use super::*;

const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAdxxkJakD5vgXV46KJap2yGF6n50SPuVowJrs7WDZjBk=
-----END PUBLIC KEY-----
";
const P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==
-----END PUBLIC KEY-----
";

#[test]
fn a_secret_needs_32_bytes_without_its_newline() {
    let scratch = Scratch::new();
    let short = &SECRET[..31];
    for (text, length) in [
        (String::new(), 0),
        (short.to_owned(), 31),
        (format!("{short}\n"), 31),
        (format!("{short}\r\n"), 31),
    ] {
        let path = scratch.write("key", &text);
        let error = VerifyingKey::read(&path, Algorithm::Hs256, "a").unwrap_err();
        assert!(
            matches!(error, KeyError::ShortSecret { length: found, .. } if found == length),
            "{text:?}: {error}"
        );
        let line = error.to_string();
        assert!(
            line.contains("HS256 needs at least 32") && line.lines().count() == 1,
            "{line}"
        );
        assert!(SigningKey::read(&path, None, None).is_err(), "{text:?}");
    }
}

#[test]
fn a_newline_at_the_end_is_not_part_of_a_secret() {
    let scratch = Scratch::new();
    let token = scratch.signing("a").mint(&grant(), NOW).unwrap();
    for (text, same) in [
        (SECRET.to_owned(), true),
        (format!("{SECRET}\n"), true),
        (format!("{SECRET}\r\n"), true),
        (format!("{SECRET}\n\n"), false),
        (format!("{SECRET} "), false),
    ] {
        let key = VerifyingKey::read(&scratch.write("key", &text), Algorithm::Hs256, "a").unwrap();
        let verifier = Verifier::new(vec![key], std::time::Duration::from_secs(3600));
        let found = verifier.verify(&token, "show", [192, 0, 2, 1].into(), NOW);
        assert_eq!(found.is_ok(), same, "{text:?}");
    }
}

#[test]
fn a_pem_key_is_no_secret() {
    let scratch = Scratch::new();
    for text in [PUBLIC.to_owned(), format!("# the key\n\n{PUBLIC}")] {
        let path = scratch.write("key", text);
        for error in [
            VerifyingKey::read(&path, Algorithm::Hs256, "a").unwrap_err(),
            SigningKey::read(&path, Some(Algorithm::Hs256), None).unwrap_err(),
        ] {
            assert!(matches!(error, KeyError::PemAsSecret { .. }), "{error}");
        }
    }
}

#[test]
fn what_is_no_ed25519_key_is_refused() {
    let scratch = Scratch::new();
    let cut = PUBLIC.replace("WDZjBk=", "WDZg==");
    let private = PUBLIC.replace("PUBLIC", "PRIVATE");
    let certificate = PUBLIC.replace("PUBLIC KEY", "CERTIFICATE");
    for text in ["", SECRET, P256, &cut, &private, &certificate, &PUBLIC[..60]] {
        let path = scratch.write("key", text);
        let error = VerifyingKey::read(&path, Algorithm::EdDsa, "a").unwrap_err();
        assert!(matches!(error, KeyError::NotEd25519 { .. }), "{text}: {error}");
        let error = SigningKey::read(&path, Some(Algorithm::EdDsa), None).unwrap_err();
        assert!(matches!(error, KeyError::NotEd25519 { .. }), "{text}: {error}");
    }
}

#[test]
fn a_public_key_verifies_and_does_not_sign() {
    let scratch = Scratch::new();
    let path = scratch.write("key", PUBLIC);
    assert!(VerifyingKey::read(&path, Algorithm::EdDsa, "a").is_ok());
    let error = SigningKey::read(&path, None, None).unwrap_err();
    assert!(matches!(error, KeyError::PublicOnly { .. }), "{error}");
}

#[test]
fn a_private_key_verifies_what_it_signs() {
    let scratch = Scratch::new();
    let (signing, _) = scratch.ed25519("a");
    let key = VerifyingKey::read(&scratch.path("a"), Algorithm::EdDsa, "a").unwrap();
    let verifier = Verifier::new(vec![key], std::time::Duration::from_secs(3600));
    let token = signing.mint(&grant(), NOW).unwrap();
    assert!(
        verifier
            .verify(&token, "show", [192, 0, 2, 1].into(), NOW)
            .is_ok()
    );
}

#[test]
fn the_file_tells_the_algorithm_for_minting() {
    let scratch = Scratch::new();
    for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
        let path = scratch.path(&algorithm.to_string());
        write_fresh_key(&path, algorithm).unwrap();
        assert_eq!(SigningKey::read(&path, None, None).unwrap().algorithm, algorithm);
    }
}

#[test]
fn files_that_cannot_be_read_are_told() {
    let scratch = Scratch::new();
    let large = scratch.write("large", "a".repeat((16 << 10) + 1));
    for (path, expected) in [
        (Path::new("/nonexistent"), "cannot read the key /nonexistent: "),
        (large.as_path(), "more than 16 KiB"),
        (Path::new("/dev/zero"), "more than 16 KiB"),
        (Path::new("/"), "cannot read the key /: "),
    ] {
        let error = VerifyingKey::read(path, Algorithm::Hs256, "a").unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let largest = scratch.write("largest", "a".repeat(16 << 10));
    assert!(VerifyingKey::read(&largest, Algorithm::Hs256, "a").is_ok());
}

#[test]
fn algorithms_are_named_as_in_tokens() {
    for name in Algorithm::NAMES {
        assert_eq!(name.parse::<Algorithm>().unwrap().to_string(), name);
    }
    for name in ["none", "hs256", "RS256", ""] {
        assert_eq!(name.parse::<Algorithm>(), Err(AlgorithmError), "{name}");
    }
}
