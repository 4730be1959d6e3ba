//! Chooses the next rung: the highest that throughput allows, and a lower one if the buffer is low. The rules are those
//! of dash.js, simplified.

use crate::origin::Title;

/// The share of the throughput that is used, in percent.
const SAFETY: u64 = 90;

/// The share that is used per segment in the buffer, in percent: a limit if the buffer is low (dash.js:
/// InsufficientBufferRule).
const LOW_BUFFER_SAFETY: u64 = 70;

/// The throughput, as two moving averages of which the lower counts: one that follows quickly, and one that follows
/// slowly.
#[derive(Debug, Default)]
pub(super) struct Abr {
    fast: Option<u64>,
    slow: Option<u64>,
}

impl Abr {
    /// Adds a sample in bits per second.
    pub(super) fn on_sample(&mut self, rate: u64) {
        if rate == 0 {
            return;
        }
        let step =
            |mean: Option<u64>, weight: u64| mean.map_or(rate, |mean| mean - mean / weight + rate / weight);
        self.fast = Some(step(self.fast, 2));
        self.slow = Some(step(self.slow, 5));
    }

    /// The rung of the next segment, `buffered` being what is ready.
    pub(super) fn choose(&self, title: &Title, buffered: u64, started: bool, now: u8) -> u8 {
        let (Some(fast), Some(slow)) = (self.fast, self.slow) else {
            return now;
        };
        let rate = fast.min(slow);
        let mut limit = rate * SAFETY / 100;
        if started {
            limit = limit.min(rate * LOW_BUFFER_SAFETY / 100 * (buffered / 1_000) / (title.segment / 1_000));
        }
        let fits = title.video.iter().rposition(|bitrate| *bitrate <= limit);
        u8::try_from(fits.unwrap_or(0)).unwrap_or(0)
    }
}
