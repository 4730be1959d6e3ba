//! Bytes to frames. Decoding never panics, and allocates at most 16 bytes for each byte of a frame.

use thiserror::Error;

use super::frame::{
    Bye, Claim, Frame, Have, Holds, Leaves, Neighbour, PeerRole, PieceBody, Reject, RequestId,
};
use super::message::Message;
use super::pack::Reader;
use super::{
    MAX_ALL_RUNS, MAX_CLAIMS, MAX_COUNT, MAX_FRAME, MAX_KEYS, MAX_LEAVES, MAX_NEIGHBOURS, MAX_PAYLOAD,
    MAX_RUNS, SKETCH,
};
use crate::id::{ByteRange, Member, PeerId, SegmentKey, SegmentKind, TrackKey};
use crate::input::Signature;
use crate::piece::{Digest, MAX_SEGMENT, PIECE, Piece, piece_count};

/// Why a message is not a frame. The link is not worth keeping.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It is larger than [`MAX_FRAME`].
    #[error("a frame of {0} bytes")]
    TooLarge(usize),
    /// It is not a MessagePack array that the table allows.
    #[error("malformed frame: {0}")]
    Malformed(&'static str),
    /// Bytes follow the array.
    #[error("bytes follow the frame")]
    Trailing,
}

/// Reads a frame. A plain piece is hashed, unless it never became bytes.
///
/// # Errors
/// When the message is not one frame of the table, or exceeds a limit.
pub fn decode(message: Message) -> Result<Frame, DecodeError> {
    let bytes = match message {
        Message::Bytes(bytes) => bytes,
        Message::Piece {
            request,
            index,
            piece,
        } => {
            return Ok(Frame::Piece {
                request,
                piece: piece_index(index)?,
                body: PieceBody::Plain(piece),
            });
        }
    };
    if bytes.len() > MAX_FRAME {
        return Err(DecodeError::TooLarge(bytes.len()));
    }
    let mut from = Reader::new(&bytes);
    let fields = from.open(1)?;
    let tag = from.uint()?;
    let tag = u8::try_from(tag).map_err(|_| DecodeError::Malformed("a tag over 255"))?;
    let beyond = fields
        .checked_sub(known_fields(tag))
        .ok_or(DecodeError::Malformed("a field is missing"))?;
    let frame = read(&mut from, tag)?;
    from.close(beyond)?;
    from.end()?;
    Ok(frame)
}

/// How many fields follow a tag.
const fn known_fields(tag: u8) -> usize {
    match tag {
        4 | 7 => 1,
        #[cfg(feature = "seeder")]
        15 => 1,
        1 | 6 | 8 | 13 | 14 => 2,
        5 | 9 | 10 => 3,
        2 | 3 | 12 => 4,
        0 => 5,
        11 => 6,
        15.. => 0,
    }
}

fn read(from: &mut Reader<'_>, tag: u8) -> Result<Frame, DecodeError> {
    Ok(match tag {
        0 => Frame::Hello {
            version: from.u32()?,
            swarm: from.text()?.to_owned(),
            role: role(from.uint()?)?,
            member: Member(from.array()?),
            capabilities: from.u32()?,
        },
        1 => announce(from)?,
        2 => {
            let (request, key, first, count) = pieces(from)?;
            Frame::Request {
                request,
                key,
                first,
                count,
            }
        }
        3 => Frame::Piece {
            request: request_id(from)?,
            piece: piece_index(from.u32()?)?,
            body: piece_body(from)?,
        },
        4 => Frame::Cancel(request_id(from)?),
        5 => Frame::Reject {
            request: request_id(from)?,
            reason: reject(from.uint()?)?,
            retry_ms: from.u32()?,
        },
        6 => Frame::Digests {
            batch: from.bytes()?.to_owned(),
            signature: Signature(from.array()?),
        },
        7 => Frame::Bye(bye(from.uint()?)?),
        8 => Frame::WantLeaves {
            request: request_id(from)?,
            key: read_key(from)?,
        },
        9 => leaves(from)?,
        10 => Frame::Claim {
            claims: list(from, MAX_CLAIMS, claim)?,
            claimer: Member(from.array()?),
            hops: from.u8()?,
        },
        11 => Frame::Neighbours {
            uplink: from.u8()?,
            links: from.u8()?,
            head: head(from)?,
            neighbours: list(from, MAX_NEIGHBOURS, neighbour)?,
            sketch: sketch(from.bytes()?)?,
            epoch: from.u32()?,
        },
        12 => {
            let (request, key, first, count) = pieces(from)?;
            Frame::Interest {
                request,
                key,
                first,
                count,
            }
        }
        13 => Frame::Promise {
            request: request_id(from)?,
            within_ms: from.u32()?,
        },
        14 => Frame::Relay {
            peer: peer(from)?,
            payload: payload(from.bytes()?)?,
        },
        #[cfg(feature = "seeder")]
        15 => Frame::Proof(Signature(from.array()?)),
        15.. => Frame::Unknown(tag),
    })
}

/// A list of at most `most` members.
fn list<T>(
    from: &mut Reader<'_>,
    most: usize,
    read: fn(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let count = from.list()?;
    if count > most {
        return Err(DecodeError::Malformed("a list is too long"));
    }
    (0..count).map(|_| read(from)).collect()
}

fn announce(from: &mut Reader<'_>) -> Result<Frame, DecodeError> {
    let came = list(from, MAX_KEYS, have)?;
    let gone = list(from, MAX_KEYS - came.len(), read_key)?;
    let runs = |have: &Have| match &have.holds {
        Holds::All => 0,
        Holds::Runs(runs) => runs.len(),
    };
    if came.iter().map(runs).sum::<usize>() > MAX_ALL_RUNS {
        return Err(DecodeError::Malformed("too many runs"));
    }
    Ok(Frame::Announce { came, gone })
}

fn have(from: &mut Reader<'_>) -> Result<Have, DecodeError> {
    let beyond = from.open(4)?;
    let (key, size) = (read_key(from)?, from.uint()?);
    if size == 0 || size > MAX_SEGMENT {
        return Err(DecodeError::Malformed("a segment's size is out of range"));
    }
    let have = Have {
        key,
        size,
        holds: holds(from, piece_count(size))?,
        leaves: match from.uint()? {
            0 => Leaves::Missing,
            1 => Leaves::Held,
            _ => return Err(DecodeError::Malformed("leaves are 0 or 1")),
        },
    };
    from.close(beyond)?;
    Ok(have)
}

fn holds(from: &mut Reader<'_>, pieces: u32) -> Result<Holds, DecodeError> {
    if from.nil() {
        return Ok(Holds::All);
    }
    let numbers = from.list()?;
    if numbers % 2 != 0 || numbers > 2 * MAX_RUNS {
        return Err(DecodeError::Malformed("runs are pairs, and not many"));
    }
    let mut runs = Vec::with_capacity(numbers / 2);
    for _ in 0..numbers / 2 {
        let (first, count) = (from.u32()?, from.u32()?);
        if count == 0 || first.checked_add(count).is_none_or(|end| end > pieces) {
            return Err(DecodeError::Malformed("a run beyond the segment"));
        }
        runs.push((first, count));
    }
    Ok(Holds::Runs(runs))
}

fn pieces(from: &mut Reader<'_>) -> Result<(RequestId, SegmentKey, u32, u32), DecodeError> {
    let (request, key, first) = (request_id(from)?, read_key(from)?, from.u32()?);
    let count = from.u32()?;
    if !(1..=MAX_COUNT).contains(&count) {
        return Err(DecodeError::Malformed("the number of pieces is out of range"));
    }
    within_a_segment(first, count)?;
    Ok((request, key, first, count))
}

/// Refuses pieces that no segment can have, so that whoever adds to their numbers need not fear an overflow.
fn within_a_segment(first: u32, count: u32) -> Result<(), DecodeError> {
    match first.checked_add(count) {
        Some(end) if end <= piece_count(MAX_SEGMENT) => Ok(()),
        Some(_) | None => Err(DecodeError::Malformed("pieces beyond every segment")),
    }
}

fn piece_index(index: u32) -> Result<u32, DecodeError> {
    within_a_segment(index, 1).map(|()| index)
}

fn piece_body(from: &mut Reader<'_>) -> Result<PieceBody, DecodeError> {
    let (encoding, data) = (from.uint()?, from.bytes()?);
    if data.is_empty() || data.len() > PIECE {
        return Err(DecodeError::Malformed("a piece's size is out of range"));
    }
    match encoding {
        0 => Ok(PieceBody::Plain(Piece::new(data))),
        1 => Ok(PieceBody::Zstd(data.to_owned())),
        _ => Err(DecodeError::Malformed("an unknown encoding")),
    }
}

fn leaves(from: &mut Reader<'_>) -> Result<Frame, DecodeError> {
    let (request, first) = (request_id(from)?, from.u32()?);
    let (leaves, rest) = from.bytes()?.as_chunks::<28>();
    let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
    if leaves.is_empty() || leaves.len() > MAX_LEAVES || !rest.is_empty() {
        return Err(DecodeError::Malformed("the number of leaves is out of range"));
    }
    within_a_segment(first, count)?;
    Ok(Frame::Leaves {
        request,
        first,
        leaves: leaves.iter().copied().map(Digest).collect(),
    })
}

fn claim(from: &mut Reader<'_>) -> Result<Claim, DecodeError> {
    let beyond = from.open(3)?;
    let claim = Claim {
        key: read_key(from)?,
        attempt: from.u8()?,
        stripes: from.u16()?,
    };
    from.close(beyond)?;
    Ok(claim)
}

fn neighbour(from: &mut Reader<'_>) -> Result<Neighbour, DecodeError> {
    let beyond = from.open(5)?;
    let neighbour = Neighbour {
        peer: peer(from)?,
        member: Member(from.array()?),
        uplink: from.u8()?,
        links: from.u8()?,
        head: head(from)?,
    };
    from.close(beyond)?;
    Ok(neighbour)
}

fn head(from: &mut Reader<'_>) -> Result<i32, DecodeError> {
    i32::try_from(from.int()?).map_err(|_| DecodeError::Malformed("a playhead over 32 bits"))
}

fn sketch(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    if !bytes.is_empty() && bytes.len() != SKETCH {
        return Err(DecodeError::Malformed("a sketch of another size"));
    }
    Ok(bytes.to_owned())
}

fn peer(from: &mut Reader<'_>) -> Result<PeerId, DecodeError> {
    PeerId::new(from.text()?).map_err(|_| DecodeError::Malformed("not a peer's name"))
}

fn payload(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    if bytes.len() > MAX_PAYLOAD {
        return Err(DecodeError::Malformed("a payload is too large"));
    }
    Ok(bytes.to_owned())
}

/// Reads a segment's key.
pub(crate) fn read_key(from: &mut Reader<'_>) -> Result<SegmentKey, DecodeError> {
    let beyond = from.open(4)?;
    let key = SegmentKey {
        track: TrackKey(from.array()?),
        kind: match from.uint()? {
            0 => SegmentKind::Init,
            1 => SegmentKind::Media,
            _ => return Err(DecodeError::Malformed("a segment's kind is 0 or 1")),
        },
        time: from.int()?,
        range: range(from)?,
    };
    from.close(beyond)?;
    Ok(key)
}

fn range(from: &mut Reader<'_>) -> Result<Option<ByteRange>, DecodeError> {
    if from.nil() {
        return Ok(None);
    }
    let beyond = from.open(2)?;
    let range = ByteRange::new(from.uint()?, from.uint()?);
    from.close(beyond)?;
    range.map(Some).ok_or(DecodeError::Malformed("an empty range"))
}

fn request_id(from: &mut Reader<'_>) -> Result<RequestId, DecodeError> {
    from.u32().map(RequestId)
}

fn role(code: u64) -> Result<PeerRole, DecodeError> {
    match code {
        0 => Ok(PeerRole::Viewer),
        1 => Ok(PeerRole::Seeder),
        _ => Err(DecodeError::Malformed("a role is 0 or 1")),
    }
}

fn reject(code: u64) -> Result<Reject, DecodeError> {
    match code {
        0 => Ok(Reject::NotHeld),
        1 => Ok(Reject::Busy),
        _ => Err(DecodeError::Malformed("an unknown reason to reject")),
    }
}

fn bye(code: u64) -> Result<Bye, DecodeError> {
    match code {
        0 => Ok(Bye::Version),
        1 => Ok(Bye::OtherSwarm),
        2 => Ok(Bye::Full),
        3 => Ok(Bye::Violation),
        4 => Ok(Bye::Corrupt),
        _ => Err(DecodeError::Malformed("an unknown reason to part")),
    }
}
