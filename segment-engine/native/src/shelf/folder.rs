//! Names the folder's files, and looks through it for whole segments, parts that a crash left, and foreign files.
//!
//! Each stream has a folder in it, named by 32 hexadecimal digits of the stream's digest. Each segment is a file there,
//! named by as many digits of its key's digest and `.seg`; while it is written its name ends in `.part`.

use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use segment_engine::id::SegmentKey;
use segment_engine::piece::Digest;
use segment_engine::shelf::ShelfEntry;

use super::access::LOCK;
use super::file::{HEADER, StreamId, header, is_lost, parse};
use super::index::Place;
use crate::signing::hex;

const WHOLE: &str = "seg";
const PART: &str = "part";

/// How many bytes of a digest make a file's name.
const NAME: usize = 16;

/// The path of a segment's file.
pub(super) fn path(folder: &Path, place: &Place) -> PathBuf {
    let file = format!("{}.{WHOLE}", name(key_digest(&place.key)));
    folder.join(name(place.stream.0)).join(file)
}

/// The path of a file while it is written.
pub(super) fn part_path(path: &Path) -> PathBuf {
    path.with_extension(PART)
}

fn name(digest: Digest) -> String {
    hex(&digest.0[..NAME])
}

/// A key's digest: of the header of an empty stream's empty segment, which has all of the key in it.
fn key_digest(key: &SegmentKey) -> Digest {
    let entry = ShelfEntry {
        key: *key,
        record: segment_engine::integrity::Record {
            size: 0,
            root: Digest([0; 28]),
        },
    };
    Digest::of(&[&header(StreamId(Digest([0; 28])), &entry)])
}

fn is_name(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 2 * NAME && text.bytes().all(is_digit)
}

/// A whole segment that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// The stream that it belongs to.
    pub(super) stream: StreamId,
    /// The segment.
    pub(super) entry: ShelfEntry,
    /// When it was of use last.
    pub(super) used: SystemTime,
}

/// The result of a look through the folder.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Whole segments, in the order of their use.
    pub(super) found: Vec<Found>,
    /// How many files were removed: parts, damaged ones, those of another version, and those over the bound.
    pub(super) removed: usize,
    /// How many files and folders could not be looked at, and were left alone: they may be read at the next start.
    pub(super) unreadable: usize,
    /// How many files are not ours, and were left alone.
    pub(super) foreign: usize,
}

/// Looks through a folder for the `most` segments that were used last, until `is_over` says that nobody wants the
/// result any more.
pub(super) fn survey(folder: &Path, most: usize, is_over: impl Fn() -> bool) -> Survey {
    let mut survey = Survey::default();
    for stream in survey.entries(folder) {
        let text = stream.file_name();
        let own = is_dir(&stream) && text.to_str().is_some_and(is_name);
        if !own {
            survey.foreign += usize::from(text != LOCK);
            continue;
        }
        for file in survey.entries(&stream.path()) {
            if is_over() {
                return survey;
            }
            survey.look_at(&file, &text.to_string_lossy());
            // Some more meanwhile, so that they are seldom sorted.
            if survey.found.len() >= most.saturating_add(most / 8 + 1) {
                survey.keep(folder, most);
            }
        }
        // It goes if it is empty.
        let _ = fs::remove_dir(stream.path());
    }
    survey.keep(folder, most);
    survey
}

impl Survey {
    /// Sorts the segments by their last use, and removes the oldest that are too many.
    fn keep(&mut self, folder: &Path, most: usize) {
        self.found.sort_by_key(|found| found.used);
        let over = self.found.len().saturating_sub(most);
        for found in self.found.drain(..over) {
            let place = Place {
                stream: found.stream,
                key: found.entry.key,
            };
            self.removed += usize::from(fs::remove_file(path(folder, &place)).is_ok());
        }
    }

    fn look_at(&mut self, file: &DirEntry, stream: &str) {
        let path = file.path();
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        // A link is nobody's of ours, wherever it leads.
        let is_file = file.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !is_name(stem) || ![WHOLE, PART].contains(&end) {
            self.foreign += 1;
            return;
        }
        let look = if end == WHOLE { find(&path) } else { Look::Useless };
        let named =
            |found: &Found| name(found.stream.0) == stream && name(key_digest(&found.entry.key)) == stem;
        match look {
            Look::Whole(found) if named(&found) => self.found.push(found),
            Look::Whole(_) | Look::Useless => {
                // Where it cannot be removed it is met again at the next start.
                self.removed += usize::from(fs::remove_file(&path).is_ok());
            }
            Look::Unreadable => self.unreadable += 1,
        }
    }

    /// The entries of a folder, as far as they can be read.
    fn entries(&mut self, folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
        let listed = fs::read_dir(folder);
        self.unreadable += usize::from(listed.is_err());
        listed.into_iter().flatten().flatten()
    }
}

/// The result of a look at a file.
#[derive(Debug)]
enum Look {
    /// It is a whole segment by its header and length.
    Whole(Found),
    /// It is none, or not all of one.
    Useless,
    /// It cannot be read now, which says nothing of what is in it.
    Unreadable,
}

fn find(path: &Path) -> Look {
    match read_head(path) {
        Ok(Some(found)) => Look::Whole(found),
        Ok(None) => Look::Useless,
        Err(error) if is_lost(&error) => Look::Useless,
        Err(_) => Look::Unreadable,
    }
}

fn read_head(path: &Path) -> io::Result<Option<Found>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    let whole = parse(&header).filter(|(_, entry)| metadata.len() == entry.record.size + HEADER as u64);
    Ok(whole.map(|(stream, entry)| Found {
        stream,
        entry,
        used: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
    }))
}

fn is_dir(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}

#[cfg(test)]
mod tests;
