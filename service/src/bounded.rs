//! Files that an operator names, read within a bound: a device or a disk image, named by mistake, takes no more memory
//! than that. A pipe is waited for, as `<(command)` needs.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Reads a file of at most `most` bytes.
///
/// # Errors
/// When it cannot be read; [`ErrorKind::FileTooLarge`] when it has more bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    // A folder has a length, too.
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let length = metadata.len();
    if length > most {
        return Err(too_large(most));
    }
    // Files that are no files on a disk say that they are empty.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(bytes)
}

/// Reads a text of at most `most` bytes.
///
/// # Errors
/// As [`read`]; [`ErrorKind::InvalidData`] when it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

fn too_large(most: u64) -> io::Error {
    let most = match (most >> 10, most >> 20) {
        (0, _) => format!("{most} bytes"),
        (kib, 0) => format!("{kib} KiB"),
        (_, mib) => format!("{mib} MiB"),
    };
    io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {most}"))
}

#[cfg(test)]
mod tests;
