//! The checksum file, as `sha256sum --check` reads it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// Name of the checksum file.
pub(super) const FILE: &str = "SHA256SUMS";

/// Checksums of every media file and manifest under `dir`; links are left out, what they point to is there.
///
/// # Errors
/// A file cannot be read.
pub(super) fn write(dir: &Path) -> Result<String> {
    let mut text = String::new();
    for file in media_files(dir)? {
        let path = file.to_string_lossy().replace('\\', "/");
        let _ = writeln!(text, "{}  {path}", sha256(&fs::read(dir.join(&file))?));
    }
    Ok(text)
}

/// Lower-case hex of the digest.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Regular files that are part of the clip, sorted, relative to `dir`.
pub(super) fn media_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let walk = WalkDir::new(dir).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.file_name() != "long") {
        let entry = entry.context("reading the clip's folder")?;
        let is_media = entry.path().extension().is_some_and(|extension| {
            ["mp4", "m4s", "mpd", "m3u8"]
                .iter()
                .any(|known| extension == *known)
        });
        if entry.file_type().is_file() && is_media {
            files.push(entry.path().strip_prefix(dir)?.to_path_buf());
        }
    }
    files.sort();
    Ok(files)
}
