//! A site's list of files, as its owner makes it: what each file is, and one signature over all of them.

use std::path::Path;
use std::time::Duration;

use segment_engine::integrity::Record;
use segment_engine::manifest::Limits;
use segment_engine::manifest::files::{FileList, ListedFile, SignedList, read_list, sign_list, write_list};
use segment_engine::piece::{Body, Digest, MAX_SEGMENT};
use thiserror::Error;

use crate::clock::unix_time;
use crate::signing::SeedKey;

/// The name of a site's list in its folder.
pub const FILE_LIST: &str = "fugitive.files";

/// Pages would refuse a list, or read it differently; the text says why.
#[derive(Debug, Error)]
#[error("pages would refuse it: {0}")]
pub struct RefusedList(String);

/// A list's entry for a file, whose URL is `reference` relative to the list's, and whose media type its name tells;
/// `None` if it is empty, or larger than any that is shared (64 MiB).
pub fn listed_file(name: &Path, reference: String, bytes: &[u8]) -> Option<ListedFile> {
    if !(1..=MAX_SEGMENT).contains(&(bytes.len() as u64)) {
        return None;
    }
    Some(ListedFile {
        record: Record::of(&Body::of(bytes)),
        sha224: Digest::of(&[bytes]),
        media_type: media_type(name, bytes),
        reference,
    })
}

/// The signed list of files for a swarm, which is valid from now on for `valid`.
///
/// # Errors
/// Pages would refuse it, or read it as another.
pub fn signed_files(
    key: &SeedKey,
    swarm: &str,
    files: Vec<ListedFile>,
    valid: Duration,
) -> Result<String, RefusedList> {
    let made = unix_time();
    let list = FileList {
        swarm: swarm.to_owned(),
        made,
        expires: made + valid,
        files,
    };
    let text = write_list(&list);
    let signed = sign_list(&text, &key.sign(text.as_bytes()));
    let read = read_list(signed.as_bytes(), &Limits::default());
    let SignedList {
        list: read, message, ..
    } = read.map_err(|error| RefusedList(error.to_string()))?;
    if read != list || message != text.as_bytes() {
        return Err(RefusedList("a name in it is read as another".to_owned()));
    }
    Ok(signed)
}

/// The media type by a file's name, as servers have it.
fn media_type(name: &Path, bytes: &[u8]) -> String {
    let guessed = match mime_guess::from_path(name).first_raw() {
        // As RFC 9239 and RFC 8081 have it.
        Some("application/javascript") => "text/javascript",
        Some("application/font-sfnt") => "font/otf",
        Some(guessed) => guessed,
        None => "application/octet-stream",
    };
    if guessed.starts_with("text/") && std::str::from_utf8(bytes).is_ok() {
        return format!("{guessed}; charset=utf-8");
    }
    guessed.to_owned()
}

#[cfg(test)]
mod tests;
