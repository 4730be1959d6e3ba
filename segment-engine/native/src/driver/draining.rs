//! Stopping in good order: nothing new is taken, and what was promised to peers is sent before their links close.
//!
//! Messages of peers are ignored from then on, as they would go on asking for ever. They find the link closed a moment
//! later, and ask others.

use std::time::Duration;

use signaling_proto::client::ClientInput;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Driver;
use crate::link::Link;

/// How often to check whether everything has been sent.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A stop that waits for what is queued.
#[derive(Debug)]
pub(super) struct Draining {
    until: Instant,
    due: Instant,
    /// Receives the number of peers for whom something was left to be sent.
    cut: Option<oneshot::Sender<usize>>,
}

impl Draining {
    /// When to look again.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    fn tell(&mut self, cut: usize) {
        // Whoever asked need not wait for it.
        let _ = self.cut.take().map(|answer| answer.send(cut));
    }
}

impl Driver {
    /// Leaves signaling, and stops once what is queued has left, or after `patience`.
    pub(super) fn drain_within(&mut self, patience: Duration, cut: oneshot::Sender<usize>) {
        if self.draining.is_some() {
            return;
        }
        let now = Instant::now();
        self.draining = Some(Draining {
            until: now + patience,
            due: now,
            cut: Some(cut),
        });
        self.meter.on_left();
        self.tell_client(ClientInput::Leave);
        tracing::debug!(links = self.links.len(), "draining");
    }

    /// Whether nothing new is taken.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.is_some()
    }

    /// Whether a stop need wait no longer. Sets the time of the next look, and answers the stop's caller once it is
    /// over.
    pub(super) fn poll_drained(&mut self) -> bool {
        let now = Instant::now();
        let queued = self.engine.upload_queue();
        let Some(draining) = &mut self.draining else {
            return false;
        };
        draining.due = (now + LOOK_EVERY).min(draining.until);
        let waiting: u64 = self.links.values().map(Link::waiting).sum();
        if queued == 0 && waiting == 0 {
            draining.tell(0);
            return true;
        }
        if now >= draining.until {
            let peers = self
                .links
                .values()
                .filter(|link| link.waiting() > 0)
                .count()
                .max(1);
            tracing::warn!(peers, queued, waiting, "stopped with bytes that were not sent");
            draining.tell(peers);
            return true;
        }
        false
    }

    /// Closes all links: after a drain, only when what was sent has left.
    pub(super) fn close_links(&mut self) {
        let links = std::mem::take(&mut self.links);
        if self.draining.is_some() {
            links.into_values().for_each(Link::close_when_sent);
        }
    }
}
