//! A segment's key on the wire: `[track, kind, time, range]`.

use serde::{Serialize, Serializer};
use serde_bytes::Bytes;

use super::frame::DecodeError;
use super::value::{Fields, Value};
use crate::id::{ByteRange, SegmentKey, SegmentKind, TrackKey};

impl Serialize for SegmentKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self.kind {
            SegmentKind::Init => 0_u8,
            SegmentKind::Media => 1,
        };
        let range = self.range.map(|range| (range.first, range.last));
        (Bytes::new(&self.track.0), kind, self.time, range).serialize(serializer)
    }
}

/// Reads a key.
pub(crate) fn read_key(value: Value) -> Result<SegmentKey, DecodeError> {
    let mut fields = Fields::of(value)?;
    let track = TrackKey(fields.array()?);
    let kind = match fields.uint()? {
        0 => SegmentKind::Init,
        1 => SegmentKind::Media,
        _ => return Err(DecodeError::Malformed("a segment's kind is 0 or 1")),
    };
    Ok(SegmentKey {
        track,
        kind,
        time: fields.int()?,
        range: read_range(fields.value()?)?,
    })
}

fn read_range(value: Value) -> Result<Option<ByteRange>, DecodeError> {
    if value == Value::Nil {
        return Ok(None);
    }
    let mut bounds = Fields::of(value)?;
    let range = ByteRange::new(bounds.uint()?, bounds.uint()?);
    range.map(Some).ok_or(DecodeError::Malformed("an empty range"))
}
