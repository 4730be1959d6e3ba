//! Hashes segments on all processors, and shows how far it has got: a bar on a terminal, lines elsewhere.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use segment_engine::id::SegmentKey;
use segment_engine::integrity::Record;
use segment_engine::piece::{Body, MAX_SEGMENT, PIECE, Piece};

use super::title::Part;
use super::{SignError, tell};

/// How often a line is written where there is no terminal.
const LINES_EVERY: Duration = Duration::from_secs(10);
/// The template of the bar.
const STYLE: &str = "{prefix} [{bar:30}] {pos}/{len} segments {msg} {eta}";
/// The most threads: each holds a segment in memory.
const MAX_THREADS: usize = 32;

/// The result for one segment.
type Hashed = Result<(usize, Record), SignError>;

/// The records of segments, in their order, and how many bytes they have together.
///
/// # Errors
/// Names a segment that cannot be read, or is empty or too large.
pub(super) fn hash_all(
    manifest: &Path,
    parts: &[Part],
) -> Result<(Vec<(SegmentKey, Record)>, u64), SignError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut progress = Progress::new(manifest, parts.len());
    let mut records: Vec<Option<Record>> = vec![None; parts.len()];
    thread::scope(|scope| {
        let (hashed, results) = mpsc::sync_channel::<Hashed>(threads * 4);
        for _ in 0..threads.min(MAX_THREADS) {
            let (hashed, next, failed) = (hashed.clone(), &next, &failed);
            scope.spawn(move || {
                while !failed.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(part) = parts.get(index) else { return };
                    if hashed.send(hash(part).map(|record| (index, record))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(hashed);
        for result in results {
            let (index, record) = result.inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            records[index] = Some(record);
            progress.on_hashed(record.size);
        }
        Ok::<(), SignError>(())
    })?;
    let records = parts.iter().zip(records);
    let records = records.filter_map(|(part, record)| Some((part.key, record?)));
    Ok((records.collect(), progress.bytes))
}

fn hash(part: &Part) -> Result<Record, SignError> {
    let bytes = read(part).map_err(|error| SignError::Unreadable {
        path: part.file.clone(),
        error,
    })?;
    let size = bytes.len() as u64;
    let expected = part.key.range.is_none_or(|range| range.len() == size);
    if !expected || !(1..=MAX_SEGMENT).contains(&size) {
        return Err(SignError::Size {
            path: part.file.clone(),
            size,
        });
    }
    let bytes = Bytes::from(bytes);
    let pieces = (0..bytes.len())
        .step_by(PIECE)
        .map(|first| Piece::of(bytes.slice(first..bytes.len().min(first + PIECE))));
    Ok(Record::of(&Body::new(pieces.collect())))
}

/// Reads a segment, and one byte more than the largest has at most.
pub(super) fn read(part: &Part) -> io::Result<Vec<u8>> {
    let mut file = File::open(&part.file)?;
    let length = match part.key.range {
        None => MAX_SEGMENT + 1,
        Some(range) => {
            file.seek(SeekFrom::Start(range.first))?;
            range.len().min(MAX_SEGMENT + 1)
        }
    };
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The progress of the hashing.
struct Progress {
    bar: ProgressBar,
    name: String,
    count: usize,
    done: usize,
    bytes: u64,
    told: Instant,
}

impl Progress {
    fn new(manifest: &Path, count: usize) -> Self {
        let name = manifest
            .file_name()
            .map_or_else(String::new, |name| name.display().to_string());
        let style = ProgressStyle::with_template(STYLE).expect("invariant: the template is well-formed");
        // It draws nothing where standard error is no terminal.
        let bar = ProgressBar::new(count as u64).with_style(style.progress_chars("=> "));
        Self {
            bar: bar.with_prefix(name.clone()),
            name,
            count,
            done: 0,
            bytes: 0,
            told: Instant::now(),
        }
    }

    fn on_hashed(&mut self, size: u64) {
        self.done += 1;
        self.bytes += size;
        self.bar.set_position(self.done as u64);
        self.bar.set_message(HumanBytes(self.bytes).to_string());
        if self.bar.is_hidden() && self.told.elapsed() >= LINES_EVERY {
            self.told = Instant::now();
            tell(&format!("{}: {}/{} segments", self.name, self.done, self.count));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
