//! MessagePack as plain values: one reader for all frames, whose code is paid for once.

use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::frame::DecodeError;

/// Frames and batches are four arrays deep; what an unknown frame holds is skipped no deeper than this.
const MAX_DEPTH: usize = 16;

/// What frames and batches are made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Nil,
    Uint(u64),
    /// A negative number.
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Self>),
    /// What no frame of this version holds.
    Other,
}

/// The members of an array, one after another. What follows the known ones is passed over.
#[derive(Debug)]
pub(crate) struct Fields(std::vec::IntoIter<Value>);

impl Fields {
    /// Reads a message that is one array.
    pub(crate) fn read(message: &[u8]) -> Result<Self, DecodeError> {
        let mut rest = message;
        let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
        deserializer.set_max_depth(MAX_DEPTH);
        let value = Value::deserialize(&mut deserializer);
        let value = value.map_err(|_| DecodeError::Malformed("not MessagePack"))?;
        if !rest.is_empty() {
            return Err(DecodeError::Trailing);
        }
        Self::of(value)
    }

    /// The members of a value that is an array.
    pub(crate) fn of(value: Value) -> Result<Self, DecodeError> {
        let Value::List(list) = value else {
            return Err(DecodeError::Malformed("not an array"));
        };
        Ok(Self(list.into_iter()))
    }

    /// The next member.
    pub(crate) fn value(&mut self) -> Result<Value, DecodeError> {
        self.0.next().ok_or(DecodeError::Malformed("a field is missing"))
    }

    /// The next member, a number from zero.
    pub(crate) fn uint(&mut self) -> Result<u64, DecodeError> {
        let Value::Uint(number) = self.value()? else {
            return Err(DecodeError::Malformed("a number from zero is expected"));
        };
        Ok(number)
    }

    /// The next member, a number of 32 bits.
    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        u32::try_from(self.uint()?).map_err(|_| DecodeError::Malformed("a number over 32 bits"))
    }

    /// The next member, a number.
    pub(crate) fn int(&mut self) -> Result<i64, DecodeError> {
        let too_large = |_| DecodeError::Malformed("a number over 63 bits");
        match self.value()? {
            Value::Int(number) => Ok(number),
            Value::Uint(number) => i64::try_from(number).map_err(too_large),
            Value::Nil | Value::Text(_) | Value::Bytes(_) | Value::List(_) | Value::Other => {
                Err(DecodeError::Malformed("a number is expected"))
            }
        }
    }

    /// The next member, a text.
    pub(crate) fn text(&mut self) -> Result<String, DecodeError> {
        let Value::Text(text) = self.value()? else {
            return Err(DecodeError::Malformed("a text is expected"));
        };
        Ok(text)
    }

    /// The next member, bytes.
    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, DecodeError> {
        let Value::Bytes(bytes) = self.value()? else {
            return Err(DecodeError::Malformed("bytes are expected"));
        };
        Ok(bytes)
    }

    /// The next member, so many bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let bytes = self.bytes()?;
        bytes
            .try_into()
            .map_err(|_| DecodeError::Malformed("another number of bytes is expected"))
    }

    /// The next member, an array.
    pub(crate) fn list(&mut self) -> Result<Vec<Value>, DecodeError> {
        let Value::List(list) = self.value()? else {
            return Err(DecodeError::Malformed("an array is expected"));
        };
        Ok(list)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessagePack")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Uint(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(u64::try_from(number).map_or(Value::Int(number), Value::Uint))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(bytes.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        // Grows with what is there, whatever the array's head says of its length.
        let mut list = Vec::new();
        while let Some(member) = members.next_element()? {
            list.push(member);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        while entries.next_entry::<Value, Value>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Value, D::Error> {
        Err(D::Error::custom("an extension type"))
    }
}
