//! Folders of tests, which leave nothing behind.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// A folder of one test's own; gone when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A place where nothing is yet.
    pub(crate) fn absent(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fugitive-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Not made, as some tests have it, or a file.
        let _ = fs::remove_dir_all(&self.0).or_else(|_| fs::remove_file(&self.0));
    }
}
