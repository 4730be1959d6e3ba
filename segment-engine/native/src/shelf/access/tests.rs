//! A folder that others can write to is refused, and no link is written through.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, chown, symlink};

use super::*;
use crate::scratch::Folder;

fn private(name: &str) -> Folder {
    let folder = Folder::absent(&format!("access-{name}"));
    make_private(&folder).unwrap();
    folder
}

fn trust_in(folder: &Path) -> Result<(), ShelfError> {
    probe(folder).unwrap().trust(folder)
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let folder = private("modes");
    for (mode, trusted) in [
        (0o700, true),
        (0o755, true),
        (0o770, false),
        (0o702, false),
        (0o1777, false),
    ] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        let told = trust_in(&folder);
        assert_eq!(told.is_ok(), trusted, "{mode:o}");
        if let Err(error) = told {
            let advice = format!("chmod go-w {}", folder.display());
            assert!(error.to_string().contains(&advice), "{error}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_in_which_nothing_can_be_made_is_not_told_to_be_missing() {
    // Root cannot make files there either.
    let told = probe(Path::new("/sys/kernel")).unwrap_err();
    assert_eq!(told.kind(), io::ErrorKind::PermissionDenied);
    let told = probe(Path::new("/sys/absent")).unwrap_err();
    assert_eq!(told.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let folder = private("owner");
    if chown(&folder, Some(12_345), None).is_err() {
        eprintln!("skipped: only root can give a folder away");
        return;
    }
    let error = trust_in(&folder).unwrap_err();
    assert!(
        matches!(error, ShelfError::OfAnotherUser { owner: 12_345, .. }),
        "{error}"
    );
    chown(&folder, Some(0), None).unwrap();
    trust_in(&folder).expect("root can write anywhere");
}

#[test]
fn no_link_is_written_through() {
    let folder = private("links");
    let victim = folder.join("victim");
    fs::write(&victim, b"whole").unwrap();
    let lock_path = folder.join(LOCK);
    symlink(&victim, &lock_path).unwrap();
    assert!(matches!(lock(&folder), Err(ShelfError::Unusable { .. })));
    let probe_path = folder.join(format!("probe-{}", std::process::id()));
    symlink(&victim, &probe_path).unwrap();
    probe(&folder).expect("the link is removed, not followed");
    assert!(!probe_path.exists());
    symlink(&victim, folder.join("part")).unwrap();
    assert!(create_private(&folder.join("part")).is_err());
    assert_eq!(fs::read(&victim).unwrap(), b"whole");
    let elsewhere = private("elsewhere");
    let stream = folder.join("stream");
    symlink(&elsewhere, &stream).unwrap();
    assert!(make_stream_folder(&stream).is_err());
    fs::remove_file(&stream).unwrap();
    make_stream_folder(&stream).unwrap();
    make_stream_folder(&stream).expect("it is there");
}
