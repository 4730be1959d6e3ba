//! Which rung is next: what throughput allows, less where the buffer is low. The rules are those of dash.js in short.

use crate::origin::Title;

/// So much of the throughput is used, in percent.
const SAFETY: u64 = 90;

/// So much of it in proportion to the buffer, where that is low (dash.js: InsufficientBufferRule).
const LOW_BUFFER_SAFETY: u64 = 70;

/// What throughput was, as two moving averages of which the lower counts: one that follows soon, and one that does not.
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
