//! How quickly a peer answers, measured on what it is asked anyway.

use std::time::Duration;

use crate::rate::Throughput;

/// What a run is taken to need of a peer that was never asked: it is tried before a slow one.
const UNTRIED: Duration = Duration::from_millis(200);

/// Estimates for one link.
#[derive(Debug, Default)]
pub(crate) struct LinkQuality {
    srtt: Option<Duration>,
    service: Throughput,
}

impl LinkQuality {
    /// Adds the time from a request to its first byte.
    pub(crate) fn on_sample(&mut self, rtt: Duration) {
        self.srtt = Some(self.srtt.map_or(rtt, |srtt| srtt - srtt / 8 + rtt / 8));
    }

    /// Adds an answer: bytes, and the time since they were asked for.
    pub(crate) fn on_served(&mut self, bytes: u64, took: Duration) {
        self.service.record(bytes, took);
    }

    /// The time it takes for so many bytes.
    pub(crate) fn service_time(&self, bytes: u64) -> Duration {
        self.service.time_for(bytes).unwrap_or(UNTRIED)
    }

    /// When to give up on a request that is expected to take that long.
    pub(crate) fn timeout(&self, expected: Duration) -> Duration {
        (self.srtt.unwrap_or_default() * 4 + expected * 2).max(Duration::from_millis(1_500))
    }
}
