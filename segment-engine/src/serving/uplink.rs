//! How much can be sent: the uplink's rate as the channels drain, and the part of it that is spent on others.

use std::time::Duration;

use super::LONGEST_WAIT;
use super::bucket::{Bucket, LEAST_SAVED, bytes_in, most, signed, time_for};
use crate::config::BitsPerSecond;
#[cfg(feature = "seeder")]
use crate::config::Pacing;
use crate::device::DeviceLimits;
use crate::time::Timestamp;

/// The uplink's rate before anything was measured, in bytes per second: 4 Mbit/s.
const FIRST_RATE: u64 = 500_000;

/// How much may wait in the channels, where it can no longer be reordered, as a time at the uplink's rate.
const CHANNEL_TIME: Duration = Duration::from_millis(40);

/// The least that may be in the channels, in bytes: a piece, whatever the rate.
const LEAST_IN_CHANNELS: u64 = 17 << 10;

/// After how long a channel that does not move is passed by: at least, and while the uplink was never measured.
const LEAST_PATIENCE: Duration = Duration::from_millis(500);
const UNMEASURED_PATIENCE: Duration = Duration::from_secs(2);

/// The least number of bytes of a measurement, however many times the channels ran dry in between: when it had to be
/// one interval without a break, only intervals that were slow for their bytes counted, and 3 Mbit/s were taken for
/// 2.4.
const SPAN_BYTES: u64 = 48 << 10;

/// A measurement interval that ended with an idle channel counts only if it carried at least this many bytes and
/// lasted at least this long: small frames take as long as the driver takes to report, and a transport with an open
/// window takes a piece or two at once, whatever the line's rate.
const LEAST_BYTES: u64 = 8 << 10;
const LEAST_TIME: Duration = Duration::from_millis(20);

/// The shortest time of a measurement.
const LEAST_SPAN: Duration = Duration::from_millis(4);

/// The part of the uplink that may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    percent: u32,
    /// Bytes per second.
    most: u64,
}

impl Share {
    /// So many percent, whatever they are.
    #[cfg(test)]
    pub(super) fn percent(percent: u32) -> Self {
        Self {
            percent,
            most: u64::MAX,
        }
    }

    /// What a device may spend.
    pub(crate) fn of(limits: &DeviceLimits) -> Self {
        Self {
            percent: limits.upload_percent,
            most: limits
                .max_upload
                .map_or(u64::MAX, BitsPerSecond::bytes_per_second),
        }
    }
}

/// The uplink as measured so far.
#[derive(Debug)]
pub(crate) struct Uplink {
    #[cfg(feature = "seeder")]
    pacing: Pacing,
    rate: u64,
    measured: bool,
    share: Share,
    bucket: Bucket,
    outstanding: u64,
    /// When the channels last became busy, and what has left them since.
    busy_since: Timestamp,
    drained: u64,
    /// The intervals measured so far that ended: their time, and their bytes.
    span: (Duration, u64),
}

impl Uplink {
    /// An uplink of which `share` may be spent.
    pub(crate) fn new(share: Share, now: Timestamp) -> Self {
        Self {
            #[cfg(feature = "seeder")]
            pacing: Pacing::Line,
            rate: FIRST_RATE,
            measured: false,
            share,
            bucket: Bucket::new(LEAST_SAVED, now),
            outstanding: 0,
            busy_since: now,
            drained: 0,
            span: (Duration::ZERO, 0),
        }
    }

    /// The same, with another pacing.
    #[cfg(feature = "seeder")]
    pub(super) fn paced(mut self, pacing: Pacing) -> Self {
        self.pacing = pacing;
        self
    }

    /// Whether the line limits what is sent.
    pub(super) fn is_line_narrow(&self) -> bool {
        #[cfg(feature = "seeder")]
        return self.pacing == Pacing::Line;
        #[cfg(not(feature = "seeder"))]
        true
    }

    /// Sets which part of the uplink may be spent.
    pub(crate) fn set_share(&mut self, share: Share) {
        self.share = share;
    }

    /// Whether less may be spent than the line carries, whatever that is.
    pub(super) fn is_limited(&self) -> bool {
        self.share.most < u64::MAX
    }

    /// Bytes per second, as far as is known, and no more than may ever be spent.
    pub(crate) fn rate(&self) -> u64 {
        self.rate.min(self.share.most)
    }

    /// Whether the rate was measured, and is not the first guess.
    pub(crate) fn is_measured(&self) -> bool {
        self.measured
    }

    /// How many bytes may wait to be sent: what the uplink carries in the time for which it can be saved up. The
    /// longer that is, the later a refused peer learns that it should have asked elsewhere (0.3 s against 0.8 s: 3.5
    /// against 4.5 s median delivery in a model of 500 viewers).
    pub(crate) fn queue_limit(&self) -> u64 {
        most(self.rate())
    }

    /// How long `bytes` take at the rate that may be spent.
    pub(crate) fn time_for(&self, bytes: u64) -> Duration {
        time_for(bytes, self.budget()).min(LONGEST_WAIT)
    }

    /// Bytes per second that may be spent.
    pub(crate) fn budget(&self) -> u64 {
        let part = self.rate.saturating_mul(u64::from(self.share.percent)) / 100;
        part.min(self.share.most)
    }

    /// Spends bytes of the budget, or says when there will be enough. More than can ever be saved up needs all of that, and
    /// goes into debt for the rest.
    pub(crate) fn spend(&mut self, now: Timestamp, bytes: u64) -> Result<(), Duration> {
        let needed = bytes.min(most(self.budget()));
        let left = self.tokens(now).saturating_sub(signed(needed));
        if left < 0 && self.is_line_narrow() {
            return Err(self.time_for(left.unsigned_abs()));
        }
        self.bucket.spend(bytes);
        Ok(())
    }

    /// Spends bytes of the budget, going into debt if they are not earned yet. The caller bounds that.
    pub(crate) fn overdraw(&mut self, now: Timestamp, bytes: u64) {
        self.tokens(now);
        self.bucket.spend(bytes);
    }

    /// Gives back what was spent on bytes that were not sent after all.
    pub(crate) fn refund(&mut self, bytes: u64) {
        self.bucket.refund(bytes, self.budget());
    }

    /// How many bytes of debt there are.
    pub(crate) fn debt(&mut self, now: Timestamp) -> u64 {
        let tokens = self.tokens(now);
        if self.is_line_narrow() {
            return tokens.min(0).unsigned_abs();
        }
        0
    }

    fn tokens(&mut self, now: Timestamp) -> i64 {
        self.bucket.tokens(now, self.budget())
    }

    /// How long a channel may stand still before something beyond the uplink must hold it up: several times what all
    /// the channels' bytes take. Of a channel that holds more than a piece, nothing is reported before it has sent
    /// that.
    pub(crate) fn patience(&self) -> Duration {
        if !self.measured {
            return UNMEASURED_PATIENCE;
        }
        let micros = u128::from(self.outstanding) * 1_000_000 / u128::from(self.rate.max(1));
        let takes = Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
        takes.saturating_mul(4).clamp(LEAST_PATIENCE, LONGEST_WAIT)
    }

    /// Whether the channels hold as much as they should.
    pub(crate) fn is_full(&self) -> bool {
        let most = bytes_in(self.rate, CHANNEL_TIME).max(LEAST_IN_CHANNELS);
        self.outstanding >= most && self.is_line_narrow()
    }

    /// Notes bytes that were handed to a channel.
    pub(crate) fn on_sent(&mut self, now: Timestamp, bytes: u64) {
        if self.outstanding == 0 {
            self.busy_since = now;
            self.drained = 0;
        }
        self.outstanding += bytes;
    }

    /// Notes bytes that were lost with their channel: their going says nothing of the uplink.
    pub(crate) fn on_lost(&mut self, bytes: u64) {
        self.outstanding = self.outstanding.saturating_sub(bytes);
    }

    /// Notes bytes that have left a channel.
    pub(crate) fn on_drained(&mut self, now: Timestamp, bytes: u64) {
        if self.outstanding == 0 {
            return;
        }
        self.outstanding = self.outstanding.saturating_sub(bytes);
        self.drained += bytes;
        let took = now.since(self.busy_since);
        let counts = self.drained >= SPAN_BYTES || (took >= LEAST_TIME && self.drained >= LEAST_BYTES);
        let (time, all) = (self.span.0 + took, self.span.1 + self.drained);
        // What drains from many channels at one time is one measurement: as several of the shortest time it would
        // look as if the uplink carried one channel's window in each.
        if counts && all >= SPAN_BYTES && time >= LEAST_SPAN {
            let sample = u128::from(all) * 1_000_000 / time.as_micros();
            self.learn(u64::try_from(sample).unwrap_or(u64::MAX));
            self.span = (Duration::ZERO, 0);
        } else if self.outstanding > 0 {
            return;
        } else if counts {
            self.span = (time, all);
        }
        self.busy_since = now;
        self.drained = 0;
    }

    fn learn(&mut self, sample: u64) {
        self.rate = if self.measured {
            self.rate - self.rate / 8 + sample / 8
        } else {
            sample
        };
        self.measured = true;
    }
}
