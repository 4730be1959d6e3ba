//! The record of a session: how it started, where it stalled, what it played.

/// A span of time in which figures are taken: `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Window {
    /// Whether it holds a time.
    pub(crate) fn holds(&self, at: u64) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// The part of `from..to` in it.
    pub(crate) fn overlap(&self, from: u64, to: u64) -> u64 {
        to.min(self.to).saturating_sub(from.max(self.from))
    }
}

/// The record of a session.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) joined: u64,
    pub(crate) started: Option<u64>,
    /// The times when it had nothing to play, each with start and end.
    pub(crate) stalls: Vec<(u64, u64)>,
    pub(crate) switches: Vec<u64>,
    /// When each segment of the video came, and its bitrate.
    pub(crate) played: Vec<(u64, u64)>,
    pub(crate) bytes: u64,
}

impl Account {
    pub(super) fn new(joined: u64) -> Self {
        Self {
            joined,
            started: None,
            stalls: Vec::new(),
            switches: Vec::new(),
            played: Vec::new(),
            bytes: 0,
        }
    }

    pub(super) fn on_started(&mut self, now: u64) {
        self.started.get_or_insert(now);
    }

    pub(super) fn on_stalled(&mut self, from: u64, to: u64) {
        if to > from {
            self.stalls.push((from, to));
        }
    }

    pub(super) fn on_switch(&mut self, now: u64) {
        self.switches.push(now);
    }

    pub(super) fn on_segment(&mut self, now: u64, bytes: u64, bitrate: Option<u64>) {
        self.bytes += bytes;
        if let Some(bitrate) = bitrate {
            self.played.push((now, bitrate));
        }
    }
}
