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

use super::access::{is_held, lock, make_private, make_stream_folder};
use super::file::{self, StreamId, is_full, is_lost};
use super::folder::{part_path, path, survey};
use super::index::{Gone, Index, MAX_FILES, Place};
use super::queue::{Queue, Write};
use crate::private_file::remove_if_there;

/// How long nothing is written after the disk has failed.
const PAUSE: Duration = Duration::from_secs(30);

/// How many files that could not be removed are tried again before each write.
const STUCK_AT_ONCE: usize = 16;

/// How often it is said that the disk is full while segments could make room.
const SHORT_EVERY: Duration = Duration::from_secs(3_600);

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
    /// Whether a file could not be removed, and still cannot be.
    is_stuck: bool,
    /// When it was said last that the disk is full while segments could make room.
    short_said: Option<Instant>,
    /// Other processes keep away as long as this is open.
    lock: File,
}

impl Writer {
    /// Prepares to write to a folder.
    pub(super) fn new(folder: &Path, bytes: u64, queue: Arc<Queue>, lock: File) -> Self {
        Self {
            folder: folder.to_owned(),
            bytes,
            queue,
            is_failing: false,
            is_stuck: false,
            short_said: None,
            lock,
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
                Write::Put { place, record, body } => {
                    self.put(place, record, &body);
                    drop(body);
                    self.queue.on_put(record.size);
                }
                Write::Remove(stream, keys) => {
                    for key in keys {
                        self.remove(Place { stream, key });
                    }
                }
                Write::Sweep => self.remove_stuck(),
            }
        }
    }

    fn look(&mut self) {
        let begun = Instant::now();
        let survey = survey(&self.folder, MAX_FILES, || self.queue.is_closing());
        let mut index = Index::new(self.bytes, MAX_FILES);
        let mut over = Vec::new();
        for found in survey.found {
            let place = Place {
                stream: found.stream,
                key: found.entry.key,
            };
            over.extend(index.make_room(found.entry.record.size));
            index.put(place, found.entry.record);
        }
        if survey.unreadable > 0 {
            tracing::warn!(
                files = survey.unreadable,
                "some of the cache cannot be read: it is left alone, not used, and not counted in cache_mib"
            );
        }
        self.queue.set_index(index);
        over.into_iter().for_each(|gone| self.unlink(gone));
        let (segments, bytes) = self.queue.with_index(|index| index.size()).unwrap_or_default();
        tracing::info!(
            segments,
            mib = bytes >> 20,
            removed = survey.removed,
            foreign = survey.foreign,
            took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "the cache was looked up; foreign files are left alone"
        );
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

    /// Writes a segment, and lets go of others for it once it is on the disk: one that takes nothing costs nothing that can
    /// still be read. For that moment there is one segment more than there is room for.
    fn write(&mut self, place: Place, record: Record, body: &Body) -> Result<(), Option<io::Error>> {
        self.keep_folder().map_err(Some)?;
        self.remove_stuck();
        // An earlier one is another's bytes by now: nobody is to take them for these.
        self.remove(place);
        let path = path(&self.folder, &place);
        let part = part_path(&path);
        let key = place.key;
        let header = file::header(place.stream, &ShelfEntry { key, record });
        let write = || {
            make_parent(&path)?;
            file::write_part(&part, &header, body)
        };
        let mut written = write();
        if written.as_ref().is_err_and(is_full) {
            // Others have filled the disk: the shelf goes on with what room it has.
            let gone = self.queue.with_index(|index| index.free(record.size));
            let gone = gone.unwrap_or_default();
            if !gone.is_empty() {
                self.say_short();
                self.let_go(&gone);
                written = write();
            }
        }
        written.map_err(Some)?;
        let gone = self.queue.with_index(|index| index.make_room(record.size));
        self.let_go(&gone.unwrap_or_default());
        file::put_in_place(&part, &path).map_err(Some)
    }

    /// Makes the folder anew where somebody has removed it, or put another in its place: what was in it is not served any more.
    fn keep_folder(&mut self) -> io::Result<()> {
        if is_held(&self.folder, &self.lock)? {
            return Ok(());
        }
        make_private(&self.folder)?;
        self.lock = lock(&self.folder).map_err(io::Error::other)?;
        tracing::warn!(
            folder = %self.folder.display(),
            "the cache's folder was removed while it is in use: it is made anew, and what was in it is fetched when it is wanted"
        );
        Ok(())
    }

    /// Says that the disk has less room than is set: segments go sooner than they should.
    fn say_short(&mut self) {
        if self.short_said.is_some_and(|said| said.elapsed() < SHORT_EVERY) {
            return;
        }
        self.short_said = Some(Instant::now());
        let bytes = self.queue.with_index(|index| index.size()).unwrap_or_default().1;
        tracing::warn!(
            folder = %self.folder.display(), held_mib = bytes >> 20, cache_mib = self.bytes >> 20,
            "the disk is full before cache_mib is: older segments make room; said once an hour"
        );
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
    fn let_go(&mut self, gone: &[Gone]) {
        let mut by_stream: BTreeMap<StreamId, Vec<SegmentKey>> = BTreeMap::new();
        for gone in gone {
            self.unlink(*gone);
            let Place { stream, key } = gone.place;
            by_stream.entry(stream).or_default().push(key);
        }
        for (stream, keys) in by_stream {
            self.queue.tell(stream, ShelfFact::Dropped(keys));
        }
    }

    fn remove(&mut self, place: Place) {
        if let Some(gone) = self.queue.with_index(|index| index.remove(&place)).flatten() {
            self.unlink(gone);
        }
    }

    /// Removes a file. One that cannot be removed keeps its room, and is tried again.
    fn unlink(&mut self, gone: Gone) {
        let path = path(&self.folder, &gone.place);
        let Err(error) = remove_if_there(&path) else {
            return;
        };
        self.queue.with_index(|index| index.stick(gone));
        if !std::mem::replace(&mut self.is_stuck, true) {
            tracing::warn!(
                path = %path.display(), %error,
                "a file of the cache cannot be removed: it keeps its room, and is tried again by and by"
            );
        }
    }

    /// Tries again to remove what could not be, some at a time: more has room then.
    fn remove_stuck(&mut self) {
        let stuck = self.queue.with_index(|index| index.stuck(STUCK_AT_ONCE));
        let stuck = stuck.unwrap_or_default();
        for place in &stuck {
            if remove_if_there(&path(&self.folder, place)).is_err() {
                return;
            }
            self.queue.with_index(|index| index.unstick(place));
        }
        if stuck.len() < STUCK_AT_ONCE && std::mem::take(&mut self.is_stuck) {
            tracing::info!("what could not be removed from the cache is gone");
        }
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => make_stream_folder(parent),
        None => Ok(()),
    }
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
            // Not removed here: it could be one that was written anew meanwhile.
            queue.give_up(place, record);
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
        let now = SystemTime::now();
        let noted = fs::metadata(path)?.modified()?;
        if now.duration_since(noted).is_ok_and(|since| since >= MARK_AFTER) {
            File::options().write(true).open(path)?.set_modified(now)?;
        }
        Ok(())
    };
    // A worse order after the next start is all that is lost.
    let _ = marked();
}
