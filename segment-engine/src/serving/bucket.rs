//! A token bucket: tokens come at a rate, are saved up for a while, and are spent on bytes.

use std::time::Duration;

use crate::time::Timestamp;

/// How much can be saved up, as a time at the rate; that much is sent at once after a pause.
const SAVED: Duration = Duration::from_millis(350);
/// The least that can be saved up, in bytes: a run of pieces.
pub(super) const LEAST_SAVED: u64 = 64 << 10;

/// What may be sent now at a rate, which is given with each question as it may change.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Below 0 while more was sent than earned.
    tokens: i64,
    refilled: Timestamp,
}

impl Bucket {
    /// A bucket that holds this many bytes.
    pub(super) fn new(bytes: u64, now: Timestamp) -> Self {
        Self {
            tokens: signed(bytes),
            refilled: now,
        }
    }

    /// What may be sent now, in bytes.
    pub(super) fn tokens(&mut self, now: Timestamp, rate: u64) -> i64 {
        let earned = bytes_in(rate, now.since(self.refilled));
        if earned > 0 {
            self.refund(earned, rate);
            self.refilled = now;
        }
        self.tokens
    }

    /// Goes on at another rate: what came at the old one until now stays, up to what the new one saves up.
    #[cfg(feature = "upload-limits")]
    pub(super) fn change_rate(&mut self, now: Timestamp, old: u64, new: u64) {
        self.tokens(now, old);
        // Less than a byte came since, or nothing at a rate of 0: none of that time counts at the new rate.
        self.refilled = now;
        self.refund(0, new);
    }

    /// Spends bytes, going into debt if they are not earned yet. The caller bounds that.
    pub(super) fn spend(&mut self, bytes: u64) {
        self.tokens = self.tokens.saturating_sub(signed(bytes));
    }

    /// Gives bytes back.
    pub(super) fn refund(&mut self, bytes: u64, rate: u64) {
        self.tokens = self.tokens.saturating_add(signed(bytes)).min(signed(most(rate)));
    }
}

/// The most that can be saved up at a rate.
pub(super) fn most(rate: u64) -> u64 {
    bytes_in(rate, SAVED).max(LEAST_SAVED)
}

/// How many bytes a rate brings in a time.
pub(super) fn bytes_in(rate: u64, time: Duration) -> u64 {
    let bytes = u128::from(rate) * time.as_micros() / 1_000_000;
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// How long `bytes` take at a rate.
pub(super) fn time_for(bytes: u64, rate: u64) -> Duration {
    let micros = u128::from(bytes) * 1_000_000 / u128::from(rate.max(1));
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// A number of bytes that can be subtracted from.
pub(super) fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
