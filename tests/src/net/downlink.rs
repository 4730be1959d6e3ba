//! A downlink: what its peers and its HTTP responses may bring in a second, all told.

/// A serial line with a rate; who comes while it is busy waits.
#[derive(Debug)]
pub(crate) struct Downlink {
    /// Bytes per second.
    rate: u64,
    /// What others leave of it, in percent.
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

    /// From now on others leave so many percent of it, at least one.
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
mod tests {
    use super::*;

    #[test]
    fn what_others_leave_is_all_there_is() {
        let mut line = Downlink::new(1_000_000);
        // (percent that others leave, leaves, bytes) -> is there
        let table = [
            ((100, 0, 10_000), 10_000),
            ((50, 100_000, 10_000), 120_000),
            ((0, 200_000, 1_000), 300_000),
            ((100, 400_000, 10_000), 410_000),
        ];
        for ((percent, now, bytes), expected) in table {
            line.leave(percent);
            assert_eq!(line.book(now, now, bytes), expected, "{percent} {now} {bytes}");
        }
    }

    #[test]
    fn what_comes_at_once_comes_one_after_another() {
        let mut line = Downlink::new(1_000_000);
        // (leaves, would be there, bytes) -> is there
        let table = [
            ((0, 50_000, 10_000), 60_000),
            // The line is booked when they leave: 20 ms of it by now, but nothing comes before its time.
            ((0, 20_000, 10_000), 30_000),
            ((0, 20_000, 40_000), 60_000),
            ((0, 20_000, 40_000), 100_000),
            ((500_000, 510_000, 1_000), 511_000),
        ];
        for ((now, arrives, bytes), expected) in table {
            assert_eq!(
                line.book(now, arrives, bytes),
                expected,
                "{now} {arrives} {bytes}"
            );
        }
    }
}
