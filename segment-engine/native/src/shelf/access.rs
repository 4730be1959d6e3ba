//! Guards the folder: it belongs to its owner alone, one process uses it, and nothing is written through a link of
//! somebody else.
//!
//! Whoever can write to it can make a seeder sign anything. The folders above it are not checked: whoever can rename
//! those can do worse.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use super::ShelfError;
use crate::private_file::{create_private, remove_if_there};

/// The file that tells other processes that the folder is in use.
pub(super) const LOCK: &str = "lock";

/// Makes a folder for its owner alone, unless it is there.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a stream's folder where it is not there. A link in its place is an error, wherever it leads.
pub(super) fn make_stream_folder(folder: &Path) -> io::Result<()> {
    make_private(folder)?;
    if fs::symlink_metadata(folder)?.is_dir() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::NotADirectory,
        "a link stands where a stream's folder is to be",
    ))
}

/// What a file that was made in a folder, as a trial, shows of it.
#[derive(Debug)]
pub(super) struct Probed {
    folder: Metadata,
    file: Metadata,
}

/// Tries whether files can be made in a folder.
pub(super) fn probe(folder: &Path) -> io::Result<Probed> {
    let path = folder.join(format!("probe-{}", std::process::id()));
    // A process of the same number may have been killed between the two.
    remove_if_there(&path)?;
    let file = create_private(&path)?.metadata();
    fs::remove_file(&path)?;
    Ok(Probed {
        folder: fs::metadata(folder)?,
        file: file?,
    })
}

impl Probed {
    /// Checks that nobody else can put files into the folder. Root can anyway, so a folder of root's is as good as an own one.
    ///
    /// # Errors
    /// When its group or everybody can write to it, or another user owns it.
    #[cfg(unix)]
    pub(super) fn trust(&self, folder: &Path) -> Result<(), ShelfError> {
        use std::os::unix::fs::MetadataExt;
        // Its group, and everybody.
        const OTHERS_WRITE: u32 = 0o022;
        let path = folder.to_owned();
        // As whom the process makes files, which is what counts also where a network's file system renames users.
        let (owner, user) = (self.folder.uid(), self.file.uid());
        if owner != user && owner != 0 {
            return Err(ShelfError::OfAnotherUser { path, owner, user });
        }
        if self.folder.mode() & OTHERS_WRITE != 0 {
            return Err(ShelfError::WritableByOthers { path });
        }
        Ok(())
    }

    /// There are no modes to look at here.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub(super) fn trust(&self, _: &Path) -> Result<(), ShelfError> {
        Ok(())
    }
}

/// Keeps other processes away as long as what is returned is open.
pub(super) fn lock(folder: &Path) -> Result<File, ShelfError> {
    let path = folder.to_owned();
    let file = match open_lock(&folder.join(LOCK)) {
        Ok(file) => file,
        Err(error) => return Err(ShelfError::Unusable { path, error }),
    };
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ShelfError::InUse { path }),
        Err(TryLockError::Error(error)) => Err(ShelfError::Unusable { path, error }),
    }
}

/// Whether a folder is still the one that `lock` is in.
#[cfg(unix)]
pub(super) fn is_held(folder: &Path, lock: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let file = |metadata: Metadata| (metadata.dev(), metadata.ino());
    match fs::symlink_metadata(folder.join(LOCK)) {
        Ok(there) => Ok(file(there) == file(lock.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// There is nothing to tell files by here.
#[cfg(not(unix))]
pub(super) fn is_held(_: &Path, _: &File) -> io::Result<bool> {
    Ok(true)
}

fn open_lock(path: &Path) -> io::Result<File> {
    match create_private(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(path)?.is_file() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "its lock is not a file: remove it",
                ));
            }
            OpenOptions::new().write(true).open(path)
        }
        made => made,
    }
}

#[cfg(test)]
mod tests;
