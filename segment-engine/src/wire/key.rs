//! A segment's key on the wire: `[track, kind, time, range]`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteArray;

use crate::id::{ByteRange, SegmentKey, SegmentKind, TrackKey};

type Fields = (ByteArray<8>, u8, i64, Option<(u64, u64)>);

impl Serialize for SegmentKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self.kind {
            SegmentKind::Init => 0,
            SegmentKind::Media => 1,
        };
        let range = self.range.map(|range| (range.first, range.last));
        let fields: Fields = (ByteArray::new(self.track.0), kind, self.time, range);
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SegmentKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (track, kind, time, range) = Fields::deserialize(deserializer)?;
        let kind = match kind {
            0 => SegmentKind::Init,
            1 => SegmentKind::Media,
            _ => return Err(D::Error::custom("a segment's kind is 0 or 1")),
        };
        let range = match range {
            None => None,
            Some((first, last)) => {
                Some(ByteRange::new(first, last).ok_or_else(|| D::Error::custom("an empty range"))?)
            }
        };
        Ok(Self {
            track: TrackKey(track.into_array()),
            kind,
            time,
            range,
        })
    }
}
