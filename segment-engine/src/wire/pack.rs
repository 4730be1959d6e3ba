//! The part of MessagePack that frames and batches are made of: a cursor to read it, and a writer.
//!
//! The reader allocates nothing, and no length in a message makes it look beyond the message's end.

use super::read::DecodeError;

/// Reads values one after another.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// A number as it was read.
enum Number {
    FromZero(u64),
    Negative(i64),
}

const SHORT: DecodeError = DecodeError::Malformed("it breaks off");

impl<'a> Reader<'a> {
    /// Reads from the start of a message.
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Opens an array of at least `fields` members. Returns how many more it has, for [`close`](Self::close).
    pub(crate) fn open(&mut self, fields: usize) -> Result<usize, DecodeError> {
        self.list()?
            .checked_sub(fields)
            .ok_or(DecodeError::Malformed("a field is missing"))
    }

    /// Skips the members of an array that a later version added.
    pub(crate) fn close(&mut self, beyond: usize) -> Result<(), DecodeError> {
        (0..beyond).try_for_each(|_| self.skip())
    }

    /// Ends a message.
    pub(crate) fn end(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(DecodeError::Trailing)
    }

    /// Opens an array, and returns how many members it has: never more than there are bytes.
    pub(crate) fn list(&mut self) -> Result<usize, DecodeError> {
        let count = match self.byte()? {
            head @ 0x90..=0x9f => u64::from(head & 0x0f),
            0xdc => self.big_endian(2)?,
            0xdd => self.big_endian(4)?,
            _ => return Err(DecodeError::Malformed("an array is expected")),
        };
        self.bounded(count)
    }

    /// The next value, a number from zero.
    pub(crate) fn uint(&mut self) -> Result<u64, DecodeError> {
        match self.number()? {
            Number::FromZero(number) => Ok(number),
            Number::Negative(_) => Err(DecodeError::Malformed("a number from zero is expected")),
        }
    }

    /// The next value, a number of 32 bits.
    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        u32::try_from(self.uint()?).map_err(|_| DecodeError::Malformed("a number over 32 bits"))
    }

    /// The next value, a number of 16 bits.
    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        u16::try_from(self.uint()?).map_err(|_| DecodeError::Malformed("a number over 16 bits"))
    }

    /// The next value, a number of 8 bits.
    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        u8::try_from(self.uint()?).map_err(|_| DecodeError::Malformed("a number over 8 bits"))
    }

    /// The next value, a signed number.
    pub(crate) fn int(&mut self) -> Result<i64, DecodeError> {
        match self.number()? {
            Number::FromZero(number) => {
                i64::try_from(number).map_err(|_| DecodeError::Malformed("a number over 63 bits"))
            }
            Number::Negative(number) => Ok(number),
        }
    }

    /// The next value, bytes.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = match self.byte()? {
            0xc4 => self.big_endian(1)?,
            0xc5 => self.big_endian(2)?,
            0xc6 => self.big_endian(4)?,
            _ => return Err(DecodeError::Malformed("bytes are expected")),
        };
        let len = self.bounded(len)?;
        self.take(len)
    }

    /// The next value, exactly `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.bytes()?
            .try_into()
            .map_err(|_| DecodeError::Malformed("another number of bytes is expected"))
    }

    /// The next value, a text.
    pub(crate) fn text(&mut self) -> Result<&'a str, DecodeError> {
        let len = match self.byte()? {
            head @ 0xa0..=0xbf => u64::from(head & 0x1f),
            0xd9 => self.big_endian(1)?,
            0xda => self.big_endian(2)?,
            0xdb => self.big_endian(4)?,
            _ => return Err(DecodeError::Malformed("a text is expected")),
        };
        let len = self.bounded(len)?;
        std::str::from_utf8(self.take(len)?).map_err(|_| DecodeError::Malformed("a text is not UTF-8"))
    }

    /// Skips the next value if it is nil; returns whether it was.
    pub(crate) fn nil(&mut self) -> bool {
        let nil = self.rest.first() == Some(&0xc0);
        if nil {
            self.rest = &self.rest[1..];
        }
        nil
    }

    /// Skips the next value, whatever it is.
    pub(crate) fn skip(&mut self) -> Result<(), DecodeError> {
        let mut values = 1_usize;
        while values > 0 {
            values -= 1;
            // (values inside, bytes beside the head)
            let (inside, beside) = match self.byte()? {
                0x00..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => (0, 0),
                head @ 0x80..=0x8f => (2 * u64::from(head & 0x0f), 0),
                head @ 0x90..=0x9f => (u64::from(head & 0x0f), 0),
                head @ 0xa0..=0xbf => (0, u64::from(head & 0x1f)),
                0xc1 => return Err(DecodeError::Malformed("not MessagePack")),
                head @ 0xc4..=0xc6 => (0, self.big_endian(1 << (head - 0xc4))?),
                head @ 0xc7..=0xc9 => (0, self.big_endian(1 << (head - 0xc7))? + 1),
                0xca => (0, 4),
                0xcb => (0, 8),
                head @ 0xcc..=0xcf => (0, 1 << (head - 0xcc)),
                head @ 0xd0..=0xd3 => (0, 1 << (head - 0xd0)),
                head @ 0xd4..=0xd8 => (0, 1 + (1 << (head - 0xd4))),
                head @ 0xd9..=0xdb => (0, self.big_endian(1 << (head - 0xd9))?),
                head @ 0xdc..=0xdd => (self.big_endian(2 << (head - 0xdc))?, 0),
                head @ 0xde..=0xdf => (2 * self.big_endian(2 << (head - 0xde))?, 0),
            };
            // Each value has a byte of its own, so this ends with the message.
            values += self.bounded(inside)?;
            let beside = self.bounded(beside)?;
            self.take(beside)?;
        }
        Ok(())
    }

    /// A number of any of MessagePack's widths.
    fn number(&mut self) -> Result<Number, DecodeError> {
        let signed = match self.byte()? {
            small @ 0x00..=0x7f => return Ok(Number::FromZero(small.into())),
            head @ 0xcc..=0xcf => return self.big_endian(1 << (head - 0xcc)).map(Number::FromZero),
            small @ 0xe0..=0xff => i64::from(small.cast_signed()),
            head @ 0xd0..=0xd3 => {
                let bytes = 1 << (head - 0xd0);
                let shift = 64 - 8 * bytes;
                // Shifted up and down again, so that the sign spreads.
                (self.big_endian(bytes)? << shift).cast_signed() >> shift
            }
            _ => return Err(DecodeError::Malformed("a number is expected")),
        };
        Ok(u64::try_from(signed).map_or(Number::Negative(signed), Number::FromZero))
    }

    /// The next `bytes` bytes as a number.
    fn big_endian(&mut self, bytes: usize) -> Result<u64, DecodeError> {
        let bytes = self.take(bytes)?.iter();
        Ok(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A length, if that many bytes are left.
    fn bounded(&self, length: u64) -> Result<usize, DecodeError> {
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.rest.len())
            .ok_or(SHORT)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        let (first, rest) = self.rest.split_first().ok_or(SHORT)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(SHORT)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Writes values one after another, each as short as it can be.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    /// Opens an array of `count` members.
    pub(crate) fn list(&mut self, count: usize) {
        match u16::try_from(count) {
            Ok(count @ 0..=15) => self.0.push(0x90 | count.to_be_bytes()[1]),
            Ok(count) => self.head(0xdc, &count.to_be_bytes()),
            Err(_) => unreachable!("no list of a frame has {count} members"),
        }
    }

    /// A number from zero.
    pub(crate) fn uint(&mut self, number: u64) {
        let bytes = number.to_be_bytes();
        match number {
            0..=0x7f => self.0.push(bytes[7]),
            0x80..=0xff => self.head(0xcc, &bytes[7..]),
            0x100..=0xffff => self.head(0xcd, &bytes[6..]),
            0x1_0000..=0xffff_ffff => self.head(0xce, &bytes[4..]),
            0x1_0000_0000.. => self.head(0xcf, &bytes),
        }
    }

    /// A signed number.
    pub(crate) fn int(&mut self, number: i64) {
        let bytes = number.to_be_bytes();
        match number {
            0.. => self.uint(number.cast_unsigned()),
            -0x20..=-1 => self.0.push(bytes[7]),
            -0x80..=-0x21 => self.head(0xd0, &bytes[7..]),
            -0x8000..=-0x81 => self.head(0xd1, &bytes[6..]),
            -0x8000_0000..=-0x8001 => self.head(0xd2, &bytes[4..]),
            ..=-0x8000_0001 => self.head(0xd3, &bytes),
        }
    }

    /// Bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes_head(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// The head of `length` bytes, which must follow.
    pub(crate) fn bytes_head(&mut self, length: usize) {
        self.head_of_length([0xc4, 0xc5], length);
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &str) {
        match text.len() {
            short @ 0..=31 => self.0.push(0xa0 | short.to_le_bytes()[0]),
            long => self.head_of_length([0xd9, 0xda], long),
        }
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Nil.
    pub(crate) fn nil(&mut self) {
        self.0.push(0xc0);
    }

    fn head_of_length(&mut self, heads: [u8; 2], length: usize) {
        let length = u16::try_from(length).expect("invariant: nothing in a frame is larger than the frame");
        match u8::try_from(length) {
            Ok(length) => self.head(heads[0], &[length]),
            Err(_) => self.head(heads[1], &length.to_be_bytes()),
        }
    }

    fn head(&mut self, head: u8, number: &[u8]) {
        self.0.push(head);
        self.0.extend_from_slice(number);
    }
}
