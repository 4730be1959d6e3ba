//! The media playlists that an HLS multivariant playlist names, each with an identity that is not its URL.
//!
//! Invariant: two viewers of one title give a media playlist the same identity, whatever hosts and tokens
//! their URLs have: it is made of attributes, and of the place among those whose attributes are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::sift::{self, attribute, bad, whole};
use crate::error::ManifestError;
use crate::manifest::{Limits, PlaylistRef};
use crate::timeline::Content;
use crate::timeline::address::Address;

/// The most playlists that one may name: a seeder follows each of them.
const MAX_PLAYLISTS: usize = 1024;

/// Reads a multivariant playlist: its variants in their order, then its renditions.
pub(super) fn read(
    text: &str,
    url: &Address,
    variables: &Arc<[(String, String)]>,
    limits: &Limits,
) -> Result<Vec<PlaylistRef>, ManifestError> {
    let mut found = Found {
        url,
        variables,
        equals: BTreeMap::new(),
        urls: BTreeSet::new(),
        playlists: Vec::new(),
    };
    let (mut waiting, mut renditions, mut count) = (None, Vec::new(), 0);
    for line in sift::lines(text) {
        let (tag, list) = sift::split_tag(line);
        match tag {
            "#EXT-X-STREAM-INF" => waiting = check(list)?,
            "#EXT-X-I-FRAME-STREAM-INF" => {
                if let Some(list) = check(list)? {
                    found.variant(quoted(list, "URI").unwrap_or_default(), "i-frames", list);
                }
            }
            "#EXT-X-MEDIA" => renditions.extend(check(list)?),
            _ if sift::is_of_multivariant(tag) == Some(false) => return Err(sift::mixed()),
            _ if line.starts_with('#') => continue,
            // A URI without its tag is ignored.
            _ => {
                if let Some(list) = waiting.take() {
                    found.variant(sift::uri(line)?, "variant", list);
                }
                continue;
            }
        }
        count += 1;
        let most = limits.tracks.min(MAX_PLAYLISTS);
        if count > most {
            let limit = most as u64;
            return Err(ManifestError::OverLimit {
                what: "number of media playlists",
                limit,
            });
        }
    }
    if waiting.is_some() {
        return Err(bad("a variant without a URI"));
    }
    for list in renditions {
        found.rendition(list);
    }
    Ok(found.playlists)
}

/// A malformed attribute list leaves out the playlist that it describes, and no other.
fn check(list: &str) -> Result<Option<&str>, ManifestError> {
    Ok(Some(sift::uri(list)?).filter(|list| sift::is_attribute_list(list)))
}

/// Playlists while they are gathered.
struct Found<'a> {
    url: &'a Address,
    variables: &'a Arc<[(String, String)]>,
    equals: BTreeMap<String, usize>,
    urls: BTreeSet<String>,
    playlists: Vec<PlaylistRef>,
}

impl Found<'_> {
    fn variant(&mut self, uri: &str, kind: &str, list: &str) {
        let content = match kind {
            "variant" => variant_content(list),
            _ => Content::Other,
        };
        let bandwidth = attribute(list, "BANDWIDTH").and_then(whole).unwrap_or(0);
        self.add(uri, &variant_identity(kind, bandwidth, list), bandwidth, content);
    }

    fn rendition(&mut self, list: &str) {
        let (kind, content) = match attribute(list, "TYPE") {
            Some("AUDIO") => ("audio", Content::Audio),
            Some("VIDEO") => ("video", Content::Video),
            Some("SUBTITLES") => ("subtitles", Content::Text),
            _ => ("other", Content::Other),
        };
        let text = |name| quoted(list, name).unwrap_or_default();
        let identity = format!(
            "{kind},group={},name={},language={}",
            text("GROUP-ID"),
            text("NAME"),
            text("LANGUAGE")
        );
        self.add(text("URI"), &identity, 0, content);
    }

    /// Adds a playlist, unless it has no URI, its URL is not http or https, or it is named already.
    fn add(&mut self, uri: &str, attributes: &str, bandwidth: u64, content: Content) {
        let place = self.equals.entry(attributes.to_owned()).or_default();
        let identity = format!("{attributes}#{place}");
        *place += 1;
        if uri.is_empty() {
            return;
        }
        let Some(url) = self.url.resolve(uri).map(|address| address.to_string()) else {
            return;
        };
        if self.urls.insert(url.clone()) {
            self.playlists.push(PlaylistRef {
                url,
                identity,
                bandwidth,
                content,
                variables: Arc::clone(self.variables),
            });
        }
    }
}

/// A variant's identity from its attributes, in the words of the wire's contract. Some packagers quote numbers;
/// unreadable attributes are left out.
fn variant_identity(kind: &str, bandwidth: u64, list: &str) -> String {
    let mut text = format!("{kind},bandwidth={bandwidth}");
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, ",{name}={value}");
        }
    };
    let average = attribute(list, "AVERAGE-BANDWIDTH").and_then(whole);
    add("average", average.map(|bits| bits.to_string()));
    add("codecs", quoted(list, "CODECS").map(str::to_owned));
    let size = attribute(list, "RESOLUTION").and_then(|size| size.split_once('x'));
    let size = size.and_then(|(width, height)| Some((whole(width)?, whole(height)?)));
    add(
        "resolution",
        size.map(|(width, height)| format!("{width}x{height}")),
    );
    let rate = attribute(list, "FRAME-RATE").and_then(decimal);
    add("rate", rate.map(|rate| format!("{:x}", rate.to_bits())));
    for (name, attribute) in [("audio", "AUDIO"), ("video", "VIDEO"), ("subtitles", "SUBTITLES")] {
        add(name, quoted(list, attribute).map(str::to_owned));
    }
    text
}

/// The value of an attribute, if it is there and not empty.
fn quoted<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    attribute(list, name).filter(|value| !value.is_empty())
}

/// A decimal number of at most 15 digits. Both integers are exact, so their quotient is the nearest number there is, on every
/// target; the standard library's reader of floats is larger than all of this module.
#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
fn decimal(text: &str) -> Option<f64> {
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{integer}{fraction}");
    let parts = whole(&digits).filter(|_| digits.len() <= 15)?;
    let unit = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    Some(parts as f64 / unit as f64)
}

/// What a variant carries, by its codecs.
fn variant_content(list: &str) -> Content {
    const AUDIO: [&str; 6] = ["mp4a", "ac-3", "ec-3", "opus", "Opus", "fLaC"];
    let is_audio = |codec: &str| AUDIO.iter().any(|known| codec.trim().starts_with(known));
    match quoted(list, "CODECS") {
        Some(codecs) if codecs.split(',').all(is_audio) => Content::Audio,
        Some(_) | None => Content::Video,
    }
}

#[cfg(test)]
mod tests;
