//! The threads of a shelf: one looks the folder up and then writes and removes, in order; some read and hash.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use segment_engine::id::SegmentKey;
use segment_engine::integrity::Record;
use segment_engine::piece::Body;
use segment_engine::shelf::{ShelfEntry, ShelfFact};

use super::access::make_stream_folder;
use super::file::{self, StreamId, is_lost};
use super::folder::{part_path, path, survey};
use super::index::{Index, MAX_FILES, Place};
use super::queue::{Queue, Write};

/// How long nothing is written after the disk has failed.
const PAUSE: Duration = Duration::from_secs(30);

/// A file that was read is marked as used if that was not noted for so long: the order of use outlives the process, at the
/// cost of few writes.
const MARK_AFTER: Duration = Duration::from_secs(600);

/// The thread that writes.
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    bytes: u64,
    queue: Arc<Queue>,
    /// Whether the disk failed when it was written last.
    is_failing: bool,
    /// Other processes keep away as long as this is open.
    _lock: File,
}

impl Writer {
    /// Prepares to write to a folder.
    pub(super) fn new(folder: &Path, bytes: u64, queue: Arc<Queue>, lock: File) -> Self {
        Self {
            folder: folder.to_owned(),
            bytes,
            queue,
            is_failing: false,
            _lock: lock,
        }
    }

    /// Looks the folder up, and does what is queued until the shelf closes.
    pub(super) fn run(mut self) {
        self.look();
        while let Some(write) = self.queue.next_write() {
            match write {
                Write::List(stream) => {
                    let entries = self
                        .queue
                        .with_index(|index| index.of(stream))
                        .unwrap_or_default();
                    self.queue.tell(stream, ShelfFact::Opened(entries));
                }
                Write::Put { place, record, body } => self.put(place, record, &body),
                Write::Remove(stream, keys) => {
                    for key in keys {
                        self.remove(Place { stream, key });
                    }
                }
            }
        }
    }

    fn look(&self) {
        let begun = Instant::now();
        let survey = survey(&self.folder, || self.queue.is_closing());
        let mut index = Index::new(self.bytes, MAX_FILES);
        for found in survey.found {
            let place = Place {
                stream: found.stream,
                key: found.entry.key,
            };
            for gone in index.make_room(found.entry.record.size) {
                self.unlink(&gone);
            }
            index.put(place, found.entry.record);
        }
        if survey.unreadable > 0 {
            tracing::warn!(
                files = survey.unreadable,
                "some of the cache cannot be read: it is left alone, not used, and not counted in cache_mib"
            );
        }
        let (segments, bytes) = index.size();
        tracing::info!(
            segments,
            mib = bytes >> 20,
            removed = survey.removed,
            foreign = survey.foreign,
            took_ms = begun.elapsed().as_millis(),
            "the cache was looked up; foreign files are left alone"
        );
        self.queue.set_index(index);
    }

    fn put(&mut self, place: Place, record: Record, body: &Body) {
        let size = record.size;
        let fits = self.queue.with_index(|index| index.fits(size)).unwrap_or(false);
        let written = if fits && !self.queue.is_paused() {
            self.write(place, record, body)
        } else {
            Err(None)
        };
        let entry = ShelfEntry {
            key: place.key,
            record,
        };
        match written {
            Ok(()) => {
                self.queue.with_index(|index| index.put(place, record));
                if std::mem::take(&mut self.is_failing) {
                    tracing::info!("the cache can be written again");
                }
                self.queue.tell(place.stream, ShelfFact::Shelved(entry));
            }
            Err(error) => {
                if let Some(error) = error {
                    self.on_failure(&error);
                }
                self.queue.tell(place.stream, ShelfFact::Unshelvable(entry));
            }
        }
    }

    /// Writes a segment, and lets go of others for it where there is no room.
    fn write(&self, place: Place, record: Record, body: &Body) -> Result<(), Option<io::Error>> {
        // An earlier one is another's bytes by now: nobody is to take them for these.
        self.remove(place);
        let gone = self.queue.with_index(|index| index.make_room(record.size));
        self.let_go(&gone.unwrap_or_default());
        let header = file::header(
            place.stream,
            &ShelfEntry {
                key: place.key,
                record,
            },
        );
        let path = path(&self.folder, &place);
        let write = || {
            make_parent(&path)?;
            file::write(&path, &part_path(&path), &header, body)
        };
        let written = write();
        if !written.as_ref().is_err_and(is_full) {
            return written.map_err(Some);
        }
        // Others have filled the disk: the shelf goes on with what room it has.
        let gone = self.queue.with_index(|index| index.free(record.size));
        let gone = gone.unwrap_or_default();
        if gone.is_empty() {
            return written.map_err(Some);
        }
        self.let_go(&gone);
        write().map_err(Some)
    }

    fn on_failure(&mut self, error: &io::Error) {
        self.queue.pause(PAUSE);
        if !std::mem::replace(&mut self.is_failing, true) {
            tracing::warn!(
                folder = %self.folder.display(), %error,
                "the cache cannot be written: going on with memory alone, and trying again by and by"
            );
        }
    }

    /// Removes files that have gone from the index, and tells their streams.
    fn let_go(&self, gone: &[Place]) {
        let mut by_stream: BTreeMap<StreamId, Vec<SegmentKey>> = BTreeMap::new();
        for place in gone {
            self.unlink(place);
            by_stream.entry(place.stream).or_default().push(place.key);
        }
        for (stream, keys) in by_stream {
            self.queue.tell(stream, ShelfFact::Dropped(keys));
        }
    }

    fn remove(&self, place: Place) {
        if self.queue.with_index(|index| index.remove(&place)) == Some(true) {
            self.unlink(&place);
        }
    }

    fn unlink(&self, place: &Place) {
        let path = path(&self.folder, place);
        if let Err(error) = fs::remove_file(&path) {
            tracing::debug!(path = %path.display(), %error, "a file of the cache cannot be removed");
        }
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => make_stream_folder(parent),
        None => Ok(()),
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// Reads what is queued, until the shelf closes.
pub(super) fn read_all(folder: &Path, queue: &Queue) {
    while let Some((place, record)) = queue.next_read() {
        let key = place.key;
        let fact = match record {
            Some(record) => read(folder, queue, &place, record),
            None => ShelfFact::Unshelved { key, body: None },
        };
        queue.tell(place.stream, fact);
    }
}

fn read(folder: &Path, queue: &Queue, place: &Place, record: Record) -> ShelfFact {
    let path = path(folder, place);
    let key = place.key;
    let header = file::header(place.stream, &ShelfEntry { key, record });
    match file::read(&path, &header, record.size) {
        Ok(body) => {
            mark(&path);
            let body = Some(body);
            ShelfFact::Unshelved { key, body }
        }
        Err(error) if is_lost(&error) => {
            tracing::warn!(path = %path.display(), %error, "a segment of the cache is gone or damaged");
            if queue.with_index(|index| index.remove_if(place, record)) == Some(true) {
                // It is gone, or of no use.
                let _ = fs::remove_file(&path);
            }
            ShelfFact::Unshelved { key, body: None }
        }
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a segment cannot be read from the cache now; it stays there");
            ShelfFact::Unreadable(key)
        }
    }
}

/// Notes at the file that it was of use.
fn mark(path: &Path) {
    let marked = || -> io::Result<()> {
        let file = File::options().write(true).open(path)?;
        let now = SystemTime::now();
        let noted = file.metadata()?.modified()?;
        if now.duration_since(noted).is_ok_and(|since| since >= MARK_AFTER) {
            file.set_modified(now)?;
        }
        Ok(())
    };
    // A worse order after the next start is all that is lost.
    let _ = marked();
}
