//! The frames, and their way to bytes and back. Decoding never panics, and allocates no more than some 32 bytes for each of a frame.

use serde::Serialize;
use serde_bytes::Bytes;
use thiserror::Error;

use super::key::read_key;
use super::value::{Fields, Value};
use super::{MAX_FRAME, MAX_KEYS, MAX_SEGMENT, PIECE};
use crate::id::SegmentKey;
use crate::input::Signature;

/// Names a request within one link; chosen by the requester.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RequestId(pub u32);

/// What a peer is to the swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerRole {
    /// It plays.
    Viewer,
    /// It seeds.
    Seeder,
}

/// A segment that a peer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Have(pub SegmentKey, pub u64);

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reject {
    /// The segment, or the pieces, are not there (any more).
    NotHeld,
    /// Too many requests at once; ask somebody else, or later.
    Busy,
}

/// Why a link is about to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bye {
    /// Another version of the protocol.
    Version,
    /// Another title.
    OtherSwarm,
    /// Peers enough.
    Full,
    /// The protocol was broken, or a limit passed.
    Violation,
    /// Altered bytes.
    Corrupt,
}

/// One message between two peers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Opens a link.
    Hello {
        /// The sender's version of the protocol.
        version: u32,
        /// The sender's swarm.
        swarm: String,
        /// What the sender is.
        role: PeerRole,
    },
    /// Segments that the sender can serve, or no longer can.
    Announce {
        /// Newly held; at most [`MAX_KEYS`].
        came: Vec<Have>,
        /// No longer held; at most [`MAX_KEYS`].
        gone: Vec<SegmentKey>,
    },
    /// Asks for pieces of a segment.
    Request {
        /// Under which the pieces are to come.
        request: RequestId,
        /// Of which segment.
        key: SegmentKey,
        /// The first piece.
        first: u32,
        /// How many; at least one.
        count: u32,
    },
    /// A piece that was asked for. The pieces of a request come in order.
    Piece {
        /// Of which request.
        request: RequestId,
        /// Which piece of the segment.
        piece: u32,
        /// Its bytes: 1 to [`PIECE`].
        data: Vec<u8>,
    },
    /// The rest of a request is not wanted.
    Cancel(RequestId),
    /// A request cannot be served.
    Reject(RequestId, Reject),
    /// A signed batch of digests.
    Digests {
        /// The batch, as it was signed.
        batch: Vec<u8>,
        /// Its signature.
        signature: Signature,
    },
    /// The sender closes the link.
    Bye(Bye),
    /// A frame of a later version.
    Unknown(u8),
}

/// Why a message is no frame. The link is not worth keeping.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It is larger than [`MAX_FRAME`].
    #[error("a frame of {0} bytes")]
    TooLarge(usize),
    /// It is not a MessagePack array as the table says.
    #[error("malformed frame: {0}")]
    Malformed(&'static str),
    /// Bytes follow the array.
    #[error("bytes follow the frame")]
    Trailing,
}

/// Writes a frame.
pub fn encode(frame: &Frame) -> Vec<u8> {
    let bytes = match frame {
        Frame::Hello { version, swarm, role } => pack(&(0_u8, version, swarm, role_code(*role))),
        Frame::Announce { came, gone } => pack(&(1_u8, came, gone)),
        Frame::Request {
            request,
            key,
            first,
            count,
        } => pack(&(2_u8, request, key, first, count)),
        Frame::Piece { request, piece, data } => pack(&(3_u8, request, piece, Bytes::new(data))),
        Frame::Cancel(request) => pack(&(4_u8, request)),
        Frame::Reject(request, reason) => pack(&(5_u8, request, reject_code(*reason))),
        Frame::Digests { batch, signature } => pack(&(6_u8, Bytes::new(batch), Bytes::new(&signature.0))),
        Frame::Bye(reason) => pack(&(7_u8, bye_code(*reason))),
        Frame::Unknown(tag) => pack(&(tag,)),
    };
    debug_assert!(bytes.len() <= MAX_FRAME, "a frame of {} bytes", bytes.len());
    bytes
}

/// Reads a frame.
///
/// # Errors
/// When the message is not one frame of the table, or beyond a limit.
pub fn decode(bytes: &[u8]) -> Result<Frame, DecodeError> {
    if bytes.len() > MAX_FRAME {
        return Err(DecodeError::TooLarge(bytes.len()));
    }
    let mut fields = Fields::read(bytes)?;
    match fields.uint()? {
        0 => hello(&mut fields),
        1 => announce(&mut fields),
        2 => request(&mut fields),
        3 => piece(&mut fields),
        4 => Ok(Frame::Cancel(request_id(&mut fields)?)),
        5 => Ok(Frame::Reject(request_id(&mut fields)?, reject(fields.uint()?)?)),
        6 => digests(&mut fields),
        7 => Ok(Frame::Bye(bye(fields.uint()?)?)),
        tag => u8::try_from(tag)
            .map(Frame::Unknown)
            .map_err(|_| DecodeError::Malformed("a tag over 255")),
    }
}

fn pack<T: Serialize>(fields: &T) -> Vec<u8> {
    rmp_serde::to_vec(fields).expect("invariant: frames hold nothing that MessagePack cannot")
}

const fn role_code(role: PeerRole) -> u8 {
    match role {
        PeerRole::Viewer => 0,
        PeerRole::Seeder => 1,
    }
}

const fn reject_code(reason: Reject) -> u8 {
    match reason {
        Reject::NotHeld => 0,
        Reject::Busy => 1,
    }
}

const fn bye_code(reason: Bye) -> u8 {
    match reason {
        Bye::Version => 0,
        Bye::OtherSwarm => 1,
        Bye::Full => 2,
        Bye::Violation => 3,
        Bye::Corrupt => 4,
    }
}

fn hello(fields: &mut Fields) -> Result<Frame, DecodeError> {
    let (version, swarm) = (fields.u32()?, fields.text()?);
    let role = match fields.uint()? {
        0 => PeerRole::Viewer,
        1 => PeerRole::Seeder,
        _ => return Err(DecodeError::Malformed("a role is 0 or 1")),
    };
    Ok(Frame::Hello { version, swarm, role })
}

fn announce(fields: &mut Fields) -> Result<Frame, DecodeError> {
    let (came, gone) = (fields.list()?, fields.list()?);
    if came.len() > MAX_KEYS || gone.len() > MAX_KEYS {
        return Err(DecodeError::Malformed("too many keys"));
    }
    let came = came.into_iter().map(have).collect::<Result<_, _>>()?;
    let gone = gone.into_iter().map(read_key).collect::<Result<_, _>>()?;
    Ok(Frame::Announce { came, gone })
}

fn have(value: Value) -> Result<Have, DecodeError> {
    let mut fields = Fields::of(value)?;
    let have = Have(read_key(fields.value()?)?, fields.uint()?);
    if have.1 == 0 || have.1 > MAX_SEGMENT {
        return Err(DecodeError::Malformed("a segment's size is out of range"));
    }
    Ok(have)
}

fn request(fields: &mut Fields) -> Result<Frame, DecodeError> {
    let (request, key) = (request_id(fields)?, read_key(fields.value()?)?);
    let (first, count) = (fields.u32()?, fields.u32()?);
    if count == 0 {
        return Err(DecodeError::Malformed("a request for no piece"));
    }
    Ok(Frame::Request {
        request,
        key,
        first,
        count,
    })
}

fn piece(fields: &mut Fields) -> Result<Frame, DecodeError> {
    let (request, piece, data) = (request_id(fields)?, fields.u32()?, fields.bytes()?);
    if data.is_empty() || data.len() > PIECE {
        return Err(DecodeError::Malformed("a piece's size is out of range"));
    }
    Ok(Frame::Piece { request, piece, data })
}

fn digests(fields: &mut Fields) -> Result<Frame, DecodeError> {
    let batch = fields.bytes()?;
    let signature = fields.array()?;
    Ok(Frame::Digests {
        batch,
        signature: Signature(signature),
    })
}

fn request_id(fields: &mut Fields) -> Result<RequestId, DecodeError> {
    fields.u32().map(RequestId)
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
