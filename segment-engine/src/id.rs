//! Names of things: peers, segments, demands, fetches.
//!
//! A segment is named by its position in the manifest and never by its URL, so that two viewers of one
//! title mean the same bytes whatever CDN host or query token each was given.

#[cfg(test)]
pub(crate) mod sample;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::InvalidPeerId;
use crate::fnv::Fnv;

/// Names a remote peer for as long as it is known; issued by signaling, opaque to the engine.
///
/// 1 to 64 printable ASCII characters other than space. Cheap to clone and to compare; `Ord` is total but arbitrary.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PeerId {
    /// Hash of the text: nearly always enough to tell two ids apart without reading it.
    hash: u64,
    text: Arc<str>,
}

impl PeerId {
    /// The longest identifier that is accepted, in bytes.
    pub const MAX_LEN: usize = 64;

    /// Checks and wraps an identifier.
    ///
    /// # Errors
    /// When it is empty, longer than [`PeerId::MAX_LEN`], or not printable ASCII.
    pub fn new(id: &str) -> Result<Self, InvalidPeerId> {
        let printable = id.bytes().all(|byte| byte.is_ascii_graphic());
        if id.is_empty() || id.len() > Self::MAX_LEN || !printable {
            return Err(InvalidPeerId);
        }
        Ok(Self {
            hash: Fnv::of(id.as_bytes()),
            text: id.into(),
        })
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Ord for PeerId {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_text = || match Arc::ptr_eq(&self.text, &other.text) {
            true => Ordering::Equal,
            false => self.text.cmp(&other.text),
        };
        self.hash.cmp(&other.hash).then_with(by_text)
    }
}

impl PartialOrd for PeerId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl TryFrom<String> for PeerId {
    type Error = InvalidPeerId;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::new(&id)
    }
}

impl From<PeerId> for String {
    fn from(id: PeerId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({})", self.text)
    }
}

/// A peer's own random name in a swarm. The peer alone chooses it: it identifies, and proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Member(pub [u8; 8]);

impl Ord for Member {
    /// Orders by the bytes, in one comparison of integers.
    fn cmp(&self, other: &Self) -> Ordering {
        u64::from_be_bytes(self.0).cmp(&u64::from_be_bytes(other.0))
    }
}

impl PartialOrd for Member {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Names a link among the present ones, in few bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u16);

/// Names one request of the player; chosen by the driver, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DemandId(pub u64);

/// Names one HTTP request of the engine; chosen by the engine, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FetchId(pub u64);

/// Names one question about a signature; chosen by the engine, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CheckId(pub u64);

/// Names a representation (a rung, an audio language, a subtitle track) within a title.
///
/// Eight bytes of a SHA-224 over what identifies the representation in its manifest; the manifest readers
/// say what that is. The same for every viewer of the title, whatever URLs they were given.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrackKey(pub [u8; 8]);

impl Ord for TrackKey {
    /// Orders by the bytes, in one comparison of integers.
    fn cmp(&self, other: &Self) -> Ordering {
        u64::from_be_bytes(self.0).cmp(&u64::from_be_bytes(other.0))
    }
}

impl PartialOrd for TrackKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for TrackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for TrackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Says what a segment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SegmentKind {
    /// Initialisation: codec parameters, no samples.
    Init,
    /// Samples.
    Media,
}

/// An inclusive range of bytes, as in HTTP's `Range` header (RFC 9110, section 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ByteRange {
    /// Offset of the first byte.
    pub first: u64,
    /// Offset of the last byte; never below `first`.
    pub last: u64,
}

impl ByteRange {
    /// Builds a range, or `None` when it would be empty or its length would not fit in 64 bits.
    pub fn new(first: u64, last: u64) -> Option<Self> {
        (first <= last && last - first < u64::MAX).then_some(Self { first, last })
    }

    /// How many bytes the range covers.
    #[expect(clippy::len_without_is_empty, reason = "a range holds at least one byte")]
    pub fn len(&self) -> u64 {
        self.last - self.first + 1
    }
}

impl fmt::Display for ByteRange {
    /// Writes `first-last`, as it stands in a `Range` header after `bytes=`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// A segment's position in its manifest: the name under which peers trade it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentKey {
    /// The representation it belongs to.
    pub track: TrackKey,
    /// What it is for.
    pub kind: SegmentKind,
    /// Where it is. DASH: media time in the representation's timescale, 0 for an init segment. HLS: the media
    /// sequence number; for an init segment a hash of its path, with its host if that is not the playlist's, and with
    /// its query if the playlist has several that differ in nothing else.
    pub time: i64,
    /// The part of a resource that it is, where the manifest gives one.
    pub range: Option<ByteRange>,
}

impl fmt::Display for SegmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            SegmentKind::Init => write!(f, "{}/init{}", self.track, self.time)?,
            SegmentKind::Media => write!(f, "{}/{}", self.track, self.time)?,
        }
        self.range.map_or(Ok(()), |range| write!(f, "@{range}"))
    }
}
