//! What is worth an attempt to pack it, as its bytes, its address and a sample tell: media is compressed already, and
//! nine bytes of ten are media.

use super::entropy;
use super::{MIN_PIECE, WRITES, Writes};
use crate::piece::Body;

/// Above this a sample is as good as random: 7.2 bits of 8.
const DENSE: u64 = entropy::BIT * 36 / 5;

/// How many pieces from the start are sampled: 64 KiB. To them come one in the middle and the last one.
const SAMPLED: usize = 4;

/// Ends of the names of files that are compressed by their nature.
const DENSE_NAMES: [&str; 32] = [
    "mp4", "m4s", "m4v", "m4a", "m4i", "mp4a", "mp4v", "cmfv", "cmfa", "cmfm", "ts", "m2ts", "webm", "mkv",
    "mov", "aac", "ac3", "ec3", "mp3", "ogg", "opus", "flac", "jpg", "jpeg", "png", "webp", "avif", "gif",
    "woff", "woff2", "zip", "gz",
];

/// Ends of the names of files that shrink.
const LOOSE_NAMES: [&str; 19] = [
    "vtt", "webvtt", "srt", "ttml", "ttml2", "dfxp", "xml", "json", "m3u8", "mpd", "js", "mjs", "css", "svg",
    "html", "txt", "ttf", "otf", "wasm",
];

/// Whether a segment is worth an attempt. `url` is where it came from.
pub(crate) fn is_promising(url: &str, body: &Body) -> bool {
    if WRITES == Writes::Plain || body.len() < MIN_PIECE as u64 {
        return false;
    }
    let first = body.pieces().first().map_or(&[][..], |piece| piece.bytes());
    let looks = by_magic(first).or_else(|| by_name(url));
    match looks {
        Some(Looks::Dense) => false,
        Some(Looks::Loose) => true,
        None => entropy::of_bytes(samples(body)) <= DENSE,
    }
}

/// What kind of content it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Compressed by its nature.
    Dense,
    /// Text, or as good.
    Loose,
}

/// By how the bytes start. What they are counts for more than what their address says.
fn by_magic(bytes: &[u8]) -> Option<Looks> {
    // ISO BMFF: a box's size, then its type.
    const BOXES: [&[u8]; 9] = [
        b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"emsg", b"prft", b"free",
    ];
    const DENSE: [&[u8]; 13] = [
        b"\x1a\x45\xdf\xa3", // Matroska, WebM
        b"OggS",
        b"fLaC",
        b"ID3",
        b"\xff\xd8\xff", // JPEG
        b"\x89PNG",
        b"GIF8",
        b"RIFF", // WebP
        b"wOFF",
        b"wOF2",
        b"PK\x03\x04",       // ZIP
        b"\x1f\x8b",         // gzip
        b"\x28\xb5\x2f\xfd", // zstd
    ];
    const LOOSE: [&[u8]; 3] = [b"WEBVTT", b"<?xml", b"#EXTM3U"];
    let is_box = bytes.get(4..8).is_some_and(|kind| BOXES.contains(&kind));
    let is_transport_stream = bytes.first() == Some(&0x47) && bytes.get(188) == Some(&0x47);
    // ADTS and MPEG audio: eleven or twelve bits of sync. The byte order mark of UTF-16 has them as well.
    const UTF16: u8 = 0xfe;
    let is_audio = matches!(bytes, [0xff, second, ..] if second & 0xe0 == 0xe0 && *second < UTF16);
    if is_box || is_transport_stream || is_audio || DENSE.iter().any(|magic| bytes.starts_with(magic)) {
        return Some(Looks::Dense);
    }
    LOOSE
        .iter()
        .any(|magic| bytes.starts_with(magic))
        .then_some(Looks::Loose)
}

/// By the end of the address's path.
fn by_name(url: &str) -> Option<Looks> {
    let path = url.split(['?', '#']).next()?;
    let (_, end) = path.rsplit('/').next()?.rsplit_once('.')?;
    let is = |names: &[&str]| names.iter().any(|name| end.eq_ignore_ascii_case(name));
    if is(&DENSE_NAMES) {
        return Some(Looks::Dense);
    }
    is(&LOOSE_NAMES).then_some(Looks::Loose)
}

/// The pieces at the start, in the middle, and at the end; none twice.
fn samples(body: &Body) -> impl Iterator<Item = &[u8]> {
    let pieces = body.pieces();
    let (middle, last) = (pieces.len() / 2, pieces.len().saturating_sub(1));
    let sampled = pieces
        .iter()
        .enumerate()
        .filter(move |(index, _)| *index < SAMPLED || *index == middle || *index == last);
    sampled.map(|(_, piece)| piece.bytes())
}

#[cfg(test)]
mod tests;
