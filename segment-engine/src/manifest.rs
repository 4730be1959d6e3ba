//! Reads DASH and HLS manifests into a [`Timeline`]; hostile text ends in an error or a bounded list.

use crate::error::ManifestError;
use crate::time::UnixTime;
use crate::timeline::Timeline;

/// Bounds on what a manifest may ask of its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of one manifest. Default 8 MiB.
    pub manifest_bytes: usize,
    /// Depth of XML elements. Default 32.
    pub depth: usize,
    /// Representations over all periods. Default 1,024.
    pub tracks: usize,
    /// Segments of one representation that are kept; a live window keeps the newest. Default 100,000.
    pub segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { manifest_bytes: 8 << 20, depth: 32, tracks: 1024, segments: 100_000 }
    }
}

/// One manifest as it was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Manifest {
    /// The whole title: an MPD, or an HLS media playlist that stands alone.
    Title(Timeline),
    /// An HLS multivariant playlist: its media playlists make the title.
    Multivariant(Vec<PlaylistRef>),
}

/// A media playlist that a multivariant playlist names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaylistRef {
    /// Its absolute URL.
    pub url: String,
    /// What identifies it within the title: variant attributes or rendition group and name, never its URL.
    pub identity: String,
    /// Peak bits per second of the variant; 0 where the playlist is a rendition.
    pub bandwidth: u64,
}

/// Reads one manifest.
///
/// `url` is where it came from, after redirects; `now` is the wall clock, for what a live manifest counts
/// by clock. `playlist` is the reference through which an HLS media playlist was found.
///
/// # Errors
/// See [`ManifestError`]; none of them is a reason to stop playing.
pub fn read(
    body: &[u8],
    url: &str,
    playlist: Option<&PlaylistRef>,
    now: UnixTime,
    limits: &Limits,
) -> Result<Manifest, ManifestError> {
    let _ = (body, url, playlist, now, limits);
    Err(ManifestError::UnknownFormat)
}
