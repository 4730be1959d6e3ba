//! Names for tests.

use super::{SegmentKey, SegmentKind, TrackKey};

/// The track of [`key`].
pub(crate) const TRACK: TrackKey = TrackKey([1; 8]);

/// A media segment of one track.
pub(crate) const fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TRACK,
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}
