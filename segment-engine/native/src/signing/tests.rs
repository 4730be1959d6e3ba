//! Keys, their files, and signatures.

use std::path::PathBuf;

use super::*;

#[test]
fn a_signature_holds_for_its_key_and_message_only() {
    let (key, other) = (SeedKey::generate(), SeedKey::generate());
    let signature = key.sign(b"digests");
    assert!(verify(key.public_key(), b"digests", signature));
    assert!(!verify(key.public_key(), b"digest", signature));
    assert!(!verify(other.public_key(), b"digests", signature));
}

#[test]
fn signs_as_rfc_8032_test_1_does() {
    let key = parse("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(hex(&key.public_key().0), public);
    let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    assert_eq!(hex(&key.sign(b"").0), signature);
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The identity: with it a cofactored check would accept many forged signatures.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    assert!(!verify(PublicKey(identity), b"anything", Signature(signature)));
}

#[test]
fn a_key_file_is_made_once_and_for_its_owner_only() {
    let path = fresh_path("made-once");
    let first = SeedKey::load_or_create(&path).unwrap();
    let second = SeedKey::load_or_create(&path).unwrap();
    assert_eq!(first.public_key(), second.public_key());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::remove_file(path).unwrap();
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_said_and_one_that_they_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let path = fresh_path("exposed");
    SeedKey::load_or_create(&path).unwrap();
    for (mode, is_exposed, is_refused) in [
        (0o600, false, false),
        (0o400, false, false),
        (0o640, true, false),
        (0o604, true, false),
        (0o620, false, true),
        (0o666, true, true),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let exposed = SeedKey::exposed(&path);
        assert_eq!(exposed.is_some(), is_exposed, "{mode:o}");
        assert!(exposed.is_none_or(|line| line.contains("chmod go-rwx")));
        let refused = matches!(
            SeedKey::load_or_create(&path),
            Err(KeyFileError::WritableByOthers { .. })
        );
        assert_eq!(refused, is_refused, "{mode:o}");
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let path = fresh_path("something-else");
    for text in [
        "",
        "abc",
        &"g".repeat(64),
        &"0".repeat(63),
        &"0".repeat(66),
        &"0".repeat(5000),
        "\u{fffd}",
    ] {
        fs::write(&path, text).unwrap();
        assert!(
            matches!(SeedKey::load_or_create(&path), Err(KeyFileError::NotAKey { .. })),
            "{text}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), *text);
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let path = fresh_path("no-such-folder").join("key");
    let error = SeedKey::load_or_create(&path).unwrap_err();
    assert!(error.to_string().contains("no-such-folder"), "{error}");
}

#[test]
fn a_key_does_not_show_its_secret() {
    let key = SeedKey::generate();
    assert!(!format!("{key:?}").contains(&hex(key.0.as_bytes())));
}

#[test]
fn a_public_key_is_read_back() {
    let key = SeedKey::generate().public_key();
    assert_eq!(parse_public_key(&format!(" {}\n", hex(&key.0))), Some(key));
    assert_eq!(parse_public_key("12"), None);
}

fn fresh_path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("fugitive-{}-{name}", std::process::id()))
}
