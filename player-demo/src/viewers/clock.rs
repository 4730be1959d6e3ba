//! A simulated player's playhead: it moves while there is media, and stands still where there is none.

use std::time::Duration;

use tokio::time::Instant;

use crate::member::PlayState;

/// How much media must be ready before the playhead moves, at the start and after a stall.
const ENOUGH: Duration = Duration::from_secs(2);

/// The playhead and the end of what is ready, both on the stream's timeline.
#[derive(Debug)]
pub(super) struct Playhead {
    /// Where it was, and when, while it moves.
    moving: Option<Instant>,
    at: Duration,
    ready_to: Duration,
    stalls: u32,
    started: bool,
}

impl Playhead {
    /// A playhead at a position, with nothing ready.
    pub(super) fn new(at: Duration) -> Self {
        Self {
            moving: None,
            at,
            ready_to: at,
            stalls: 0,
            started: false,
        }
    }

    /// Moves on to `now`; where media ran out before, it stands there and a stall is counted.
    pub(super) fn move_to(&mut self, now: Instant) {
        let Some(since) = self.moving else { return };
        let wanted = self.at + now.saturating_duration_since(since);
        if wanted < self.ready_to {
            self.at = wanted;
            self.moving = Some(now);
            return;
        }
        self.at = self.ready_to;
        self.moving = None;
        self.stalls += 1;
    }

    /// Takes note that media is ready up to `end`.
    pub(super) fn ready(&mut self, end: Duration, now: Instant) {
        self.move_to(now);
        self.ready_to = self.ready_to.max(end);
        if self.moving.is_none() && self.ahead() >= ENOUGH {
            self.moving = Some(now);
            self.started = true;
        }
    }

    /// Goes on at another place, with nothing ready there; the stalls stay counted.
    pub(super) fn jump(&mut self, to: Duration) {
        self.moving = None;
        self.at = to;
        self.ready_to = to;
        self.started = false;
    }

    /// Media that is ready and not played.
    pub(super) fn ahead(&self) -> Duration {
        self.ready_to.saturating_sub(self.at)
    }

    /// The playhead.
    pub(super) fn position(&self) -> Duration {
        self.at
    }

    /// How often it ran out of media.
    pub(super) fn stalls(&self) -> u32 {
        self.stalls
    }

    /// The state that a viewer would see.
    pub(super) fn playing(&self) -> PlayState {
        match (self.moving, self.started) {
            (Some(_), _) => PlayState::Playing,
            (None, true) => PlayState::Stalled,
            (None, false) => PlayState::Starting,
        }
    }
}

#[cfg(test)]
mod tests;
