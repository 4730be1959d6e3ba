//! The settings of the folder for segments on disk, which is one for all streams.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use segment_engine_native::{MIN_SHELF, Shelf, ShelfError};
use serde::Serialize;
use thiserror::Error;

use super::file::File;
use crate::cli::SeedArgs;

/// Room for segments on disk where only a folder is set: 10 GiB, some five hours of 4 Mbit/s.
const DEFAULT_MIB: u64 = 10 << 10;
/// The least room, in MiB.
const LEAST_MIB: u64 = MIN_SHELF >> 20;

/// The settings of the cache on disk.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct CacheSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_dir: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_mib: Option<u64>,
}

/// The folder cannot be used as it is set.
#[derive(Debug, Error)]
pub(crate) enum CacheError {
    #[error("cache_mib is {mib}, but must be {LEAST_MIB} or more")]
    Small { mib: u64 },
    #[error("cache_mib: give cache_dir too, or neither")]
    NoFolder,
    #[error("cache_dir: {0}")]
    Folder(#[from] ShelfError),
}

impl CacheError {
    /// Whether another start may go well with the same settings.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Folder(ShelfError::InUse { .. }))
    }
}

impl CacheSettings {
    /// Puts flags over the file; a folder without a size gets the default.
    pub(super) fn new(args: &SeedArgs, file: &File) -> Self {
        let cache_dir = args.cache_dir.clone().or_else(|| file.cache_dir.clone());
        let cache_mib = args.cache_mib.or(file.cache_mib);
        Self {
            cache_mib: cache_mib.or(cache_dir.is_some().then_some(DEFAULT_MIB)),
            cache_dir,
        }
    }

    /// The folder, and how many MiB it may hold; `None` where none is set.
    pub(super) fn folder(&self) -> Option<(&Path, u64)> {
        self.cache_dir.as_deref().zip(self.cache_mib)
    }

    /// Checks all that can be checked without the disk.
    ///
    /// # Errors
    /// When there is a size without a folder, or too small a one.
    pub(super) fn check(&self) -> Result<(), CacheError> {
        match (&self.cache_dir, self.cache_mib) {
            (None, Some(_)) => Err(CacheError::NoFolder),
            (Some(_), Some(mib)) if mib < LEAST_MIB => Err(CacheError::Small { mib }),
            (_, Some(_) | None) => Ok(()),
        }
    }

    /// Opens the folder, where one is set.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(super) fn open(&self) -> Result<Option<Arc<Shelf>>, CacheError> {
        let Some((folder, mib)) = self.folder() else {
            return Ok(None);
        };
        Ok(Some(Shelf::open(folder, mib.saturating_mul(1 << 20))?))
    }

    /// The settings' names, each with whether it differs in `newer`.
    pub(super) fn differing(&self, newer: &Self) -> [(&'static str, bool); 2] {
        [
            ("cache_dir", self.cache_dir != newer.cache_dir),
            ("cache_mib", self.cache_mib != newer.cache_mib),
        ]
    }
}
