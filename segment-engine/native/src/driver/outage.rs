//! Why this peer is no member at signaling, which is logged once for each outage.

use crate::access::redacted_url;

/// The reason that is given when the server closed without one.
const SILENT: &str = "it was silent, or sent its members away";

/// The reason where it took this peer for a viewer that is not to take part.
const SWITCHED_OFF: &str = "it lets in only a share of viewers, and this one is not among them";

/// An outage of signaling, if there is one.
#[derive(Debug)]
pub(super) struct Outage {
    /// Redacted.
    url: String,
    /// The reason why the socket closed or the server refused, since this peer was last a member.
    why: Option<String>,
    /// Whether the server gave the reason, so that it is logged already.
    is_refused: bool,
    /// Whether `why` belongs to the current event, and so is the reason for what follows from it.
    is_cause: bool,
    /// Whether the log has a warning of it.
    is_said: bool,
}

/// How a loss was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// A warning.
    Warning,
    /// A debug message only: the log has the reason already.
    Detail,
}

impl Outage {
    /// None yet, of the server at `url`.
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: redacted_url(url),
            why: None,
            is_refused: false,
            is_cause: false,
            is_said: false,
        }
    }

    /// The socket or the clock has brought something new: an earlier refusal is no reason for what follows.
    pub(super) fn on_step(&mut self) {
        self.is_refused = false;
        self.is_cause = false;
    }

    /// The socket is gone, or did not open.
    pub(super) fn on_closed(&mut self, reason: String) {
        self.why = Some(reason);
        self.is_cause = true;
    }

    /// The server refused something.
    pub(super) fn on_refused(&mut self, message: &str) {
        self.why = Some(format!("it refused: {message}"));
        self.is_refused = true;
        self.is_cause = true;
    }

    /// Membership is lost, or did not come about.
    pub(super) fn on_lost(&mut self, retry_in_ms: u64) -> Told {
        if !self.is_cause {
            self.why = None;
        }
        let is_known = self.is_refused || self.is_said;
        self.on_step();
        let (url, reason) = (&self.url, self.why.as_deref().unwrap_or(SILENT));
        if is_known {
            tracing::debug!(%url, %reason, retry_in_ms, "signaling is tried again");
            return Told::Detail;
        }
        tracing::warn!(%url, %reason, retry_in_ms, "signaling cannot be reached; trying again");
        self.is_said = true;
        Told::Warning
    }

    /// The operator of signaling lets in only a share of viewers, and this peer is not among them. It is said once for as long
    /// as that lasts.
    pub(super) fn on_switched_off(&mut self, retry_in_ms: u64) -> Told {
        self.on_step();
        let was_so = self.why.as_deref() == Some(SWITCHED_OFF);
        self.why = Some(SWITCHED_OFF.to_owned());
        let url = &self.url;
        // That it could not be reached before is another matter.
        if std::mem::replace(&mut self.is_said, true) && was_so {
            tracing::debug!(%url, retry_in_ms, "still switched off");
            return Told::Detail;
        }
        tracing::warn!(%url, retry_in_ms, "switched off: {SWITCHED_OFF}; a seeder needs a token that says it is one");
        Told::Warning
    }

    /// It is over.
    pub(super) fn on_joined(&mut self) {
        self.why = None;
        self.is_said = false;
    }

    /// The server's URL and why this peer is no member there, for people.
    pub(super) fn reason(&self) -> Option<String> {
        let told = |why| format!("{}: {why}", self.url);
        self.why.as_ref().map(told)
    }
}

#[cfg(test)]
mod tests;
