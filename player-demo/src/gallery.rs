//! The page of files: what its ordinary tags name, and the signed list of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use segment_engine_native::segment_engine::manifest::files::ListedFile;
use segment_engine_native::{FILE_LIST, RefusedList, SeedKey, hex, listed_file, signed_files};
use serde::Serialize;
use thiserror::Error;

use crate::origin;

/// The folder of the files, both in the built page and on this server.
const FOLDER: &str = "gallery";
/// The swarm of their visitors.
const SWARM: &str = "player-demo/gallery";
/// How long the list is valid: longer than a demo runs.
const VALID: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The files cannot be listed.
#[derive(Debug, Error)]
pub(crate) enum GalleryError {
    /// One of the files, or their folder.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// Their list.
    #[error("the list of the page's files: {0}")]
    List(#[from] RefusedList),
}

/// The configuration for the page of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GalleryConfig {
    /// The list, relative to this server.
    list: String,
    /// Its swarm.
    swarm: &'static str,
    /// The public key that it is signed with, in hexadecimal.
    digest_key: String,
}

/// The files, listed.
#[derive(Debug)]
pub(crate) struct Gallery {
    folder: PathBuf,
    list: String,
    config: GalleryConfig,
}

impl Gallery {
    /// Signs the files of the built page in `page`; `None` where it has none.
    ///
    /// # Errors
    /// See [`GalleryError`].
    pub(crate) fn open(page: &Path, key: &SeedKey) -> Result<Option<Self>, GalleryError> {
        let folder = page.join(FOLDER);
        let mut files = Vec::new();
        if folder.is_dir() {
            list_folder(&folder, "", &mut files)?;
        }
        if files.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            folder,
            list: signed_files(key, SWARM, files, VALID)?,
            config: GalleryConfig {
                list: format!("/{FOLDER}/{FILE_LIST}"),
                swarm: SWARM,
                digest_key: hex(&key.public_key().0),
            },
        }))
    }

    /// The configuration for the page.
    pub(crate) fn config(&self) -> GalleryConfig {
        self.config.clone()
    }

    /// Serves files and list, below `/gallery`.
    pub(crate) fn router(self) -> Router {
        let list = self.list;
        let headers = [
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (
                CONTENT_TYPE,
                HeaderValue::from_static("text/plain; charset=utf-8"),
            ),
        ];
        let list = get(async move || (headers, list).into_response());
        origin::files(&self.folder).route(&format!("/{FILE_LIST}"), list)
    }
}

/// Adds the plain files of a folder, by name, `before` being what stands before each reference. Names that a URL would have to
/// escape are left out, and so is what is hidden: the build makes none.
fn list_folder(folder: &Path, before: &str, files: &mut Vec<ListedFile>) -> Result<(), GalleryError> {
    let unreadable = |path: &Path, error| GalleryError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|error| unreadable(folder, error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str().filter(|name| is_plain(name)) else {
            continue;
        };
        let kind = entry.file_type().map_err(|error| unreadable(&path, error))?;
        let reference = format!("{before}{name}");
        if kind.is_dir() {
            list_folder(&path, &format!("{reference}/"), files)?;
        } else if kind.is_file() {
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
            files.extend(listed_file(&path, reference, &bytes));
        }
    }
    Ok(())
}

fn is_plain(name: &str) -> bool {
    let is_mark = |mark: u8| mark.is_ascii_alphanumeric() || matches!(mark, b'.' | b'-' | b'_');
    !name.starts_with('.') && name != FILE_LIST && name.bytes().all(is_mark)
}
