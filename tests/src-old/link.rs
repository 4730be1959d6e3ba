//! One direction of a link: messages leave one after another at the sender's rate, and arrive after a delay.

use std::time::Duration;

use segment_engine::time::Timestamp;

/// What has been handed to a channel.
#[derive(Debug)]
pub(crate) struct Pipe {
    rate: u64,
    delay: Duration,
    free_at: Timestamp,
    buffered: u64,
}

impl Pipe {
    /// A pipe of `rate` bytes per second and `delay` one way.
    pub(crate) fn new(rate: u64, delay: Duration) -> Self {
        Self {
            rate,
            delay,
            free_at: Timestamp::ZERO,
            buffered: 0,
        }
    }

    /// Takes a message, and returns when it has left and when it arrives.
    pub(crate) fn push(&mut self, now: Timestamp, bytes: usize) -> (Timestamp, Timestamp) {
        let takes = Duration::from_micros(bytes as u64 * 1_000_000 / self.rate);
        self.free_at = self.free_at.max(now) + takes;
        self.buffered += bytes as u64;
        (self.free_at, self.free_at + self.delay)
    }

    /// Notes that a message has left; returns what still waits.
    pub(crate) fn on_left(&mut self, bytes: usize) -> u64 {
        self.buffered -= bytes as u64;
        self.buffered
    }
}
