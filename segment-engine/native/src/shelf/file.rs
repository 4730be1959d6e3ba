//! One segment as a file: what stands in it, how it is written so that a crash leaves all of it or nothing, and how it is
//! read back.
//!
//! | at | bytes | what |
//! | --- | --- | --- |
//! | 0 | 8 | `fugshelf` |
//! | 8 | 2 | version, 1 |
//! | 10 | 1 | kind: 0 init, 1 media |
//! | 11 | 1 | 1 where it is a part of a resource, or 0 |
//! | 12 | 28 | stream: SHA-224 of the signaling server's URL, a zero byte and the swarm's name |
//! | 40 | 8 | track |
//! | 48 | 8 | time |
//! | 56 | 8 | first byte of the part, or 0 |
//! | 64 | 8 | last byte of the part, or 0 |
//! | 72 | 8 | size in bytes |
//! | 80 | 28 | root of the tree over its pieces |
//! | 108 | 28 | SHA-224 of all before |
//! | 136 | size | the segment |
//!
//! Numbers are big-endian. The header's own digest shows damage only: whoever can write the file can make one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use bytes::Bytes;
use segment_engine::id::{ByteRange, SegmentKey, SegmentKind, TrackKey};
use segment_engine::integrity::Record;
use segment_engine::piece::{Body, Digest, MAX_SEGMENT, PIECE, Piece};
use segment_engine::shelf::ShelfEntry;

use crate::private_file::{create_private, remove_if_there};

/// How long a header is.
pub(super) const HEADER: usize = 136;

const MAGIC: [u8; 8] = *b"fugshelf";
const VERSION: [u8; 2] = [0, 1];

/// The length of the header before its own digest, in bytes.
const SIGNED: usize = HEADER - 28;

/// The block size of nearly all file systems, in bytes: the room that a file takes is rounded up to it.
const BLOCK: u64 = 4096;

/// Names a stream on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StreamId(pub(super) Digest);

impl StreamId {
    /// The name of the stream of a swarm at a signaling server: another server may have a swarm of the same name.
    pub(super) fn of(signaling: &str, swarm: &str) -> Self {
        Self(Digest::of(&[signaling.as_bytes(), &[0], swarm.as_bytes()]))
    }
}

/// How much a segment of that size takes on the disk.
pub(super) fn taken(size: u64) -> u64 {
    (size + HEADER as u64).next_multiple_of(BLOCK)
}

/// The header of a segment's file.
pub(super) fn header(stream: StreamId, entry: &ShelfEntry) -> [u8; HEADER] {
    let ShelfEntry { key, record } = entry;
    let mut header = [0; HEADER];
    let mut rest = &mut header[..];
    let kind = match key.kind {
        SegmentKind::Init => 0,
        SegmentKind::Media => 1,
    };
    let (first, last) = key.range.map_or((0, 0), |range| (range.first, range.last));
    let parts: [&[u8]; 10] = [
        &MAGIC,
        &VERSION,
        &[kind, u8::from(key.range.is_some())],
        &stream.0.0,
        &key.track.0,
        &key.time.to_be_bytes(),
        &first.to_be_bytes(),
        &last.to_be_bytes(),
        &record.size.to_be_bytes(),
        &record.root.0,
    ];
    for part in parts {
        let (place, after) = rest.split_at_mut(part.len());
        place.copy_from_slice(part);
        rest = after;
    }
    let digest = Digest::of(&[&header[..SIGNED]]);
    header[SIGNED..].copy_from_slice(&digest.0);
    header
}

/// Reads the stream and segment that a header names; `None` if it is damaged, or of another version.
pub(super) fn parse(header: &[u8; HEADER]) -> Option<(StreamId, ShelfEntry)> {
    let mut rest = &header[..];
    let magic: [u8; 8] = take(&mut rest)?;
    let version: [u8; 2] = take(&mut rest)?;
    let [kind, is_part] = take(&mut rest)?;
    let stream = StreamId(Digest(take(&mut rest)?));
    let track = TrackKey(take(&mut rest)?);
    let time = i64::from_be_bytes(take(&mut rest)?);
    let (first, last) = (take(&mut rest)?, take(&mut rest)?);
    let size = u64::from_be_bytes(take(&mut rest)?);
    let root = Digest(take(&mut rest)?);
    let right = (magic, version) == (MAGIC, VERSION) && Digest::of(&[&header[..SIGNED]]).0 == rest;
    if !right || !(1..=MAX_SEGMENT).contains(&size) {
        return None;
    }
    let range = match is_part {
        0 => None,
        _ => Some(ByteRange::new(
            u64::from_be_bytes(first),
            u64::from_be_bytes(last),
        )?),
    };
    let kind = match kind {
        0 => SegmentKind::Init,
        _ => SegmentKind::Media,
    };
    let key = SegmentKey {
        track,
        kind,
        time,
        range,
    };
    let record = Record { size, root };
    Some((stream, ShelfEntry { key, record }))
}

/// Whether an error means that a file is gone, or not what was written. All other errors may pass, and mean nothing for
/// the file.
pub(super) fn is_lost(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound
    )
}

/// Whether an error says that there is no room on the disk.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*taken)
}

/// Writes a segment under `part`, and returns when it is on the disk. Where that fails there is no such file.
pub(super) fn write_part(part: &Path, header: &[u8; HEADER], body: &Body) -> io::Result<()> {
    let written = write_all(part, header, body);
    if written.is_err() {
        // It may not even have been made; what is left is removed at the next start.
        let _ = fs::remove_file(part);
    }
    written
}

/// Puts a written segment under its name; where that fails it is gone.
pub(super) fn put_in_place(part: &Path, path: &Path) -> io::Result<()> {
    let put = fs::rename(part, path);
    if put.is_err() {
        let _ = fs::remove_file(part);
    }
    put
}

fn write_all(part: &Path, header: &[u8; HEADER], body: &Body) -> io::Result<()> {
    // What a crash left of an earlier write, if anything.
    remove_if_there(part)?;
    let mut file = create_private(part)?;
    file.write_all(header)?;
    for piece in body.pieces() {
        file.write_all(piece.bytes())?;
    }
    file.sync_data()
}

/// Reads a segment back, with the leaves of its pieces, if `header` stands before it and all its bytes are there. It
/// does not check whether they are the right ones.
pub(super) fn read(path: &Path, header: &[u8; HEADER], size: u64) -> io::Result<Body> {
    let mut file = File::open(path)?;
    let mut found = [0; HEADER];
    file.read_exact(&mut found)?;
    let damaged = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    if found != *header {
        return Err(damaged("its header is not the one that was written"));
    }
    let length = usize::try_from(size).map_err(|_| damaged("it does not fit into memory"))?;
    let mut bytes = Vec::with_capacity(length);
    // One byte more would tell of bytes that do not belong there.
    file.take(size + 1).read_to_end(&mut bytes)?;
    if bytes.len() != length {
        return Err(damaged("it is not as long as its header says"));
    }
    let bytes = Bytes::from(bytes);
    let starts = (0..length).step_by(PIECE);
    let pieces = starts.map(|start| Piece::of(bytes.slice(start..length.min(start + PIECE))));
    Ok(Body::new(pieces.collect()))
}

#[cfg(test)]
mod tests;
