//! The clip on disk: a folder for each track with `init.mp4` and `1.m4s` onwards, under a `manifest.mpd`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::live::{boxes, hls};

/// The largest manifest, init segment and segment that are read, in bytes.
const MAX_FILE: u64 = 16 << 20;
/// The most segments that a track may have: more than a day.
const MAX_SEGMENTS: u64 = 50_000;

/// A folder does not hold a clip that can be repeated. Make one with `cargo xtask media`.
#[derive(Debug, Error)]
pub(crate) enum ClipError {
    /// A file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// The manifest has not the one period that can be repeated.
    #[error("{} has no period of its own", .0.display())]
    NoPeriod(PathBuf),
    /// An init segment has no timescale.
    #[error("{} is not an init segment", .0.display())]
    NotInit(PathBuf),
    /// There are no tracks, or tracks of different lengths.
    #[error("{} has no tracks, or tracks of different lengths", .0.display())]
    Uneven(PathBuf),
}

/// A clip that can be repeated end to end.
#[derive(Debug)]
pub(super) struct Clip {
    adaptation_sets: String,
    multivariant: Option<String>,
    tracks: Vec<Track>,
    length: u64,
}

/// One track of the clip.
#[derive(Debug)]
pub(super) struct Track {
    name: String,
    folder: PathBuf,
    init: Vec<u8>,
    timescale: u32,
    /// The durations of its segments, if the clip has a playlist for it.
    durations: Option<Vec<String>>,
}

impl Clip {
    /// Looks a folder over.
    pub(super) fn open(folder: &Path) -> Result<Self, ClipError> {
        let adaptation_sets = read_adaptation_sets(&folder.join("manifest.mpd"))?;
        let mut tracks = Vec::new();
        let mut lengths = Vec::new();
        for name in folder_names(folder)? {
            let path = folder.join(&name);
            if path.join("init.mp4").is_file() {
                lengths.push(count_segments(&path));
                let playlist = read_text(&path.with_extension("m3u8"))?;
                tracks.push(Track::open(name, path, playlist.as_deref())?);
            }
        }
        let Some(&length) = lengths
            .first()
            .filter(|&first| *first > 0 && lengths.iter().all(|l| l == first))
        else {
            return Err(ClipError::Uneven(folder.to_owned()));
        };
        let multivariant = read_text(&folder.join("master.m3u8"))?;
        Ok(Self {
            adaptation_sets,
            multivariant,
            tracks,
            length,
        })
    }

    /// The XML between the tags of the manifest's period.
    pub(super) fn adaptation_sets(&self) -> &str {
        &self.adaptation_sets
    }

    /// The clip's multivariant playlist, if it has one.
    pub(super) fn multivariant(&self) -> Option<&str> {
        self.multivariant.as_deref()
    }

    /// How many segments each track has; at least one.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The track in the folder of that name.
    pub(super) fn track(&self, name: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.name == name)
    }
}

impl Track {
    fn open(name: String, folder: PathBuf, playlist: Option<&str>) -> Result<Self, ClipError> {
        let path = folder.join("init.mp4");
        let mut init = read(&path)?;
        let timescale = boxes::timescale(&mut init).ok_or(ClipError::NotInit(path))?;
        Ok(Self {
            name,
            folder,
            init,
            timescale,
            durations: playlist.map(hls::durations),
        })
    }

    /// Its init segment.
    pub(super) fn init(&self) -> &[u8] {
        &self.init
    }

    /// How long each of its segments is, as a playlist says it; `None` where the clip has none for it.
    pub(super) fn durations(&self) -> Option<&[String]> {
        self.durations.as_deref()
    }

    /// Units of its times, per second.
    pub(super) fn timescale(&self) -> u32 {
        self.timescale
    }

    /// Reads its segment of that number, from 1.
    pub(super) async fn fragment(&self, number: u64) -> io::Result<Vec<u8>> {
        tokio::fs::read(self.folder.join(format!("{number}.m4s"))).await
    }
}

fn read_adaptation_sets(path: &Path) -> Result<String, ClipError> {
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    let inside = || {
        let (_, period) = text.split_once("<Period")?;
        let (_, inside) = period.split_once('>')?;
        let (inside, after) = inside.split_once("</Period>")?;
        (!after.contains("<Period")).then(|| inside.to_owned())
    };
    inside().ok_or_else(|| ClipError::NoPeriod(path.to_owned()))
}

/// The text of a file, if it is there.
fn read_text(path: &Path) -> Result<Option<String>, ClipError> {
    if !path.is_file() {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&read(path)?).into_owned()))
}

fn folder_names(folder: &Path) -> Result<Vec<String>, ClipError> {
    let unreadable = |error| ClipError::Unreadable {
        path: folder.to_owned(),
        error,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        if let Ok(name) = entry.map_err(unreadable)?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn count_segments(folder: &Path) -> u64 {
    (1..=MAX_SEGMENTS)
        .take_while(|number| folder.join(format!("{number}.m4s")).is_file())
        .count() as u64
}

fn read(path: &Path) -> Result<Vec<u8>, ClipError> {
    let unreadable = |error| ClipError::Unreadable {
        path: path.to_owned(),
        error,
    };
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE {
        return Err(unreadable(io::Error::other("it is larger than 16 MiB")));
    }
    fs::read(path).map_err(unreadable)
}
