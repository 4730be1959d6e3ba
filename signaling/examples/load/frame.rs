//! Frames of RFC 6455 as a client writes and reads them: whole messages, no extensions.
//!
//! | bytes | field |
//! | --- | --- |
//! | 1 | final bit, three reserved bits, opcode |
//! | 1 | mask bit, and the length up to 125; 126 or 127 where it follows |
//! | 0, 2, 8 | the length, big-endian |
//! | 0, 4 | the mask: always from a client, never from a server |
//! | length | the payload, from a client each byte under the mask |

use thiserror::Error;

/// The longest payload that is taken from a server: far above all that a tracker sends, far below what hurts.
const MAX_PAYLOAD: usize = 1 << 20;

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const RESERVED: u8 = 0x70;
const SHORT: usize = 125;
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;

/// The server broke the protocol, or used a part of it that no tracker needs. The connection is of no more use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(crate) enum FrameError {
    /// A message in several frames.
    #[error("a fragmented message")]
    Fragmented,
    /// A mask, or a reserved bit.
    #[error("a masked or extended frame")]
    Bits,
    /// An opcode that no one knows.
    #[error("opcode {0}")]
    Opcode(u8),
    /// A payload that is too long.
    #[error("a payload of {0} bytes")]
    Long(u64),
}

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// A frame that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: Opcode,
    pub(crate) payload: &'a [u8],
    /// Bytes of the whole frame.
    pub(crate) size: usize,
}

impl Opcode {
    fn of(number: u8) -> Result<Self, FrameError> {
        match number {
            0 => Err(FrameError::Fragmented),
            1 => Ok(Self::Text),
            2 => Ok(Self::Binary),
            8 => Ok(Self::Close),
            9 => Ok(Self::Ping),
            10 => Ok(Self::Pong),
            other => Err(FrameError::Opcode(other)),
        }
    }
}

/// Appends a client's frame.
pub(crate) fn write(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8], mask: [u8; 4]) {
    out.push(FINAL | opcode as u8);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if payload.len() <= SHORT => out.push(MASKED | short),
        (_, Ok(length)) => {
            out.push(MASKED | TWO_BYTES);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(MASKED | EIGHT_BYTES);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    out.extend(mask);
    let start = out.len();
    out.extend_from_slice(payload);
    apply(mask, &mut out[start..]);
}

/// Reads a server's frame at the start of `bytes`; `None` until it is there as a whole.
///
/// # Errors
/// It is none that a tracker sends.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Frame<'_>>, FrameError> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & RESERVED != 0 || second & MASKED != 0 {
        return Err(FrameError::Bits);
    }
    if first & FINAL == 0 {
        return Err(FrameError::Fragmented);
    }
    let opcode = Opcode::of(first & 0x0f)?;
    let (length, header) = match *second {
        TWO_BYTES => match rest.first_chunk::<2>() {
            Some(length) => (u64::from(u16::from_be_bytes(*length)), 4),
            None => return Ok(None),
        },
        EIGHT_BYTES => match rest.first_chunk::<8>() {
            Some(length) => (u64::from_be_bytes(*length), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    let fits = usize::try_from(length)
        .ok()
        .filter(|length| *length <= MAX_PAYLOAD);
    let size = header + fits.ok_or(FrameError::Long(length))?;
    Ok(bytes.get(header..size).map(|payload| Frame {
        opcode,
        payload,
        size,
    }))
}

/// Eight bytes at a time: masking is most of what a client has to compute.
fn apply(mask: [u8; 4], payload: &mut [u8]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = payload.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests;
