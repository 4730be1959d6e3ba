//! A downlink: what its peers and its HTTP responses may bring in a second, all told.

/// A serial line with a rate; who comes while it is busy waits.
#[derive(Debug)]
pub(crate) struct Downlink {
    /// Bytes per second.
    rate: u64,
    /// The share that others leave of it, in percent.
    percent: u64,
    free_at: u64,
}

impl Downlink {
    /// A line of so many bytes per second.
    pub(crate) fn new(rate: u64) -> Self {
        Self {
            rate: rate.max(1),
            percent: 100,
            free_at: 0,
        }
    }

    /// Sets the share that others leave of it from now on, in percent; at least 1.
    pub(crate) fn leave(&mut self, percent: u64) {
        self.percent = percent.clamp(1, 100);
    }

    /// Takes bytes that leave their sender at `now` and would be there at `arrives`; returns when the last is.
    ///
    /// The line is booked when they leave and not when they come: it never brings more than its rate, and one event does
    /// for each message.
    pub(crate) fn book(&mut self, now: u64, arrives: u64, bytes: u64) -> u64 {
        let takes = bytes * 100_000_000 / (self.rate * self.percent);
        self.free_at = self.free_at.max(now) + takes;
        self.free_at.max(arrives + takes)
    }
}

#[cfg(test)]
mod tests;
