//! The difference between this machine's clock and the one by which a live title's segments become available.
//!
//! It is the clock that the manifest names (`UTCTiming`), once that has told the time; else the origin's, by the `Date` of its
//! responses (RFC 9110, section 6.6.1). `Date` is in whole seconds, and was set between the request and the response: each
//! response leaves a range of so much and a second, and all together the narrow range that fits all.

use segment_engine::time::UnixTime;

/// A clock that is further off is wrong in another way, and not followed.
const MOST: i64 = 10 * 60 * 1_000;

/// How long a clock must disagree with what is known before its new time is followed, in milliseconds: behind one name
/// there may be several machines, whose clocks differ.
const DOUBT: i64 = 10_000;

/// A change of the correction by less than this is not reported, in milliseconds.
const TELLING: u64 = 50;

/// The date of a response, and this machine's time at the request and the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    /// When the request was sent.
    pub(crate) sent: UnixTime,
    /// When the response came.
    pub(crate) received: UnixTime,
    /// The date that it has.
    pub(crate) date: UnixTime,
    /// How much of the date is cut, in milliseconds: it was made less than this later.
    pub(crate) within: i64,
}

impl Dated {
    /// The least and the most that the clock may be ahead, in milliseconds.
    fn range(&self) -> (i64, i64) {
        let apart = |one: UnixTime, other: UnixTime| one.as_millis().saturating_sub(other.as_millis());
        let most = apart(self.date, self.sent).saturating_add(self.within);
        (apart(self.date, self.received), most)
    }

    /// Whether it is not further off than any clock that can be followed.
    pub(crate) fn is_plausible(&self) -> bool {
        let (low, high) = self.range();
        low <= high && low >= -MOST && high <= MOST
    }
}

/// What is known of the difference, in milliseconds; positive if the other clock is ahead.
#[derive(Debug, Default)]
pub(crate) struct Skew {
    whose: Whose,
    range: Option<(i64, i64)>,
    /// When readings first stopped fitting what is known.
    doubted: Option<UnixTime>,
    correction: i64,
}

/// The clock that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Whose {
    /// The origin's.
    #[default]
    Origin,
    /// The one that the manifest names.
    Named,
}

impl Skew {
    /// Notes a response of the origin. Returns the new correction of this machine's clock, if it differs from the last
    /// enough to be reported.
    pub(crate) fn on_dated(&mut self, dated: Dated) -> Option<i64> {
        match self.whose {
            Whose::Origin => self.correct(dated),
            Whose::Named => None,
        }
    }

    /// Notes the time of the clock that the manifest names. If it is plausible, that clock counts from now on, and the
    /// origin's dates do not.
    pub(crate) fn on_named_clock(&mut self, dated: Dated) -> Option<i64> {
        if self.whose == Whose::Origin && dated.is_plausible() {
            self.range = None;
            self.doubted = None;
            self.whose = Whose::Named;
        }
        self.correct(dated)
    }

    /// The manifest names no clock any more.
    pub(crate) fn go_by_origin(&mut self) {
        self.whose = Whose::Origin;
        self.range = None;
        self.doubted = None;
    }

    fn correct(&mut self, dated: Dated) -> Option<i64> {
        if !dated.is_plausible() {
            return None;
        }
        let (low, high) = dated.range();
        let fits = |(known_low, known_high): (i64, i64)| {
            let (low, high) = (low.max(known_low), high.min(known_high));
            (low <= high).then_some((low, high))
        };
        let (low, high) = match self.range.map(fits) {
            None => (low, high),
            Some(Some(both)) => both,
            // What fits no more for long tells that one of the clocks was set.
            Some(None) if self.is_set(dated.received) => (low, high),
            Some(None) => return None,
        };
        self.doubted = None;
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

    /// Whether a response that does not fit means that a clock was set. A named clock is believed at once: it is a
    /// single one, and rarely asked.
    fn is_set(&mut self, received: UnixTime) -> bool {
        let since = *self.doubted.get_or_insert(received);
        let doubted = received.as_millis().saturating_sub(since.as_millis());
        match self.whose {
            Whose::Named => true,
            Whose::Origin => doubted >= DOUBT,
        }
    }

    /// The time on the followed clock when this machine's shows `unix`.
    pub(crate) fn corrected(&self, unix: UnixTime) -> UnixTime {
        UnixTime::from_millis(unix.as_millis().saturating_add(self.correction))
    }
}

#[cfg(test)]
mod tests;
