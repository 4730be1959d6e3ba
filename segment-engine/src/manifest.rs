//! Reads DASH and HLS manifests, and lists of files, into a [`Timeline`]; hostile text ends in an error or a bounded list.

#[cfg(feature = "dash")]
mod addressing;
#[cfg(feature = "dash")]
mod bases;
#[cfg(feature = "dash")]
mod dash;
#[cfg(feature = "resources")]
pub mod files;
#[cfg(feature = "hls")]
mod hls;
mod identity;
#[cfg_attr(
    not(feature = "dash"),
    expect(dead_code, reason = "playlists have decimal numbers alone")
)]
mod iso8601;
#[cfg(feature = "dash")]
mod mpd;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(feature = "dash")]
mod times;
#[cfg(feature = "dash")]
mod xml;

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::ManifestError;
#[cfg(feature = "seeder")]
use crate::id::TrackKey;
#[cfg(all(feature = "dash", feature = "seeder"))]
use crate::time::UnixTime;
use crate::timeline::address::Address;
use crate::timeline::media::MAX_LISTED;
use crate::timeline::{Content, Timeline};

/// Lines that a playlist may spend on a segment, on average over the most segments that it may have.
#[cfg(feature = "hls")]
const LINES_PER_SEGMENT: usize = 10;

/// Bounds on what a manifest may ask of its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of one manifest. Default 8 MiB.
    pub manifest_bytes: usize,
    /// Depth of XML elements. Default 32.
    pub depth: usize,
    /// Representations over all periods. Default 4,096: advertisements put into a live window of hours come to thousands.
    pub tracks: usize,
    /// Segments, or timeline entries with a repeat count, that one representation may list. Segments that
    /// are counted and not listed cost nothing, and have no limit. Default 100,000.
    pub segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            manifest_bytes: 8 << 20,
            depth: 32,
            tracks: 4096,
            segments: MAX_LISTED,
        }
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
    /// What it carries; [`Content::Other`] for a playlist of I-frames.
    pub content: Content,
    /// Name and value of each variable that it may import from the playlist that names it (EXT-X-DEFINE).
    pub variables: Arc<[(String, String)]>,
}

#[cfg(feature = "seeder")]
impl PlaylistRef {
    /// The track that it is.
    pub(crate) fn track(&self) -> TrackKey {
        identity::hls_key(&self.identity)
    }
}

/// Reads one manifest.
///
/// `url` is where it came from, after redirects. `playlist` is the reference through which an HLS media playlist was
/// found. Nothing is cut by the clock: what is available is asked of the timeline later.
///
/// # Errors
/// See [`ManifestError`]; none of them is a reason to stop playing.
pub fn read(
    body: &[u8],
    url: &str,
    playlist: Option<&PlaylistRef>,
    limits: &Limits,
) -> Result<Manifest, ManifestError> {
    if body.len() > limits.manifest_bytes {
        return Err(ManifestError::TooLarge {
            bytes: body.len(),
            limit: limits.manifest_bytes,
        });
    }
    let address = Address::parse(url).ok_or_else(|| ManifestError::BadUrl(shown(url)))?;
    let wide = from_utf16(body, limits.manifest_bytes)?;
    // An invalid byte may stand where nobody looks: players replace it, and so read the same URLs.
    let text = wide.as_deref().map_or_else(|| replaced(body), Cow::Borrowed);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') {
        return read_dash(text, &address, limits);
    }
    if text.starts_with("#EXTM3U") {
        // RFC 8216, 4.1.
        if wide.is_some() {
            return Err(ManifestError::Malformed(
                "a playlist that is not UTF-8".to_owned(),
            ));
        }
        return read_hls(text, &address, playlist, limits);
    }
    Err(ManifestError::UnknownFormat)
}

#[cfg(feature = "dash")]
fn read_dash(text: &str, address: &Address, limits: &Limits) -> Result<Manifest, ManifestError> {
    let mpd = mpd::read(text, limits)?.ok_or(ManifestError::UnknownFormat)?;
    dash::timeline(&mpd, address, limits).map(Manifest::Title)
}

/// Reads the text in which a [`TimeSource`](crate::timeline::TimeSource) tells the time: an `xs:dateTime`, as
/// `2024-02-29T12:00:00.5Z`; without a zone it is UTC.
#[cfg(all(feature = "dash", feature = "seeder"))]
pub fn read_time(text: &str) -> Option<UnixTime> {
    iso8601::date_time(text.trim())
}

#[cfg(not(feature = "dash"))]
fn read_dash(_: &str, _: &Address, _: &Limits) -> Result<Manifest, ManifestError> {
    Err(ManifestError::Unsupported("DASH"))
}

#[cfg(feature = "hls")]
fn read_hls(
    text: &str,
    address: &Address,
    playlist: Option<&PlaylistRef>,
    limits: &Limits,
) -> Result<Manifest, ManifestError> {
    let most = limits.segments.saturating_mul(LINES_PER_SEGMENT);
    if text.bytes().filter(|byte| *byte == b'\n').count() > most {
        return Err(ManifestError::OverLimit {
            what: "number of lines",
            limit: most as u64,
        });
    }
    hls::read(text, address, playlist, limits)
}

#[cfg(not(feature = "hls"))]
fn read_hls(_: &str, _: &Address, _: Option<&PlaylistRef>, _: &Limits) -> Result<Manifest, ManifestError> {
    Err(ManifestError::Unsupported("HLS"))
}

/// The text with everything replaced that is not UTF-8, as [`String::from_utf8_lossy`] does in three times the code.
fn replaced(mut body: &[u8]) -> Cow<'_, str> {
    let mut text = String::new();
    loop {
        let error = match str::from_utf8(body) {
            Ok(all) if text.is_empty() => return Cow::Borrowed(all),
            Ok(rest) => {
                text.push_str(rest);
                return Cow::Owned(text);
            }
            Err(error) => error,
        };
        let (valid, rest) = body.split_at(error.valid_up_to());
        text.push_str(str::from_utf8(valid).unwrap_or_default());
        text.push(char::REPLACEMENT_CHARACTER);
        body = &rest[error.error_len().unwrap_or(rest.len())..];
    }
}

/// The start of a URL, for a message.
fn shown(url: &str) -> String {
    url.chars().take(200).collect()
}

/// Decodes UTF-16 by its byte order mark (XML 1.0, 4.3.3), at most `limit` bytes of it; `None` if there is no such
/// mark.
fn from_utf16(body: &[u8], limit: usize) -> Result<Option<String>, ManifestError> {
    let (start, rest) = body.split_at_checked(2).unwrap_or_default();
    let unit: fn([u8; 2]) -> u16 = match start {
        b"\xff\xfe" => u16::from_le_bytes,
        b"\xfe\xff" => u16::from_be_bytes,
        _ => return Ok(None),
    };
    let (pairs, odd) = rest.as_chunks();
    let mut text = String::with_capacity(pairs.len());
    for char in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(char.map_err(|_| not_utf16())?);
        if text.len() > limit {
            let bytes = text.len();
            return Err(ManifestError::TooLarge { bytes, limit });
        }
    }
    if odd.is_empty() {
        Ok(Some(text))
    } else {
        Err(not_utf16())
    }
}

fn not_utf16() -> ManifestError {
    ManifestError::Malformed("the manifest is not valid UTF-16".to_owned())
}

#[cfg(test)]
mod tests;
