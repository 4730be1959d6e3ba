//! A playlist of HLS (RFC 8216 and its second edition) by its tags.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Different tags, key systems or codecs that are told of one playlist.
const MAX_TOLD: usize = 64;

/// The description of a playlist.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Playlist {
    /// `multivariant` or `media`.
    pub(crate) playlist: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// `VOD` or `EVENT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) playlist_type: Option<String>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target_duration: Option<String>,
    pub(crate) codecs: BTreeSet<String>,
    /// Method and key format of each way of encryption.
    pub(crate) drm: BTreeSet<String>,
    /// How often each tag is there.
    pub(crate) tags: BTreeMap<String, usize>,
}

/// Describes a playlist.
pub(crate) fn describe(text: &str) -> (Playlist, Vec<String>) {
    let mut playlist = Playlist::default();
    for line in text
        .split(['\n', '\r'])
        .map(str::trim)
        .filter(|line| line.starts_with("#EXT"))
    {
        let (tag, value) = line.split_once(':').unwrap_or((line, ""));
        playlist.note(tag, value);
        let tag = &tag[1..];
        if let Some(count) = playlist.tags.get_mut(tag) {
            *count += 1;
        } else if playlist.tags.len() < MAX_TOLD {
            playlist.tags.insert(tag.chars().take(64).collect(), 1);
        }
    }
    let has = |tag: &str| playlist.tags.contains_key(tag);
    let multivariant = ["EXT-X-STREAM-INF", "EXT-X-I-FRAME-STREAM-INF", "EXT-X-MEDIA"];
    playlist.playlist = if multivariant.into_iter().any(has) {
        "multivariant"
    } else {
        "media"
    };
    let warnings = warnings(&playlist);
    (playlist, warnings)
}

impl Playlist {
    fn note(&mut self, tag: &str, value: &str) {
        let told = || Some(value.chars().take(64).collect::<String>());
        match tag {
            "#EXT-X-VERSION" => self.version = told(),
            "#EXT-X-PLAYLIST-TYPE" => self.playlist_type = told(),
            "#EXT-X-TARGETDURATION" => self.target_duration = told(),
            "#EXT-X-KEY" | "#EXT-X-SESSION-KEY" => {
                let method = attribute(value, "METHOD").unwrap_or("no method");
                let format = attribute(value, "KEYFORMAT").unwrap_or("identity");
                if method != "NONE" && self.drm.len() < MAX_TOLD {
                    self.drm
                        .insert(format!("{method}, {format}").chars().take(128).collect());
                }
            }
            "#EXT-X-STREAM-INF" | "#EXT-X-I-FRAME-STREAM-INF" => {
                let codecs = attribute(value, "CODECS").unwrap_or_default().split(',');
                for codec in codecs.map(str::trim).filter(|codec| !codec.is_empty()) {
                    if self.codecs.len() < MAX_TOLD {
                        self.codecs.insert(codec.chars().take(64).collect());
                    }
                }
            }
            _ => {}
        }
    }
}

fn warnings(playlist: &Playlist) -> Vec<String> {
    let has = |tag: &str| playlist.tags.contains_key(tag);
    let mut warnings = Vec::new();
    let mut warn = |warning: &str| warnings.push(warning.to_owned());
    if playlist.playlist == "media" && !has("EXT-X-TARGETDURATION") {
        warn("EXT-X-TARGETDURATION is missing, which RFC 8216 asks for");
    }
    if has("EXT-X-SKIP") {
        warn("a delta update: the segments that it skips are known only to who has read the playlist before");
    }
    if has("EXT-X-PART") || has("EXT-X-PRELOAD-HINT") {
        warn("partial segments are not shared; whole ones are");
    }
    if has("EXT-X-GAP") {
        warn("segments that are marked as missing are not listed");
    }
    warnings
}

/// The value of an attribute, without quotes.
fn attribute<'a>(mut list: &'a str, wanted: &str) -> Option<&'a str> {
    while let Some((name, rest)) = list.split_once('=') {
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        if name.trim() == wanted {
            return Some(value);
        }
        list = rest.strip_prefix(',').unwrap_or(rest);
    }
    None
}

#[cfg(test)]
mod tests;
