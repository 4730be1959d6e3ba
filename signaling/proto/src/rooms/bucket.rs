//! A token bucket that can run into debt: it tells a burst over the limit from a flood.

use std::time::Duration;

/// Milli-tokens that one message costs.
const MESSAGE: i64 = 1000;

/// What the bucket says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is within the rate.
    Admit,
    /// It is over the rate.
    Refuse,
    /// The sender ignores refusals: it owes a whole burst.
    Flood,
}

/// `rate` tokens a second flow in, up to `burst`; a message takes one or more, be it refused or not.
#[derive(Debug)]
pub struct Bucket {
    rate: i64,
    burst: i64,
    level: i64,
    /// The time up to which tokens flowed in, in whole milliseconds, so that frequent calls lose nothing.
    filled: u64,
}

impl Bucket {
    /// Makes a full one.
    pub fn new(now: Duration, rate: u32, burst: u32) -> Self {
        let burst = i64::from(burst) * MESSAGE;
        Self {
            rate: i64::from(rate),
            burst,
            level: burst,
            filled: whole_millis(now),
        }
    }

    /// Takes in a message that costs one token.
    pub fn take(&mut self, now: Duration) -> Verdict {
        self.take_many(now, 1)
    }

    /// Takes in a message that costs `tokens`.
    pub fn take_many(&mut self, now: Duration, tokens: u32) -> Verdict {
        self.fill(now);
        self.level -= i64::from(tokens) * MESSAGE;
        if self.level >= 0 {
            return Verdict::Admit;
        }
        if self.level < -self.burst {
            return Verdict::Flood;
        }
        Verdict::Refuse
    }

    /// How many tokens there are.
    pub fn level(&mut self, now: Duration) -> usize {
        self.fill(now);
        usize::try_from(self.level / MESSAGE).unwrap_or(0)
    }

    fn fill(&mut self, now: Duration) {
        // One token a second is one milli-token a millisecond.
        let now = whole_millis(now);
        let elapsed = i64::try_from(now.saturating_sub(self.filled)).unwrap_or(i64::MAX);
        self.filled = now;
        self.level = self
            .level
            .saturating_add(elapsed.saturating_mul(self.rate))
            .min(self.burst);
    }
}

fn whole_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
