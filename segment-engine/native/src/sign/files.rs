//! `fugitive-seeder sign --files`: one list of all files of a folder, signed as a whole.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use indicatif::HumanBytes;
use segment_engine::integrity::Record;
use segment_engine::manifest::files::{FileList, ListedFile, MAX_FILES, sign_list, write_list};
use segment_engine::piece::{Body, Digest, MAX_SEGMENT};
use segment_engine_native::{SeedKey, hex, unix_time};

use super::folder::Folder;
use super::{EXTENSION, SignError, swarm_of, tell, write_whole};
use crate::cli::SignArgs;

/// The list's name in the folder.
const LIST: &str = "fugitive.files";

/// Signs all files of a folder.
///
/// # Errors
/// Names a file that cannot be read, or what else is in the way.
pub(super) fn sign(args: &SignArgs, folder: &Folder) -> Result<(), SignError> {
    let path = folder.root().join(LIST);
    let swarm = swarm_of(args, folder, &path, 1)?;
    let mut files = Vec::new();
    let mut left_out = 0;
    for file in folder.files()?.iter().filter(|file| is_content(file, &path)) {
        match listed(folder, file)? {
            Some(_) if files.len() == MAX_FILES => return Err(SignError::TooManyFiles(args.dir.clone())),
            Some(file) => files.push(file),
            None => left_out += 1,
        }
    }
    if files.is_empty() {
        return Err(SignError::NoFile(args.dir.clone()));
    }
    let key = SeedKey::load_or_create(&args.key)?;
    tell(&format!("public-key {}", hex(&key.public_key().0)));
    let (count, bytes) = (files.len(), files.iter().map(|file| file.record.size).sum());
    let made = unix_time();
    let expires = made + Duration::from_secs(u64::from(args.valid_days) * 24 * 3_600);
    let text = write_list(&FileList {
        swarm: swarm.clone(),
        made,
        expires,
        files,
    });
    let signed = sign_list(&text, &key.sign(text.as_bytes()));
    write_whole(&path, signed.as_bytes()).map_err(|error| SignError::Unwritable {
        path: path.clone(),
        error,
    })?;
    let (path, bytes) = (path.display(), HumanBytes(bytes));
    tell(&format!("{path}: {count} files of {bytes} for the swarm {swarm}"));
    if left_out > 0 {
        tell(&format!(
            "left out: {left_out} files that are empty or larger than 64 MiB"
        ));
    }
    Ok(())
}

/// Whether a file is the site's, and not made by signing.
fn is_content(file: &Path, list: &Path) -> bool {
    file != list && !file.to_string_lossy().ends_with(EXTENSION)
}

/// What the list says of a file; `None` where no segment can be as long.
fn listed(folder: &Folder, file: &Path) -> Result<Option<ListedFile>, SignError> {
    let unreadable = |error| SignError::Unreadable {
        path: file.to_owned(),
        error,
    };
    let size = fs::metadata(file).map_err(unreadable)?.len();
    if !(1..=MAX_SEGMENT).contains(&size) {
        return Ok(None);
    }
    let bytes = read(file).map_err(unreadable)?;
    if bytes.len() as u64 != size {
        return Err(unreadable(io::Error::other("it changes while it is signed")));
    }
    Ok(Some(ListedFile {
        record: Record::of(&Body::of(&bytes)),
        sha224: Digest::of(&[&bytes]),
        media_type: media_type(file, &bytes),
        reference: folder.reference(file),
    }))
}

/// Reads a file, and one byte more than the largest that is shared.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_SEGMENT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The media type by the file's name, as servers have it.
fn media_type(file: &Path, bytes: &[u8]) -> String {
    let name = match mime_guess::from_path(file).first_raw() {
        // As RFC 9239 has it.
        Some("application/javascript") => "text/javascript",
        Some(name) => name,
        None => "application/octet-stream",
    };
    if name.starts_with("text/") && std::str::from_utf8(bytes).is_ok() {
        return format!("{name}; charset=utf-8");
    }
    name.to_owned()
}
