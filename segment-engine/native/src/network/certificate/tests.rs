//! The certificate across restarts, and across its end.

use std::fs;

use super::*;

fn path(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fugitive-certificate-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("dtls.pem");
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn a_restart_finds_the_same_certificate() {
    let path = path("restart");
    let now = SystemTime::now();
    let first = Keeper::open(Some(path.clone())).unwrap().current(now);
    let second = Keeper::open(Some(path.clone())).unwrap().current(now);
    assert_eq!(fingerprint(&first), fingerprint(&second));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let other = Keeper::open(None).unwrap().current(now);
    assert_ne!(fingerprint(&first), fingerprint(&other));
}

#[test]
fn it_is_renewed_in_the_file_before_it_ends() {
    let path = path("renewal");
    let now = SystemTime::now();
    let keeper = Keeper::open(Some(path.clone())).unwrap();
    let first = keeper.current(now);
    assert_eq!(
        fingerprint(&keeper.current(now + LIFETIME / 2)),
        fingerprint(&first)
    );
    let late = now + LIFETIME - RENEWED_BEFORE / 2;
    let renewed = keeper.current(late);
    assert_ne!(fingerprint(&renewed), fingerprint(&first));
    assert!(renewed.expires > late + LIFETIME - Duration::from_secs(2));
    let kept = Keeper::open(Some(path)).unwrap().current(late);
    assert_eq!(fingerprint(&kept), fingerprint(&renewed));
}

#[test]
fn a_file_that_holds_something_else_is_refused_and_kept() {
    let path = path("other");
    let good = make(SystemTime::now()).unwrap().serialize_pem().unwrap();
    let short = "-----BEGIN EXPIRES-----\nAAAA\n-----END EXPIRES-----\n";
    let cut = &good[..good.len() / 2];
    let long = "a".repeat(100_000);
    for text in ["", "nonsense", short, cut, long.as_str()] {
        fs::write(&path, text).unwrap();
        let error = Keeper::open(Some(path.clone())).unwrap_err();
        assert!(
            matches!(error, CertificateError::NotACertificate { .. }),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let error = Keeper::open(Some("/nowhere/dtls.pem".into())).unwrap_err();
    assert!(matches!(error, CertificateError::Unwritable { .. }), "{error}");
}

fn fingerprint(certificate: &RTCCertificate) -> String {
    certificate
        .get_fingerprints(provider().unwrap().crypto())
        .unwrap()
        .swap_remove(0)
        .value
}

#[test]
fn a_file_that_cannot_be_written_any_more_keeps_nobody_from_the_renewed_one() {
    let folder = std::env::temp_dir().join(format!("fugitive-certificate-gone-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let now = SystemTime::now();
    let keeper = Keeper::open(Some(folder.join("dtls.pem"))).unwrap();
    let first = fingerprint(&keeper.current(now));
    fs::remove_dir_all(&folder).unwrap();
    let late = now + LIFETIME - RENEWED_BEFORE / 2;
    let renewed = fingerprint(&keeper.current(late));
    assert_ne!(renewed, first);
    assert_eq!(fingerprint(&keeper.current(late)), renewed, "it is made once");
}
