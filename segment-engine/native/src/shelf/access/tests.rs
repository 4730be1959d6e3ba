//! A folder that others can write to is refused, and no link is written through.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::PathBuf;

use super::*;

/// A folder of the test's own; gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fugitive-access-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        make_private(&path).unwrap();
        Self(path)
    }

    fn trusted(&self) -> Result<(), ShelfError> {
        probe(&self.0).unwrap().trust(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let folder = Folder::new("modes");
    for (mode, trusted) in [
        (0o700, true),
        (0o755, true),
        (0o770, false),
        (0o702, false),
        (0o1777, false),
    ] {
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode)).unwrap();
        let told = folder.trusted();
        assert_eq!(told.is_ok(), trusted, "{mode:o}");
        if let Err(error) = told {
            let advice = format!("chmod go-w {}", folder.0.display());
            assert!(error.to_string().contains(&advice), "{error}");
        }
    }
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let folder = Folder::new("owner");
    if chown(&folder.0, Some(12_345), None).is_err() {
        eprintln!("skipped: only root can give a folder away");
        return;
    }
    let error = folder.trusted().unwrap_err();
    assert!(
        matches!(error, ShelfError::OfAnotherUser { owner: 12_345, .. }),
        "{error}"
    );
    chown(&folder.0, Some(0), None).unwrap();
    folder.trusted().expect("root can write anywhere");
}

#[test]
fn no_link_is_written_through() {
    let folder = Folder::new("links");
    let victim = folder.0.join("victim");
    fs::write(&victim, b"whole").unwrap();
    let lock_path = folder.0.join(LOCK);
    symlink(&victim, &lock_path).unwrap();
    assert!(matches!(lock(&folder.0), Err(ShelfError::Unusable { .. })));
    let probe_path = folder.0.join(format!("probe-{}", std::process::id()));
    symlink(&victim, &probe_path).unwrap();
    probe(&folder.0).expect("the link is removed, not followed");
    assert!(!probe_path.exists());
    symlink(&victim, folder.0.join("part")).unwrap();
    assert!(create_private(&folder.0.join("part")).is_err());
    assert_eq!(fs::read(&victim).unwrap(), b"whole");
    let elsewhere = Folder::new("elsewhere");
    let stream = folder.0.join("stream");
    symlink(&elsewhere.0, &stream).unwrap();
    assert!(make_stream_folder(&stream).is_err());
    fs::remove_file(&stream).unwrap();
    make_stream_folder(&stream).unwrap();
    make_stream_folder(&stream).expect("it is there");
}
