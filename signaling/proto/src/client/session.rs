//! The client's membership: socket, join, heartbeat, and when to try again.
//!
//! It keeps phases and deadlines only; [`Client`](super::Client) turns what it says into outputs. At most one
//! socket is open or being opened at a time.

use std::time::Duration;

use super::backoff::Backoff;
use crate::message::ErrorCode;

/// How long the socket may take to open, and the server to welcome. A handshake over a bad mobile link takes
/// some 3 s.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the first refusal of a token keeps a client away at most; it doubles with each.
const BARRED_BASE: Duration = Duration::from_secs(10);
/// The most that any refusal does. The same token, or version, is refused again unless something changed at the server.
const BARRED_CAP: Duration = Duration::from_secs(600);
/// Membership that lasted this long makes the next loss a first one again, and the next refusal of the token.
const STABLE_AFTER: Duration = Duration::from_secs(30);
/// The range that a server's ping interval is held to, in milliseconds.
const PING_RANGE: (u64, u64) = (1_000, 300_000);

#[derive(Debug)]
pub(super) struct Session {
    phase: Phase,
    backoff: Backoff,
    /// The waits after a token or this version was refused.
    barring: Backoff,
    /// Whether it waits because its token or version was refused.
    barred: bool,
    /// Whether it was this version that was refused: another token does not help then.
    outdated: bool,
    /// Of one that is switched off: when it may ask again. It is, until the server welcomes it.
    off_until: Option<Duration>,
}

#[derive(Debug)]
enum Phase {
    /// No socket; one is opened at `until`.
    Waiting { until: Duration },
    /// The socket is opening.
    Opening { deadline: Duration },
    /// The socket is open and the join is sent.
    Joining { deadline: Duration },
    /// Welcomed.
    Joined {
        since: Duration,
        interval: Duration,
        next_ping: Duration,
        heard: Duration,
    },
    /// Left, until asked to come back.
    Left,
}

/// What a deadline calls for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// No deadline has passed.
    Quiet,
    /// Open a socket.
    Open,
    /// Send a ping.
    Ping,
    /// The server is silent: give the socket up.
    Silent,
}

/// Whether the server closes the connection after an error.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fatality {
    Fatal,
    Passing,
}

impl Fatality {
    pub(super) fn of(fatal: bool) -> Self {
        if fatal { Self::Fatal } else { Self::Passing }
    }
}

impl Session {
    pub(super) fn new(backoff: Backoff, seed: [u8; 32]) -> Self {
        Self {
            phase: Phase::Waiting {
                until: Duration::ZERO,
            },
            backoff,
            barring: Backoff::new(BARRED_BASE, BARRED_CAP, seed),
            barred: false,
            outdated: false,
            off_until: None,
        }
    }

    /// Notes that the socket is open. Tells whether it was waited for.
    pub(super) fn on_opened(&mut self, now: Duration) -> bool {
        if !matches!(self.phase, Phase::Opening { .. }) {
            return false;
        }
        self.phase = Phase::Joining {
            deadline: now + PATIENCE,
        };
        true
    }

    /// Notes the welcome. Returns how long it was waited for, if it was.
    pub(super) fn on_welcome(&mut self, now: Duration, ping_interval_ms: u64) -> Option<Duration> {
        let Phase::Joining { deadline } = self.phase else {
            return None;
        };
        self.off_until = None;
        let waited = now.saturating_sub(deadline.saturating_sub(PATIENCE));
        let interval = Duration::from_millis(ping_interval_ms.clamp(PING_RANGE.0, PING_RANGE.1));
        self.phase = Phase::Joined {
            since: now,
            interval,
            next_ping: now + interval,
            heard: now,
        };
        Some(waited)
    }

    /// Notes that the server said something.
    pub(super) fn on_heard(&mut self, now: Duration) {
        if let Phase::Joined { heard, .. } = &mut self.phase {
            *heard = now;
        }
    }

    /// Notes the loss of the socket, and returns how long to wait before the next.
    pub(super) fn on_lost(&mut self, now: Duration) -> Duration {
        self.forget_if_stable(now);
        let wait = self.backoff.draw();
        self.phase = Phase::Waiting { until: now + wait };
        wait
    }

    /// Notes that the server sent the client away, and returns how long to wait: as long as it said, and no less than
    /// after a loss. A server that does nothing else is not asked at the pace of its answers.
    pub(super) fn on_sent_away(&mut self, now: Duration, told: Duration) -> Duration {
        let wait = self.on_lost(now).max(told);
        self.phase = Phase::Waiting { until: now + wait };
        wait
    }

    /// Notes that the operator switched this client off, and returns how long to wait, as when it is sent away. No pause
    /// makes that shorter.
    pub(super) fn on_switched_off(&mut self, now: Duration, told: Duration) -> Duration {
        let wait = self.on_sent_away(now, told);
        self.off_until = Some(now + wait);
        wait
    }

    /// Notes that the token or this version was refused, or that another client with the same token took this one's
    /// place. Returns how long to wait: ever longer while there is no other token. A short membership in between
    /// changes nothing: two that share a token would drive each other out for ever.
    pub(super) fn on_barred(&mut self, now: Duration, code: ErrorCode) -> Duration {
        self.forget_if_stable(now);
        let wait = self.barring.draw_late();
        self.phase = Phase::Waiting { until: now + wait };
        self.barred = true;
        self.outdated = code == ErrorCode::Version;
        wait
    }

    /// Makes the next loss or refusal a first one, where membership lasted.
    fn forget_if_stable(&mut self, now: Duration) {
        if let Phase::Joined { since, .. } = self.phase
            && now.saturating_sub(since) >= STABLE_AFTER
        {
            self.backoff.reset();
            self.barring.reset();
        }
    }

    /// Notes that there is another token: where the older one was refused, this one is tried soon.
    pub(super) fn on_token(&mut self, now: Duration) {
        if self.outdated {
            return;
        }
        self.barring.reset();
        let barred = std::mem::take(&mut self.barred);
        if let Phase::Waiting { until } = &mut self.phase
            && barred
        {
            *until = (*until).min(now + self.backoff.draw());
        }
    }

    /// Notes that what the server is to know of this peer is there: a driver that had to ask for it opens the socket only
    /// now, and that has all its time.
    pub(super) fn on_hints(&mut self, now: Duration) {
        if let Phase::Opening { deadline } = &mut self.phase {
            *deadline = now + PATIENCE;
        }
    }

    /// Stays away until [`Session::join`].
    pub(super) fn leave(&mut self) {
        self.phase = Phase::Left;
    }

    /// Comes back, if it had left.
    pub(super) fn join(&mut self, now: Duration) {
        if matches!(self.phase, Phase::Left) {
            let until = now + self.backoff.draw();
            let until = until.max(self.off_until.unwrap_or_default());
            self.phase = Phase::Waiting { until };
        }
    }

    pub(super) fn on_timeout(&mut self, now: Duration) -> Alarm {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return Alarm::Quiet;
        }
        match &mut self.phase {
            Phase::Waiting { .. } => {
                self.barred = false;
                self.phase = Phase::Opening {
                    deadline: now + PATIENCE,
                };
                Alarm::Open
            }
            Phase::Joined {
                interval,
                next_ping,
                heard,
                ..
            } if now < *heard + 2 * *interval => {
                *next_ping = now + *interval;
                Alarm::Ping
            }
            Phase::Opening { .. } | Phase::Joining { .. } | Phase::Joined { .. } => Alarm::Silent,
            Phase::Left => Alarm::Quiet,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Waiting { until: due }
            | Phase::Opening { deadline: due }
            | Phase::Joining { deadline: due } => Some(*due),
            Phase::Joined {
                interval,
                next_ping,
                heard,
                ..
            } => Some((*next_ping).min(*heard + 2 * *interval)),
            Phase::Left => None,
        }
    }

    pub(super) fn is_joined(&self) -> bool {
        matches!(self.phase, Phase::Joined { .. })
    }

    /// Whether the operator switched this client off, and has not let it in again since.
    pub(super) fn is_switched_off(&self) -> bool {
        self.off_until.is_some()
    }

    /// Whether a socket is open or being opened.
    pub(super) fn has_socket(&self) -> bool {
        matches!(
            self.phase,
            Phase::Opening { .. } | Phase::Joining { .. } | Phase::Joined { .. }
        )
    }
}
