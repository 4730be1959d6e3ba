//! The media playlists that an HLS multivariant playlist names, each with an identity that is not its URL.
//!
//! Invariant: two viewers of one title give a media playlist the same identity, whatever hosts and tokens
//! their URLs have: it is made of attributes, and of the place among those whose attributes are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use m3u8_rs::{AlternativeMedia, AlternativeMediaType, VariantStream};

use super::{not_understood, sift};
use crate::error::ManifestError;
use crate::manifest::{Limits, PlaylistRef};
use crate::timeline::Content;
use crate::timeline::address::Address;

/// Reads a multivariant playlist.
pub(super) fn read(text: &str, url: &Address, limits: &Limits) -> Result<Vec<PlaylistRef>, ManifestError> {
    let (text, variants) = sift::multivariant_text(text, limits)?;
    let playlist = m3u8_rs::parse_master_playlist_res(text.as_bytes()).map_err(|_| not_understood())?;
    if playlist.variants.len() != variants {
        return Err(not_understood());
    }
    let mut found = Found {
        url,
        equals: BTreeMap::new(),
        urls: BTreeSet::new(),
        playlists: Vec::new(),
    };
    for variant in &playlist.variants {
        found.add(
            &variant.uri,
            &variant_identity(variant),
            variant.bandwidth,
            variant_content(variant),
        );
    }
    for rendition in &playlist.alternatives {
        let uri = rendition.uri.as_deref().unwrap_or_default();
        found.add(
            uri,
            &rendition_identity(rendition),
            0,
            rendition_content(rendition),
        );
    }
    Ok(found.playlists)
}

/// Playlists while they are gathered.
struct Found<'a> {
    url: &'a Address,
    equals: BTreeMap<String, usize>,
    urls: BTreeSet<String>,
    playlists: Vec<PlaylistRef>,
}

impl Found<'_> {
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
            });
        }
    }
}

fn variant_identity(variant: &VariantStream) -> String {
    let kind = if variant.is_i_frame { "i-frames" } else { "variant" };
    let mut text = format!("{kind},bandwidth={}", variant.bandwidth);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, ",{name}={value}");
        }
    };
    add("average", variant.average_bandwidth.map(|bits| bits.to_string()));
    add("codecs", variant.codecs.clone());
    add(
        "resolution",
        variant
            .resolution
            .map(|size| format!("{}x{}", size.width, size.height)),
    );
    add(
        "rate",
        variant.frame_rate.map(|rate| format!("{:x}", rate.to_bits())),
    );
    add("audio", variant.audio.clone());
    add("video", variant.video.clone());
    add("subtitles", variant.subtitles.clone());
    text
}

fn rendition_identity(rendition: &AlternativeMedia) -> String {
    let language = rendition.language.as_deref().unwrap_or_default();
    let kind = match rendition.media_type {
        AlternativeMediaType::Audio => "audio",
        AlternativeMediaType::Video => "video",
        AlternativeMediaType::Subtitles => "subtitles",
        AlternativeMediaType::ClosedCaptions | AlternativeMediaType::Other(_) => "other",
    };
    format!(
        "{kind},group={},name={},language={language}",
        rendition.group_id, rendition.name
    )
}

fn variant_content(variant: &VariantStream) -> Content {
    if variant.is_i_frame {
        return Content::Other;
    }
    const AUDIO: [&str; 6] = ["mp4a", "ac-3", "ec-3", "opus", "Opus", "fLaC"];
    let is_audio = |codec: &str| AUDIO.iter().any(|known| codec.trim().starts_with(known));
    match &variant.codecs {
        Some(codecs) if codecs.split(',').all(is_audio) => Content::Audio,
        Some(_) | None => Content::Video,
    }
}

fn rendition_content(rendition: &AlternativeMedia) -> Content {
    match rendition.media_type {
        AlternativeMediaType::Audio => Content::Audio,
        AlternativeMediaType::Video => Content::Video,
        AlternativeMediaType::Subtitles => Content::Text,
        AlternativeMediaType::ClosedCaptions | AlternativeMediaType::Other(_) => Content::Other,
    }
}

#[cfg(test)]
mod tests;
