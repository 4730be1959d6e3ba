//! Files that only their owner can read, and that are written through no link.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a file for its owner alone that is not there: nothing that is there is written to, nor what a link leads to.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes a file, or a link; that there is none is no mistake.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
