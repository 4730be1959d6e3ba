//! The folder that is signed, and the mapping between its files and the URLs under which they are served. Nothing
//! outside it is read, neither by `..` nor through a link.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use segment_engine::manifest::Limits;
use service::bounded;
use thiserror::Error;
use url::Url;

use super::{EXTENSION, SignError};

/// The folder's URL if nobody gives one. It is part of no digest.
const SOMEWHERE: &str = "http://folder.invalid/";
/// How deep manifests are looked for.
const MAX_DEPTH: usize = 8;
/// How many entries of the folder are looked at for manifests.
const MAX_ENTRIES: usize = 1_000_000;

/// How much of a folder is searched for files. More than that is an error: a list has all files or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// How many folders lie within each other.
    depth: usize,
    /// How many entries are not hidden, folders and what is left out among them.
    entries: usize,
}

impl Bounds {
    /// No site is as deep; ten entries for each file that a list may have.
    pub(super) const SITE: Self = Self {
        depth: 64,
        entries: 100_000,
    };
}

/// The files of a folder, and how many there are besides.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the order of their names.
    pub(super) files: Vec<PathBuf>,
    /// The number of links, pipes and the like.
    pub(super) not_plain: usize,
    /// The number of sidecars.
    pub(super) sidecars: usize,
}

/// Why something in the folder cannot be served under a URL of its own.
#[derive(Debug, Error)]
enum Unservable {
    #[error("its name is not UTF-8: rename it, or hide it by a dot before its name")]
    NotUtf8,
    #[error("its name has a control character in it: rename it, or hide it by a dot before its name")]
    Control,
    #[error("it lies more than {0} folders deep: sign its folders one by one")]
    Deep(usize),
    #[error("it holds more than {0} files and folders: sign its folders one by one")]
    Many(usize),
}

impl Unservable {
    fn of(self, path: &Path) -> SignError {
        SignError::Unreadable {
            path: path.to_owned(),
            error: io::Error::other(self),
        }
    }
}

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// The path as the operator gave it.
    named: PathBuf,
    /// The canonical path, without links.
    root: PathBuf,
}

impl Folder {
    /// Opens a folder.
    pub(super) fn open(path: &Path) -> Result<Self, SignError> {
        let unreadable = |error| SignError::Unreadable {
            path: path.to_owned(),
            error,
        };
        let root = fs::canonicalize(path).map_err(unreadable)?;
        if !root.is_dir() {
            return Err(unreadable(io::Error::from(io::ErrorKind::NotADirectory)));
        }
        Ok(Self {
            named: path.to_owned(),
            root,
        })
    }

    /// Refuses a key file within the folder, be it there or yet to be made: what serves the folder serves the private
    /// key with it, whether a list names it or not.
    ///
    /// # Errors
    /// Names the key file. One that cannot be looked at is no error here: reading or making it is.
    pub(super) fn refuse_key_inside(&self, key: &Path) -> Result<(), SignError> {
        let parent = match key.parent() {
            Some(parent) if parent != Path::new("") => parent,
            Some(_) | None => Path::new("."),
        };
        // A link within the folder is served as what it leads to, and one outside may lead into the folder.
        if ![parent, key].iter().any(|path| self.holds(path).unwrap_or(false)) {
            return Ok(());
        }
        Err(SignError::KeyInside {
            key: key.to_owned(),
            folder: self.named.clone(),
        })
    }

    /// The file of that name: within the folder, or named from where the process is.
    pub(super) fn named(&self, name: &Path) -> Result<PathBuf, SignError> {
        let within = self.named.join(name);
        let path = if within.exists() { within } else { name.to_owned() };
        let real = fs::canonicalize(&path).map_err(|error| SignError::Unreadable {
            path: path.clone(),
            error,
        })?;
        real.strip_prefix(&self.root)
            .map(|rest| self.root.join(rest))
            .map_err(|_| SignError::Outside {
                manifest: path,
                url: real.display().to_string(),
            })
    }

    /// All manifests in it, in the order of their names; of HLS those that no other playlist names.
    pub(super) fn manifests(&self) -> Result<Vec<PathBuf>, SignError> {
        let mut found = Vec::new();
        let mut left = MAX_ENTRIES;
        let longest = Limits::default().manifest_bytes as u64;
        look_for_manifests(&self.root, MAX_DEPTH, &mut left, &mut found)?;
        found.sort();
        let playlists: Vec<_> = found
            .iter()
            .filter(|path| has_extension(path, "m3u8"))
            .filter_map(|path| Some((path.parent()?, bounded::read_text(path, longest).ok()?)))
            .collect();
        let is_named = |path: &PathBuf| {
            playlists.iter().any(|(folder, text)| {
                let name = path.strip_prefix(folder).ok().and_then(Path::to_str);
                name.is_some_and(|name| names(text, name))
            })
        };
        let alone = found
            .iter()
            .filter(|path| !(has_extension(path, "m3u8") && is_named(path)));
        let alone: Vec<_> = alone.cloned().collect();
        if alone.is_empty() {
            return Err(SignError::NoManifest(self.named.clone()));
        }
        Ok(alone)
    }

    /// All files in it but for hidden ones and those in hidden folders. Links are not followed.
    ///
    /// # Errors
    /// Names a folder that is beyond the bounds, or a file that has no URL of its own.
    pub(super) fn files(&self, bounds: Bounds) -> Result<Found, SignError> {
        let mut found = Found::default();
        let mut left = bounds.entries;
        // Each with how many folders it lies in.
        let mut folders = vec![(self.root.clone(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let unreadable = |error| SignError::Unreadable {
                path: folder.clone(),
                error,
            };
            for entry in fs::read_dir(&folder).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                if entry.file_name().as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
                left = left
                    .checked_sub(1)
                    .ok_or_else(|| Unservable::Many(bounds.entries).of(&self.named))?;
                if kind.is_dir() && depth == bounds.depth {
                    return Err(Unservable::Deep(bounds.depth).of(&path));
                }
                if kind.is_dir() {
                    folders.push((path, depth + 1));
                } else if !kind.is_file() {
                    found.not_plain += 1;
                } else if path
                    .as_os_str()
                    .as_encoded_bytes()
                    .ends_with(EXTENSION.as_bytes())
                {
                    found.sidecars += 1;
                } else {
                    found.files.push(path);
                }
            }
        }
        // The same file is named each time.
        found.files.sort();
        found.files.iter().try_for_each(|file| self.check_name(file))?;
        Ok(found)
    }

    /// Checks whether a file has a URL of its own: [`Folder::url`] and its reverse would skip other characters.
    ///
    /// # Errors
    /// Names the file, or the folder of it that is named so.
    pub(super) fn check_name(&self, path: &Path) -> Result<(), SignError> {
        let mut at = self.root.clone();
        for component in path.strip_prefix(&self.root).unwrap_or(path).components() {
            at.push(component);
            let name = component.as_os_str().to_str();
            let name = name.ok_or_else(|| Unservable::NotUtf8.of(&at))?;
            if name.contains(char::is_control) {
                return Err(Unservable::Control.of(&at));
            }
        }
        Ok(())
    }

    /// The folder, without links.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The URL under which a file of the folder is served. No other file has it if [`Folder::check_name`] finds no
    /// fault.
    pub(super) fn url(&self, base: Option<&str>, path: &Path) -> String {
        let mut url = base.unwrap_or(SOMEWHERE).to_owned();
        if !url.ends_with('/') {
            url.push('/');
        }
        let rest = path.strip_prefix(&self.root).unwrap_or(path);
        let Ok(mut parsed) = Url::parse(&url) else {
            return url + &rest.to_string_lossy();
        };
        if let Ok(mut segments) = parsed.path_segments_mut() {
            segments.pop_if_empty();
            let names = rest.components().filter_map(|component| match component {
                Component::Normal(name) => name.to_str(),
                Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
            });
            segments.extend(names);
        }
        parsed.into()
    }

    /// The URL of a file of the folder, relative to that of a file in the folder itself.
    pub(super) fn reference(&self, path: &Path) -> String {
        let url = self.url(None, path);
        let reference = url.strip_prefix(SOMEWHERE).unwrap_or(&url);
        // What stands before a colon would be a scheme.
        match reference.split('/').next() {
            Some(first) if first.contains(':') => format!("./{reference}"),
            Some(_) | None => reference.to_owned(),
        }
    }

    /// The file that is served at a URL; `None` where that is none of the folder's.
    pub(super) fn file(&self, base: Option<&str>, url: &str) -> Option<PathBuf> {
        let root = Url::parse(&self.url(base, &self.root)).ok()?;
        let url = Url::parse(url).ok()?;
        if url.origin() != root.origin() {
            return None;
        }
        let folder = format!("{}/", root.path().trim_end_matches('/'));
        let rest = url.path().strip_prefix(&folder)?;
        let mut path = self.root.clone();
        for name in rest.split('/') {
            let name = decode(name)?;
            let is_name = !matches!(&name[..], "" | "." | "..") && !name.contains(['/', '\\', '\0']);
            is_name.then(|| path.push(&name))?;
        }
        Some(path)
    }

    /// Whether a file that is there lies in the folder, whatever links lead to it.
    pub(super) fn holds(&self, path: &Path) -> io::Result<bool> {
        Ok(fs::canonicalize(path)?.starts_with(&self.root))
    }
}

fn look_for_manifests(
    folder: &Path,
    depth: usize,
    left: &mut usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), SignError> {
    let unreadable = |error| SignError::Unreadable {
        path: folder.to_owned(),
        error,
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        *left = left.saturating_sub(1);
        let path = entry.path();
        // Links are followed to segments, not in search of manifests.
        if kind.is_dir() && depth > 0 && *left > 0 {
            look_for_manifests(&path, depth - 1, left, found)?;
        }
        if kind.is_file() && ["mpd", "m3u8"].iter().any(|end| has_extension(&path, end)) {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether a playlist names another: on a line of its own, or as a URI.
fn names(playlist: &str, name: &str) -> bool {
    let quoted = format!("URI=\"{name}\"");
    playlist.split(['\n', '\r']).any(|line| {
        let line = line.trim();
        line == name || (line.starts_with('#') && line.contains(&quoted))
    })
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// Takes percent-encoding off; `None` where that leaves no text.
fn decode(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            digits
                .bytes()
                .all(|digit| digit.is_ascii_hexdigit())
                .then_some(())?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
