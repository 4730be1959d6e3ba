//! The segment index box (ISO/IEC 14496-12, 8.16.3): where the subsegments of a file are, in bytes and in time.
//!
//! Big-endian fields after the box header; a header size of 1 means that the 64-bit size follows the type, 0 that the
//! box fills the rest of the range:
//!
//! | bytes | field                                                                     |
//! |-------|---------------------------------------------------------------------------|
//! | 4     | version 0 or 1, flags                                                     |
//! | 4     | reference id                                                              |
//! | 4     | timescale                                                                 |
//! | 4 / 8 | earliest presentation time; 8 in version 1                                |
//! | 4 / 8 | first offset, from the end of this box; 8 in version 1                    |
//! | 2     | reserved                                                                  |
//! | 2     | how many references follow                                                |
//! | 12    | each: a bit that is set for another index box, 31 bits of size; duration; 32 bits on access points |
//!
//! Boxes that an index box refers to are read if they lie within the same range, and refused elsewhere.

use super::runs::RunList;
use crate::error::IndexError;
use crate::id::ByteRange;

/// How deep index boxes may refer to one another.
const MAX_DEPTH: usize = 4;
/// References of all index boxes of a file.
const MAX_REFERENCES: usize = 100_000;

/// An index that was read.
#[derive(Debug)]
pub(super) struct Sidx {
    /// Ticks per second; over zero.
    pub(super) timescale: u64,
    /// The subsegments' media times.
    pub(super) runs: RunList,
    /// Their bytes in the file.
    pub(super) ranges: Vec<ByteRange>,
}

/// Reads the first index box of `body`, which lies at `first` in its file, and those that it refers to.
///
/// # Errors
/// See [`IndexError`].
pub(super) fn read(body: &[u8], first: u64) -> Result<Sidx, IndexError> {
    let mut reader = Reader {
        body,
        first,
        references: 0,
        sidx: Sidx {
            timescale: 0,
            runs: RunList::default(),
            ranges: Vec::new(),
        },
    };
    let mut at = 0;
    loop {
        let header = header(body, at)?;
        if header.kind == *b"sidx" {
            reader.index(at, MAX_DEPTH)?;
            return Ok(reader.sidx);
        }
        at = header.end;
        if at == body.len() {
            return Err(IndexError::NoIndex);
        }
    }
}

/// A box's type, and where its content starts and ends.
struct Header {
    kind: [u8; 4],
    content: usize,
    end: usize,
}

fn header(body: &[u8], at: usize) -> Result<Header, IndexError> {
    let mut fields = Fields {
        rest: body.get(at..).unwrap_or_default(),
    };
    let room = fields.rest.len() as u64;
    let short = fields.number(4)?;
    let kind = fields.take(4)?.try_into().expect("invariant: four bytes");
    let size = match short {
        0 => room,
        1 => fields.number(8)?,
        size => size,
    };
    let content = body.len() - fields.rest.len();
    match usize::try_from(size) {
        Ok(size) if size <= body.len() - at && at + size >= content => Ok(Header {
            kind,
            content,
            end: at + size,
        }),
        Ok(_) | Err(_) => Err(IndexError::Truncated),
    }
}

struct Reader<'a> {
    body: &'a [u8],
    first: u64,
    references: usize,
    sidx: Sidx,
}

impl Reader<'_> {
    fn index(&mut self, at: usize, depth: usize) -> Result<(), IndexError> {
        let header = header(self.body, at)?;
        let mut fields = Fields {
            rest: &self.body[header.content..header.end],
        };
        if header.kind != *b"sidx" || depth == 0 {
            return Err(IndexError::Nested);
        }
        let wide = match fields.number(4)? >> 24 {
            0 => 4,
            1 => 8,
            _ => return Err(IndexError::Malformed),
        };
        fields.number(4)?;
        let timescale = fields.number(4)?;
        let known = self.sidx.timescale;
        if timescale == 0 || (known != 0 && known != timescale) {
            return Err(IndexError::Malformed);
        }
        self.sidx.timescale = timescale;
        let mut time = fields.number(wide)?;
        let end = self.first.checked_add(header.end as u64);
        let offset = fields.number(wide)?;
        let mut offset = end
            .and_then(|end| end.checked_add(offset))
            .ok_or(IndexError::Malformed)?;
        let count = fields.number(4)? & 0xffff;
        for _ in 0..count {
            let (reference, duration) = (fields.number(4)?, fields.number(4)?);
            fields.number(4)?;
            let size = reference & 0x7fff_ffff;
            if reference >> 31 == 1 {
                self.nested(offset, depth)?;
            } else {
                self.subsegment(offset, size, time, duration)?;
            }
            self.references += 1;
            if self.references > MAX_REFERENCES {
                return Err(IndexError::TooLong);
            }
            offset = offset.checked_add(size).ok_or(IndexError::Malformed)?;
            time = time.checked_add(duration).ok_or(IndexError::Malformed)?;
        }
        Ok(())
    }

    fn nested(&mut self, offset: u64, depth: usize) -> Result<(), IndexError> {
        let at = offset
            .checked_sub(self.first)
            .and_then(|at| usize::try_from(at).ok());
        match at {
            Some(at) if at < self.body.len() => self.index(at, depth - 1),
            Some(_) | None => Err(IndexError::Nested),
        }
    }

    /// A subsegment without bytes, or without duration, is nothing that a player asks for.
    fn subsegment(&mut self, offset: u64, size: u64, time: u64, duration: u64) -> Result<(), IndexError> {
        if size == 0 || duration == 0 {
            return Ok(());
        }
        let range = offset
            .checked_add(size - 1)
            .and_then(|last| ByteRange::new(offset, last));
        self.sidx.ranges.push(range.ok_or(IndexError::Malformed)?);
        self.sidx
            .runs
            .push(time, duration, 1)
            .map_err(|_| IndexError::Malformed)
    }
}

/// The bytes that are left to read.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], IndexError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(IndexError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<u64, IndexError> {
        let taken = self.take(bytes)?;
        Ok(taken
            .iter()
            .fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests;
