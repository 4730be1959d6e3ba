//! A manifest of the folder: all its segments, each with its file and the part of that.

use std::path::{Path, PathBuf};

use segment_engine::id::SegmentKey;
use segment_engine::manifest::{self, Limits, Manifest, PlaylistRef};
use segment_engine::time::{MediaTime, UnixTime};
use segment_engine::timeline::{Timeline, Track};
use service::bounded;

use super::folder::Folder;
use super::{MAX_SEGMENTS, SignError, unix_time};

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
    pub(super) parts: Vec<Part>,
}

/// What reading a title needs.
struct Reader<'a> {
    folder: &'a Folder,
    base: Option<&'a str>,
    limits: Limits,
    now: UnixTime,
}

impl Title {
    /// Reads a manifest, and for HLS the playlists that it names.
    ///
    /// # Errors
    /// When it cannot be read, is live, or names a segment that is not in the folder.
    pub(super) fn read(folder: &Folder, path: &Path, base: Option<&str>) -> Result<Self, SignError> {
        let reader = Reader {
            folder,
            base,
            limits: Limits::default(),
            now: unix_time(),
        };
        let timeline = reader.timeline(path)?;
        if timeline.live().is_some() {
            return Err(SignError::Live(path.to_owned()));
        }
        let mut parts = Vec::new();
        for track in timeline.tracks() {
            reader.add_parts(path, &timeline, track, &mut parts)?;
        }
        if parts.is_empty() {
            return Err(SignError::Empty(path.to_owned()));
        }
        Ok(Self {
            manifest: path.to_owned(),
            parts,
        })
    }
}

impl Reader<'_> {
    fn timeline(&self, path: &Path) -> Result<Timeline, SignError> {
        match self.manifest(path, None)? {
            Manifest::Title(timeline) => Ok(timeline),
            Manifest::Multivariant(playlists) => {
                let mut whole = Timeline::default();
                for playlist in playlists {
                    let file = self.file(path, &playlist.url)?;
                    if let Manifest::Title(timeline) = self.manifest(&file, Some(&playlist))? {
                        whole.merge(timeline);
                    }
                }
                Ok(whole)
            }
        }
    }

    fn manifest(&self, path: &Path, playlist: Option<&PlaylistRef>) -> Result<Manifest, SignError> {
        let unreadable = |error| SignError::Unreadable {
            path: path.to_owned(),
            error,
        };
        let body = bounded::read(path, self.limits.manifest_bytes as u64).map_err(unreadable)?;
        self.folder.check_name(path)?;
        let url = self.folder.url(self.base, path);
        manifest::read(&body, &url, playlist, &self.limits).map_err(|error| SignError::Manifest {
            path: path.to_owned(),
            error,
        })
    }

    fn add_parts(
        &self,
        manifest: &Path,
        timeline: &Timeline,
        track: &Track,
        parts: &mut Vec<Part>,
    ) -> Result<(), SignError> {
        let room = MAX_SEGMENTS.saturating_sub(parts.len()) + 1;
        let media = timeline.segments(track.key, MediaTime::MIN, MediaTime::MAX, self.now, room);
        for segment in timeline.init_segments(track.key).into_iter().chain(media) {
            if parts.len() == MAX_SEGMENTS {
                return Err(SignError::TooMany(manifest.to_owned()));
            }
            let file = self.file(manifest, &segment.url)?;
            parts.push(Part {
                key: segment.key,
                file,
            });
        }
        Ok(())
    }

    /// The file of a URL that a manifest names.
    fn file(&self, manifest: &Path, url: &str) -> Result<PathBuf, SignError> {
        let outside = || SignError::Outside {
            manifest: manifest.to_owned(),
            url: url.to_owned(),
        };
        let file = self.folder.file(self.base, url).ok_or_else(outside)?;
        match self.folder.holds(&file) {
            Ok(true) => Ok(file),
            Ok(false) => Err(outside()),
            Err(error) => Err(SignError::Unreadable { path: file, error }),
        }
    }
}
