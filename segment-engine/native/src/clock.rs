//! Turns tokio's monotonic clock into the timestamps of the state machines, and their deadlines back.
//!
//! The epoch is the moment the clock is made, so timestamps of one driver never go backwards.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use segment_engine::time::{Timestamp, UnixTime};
use tokio::time::Instant;

/// A driver's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch: Instant,
}

impl Clock {
    /// Starts a clock; now is its epoch.
    pub(crate) fn start() -> Self {
        Self {
            epoch: Instant::now(),
        }
    }

    /// The time since the epoch, as the signaling client counts it.
    pub(crate) fn elapsed(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// The time since the epoch, as the engine counts it.
    pub(crate) fn timestamp(&self) -> Timestamp {
        Timestamp::ZERO + self.elapsed()
    }

    /// When an instant of the engine comes on tokio's clock.
    pub(crate) fn engine_deadline(&self, at: Timestamp) -> Instant {
        self.client_deadline(at.since(Timestamp::ZERO))
    }

    /// When an instant of the signaling client comes on tokio's clock; a far one is cut to a day ahead.
    pub(crate) fn client_deadline(&self, at: Duration) -> Instant {
        const FAR: Duration = Duration::from_secs(24 * 3600);
        self.epoch + at.min(self.elapsed() + FAR)
    }
}

/// The wall clock's time.
pub fn unix_time() -> UnixTime {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    };
    UnixTime::from_millis(millis)
}
