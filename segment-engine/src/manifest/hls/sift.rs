//! Which lines of a playlist matter, whether they are well-formed, and what they say.
//!
//! Lines that say nothing about segments are left out: dates, keys, comments, most low-latency tags.

use std::time::Duration;

use super::MAX_NANOS;
use crate::error::ManifestError;
use crate::manifest::iso8601;

/// A line of a media playlist.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A tag.
    Fact(Fact<'a>),
    /// A segment's URI.
    Uri(&'a str),
}

/// What a tag says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact<'a> {
    /// The first segment's media sequence number; `None` if it is malformed.
    Sequence(Option<u64>),
    /// How many segments a delta update leaves out.
    Skipped(u64),
    /// How far behind the live edge players stay.
    HoldBack(Duration),
    /// The target duration.
    Target(Duration),
    /// The next segment's length, in nanoseconds.
    Duration(u64),
    /// The next segment is a part of its resource.
    Part(Part),
    /// The init segment, whole or in part, from the next segment on.
    Map(&'a str, Option<Part>),
    /// A partial segment.
    Partial,
    /// The playlist is complete.
    Ended,
    /// The next segment is missing.
    Gap,
}

/// `length` or `length@offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// How many bytes.
    pub(super) length: u64,
    /// The offset of the first byte, if given.
    pub(super) offset: Option<u64>,
}

/// Lines without space around them, without empty ones. A carriage return alone ends one, too.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
}

/// Whether a playlist names other playlists.
pub(super) fn is_multivariant(text: &str) -> bool {
    let kind = |line| is_of_multivariant(split_tag(line).0);
    lines(text).find_map(kind).unwrap_or(false)
}

/// Whether a tag belongs to playlists that name others; `None` if it does not tell. No playlist may have both kinds
/// (RFC 8216, 4.3.2 and 4.3.4).
pub(super) fn is_of_multivariant(tag: &str) -> Option<bool> {
    match tag {
        "#EXT-X-STREAM-INF" | "#EXT-X-I-FRAME-STREAM-INF" | "#EXT-X-MEDIA" => Some(true),
        "#EXTINF" | "#EXT-X-TARGETDURATION" | "#EXT-X-MEDIA-SEQUENCE" => Some(false),
        _ => None,
    }
}

/// The lines of a media playlist that matter.
pub(super) fn media_lines(text: &str) -> impl Iterator<Item = Result<Line<'_>, ManifestError>> {
    let mut timed = false;
    lines(text).filter_map(move |line| match media_line(line) {
        Ok(Some(Line::Uri(_))) if !std::mem::take(&mut timed) => Some(Err(bad("a segment without EXTINF"))),
        Ok(Some(found)) => {
            timed |= line.starts_with("#EXTINF:");
            Some(Ok(found))
        }
        Ok(None) => None,
        Err(error) => Some(Err(error)),
    })
}

fn media_line(line: &str) -> Result<Option<Line<'_>>, ManifestError> {
    if !line.starts_with('#') {
        return uri(line).map(Line::Uri).map(Some);
    }
    let (tag, value) = split_tag(line);
    let fact = match tag {
        "#EXTINF" => Fact::Duration(extinf(value)?),
        "#EXT-X-BYTERANGE" => Fact::Part(part(value).ok_or_else(|| bad("a malformed EXT-X-BYTERANGE"))?),
        "#EXT-X-MAP" => map(value)?,
        "#EXT-X-MEDIA-SEQUENCE" => Fact::Sequence(number(value).ok()),
        "#EXT-X-SKIP" => Fact::Skipped(number(attribute(value, "SKIPPED-SEGMENTS").unwrap_or(""))?),
        // It says how often to look, not what is there: a malformed one is as good as none.
        "#EXT-X-TARGETDURATION" => Fact::Target(Duration::from_nanos(nanos(value).unwrap_or(0))),
        "#EXT-X-PART" => Fact::Partial,
        "#EXT-X-SERVER-CONTROL" => {
            let nanos = attribute(value, "HOLD-BACK").and_then(|text| nanos(text).ok());
            return Ok(nanos.map(|nanos| Line::Fact(Fact::HoldBack(Duration::from_nanos(nanos)))));
        }
        "#EXT-X-ENDLIST" => Fact::Ended,
        // Such a playlist cannot change, whether or not it says that it ends (RFC 8216, 4.3.3.5).
        "#EXT-X-PLAYLIST-TYPE" if value.trim() == "VOD" => Fact::Ended,
        "#EXT-X-GAP" => Fact::Gap,
        _ if is_of_multivariant(tag) == Some(true) => return Err(mixed()),
        _ => return Ok(None),
    };
    Ok(Some(Line::Fact(fact)))
}

/// Splits `#TAG:value`.
pub(super) fn split_tag(line: &str) -> (&str, &str) {
    line.split_once(':').unwrap_or((line, ""))
}

/// Refuses text with a variable (EXT-X-DEFINE) that is not known.
pub(super) fn uri(text: &str) -> Result<&str, ManifestError> {
    if text.contains("{$") {
        return Err(bad(
            "a variable (EXT-X-DEFINE) that this playlist does not define",
        ));
    }
    Ok(text)
}

/// The duration alone, in nanoseconds.
fn extinf(value: &str) -> Result<u64, ManifestError> {
    nanos(value.split(',').next().unwrap_or_default())
}

fn map(value: &str) -> Result<Fact<'_>, ManifestError> {
    let malformed = || bad("a malformed EXT-X-MAP");
    let named = attribute(value, "URI").filter(|uri| !uri.is_empty() && is_attribute_list(value));
    let range = attribute(value, "BYTERANGE").map(|range| part(range).ok_or_else(malformed));
    Ok(Fact::Map(uri(named.ok_or_else(malformed)?)?, range.transpose()?))
}

fn nanos(seconds: &str) -> Result<u64, ManifestError> {
    let nanos = iso8601::decimal(seconds.trim(), 1_000_000_000).and_then(|nanos| u64::try_from(nanos).ok());
    nanos
        .filter(|nanos| *nanos <= MAX_NANOS)
        .ok_or_else(|| bad("a duration that is none"))
}

fn number(text: &str) -> Result<u64, ManifestError> {
    text.trim()
        .parse()
        .map_err(|_| bad("a sequence number that is none"))
}

/// Reads `length` or `length@offset`.
fn part(text: &str) -> Option<Part> {
    let (length, offset) = match text.split_once('@') {
        Some((length, offset)) => (length, Some(whole(offset.trim())?)),
        None => (text, None),
    };
    let length = whole(length.trim())?;
    Some(Part { length, offset })
}

/// A number of digits alone.
pub(super) fn whole(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Whether a text is `NAME=value`, `NAME="value"` or `NAME`, separated by commas.
pub(super) fn is_attribute_list(text: &str) -> bool {
    let mut text = past_commas(text);
    while !text.is_empty() {
        let Some((_, _, rest)) = next_attribute(text) else {
            return false;
        };
        text = rest;
    }
    true
}

/// The value of an attribute, without quotes.
pub(super) fn attribute<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    let mut text = past_commas(text);
    while let Some((name, value, rest)) = next_attribute(text) {
        if name == wanted {
            return Some(value);
        }
        text = rest;
    }
    None
}

/// What follows any commas: packagers that fill in a pattern leave nothing between two.
fn past_commas(text: &str) -> &str {
    text.trim_start_matches(|c: char| c == ',' || c.is_whitespace())
}

/// Splits the first attribute off: its name, its value without quotes, and what follows the comma.
///
/// A quote ends a value only where a comma or the end follows: some packagers write quotes within it.
fn next_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_at(text.find(['=', ',']).unwrap_or(text.len()));
    let name = name.trim();
    if name.is_empty() || name.contains('"') {
        return None;
    }
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    let ends = |rest: &str| matches!(rest.trim_start().as_bytes().first(), None | Some(b','));
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => {
            let mut quotes = quoted.match_indices('"');
            let (end, _) = quotes.find(|(at, _)| ends(&quoted[at + 1..]))?;
            (&quoted[..end], quoted[end + 1..].trim_start())
        }
        None => {
            let (value, rest) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            (value.trim_end(), rest)
        }
    };
    Some((name, value, past_commas(rest)))
}

pub(super) fn mixed() -> ManifestError {
    bad("a playlist that names both segments and playlists")
}

pub(super) fn bad(what: &str) -> ManifestError {
    ManifestError::Malformed(what.to_owned())
}

#[cfg(test)]
mod tests;
