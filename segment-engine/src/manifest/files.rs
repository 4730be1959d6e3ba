//! Lists of a site's files: what each is, signed as a whole. A part of the wire's contract, as digests are.
//!
//! UTF-8 lines, the fields of each parted by a tab, in this order:
//!
//! | line                                   |                                                                   |
//! |----------------------------------------|-------------------------------------------------------------------|
//! | `fugitive files 1`                     | stands first, so that no other signature passes for a list's      |
//! | `swarm`, name                          | a list of another swarm counts for nothing                        |
//! | `made`, milliseconds                   | since 1970 by the signer's clock: an older list follows no newer  |
//! | `expires`, milliseconds                | from then on it does not count                                    |
//! | size, root, SHA-224, type, reference   | one line a file: bytes, hex of its tree's root and of its plain   |
//! |                                        | digest, media type, its URL relative to the list's                |
//! | `signature`, hex                       | Ed25519 over all lines before this one, their line ends included  |
//!
//! A file is a track of one segment, named by its reference and its root: another version of it is another segment.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::{Limits, identity};
use crate::error::ManifestError;
use crate::id::{SegmentKey, SegmentKind, TrackKey};
use crate::input::Signature;
use crate::integrity::Record;
use crate::piece::{Digest, MAX_SEGMENT};
use crate::time::{MediaTime, UnixTime};
use crate::timeline::address::Address;
use crate::timeline::axis::Axis;
use crate::timeline::media::Media;
use crate::timeline::names::{Entry, Names};
use crate::timeline::{Content, Scope, Timeline, Track};

/// Stands first in every list.
const MAGIC: &str = "fugitive files 1";

/// The most files of a list: some 2 MB of text.
pub const MAX_FILES: usize = 10_000;

/// A list of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileList {
    /// The swarm that it is for.
    pub swarm: String,
    /// When it was made, by its signer's clock.
    pub made: UnixTime,
    /// When it expires, by the same clock.
    pub expires: UnixTime,
    /// At most [`MAX_FILES`].
    pub files: Vec<ListedFile>,
}

/// What a list says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Its size, and the root of the tree over its pieces.
    pub record: Record,
    /// The SHA-224 of its bytes, as `integrity` attributes have it.
    pub sha224: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its URL, relative to the list's.
    pub reference: String,
}

/// A list with its signature. Nothing of it counts before that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedList {
    /// What it says.
    pub list: FileList,
    /// What was signed.
    pub message: Vec<u8>,
    /// The signature over that message.
    pub signature: Signature,
}

impl ListedFile {
    /// Its name among peers.
    pub fn key(&self) -> SegmentKey {
        key_of(self.track_key())
    }

    fn track_key(&self) -> TrackKey {
        identity::file_key(&self.reference, &self.record.root)
    }

    fn track(&self, list: &Address) -> Track {
        track(self.track_key(), &self.reference, list.clone())
    }
}

impl FileList {
    /// The files as tracks, for a list that came from `url`.
    ///
    /// # Errors
    /// When that is not an http or https URL.
    pub fn timeline(&self, url: &str) -> Result<Timeline, ManifestError> {
        let address = Address::parse(url).ok_or_else(|| ManifestError::BadUrl(super::shown(url)))?;
        let tracks = self.files.iter().map(|file| file.track(&address)).collect();
        Ok(Timeline::new(tracks, Scope::Title, Vec::new()))
    }
}

/// The name among peers of a file that is known only by the SHA-224 of its bytes.
pub fn key_by_digest(sha224: &Digest) -> SegmentKey {
    key_of(identity::digest_key(sha224))
}

/// Such a file as a track. `None` if `url` is not an http or https URL.
pub(crate) fn track_by_digest(url: &str, sha224: &Digest) -> Option<Track> {
    let address = Address::parse(url)?;
    let reference = address.to_string();
    Some(track(identity::digest_key(sha224), &reference, address))
}

/// The one segment of a track that is a file.
fn key_of(track: TrackKey) -> SegmentKey {
    SegmentKey {
        track,
        kind: SegmentKind::Media,
        time: 0,
        range: None,
    }
}

/// A track that is a file, on no timeline.
fn track(key: TrackKey, reference: &str, base: Address) -> Track {
    let entry = Entry {
        reference: Some(reference.into()),
        range: None,
    };
    Track {
        key,
        content: Content::Other,
        representation: reference.to_owned(),
        bandwidth: 0,
        media: Media {
            inits: Vec::new(),
            index: None,
            axis: Axis::Whole {
                start: MediaTime::NOWHERE,
                duration: Duration::ZERO,
            },
            names: Some(Names::List {
                bases: vec![base],
                entries: Arc::from([entry]),
            }),
            clock: None,
            live: None,
        },
    }
}

/// Reads a SHA-224 of 56 lower-case or upper-case hexadecimal digits.
pub fn read_digest(text: &str) -> Option<Digest> {
    read_hex(text).map(Digest)
}

/// Whether bytes are to be read as a list of files.
pub fn is_list(body: &[u8]) -> bool {
    body.starts_with(MAGIC.as_bytes())
}

/// Writes what is to be signed of a list. References and media types have neither tabs nor line ends.
pub fn write_list(list: &FileList) -> String {
    let (made, expires) = (list.made.as_millis(), list.expires.as_millis());
    let mut text = format!(
        "{MAGIC}\nswarm\t{}\nmade\t{made}\nexpires\t{expires}\n",
        list.swarm
    );
    for file in &list.files {
        let Record { size, root } = file.record;
        let (root, sha224) = (hex(&root.0), hex(&file.sha224.0));
        let (media_type, reference) = (&file.media_type, &file.reference);
        text.push_str(&format!("{size}\t{root}\t{sha224}\t{media_type}\t{reference}\n"));
    }
    text
}

/// Puts the signature under what [`write_list`] wrote.
pub fn sign_list(text: &str, signature: &Signature) -> String {
    format!("{text}signature\t{}\n", hex(&signature.0))
}

/// Reads a list, without checking its signature.
///
/// # Errors
/// When it is no list, or exceeds a limit.
pub fn read_list(body: &[u8], limits: &Limits) -> Result<SignedList, ManifestError> {
    let (bytes, limit) = (body.len(), limits.manifest_bytes);
    if bytes > limit {
        return Err(ManifestError::TooLarge { bytes, limit });
    }
    let text = str::from_utf8(body).map_err(|_| malformed("is not UTF-8"))?;
    let end = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let (message, last) = text.split_at(end);
    let signature = field(last.trim_end(), "signature").and_then(read_hex);
    let mut lines = message.lines();
    if lines.next() != Some(MAGIC) {
        return Err(ManifestError::UnknownFormat);
    }
    let mut head = |name| lines.next().and_then(|line| field(line, name));
    let (swarm, made, expires) = (head("swarm"), head("made"), head("expires"));
    let time = |text: Option<&str>| Some(UnixTime::from_millis(text?.parse().ok()?));
    let (Some(swarm), Some(made), Some(expires)) = (swarm, time(made), time(expires)) else {
        return Err(malformed("lacks its swarm, or its times"));
    };
    let mut files = Vec::new();
    for line in lines {
        if files.len() == MAX_FILES {
            return Err(ManifestError::OverLimit {
                what: "number of files",
                limit: MAX_FILES as u64,
            });
        }
        files.push(read_file(line).ok_or_else(|| malformed("has a line that is no file's"))?);
    }
    Ok(SignedList {
        list: FileList {
            swarm: swarm.to_owned(),
            made,
            expires,
            files,
        },
        message: message.as_bytes().to_vec(),
        signature: Signature(signature.ok_or_else(|| malformed("has no signature at its end"))?),
    })
}

fn read_file(line: &str) -> Option<ListedFile> {
    let mut fields = line.split('\t');
    let size = fields.next()?.parse().ok()?;
    let (root, sha224) = (read_hex(fields.next()?)?, read_hex(fields.next()?)?);
    let (media_type, reference) = (fields.next()?, fields.next()?);
    let fits = (1..=MAX_SEGMENT).contains(&size) && !reference.is_empty() && fields.next().is_none();
    fits.then(|| ListedFile {
        record: Record {
            size,
            root: Digest(root),
        },
        sha224: Digest(sha224),
        media_type: media_type.to_owned(),
        reference: reference.to_owned(),
    })
}

fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.strip_prefix(name)?.strip_prefix('\t')
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn malformed(how: &str) -> ManifestError {
    ManifestError::Malformed(format!("the list of files {how}"))
}

#[cfg(test)]
mod tests;
