//! Files that only their owner can read, are written through no link, and are whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Makes a new file for its owner alone: an existing one is not written to, nor what a link leads to.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file for its owner alone in place of the present one, in one step: an interruption leaves the old one.
pub(crate) fn replace_private(path: &Path, text: &str) -> io::Result<()> {
    let new = prepare(path, text)?;
    fs::rename(&new, path).inspect_err(|_| drop(remove_if_there(&new)))
}

/// Writes a new file for its owner alone, in one step: an interruption leaves none. On a file system without hard links
/// it may leave an empty one.
pub(crate) fn write_new_private(path: &Path, text: &str) -> io::Result<()> {
    let new = prepare(path, text)?;
    // A second name, unlike a new one, takes no other file's place.
    let named = fs::hard_link(&new, path);
    remove_if_there(&new)?;
    match named {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => write(path, text),
        named => named,
    }
}

/// Tries whether a file could be put into the place of what is there.
pub(crate) fn try_beside(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    remove_if_there(&prepare(path, "")?)
}

/// Writes a file beside its final place, under a name that nobody else takes.
fn prepare(path: &Path, text: &str) -> io::Result<PathBuf> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".new-{:016x}", rand::random::<u64>()));
    let new = path.with_file_name(name);
    write(&new, text)?;
    Ok(new)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Removes a file or a link; it is no error if there is none.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
