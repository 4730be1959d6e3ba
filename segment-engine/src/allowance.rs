//! How much of something a peer may bring: a burst, and a rate per second.

use crate::time::Timestamp;

/// What is left of an allowance, as of when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    most: u32,
    each_second: u32,
    left: u32,
    since: Timestamp,
}

impl Allowance {
    /// A full one.
    pub(crate) const fn new(most: u32, each_second: u32, now: Timestamp) -> Self {
        Self {
            most,
            each_second,
            left: most,
            since: now,
        }
    }

    /// Takes as much of `wanted` as is left, and returns how much that is.
    pub(crate) fn take(&mut self, wanted: usize, now: Timestamp) -> usize {
        let passed = now.since(self.since).as_millis() * u128::from(self.each_second);
        let more = u32::try_from(passed / 1_000).unwrap_or(u32::MAX);
        if more > 0 {
            self.left = self.left.saturating_add(more).min(self.most);
            self.since = now;
        }
        let taken = u32::try_from(wanted).unwrap_or(u32::MAX).min(self.left);
        self.left -= taken;
        taken as usize
    }
}

#[cfg(test)]
mod tests;
