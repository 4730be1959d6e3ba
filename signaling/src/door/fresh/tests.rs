//! What fresh keys look like on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::tests::Scratch;
use super::*;

#[test]
fn a_fresh_secret_is_text_for_its_owner_alone() {
    let scratch = Scratch::new();
    let texts = ["a", "b"].map(|name| {
        let path = scratch.path(name);
        write_fresh_key(&path, Algorithm::Hs256).unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::read_to_string(path).unwrap()
    });
    assert_ne!(texts[0], texts[1]);
    let secret = URL_SAFE_NO_PAD.decode(texts[0].trim_end()).unwrap();
    assert_eq!((secret.len(), texts[0].len()), (32, 44));
}

#[test]
fn a_fresh_pair_is_two_files_in_pem() {
    let scratch = Scratch::new();
    let path = scratch.path("key");
    write_fresh_key(&path, Algorithm::EdDsa).unwrap();
    let public = scratch.path("key.pub");
    assert_eq!((mode(&path), mode(&public)), (0o600, 0o644));
    let private = fs::read_to_string(path).unwrap();
    let public = fs::read_to_string(public).unwrap();
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{public}");
    let der = pem::parse(private).unwrap().into_contents();
    // RFC 8410, section 7: 16 bytes before the 32 of the key.
    assert_eq!(der.len(), 48);
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).unwrap();
    let der = pem::parse(public).unwrap().into_contents();
    assert_eq!(&der[12..], pair.public_key().as_ref());
}

#[test]
fn no_file_is_written_over_and_none_is_left_behind() {
    let scratch = Scratch::new();
    let there = scratch.write("there", "kept");
    for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
        let error = write_fresh_key(&there, algorithm).unwrap_err();
        assert!(error.to_string().contains("there: File exists"), "{error}");
        assert_eq!(fs::read_to_string(&there).unwrap(), "kept");
        assert!(!scratch.path("there.pub").exists());
    }
    let public = scratch.write("pair.pub", "kept");
    let error = write_fresh_key(&scratch.path("pair"), Algorithm::EdDsa).unwrap_err();
    assert!(error.to_string().contains("pair.pub: File exists"), "{error}");
    assert!(!scratch.path("pair").exists());
    assert_eq!(fs::read_to_string(public).unwrap(), "kept");
}

#[test]
fn fresh_ids_differ() {
    let (a, b) = (fresh_id().unwrap(), fresh_id().unwrap());
    assert_ne!(a, b);
    assert_eq!(a.len(), 22);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
