//! The shelf: a second store under the one in memory, larger and slower, kept by the driver: a folder, or a browser's
//! database.
//!
//! The engine says what to write, to read back and to forget ([`ShelfCommand`]), and is told what came of it
//! ([`ShelfFact`]). It shelves only what a signed record vouches for, and serves nothing that was read back before
//! its root was compared with that record: the shelf may lose and garble anything. A driver without one reports none,
//! and is asked for nothing.

#[cfg(feature = "shelf")]
mod index;
#[cfg(feature = "shelf")]
mod reads;

#[cfg(feature = "shelf")]
use std::sync::Arc;

#[cfg(feature = "shelf")]
use serde::Serialize;

#[cfg(feature = "shelf")]
pub(crate) use self::index::{Shelf, Standing};
#[cfg(feature = "shelf")]
pub(crate) use self::reads::{Reads, ShelfWaiter, take_of};
#[cfg(feature = "shelf")]
use crate::id::SegmentKey;
#[cfg(feature = "shelf")]
use crate::input::Signature;
#[cfg(feature = "shelf")]
use crate::integrity::{Record, SignedBatch};
#[cfg(feature = "shelf")]
use crate::piece::{Body, Digest};
#[cfg(feature = "shelf")]
use crate::wire::{Reader, Writer, read_key, write_key};

/// The most segments that an engine keeps track of on its shelf, as many as it knows records: some 150 bytes each.
#[cfg(feature = "shelf")]
pub const MAX_SHELVED: usize = 100_000;

/// Something for the driver to do with its shelf. `Shelve` and `Unshelve` are answered by a [`ShelfFact`], the others
/// are not; commands for one segment are done in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShelfCommand {
    /// Write a segment, replacing an earlier one of its key; answered by `Shelved` once it can be read back, or by
    /// `Unshelvable`. Whether it survives a crash is up to the driver: a segment that is gone is fetched again.
    #[cfg(feature = "shelf")]
    Shelve {
        /// The segment's key.
        key: SegmentKey,
        /// The root of the tree over its pieces, to be kept beside the bytes.
        root: Digest,
        /// The bytes.
        body: Body,
    },
    /// Read a segment back; answered by `Unshelved` or `Unreadable`.
    #[cfg(feature = "shelf")]
    Unshelve(SegmentKey),
    /// Forget segments. Absent segments are ignored.
    #[cfg(feature = "shelf")]
    Discard(Vec<SegmentKey>),
    /// Keep a batch of digests beside the segments: it vouches for some that are shelved, or will be. Only asked of a
    /// driver that told [`ShelfFact::Digests`].
    #[cfg(feature = "shelf")]
    ShelveDigests(Arc<SignedBatch>),
    /// Forget batches, by their signatures.
    #[cfg(feature = "shelf")]
    DiscardDigests(Vec<Signature>),
}

/// Something that the driver knows of its shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShelfFact {
    /// There is a shelf, and its contents are being looked up: `Opened` follows. Told before anything else, so that
    /// nothing is fetched that is already there.
    #[cfg(feature = "shelf")]
    Opening,
    /// The batches that an earlier session kept, in any order; told before `Opened` by a driver that keeps batches.
    /// Each counts once its signature was checked.
    #[cfg(feature = "shelf")]
    Digests(Vec<SignedBatch>),
    /// These segments are on the shelf, and more can be put there. Told again when another process has added some.
    #[cfg(feature = "shelf")]
    Opened(Vec<ShelfEntry>),
    /// A segment was written.
    #[cfg(feature = "shelf")]
    Shelved(ShelfEntry),
    /// A segment could not be written: no room, no disk, too much to do. A seeder tries again after a while, a viewer
    /// never.
    #[cfg(feature = "shelf")]
    Unshelvable(ShelfEntry),
    /// A segment could not be read now, but perhaps later: no handle, no memory, a disk that stumbles. It is still
    /// there.
    #[cfg(feature = "shelf")]
    Unreadable(SegmentKey),
    /// A segment was read back, or is no longer there.
    #[cfg(feature = "shelf")]
    Unshelved {
        /// The segment's key.
        key: SegmentKey,
        /// The bytes read, right or wrong; `None` if the segment is no longer there.
        body: Option<Body>,
    },
    /// The driver dropped segments to stay within its bounds.
    #[cfg(feature = "shelf")]
    Dropped(Vec<SegmentKey>),
}

/// A segment's name as bytes, as peers write it: for a driver that stores it beside the segment.
#[cfg(feature = "shelf")]
pub fn write_name(key: &SegmentKey) -> Vec<u8> {
    let mut to = Writer::default();
    write_key(&mut to, key);
    to.0
}

/// Reads the bytes that [`write_name`] wrote; `None` for any others.
#[cfg(feature = "shelf")]
pub fn read_name(bytes: &[u8]) -> Option<SegmentKey> {
    let mut from = Reader::new(bytes);
    let key = read_key(&mut from).ok()?;
    from.end().ok()?;
    Some(key)
}

/// A segment on the shelf.
#[cfg(feature = "shelf")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShelfEntry {
    /// The segment's key.
    pub key: SegmentKey,
    /// Its size, and the root it was shelved with.
    pub record: Record,
}

/// What is wrong with a segment that was read back.
#[cfg(feature = "shelf")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ShelfFault {
    /// It is no longer there.
    Missing,
    /// It cannot be read now; it stays where it is.
    Unreadable,
    /// Its bytes are not those that were put there.
    Corrupt,
}
