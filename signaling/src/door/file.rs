//! Small secret files: read with a bound, and without the newline that editors add.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The largest key or secret file, in bytes. Real ones take some 120.
const MAX_FILE: u64 = 16 << 10;

/// Reads a file of at most 16 KiB.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "more than 16 KiB, too large for a key",
        ));
    }
    Ok(bytes)
}

/// Takes one newline off the end.
pub(super) fn without_newline(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}
