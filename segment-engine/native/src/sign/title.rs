//! A manifest of the folder: all its segments, each with its file and the part of that; and what of it is not there.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use segment_engine::id::{SegmentKey, TrackKey};
use segment_engine::manifest::{self, Limits, Manifest, PlaylistRef};
use segment_engine::piece::MAX_SEGMENT;
use segment_engine::time::{MediaTime, UnixTime};
use segment_engine::timeline::{Segment, Timeline};
use service::bounded;

use super::folder::Folder;
use super::left_out::{LeftOut, Reason};
use super::{MAX_SEGMENTS, SignError, hashing, unix_time};

/// A segment, and where its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its name among peers; it has the range, too.
    pub(super) key: SegmentKey,
    pub(super) file: PathBuf,
}

/// A film of the folder.
#[derive(Debug)]
pub(super) struct Title {
    pub(super) manifest: PathBuf,
    /// What is signed; at least one.
    pub(super) parts: Vec<Part>,
    pub(super) left_out: LeftOut,
}

/// What reading a title needs, and what it has found.
struct Reader<'a> {
    folder: &'a Folder,
    base: Option<&'a str>,
    limits: Limits,
    now: UnixTime,
    /// How many segments the manifest was seen to have.
    seen: usize,
    parts: Vec<Part>,
    left_out: LeftOut,
}

impl Title {
    /// Reads a manifest, for HLS the playlists that it names, and the indexes within their files.
    ///
    /// # Errors
    /// When it cannot be read, is live, or none of its segments can be signed.
    pub(super) fn read(folder: &Folder, path: &Path, base: Option<&str>) -> Result<Self, SignError> {
        let mut reader = Reader {
            folder,
            base,
            limits: Limits::default(),
            now: unix_time(),
            seen: 0,
            parts: Vec::new(),
            left_out: LeftOut::default(),
        };
        let mut timeline = reader.timeline(path)?;
        if timeline.live().is_some() {
            return Err(SignError::Live(path.to_owned()));
        }
        for left in timeline.left_out() {
            reader.left_out.add(Reason::Undescribed, &left.representation);
        }
        let tracks: Vec<_> = timeline.tracks().iter().map(|track| track.key).collect();
        for track in tracks {
            reader.add_parts(path, &mut timeline, track)?;
        }
        let Reader { parts, left_out, .. } = reader;
        let manifest = path.to_owned();
        match (parts.is_empty(), left_out.is_empty()) {
            (true, true) => Err(SignError::Empty(manifest)),
            (true, false) => {
                let why = left_out.lines().collect::<Vec<_>>().join(", ");
                Err(SignError::Nothing { manifest, why })
            }
            (false, _) => Ok(Self {
                manifest,
                parts,
                left_out,
            }),
        }
    }
}

impl Reader<'_> {
    fn timeline(&mut self, path: &Path) -> Result<Timeline, SignError> {
        match self.manifest(path, None)? {
            Manifest::Title(timeline) => Ok(timeline),
            Manifest::Multivariant(playlists) => {
                let mut whole = Timeline::default();
                for playlist in playlists {
                    let Ok(file) = self.file(&playlist.url)? else {
                        self.left_out.add(Reason::Playlist, &playlist.url);
                        continue;
                    };
                    if let Manifest::Title(timeline) = self.manifest(&file, Some(&playlist))? {
                        whole.merge(timeline);
                    }
                }
                Ok(whole)
            }
        }
    }

    fn manifest(&self, path: &Path, playlist: Option<&PlaylistRef>) -> Result<Manifest, SignError> {
        let body = bounded::read(path, self.limits.manifest_bytes as u64)
            .map_err(|error| unreadable(path.to_owned(), error))?;
        self.folder.check_name(path)?;
        let url = self.folder.url(self.base, path);
        manifest::read(&body, &url, playlist, &self.limits).map_err(|error| SignError::Manifest {
            path: path.to_owned(),
            error,
        })
    }

    /// Finds the segments of a track; where an index in its file lists them, that is read first.
    fn add_parts(
        &mut self,
        manifest: &Path,
        timeline: &mut Timeline,
        track: TrackKey,
    ) -> Result<(), SignError> {
        if let Some(index) = timeline.index_segment(track) {
            self.read_index(timeline, &index)?;
        }
        let room = MAX_SEGMENTS.saturating_sub(self.seen) + 1;
        let media = timeline.segments(track, MediaTime::MIN, MediaTime::MAX, self.now, room);
        for segment in timeline.init_segments(track).into_iter().chain(media) {
            self.seen += 1;
            if self.seen > MAX_SEGMENTS {
                return Err(SignError::TooMany(manifest.to_owned()));
            }
            match self.part(&segment)? {
                Ok(part) => self.parts.push(part),
                Err(reason) => self.left_out.add(reason, &segment.url),
            }
        }
        Ok(())
    }

    /// Reads the index of a track, which says where in its file the track's segments are.
    fn read_index(&mut self, timeline: &mut Timeline, index: &Segment) -> Result<(), SignError> {
        let is_read = match self.part(index)? {
            Ok(part) => {
                let bytes = hashing::read(&part).map_err(|error| unreadable(part.file, error))?;
                timeline.add_index(index.key.track, &bytes).is_ok()
            }
            Err(_) => false,
        };
        if !is_read {
            self.left_out.add(Reason::Index, &index.url);
        }
        Ok(())
    }

    /// A segment with its file, or why it cannot be signed.
    ///
    /// # Errors
    /// When that cannot be told.
    fn part(&self, segment: &Segment) -> Result<Result<Part, Reason>, SignError> {
        let file = match self.file(&segment.url)? {
            Ok(file) => file,
            Err(reason) => return Ok(Err(reason)),
        };
        let held = fs::metadata(&file).map_err(|error| unreadable(file.clone(), error))?;
        // A pipe would be waited for.
        if !held.is_file() {
            return Ok(Err(Reason::NoFile));
        }
        let (held, key) = (held.len(), segment.key);
        let (end, size) = match key.range {
            None => (held, held),
            Some(range) => (range.last.saturating_add(1), range.len()),
        };
        let is_signed = end <= held && (1..=MAX_SEGMENT).contains(&size);
        Ok(is_signed.then_some(Part { key, file }).ok_or(Reason::Size))
    }

    /// The file of a URL that a manifest names, or why there is none.
    ///
    /// # Errors
    /// When that cannot be told.
    fn file(&self, url: &str) -> Result<Result<PathBuf, Reason>, SignError> {
        let Some(file) = self.folder.file(self.base, url) else {
            return Ok(Err(Reason::Outside));
        };
        match self.folder.holds(&file) {
            Ok(true) => Ok(Ok(file)),
            Ok(false) => Ok(Err(Reason::Outside)),
            Err(error) if is_absent(&error) => Ok(Err(Reason::NoFile)),
            Err(error) => Err(unreadable(file, error)),
        }
    }
}

/// Whether a file is not there, rather than out of reach; none has a name that is too long.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
    )
}

fn unreadable(path: PathBuf, error: io::Error) -> SignError {
    SignError::Unreadable { path, error }
}
