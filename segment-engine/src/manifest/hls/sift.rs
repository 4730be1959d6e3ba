//! Which lines of a playlist matter, and whether they are well-formed: what m3u8-rs is given to read.
//!
//! m3u8-rs reads attribute lists across line ends, drops what it cannot read, and keeps what it does not
//! know. So each line is checked on its own first, and lines that say nothing about segments are left out:
//! low-latency tags, dates, keys, comments.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use super::MAX_MICROS;
use crate::error::ManifestError;
use crate::manifest::{Limits, iso8601};

/// A line of a media playlist.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A tag for m3u8-rs.
    Text(Cow<'a, str>),
    /// A tag that is read here.
    Fact(Fact),
    /// A segment's URI.
    Uri(&'a str),
}

/// What a tag says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// The first segment's media sequence number.
    Sequence(u64),
    /// How many segments a delta update leaves out.
    Skipped(u64),
    /// The target duration.
    Target(Duration),
    /// The playlist is complete.
    Ended,
    /// The next segment is missing.
    Gap,
}

/// Lines without space around them, without empty ones.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Whether a playlist names other playlists.
pub(super) fn is_multivariant(text: &str) -> bool {
    let kind = |line| {
        let (tag, _) = split_tag(line);
        match tag {
            "#EXT-X-STREAM-INF" | "#EXT-X-I-FRAME-STREAM-INF" | "#EXT-X-MEDIA" => Some(true),
            "#EXTINF" | "#EXT-X-TARGETDURATION" | "#EXT-X-MEDIA-SEQUENCE" => Some(false),
            _ => None,
        }
    };
    lines(text).find_map(kind).unwrap_or(false)
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
        "#EXTINF" => return extinf(value).map(|tag| Some(Line::Text(tag.into()))),
        "#EXT-X-BYTERANGE" => {
            let range = byte_range(value).ok_or_else(|| bad("a malformed EXT-X-BYTERANGE"))?;
            return Ok(Some(Line::Text(format!("#EXT-X-BYTERANGE:{range}").into())));
        }
        "#EXT-X-MAP" => {
            let range = attribute(value, "BYTERANGE");
            let well = attribute(value, "URI").is_some_and(|uri| !uri.is_empty());
            if !well || !is_attribute_list(value) || range.is_some_and(|range| byte_range(range).is_none()) {
                return Err(bad("a malformed EXT-X-MAP"));
            }
            uri(value)?;
            return Ok(Some(Line::Text(line.into())));
        }
        "#EXT-X-MEDIA-SEQUENCE" => Fact::Sequence(number(value)?),
        "#EXT-X-SKIP" => Fact::Skipped(number(attribute(value, "SKIPPED-SEGMENTS").unwrap_or(""))?),
        "#EXT-X-TARGETDURATION" => Fact::Target(Duration::from_micros(micros(value)?)),
        "#EXT-X-ENDLIST" => Fact::Ended,
        "#EXT-X-GAP" => Fact::Gap,
        _ => return Ok(None),
    };
    Ok(Some(Line::Fact(fact)))
}

/// The lines of a multivariant playlist that matter, for m3u8-rs; and how many variants they hold.
pub(super) fn multivariant_text(text: &str, limits: &Limits) -> Result<(String, usize), ManifestError> {
    let mut sifted = "#EXTM3U\n".to_owned();
    let (mut playlists, mut variants) = (0, 0);
    let mut named = false;
    for line in lines(text) {
        let (tag, value) = split_tag(line);
        let attributes: &[_] = match tag {
            "#EXT-X-STREAM-INF" | "#EXT-X-I-FRAME-STREAM-INF" => &VARIANT,
            "#EXT-X-MEDIA" => &RENDITION,
            _ if line.starts_with('#') => continue,
            _ => {
                // A URI without its tag would be taken for that of the variant before.
                if std::mem::take(&mut named) {
                    sifted.push_str(uri(line)?);
                    sifted.push('\n');
                }
                continue;
            }
        };
        playlists += 1;
        if playlists > limits.tracks {
            let limit = limits.tracks as u64;
            return Err(ManifestError::OverLimit {
                what: "number of media playlists",
                limit,
            });
        }
        variants += usize::from(tag != "#EXT-X-MEDIA");
        named |= tag == "#EXT-X-STREAM-INF";
        let _ = writeln!(sifted, "{tag}:{}", strict(uri(value)?, attributes)?);
    }
    Ok((sifted, variants))
}

/// How an attribute's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Number,
    Decimal,
    Resolution,
    Keyword,
    Quoted,
}

/// The attributes of a variant that are read.
const VARIANT: [(&str, Form); 9] = [
    ("BANDWIDTH", Form::Number),
    ("AVERAGE-BANDWIDTH", Form::Number),
    ("RESOLUTION", Form::Resolution),
    ("FRAME-RATE", Form::Decimal),
    ("CODECS", Form::Quoted),
    ("AUDIO", Form::Quoted),
    ("VIDEO", Form::Quoted),
    ("SUBTITLES", Form::Quoted),
    ("URI", Form::Quoted),
];

/// The attributes of a rendition that are read.
const RENDITION: [(&str, Form); 5] = [
    ("TYPE", Form::Keyword),
    ("GROUP-ID", Form::Quoted),
    ("NAME", Form::Quoted),
    ("LANGUAGE", Form::Quoted),
    ("URI", Form::Quoted),
];

/// An attribute list with these attributes alone, in the form that the standard asks for: some packagers
/// quote numbers. What cannot be read is left out, but for the bandwidth, which m3u8-rs asks for.
fn strict(list: &str, attributes: &[(&str, Form)]) -> Result<String, ManifestError> {
    if !is_attribute_list(list) {
        return Err(bad("a malformed attribute list"));
    }
    let mut strict = String::new();
    for (name, form) in attributes {
        let value = attribute(list, name).filter(|value| form.fits(value));
        let value = value.or((*name == "BANDWIDTH").then_some("0"));
        let comma = if strict.is_empty() { "" } else { "," };
        let _ = match (value, form) {
            (None, _) => Ok(()),
            (Some(value), Form::Quoted) => write!(strict, "{comma}{name}=\"{value}\""),
            (Some(value), Form::Number | Form::Decimal | Form::Resolution | Form::Keyword) => {
                write!(strict, "{comma}{name}={value}")
            }
        };
    }
    Ok(strict)
}

impl Form {
    /// Whether a value can be written so.
    fn fits(self, value: &str) -> bool {
        let digits = |text: &str| text.parse::<u64>().is_ok() && text.bytes().all(|b| b.is_ascii_digit());
        match self {
            Self::Number => digits(value),
            Self::Decimal => iso8601::decimal(value, 1000).is_some(),
            Self::Resolution => value.split_once('x').is_some_and(|(w, h)| digits(w) && digits(h)),
            Self::Keyword => !value.is_empty() && !value.contains([',', '"']),
            Self::Quoted => !value.is_empty(),
        }
    }
}

/// Splits `#TAG:value`.
fn split_tag(line: &str) -> (&str, &str) {
    line.split_once(':').unwrap_or((line, ""))
}

/// Refuses text with a variable (EXT-X-DEFINE) that is not known.
fn uri(text: &str) -> Result<&str, ManifestError> {
    if text.contains("{$") {
        return Err(bad(
            "a variable (EXT-X-DEFINE) that this playlist does not define",
        ));
    }
    Ok(text)
}

/// The duration alone, in the form that m3u8-rs reads.
fn extinf(value: &str) -> Result<String, ManifestError> {
    let duration = value.split(',').next().unwrap_or_default();
    let micros = micros(duration)?;
    Ok(format!(
        "#EXTINF:{}.{:06},",
        micros / 1_000_000,
        micros % 1_000_000
    ))
}

fn micros(seconds: &str) -> Result<u64, ManifestError> {
    let micros = iso8601::decimal(seconds.trim(), 1_000_000).and_then(|micros| u64::try_from(micros).ok());
    micros
        .filter(|micros| *micros <= MAX_MICROS)
        .ok_or_else(|| bad("a duration that is none"))
}

fn number(text: &str) -> Result<u64, ManifestError> {
    text.trim()
        .parse()
        .map_err(|_| bad("a sequence number that is none"))
}

/// Reads `length` or `length@offset`.
fn byte_range(text: &str) -> Option<&str> {
    let (length, offset) = text.split_once('@').unwrap_or((text, "0"));
    let is_number =
        |text: &str| text.parse::<u64>().is_ok() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(length) && is_number(offset)).then_some(text)
}

/// Whether a text is `NAME=value` or `NAME="value"`, separated by commas.
fn is_attribute_list(mut text: &str) -> bool {
    while !text.is_empty() {
        let Some((_, _, rest)) = next_attribute(text) else {
            return false;
        };
        text = rest;
    }
    true
}

/// The value of an attribute, without quotes.
pub(super) fn attribute<'a>(mut text: &'a str, wanted: &str) -> Option<&'a str> {
    while let Some((name, value, rest)) = next_attribute(text) {
        if name == wanted {
            return Some(value);
        }
        text = rest;
    }
    None
}

/// Splits the first attribute off: its name, its value without quotes, and what follows the comma.
fn next_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.trim_start().split_once('=')?;
    if name.is_empty() || name.contains([',', '"']) {
        return None;
    }
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => {
            let end = rest.find(',').unwrap_or(rest.len());
            rest.split_at_checked(end)
                .filter(|(value, _)| !value.is_empty())?
        }
    };
    match rest.strip_prefix(',') {
        Some(rest) => Some((name, value, rest)),
        None => rest.is_empty().then_some((name, value, rest)),
    }
}

fn bad(what: &str) -> ManifestError {
    ManifestError::Malformed(what.to_owned())
}

#[cfg(test)]
mod tests;
