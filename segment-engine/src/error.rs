//! Errors: one small enum per operation, each variant saying what the caller can do.

use thiserror::Error;

/// A peer identifier is empty, over 64 bytes, or not printable ASCII. Refuse the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a peer id has 1 to 64 printable ASCII characters")]
pub struct InvalidPeerId;

/// A configuration value is out of its range. Correct it and build the engine again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} is {value}, but must be {expected}")]
pub struct ConfigError {
    /// The field's name in [`Config`](crate::config::Config).
    pub field: &'static str,
    /// What it was set to.
    pub value: String,
    /// What it may be.
    pub expected: &'static str,
}

/// The driver broke the engine's contract: a mistake in its code, not something the network can cause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InputError {
    /// `now` lies before an earlier call's. Keep to one clock.
    #[error("the clock went backwards")]
    ClockWentBack,
    /// The demand's identifier was used before. Number demands upwards.
    #[error("demand {0} is already known")]
    DemandReused(u64),
    /// The peer is connected already. Close the old link first.
    #[error("peer {0} is already connected")]
    PeerReused(crate::id::PeerId),
}

/// The index of a file's subsegments cannot be used. Players get these over HTTP, without peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// There is no index box in the range. The file may be WebM, whose cues are not read.
    #[error("no sidx box in the index range (the Cues of WebM are not read)")]
    NoIndex,
    /// A box is longer than the range. Check the manifest's index range.
    #[error("the sidx box is cut off")]
    Truncated,
    /// Its numbers cannot be those of an index.
    #[error("a malformed sidx box")]
    Malformed,
    /// It refers to an index box outside the range, or through too many others.
    #[error("a sidx box that refers to one outside of the index range, or too deep")]
    Nested,
    /// It has more entries than are allowed.
    #[error("too many subsegments in the index")]
    TooLong,
}

/// A manifest cannot be used. Playback goes on without sharing; the next refresh may succeed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is larger than [`Limits::manifest_bytes`](crate::manifest::Limits).
    #[error("the manifest has {bytes} bytes; {limit} are allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// It is neither an MPD nor an M3U8 playlist. Check that the URL is a manifest's.
    #[error("neither a DASH MPD nor an HLS playlist")]
    UnknownFormat,
    /// This build leaves its kind out. Build the crate with the feature of that name.
    #[error("{0} is left out of this build")]
    Unsupported(&'static str),
    /// It is an MPD patch (ISO/IEC 23009-1, 5.15). Load the whole MPD; what is known stays in force until then.
    #[error("an MPD patch, which says nothing by itself: the whole MPD is needed")]
    Patch,
    /// It is a manifest, but not a well-formed one. Check the tool that produced it.
    #[error("{0}")]
    Malformed(String),
    /// It exceeds a bound: nesting, entities, segments. Check the tool that produced it.
    #[error("{what} over the limit of {limit}")]
    OverLimit {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
    /// The manifest's own address is not an absolute http or https URL.
    #[error("not an absolute http(s) URL: {0}")]
    BadUrl(String),
}
