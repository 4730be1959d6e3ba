//! How far the origin's clock is from this machine's, by the `Date` of its responses (RFC 9110, section 6.6.1).
//!
//! A live title's segments are there by the origin's clock. `Date` is in whole seconds, and was set between the request and
//! the response: each response leaves a range of so much and a second, and all together the narrow range that fits all.

use segment_engine::time::UnixTime;

/// A clock that is further off is wrong in another way, and not followed.
const MOST: i64 = 10 * 60 * 1_000;

/// What changes the correction by less is not told.
const TELLING: u64 = 50;

/// When a response was dated by the origin, and when that was here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    /// When the request was sent.
    pub(crate) sent: UnixTime,
    /// When the response came.
    pub(crate) received: UnixTime,
    /// The origin's date, in whole seconds.
    pub(crate) date: UnixTime,
}

/// What is known of the difference. In milliseconds, positive where the origin's clock is ahead.
#[derive(Debug, Default)]
pub(crate) struct Skew {
    range: Option<(i64, i64)>,
    correction: i64,
}

impl Skew {
    /// Notes a response; the new correction of this machine's clock, if it differs from the last enough to be told.
    pub(crate) fn on_dated(&mut self, dated: Dated) -> Option<i64> {
        let apart = |one: UnixTime, other: UnixTime| one.as_millis().saturating_sub(other.as_millis());
        let low = apart(dated.date, dated.received);
        let high = apart(dated.date, dated.sent).saturating_add(1_000);
        if low > high || low < -MOST || high > MOST {
            return None;
        }
        let fits = |(known_low, known_high): (i64, i64)| {
            let (low, high) = (low.max(known_low), high.min(known_high));
            (low <= high).then_some((low, high))
        };
        // What fits no more tells that one of the clocks was set.
        let (low, high) = self.range.and_then(fits).unwrap_or((low, high));
        self.range = Some((low, high));
        let correction = if (low..=high).contains(&0) {
            0
        } else {
            low + (high - low) / 2
        };
        if correction.abs_diff(self.correction) < TELLING {
            return None;
        }
        self.correction = correction;
        Some(correction)
    }

    /// What the origin's clock reads when this machine's reads that.
    pub(crate) fn corrected(&self, unix: UnixTime) -> UnixTime {
        UnixTime::from_millis(unix.as_millis().saturating_add(self.correction))
    }
}

#[cfg(test)]
mod tests;
