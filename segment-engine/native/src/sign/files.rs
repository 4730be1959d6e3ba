//! `fugitive-seeder sign --files`: one list of all files of a folder, signed as a whole.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use indicatif::HumanBytes;
use segment_engine::manifest::files::{ListedFile, MAX_FILES};
use segment_engine::piece::MAX_SEGMENT;
use segment_engine_native::{FILE_LIST, hex, listed_file, signed_files};
use service::bounded;

use super::folder::{Bounds, Folder, Found};
use super::{SignError, load_key, swarm_of, tell, write_whole};
use crate::cli::SignArgs;

/// Signs all files of a folder.
///
/// # Errors
/// Names a file that cannot be read, or what else is in the way.
pub(super) fn sign(args: &SignArgs, folder: &Folder) -> Result<(), SignError> {
    let path = folder.root().join(FILE_LIST);
    let swarm = swarm_of(args, folder, &path, 1)?;
    let found = folder.files(Bounds::SITE)?;
    let (mut files, mut of_no_size) = (Vec::new(), 0);
    let mut references = References::default();
    for file in found.files.iter().filter(|file| **file != path) {
        match listed(folder, file)? {
            Some(_) if files.len() == MAX_FILES => return Err(SignError::TooManyFiles(args.dir.clone())),
            Some(entry) => {
                references.add(&entry.reference, file)?;
                files.push(entry);
            }
            None => of_no_size += 1,
        }
    }
    let left_out = left_out(&found, of_no_size);
    if files.is_empty() {
        left_out.iter().for_each(|line| tell(line));
        return Err(SignError::NoFile(args.dir.clone()));
    }
    let key = load_key(&args.key)?;
    tell(&format!("public-key {}", hex(&key.public_key().0)));
    let (count, bytes) = (files.len(), files.iter().map(|file| file.record.size).sum());
    let valid = Duration::from_secs(u64::from(args.valid_days) * 24 * 3_600);
    let unwritable = |error| SignError::Unwritable {
        path: path.clone(),
        error,
    };
    let signed =
        signed_files(&key, &swarm, files, valid).map_err(|error| unwritable(io::Error::other(error)))?;
    write_whole(&path, signed.as_bytes()).map_err(unwritable)?;
    let (path, bytes) = (path.display(), HumanBytes(bytes));
    tell(&format!("{path}: {count} files of {bytes} for the swarm {swarm}"));
    left_out.iter().for_each(|line| tell(line));
    Ok(())
}

/// The file of each reference.
#[derive(Debug, Default)]
struct References<'a>(BTreeMap<String, &'a Path>);

impl<'a> References<'a> {
    /// Notes a reference as a file's.
    ///
    /// # Errors
    /// Names the file, and another one that is served under the same URL.
    fn add(&mut self, reference: &str, file: &'a Path) -> Result<(), SignError> {
        let Some(other) = self.0.insert(reference.to_owned(), file) else {
            return Ok(());
        };
        Err(SignError::Unreadable {
            path: file.to_owned(),
            error: io::Error::other(format!(
                "{} would be served under the same URL: rename one of them",
                other.display()
            )),
        })
    }
}

/// A line on how many files are not in the list, and why; `None` if all are.
fn left_out(found: &Found, of_no_size: usize) -> Option<String> {
    let reasons = [
        (of_no_size, "empty or larger than 64 MiB"),
        (found.not_plain, "links or no plain files"),
        (found.sidecars, "sidecars of films"),
    ];
    let all: usize = reasons.iter().map(|(count, _)| count).sum();
    let told = reasons.iter().filter(|(count, _)| *count > 0);
    let told: Vec<_> = told.map(|(count, why)| format!("{count} {why}")).collect();
    (all > 0).then(|| format!("left out: {all} files ({})", told.join(", ")))
}

/// The list's entry for a file; `None` if it is empty, or larger than any segment.
fn listed(folder: &Folder, file: &Path) -> Result<Option<ListedFile>, SignError> {
    let unreadable = |error| SignError::Unreadable {
        path: file.to_owned(),
        error,
    };
    let size = fs::metadata(file).map_err(unreadable)?.len();
    if !(1..=MAX_SEGMENT).contains(&size) {
        return Ok(None);
    }
    let bytes = bounded::read(file, MAX_SEGMENT).map_err(unreadable)?;
    if bytes.len() as u64 != size {
        return Err(unreadable(io::Error::other("it changes while it is signed")));
    }
    Ok(listed_file(file, folder.reference(file), &bytes))
}

#[cfg(test)]
mod tests;
