//! One WebRTC connection to one peer, with its one data channel: a handle for the driver and the task behind it.
//!
//! The task owns the peer connection; callbacks of the WebRTC stack only put notes into its queue. It tells the
//! driver by the inbox, and ends by closing the connection. Dropping a [`Link`] ends its task.

mod certificates;
mod connection;
#[cfg(test)]
mod line;
mod outgoing;
mod path;
mod round_trip;
mod stack;

use std::sync::Arc;
use std::time::Duration;

use segment_engine::id::PeerId;
use segment_engine::input::Fingerprint;
use signaling_proto::message::{Candidate, IceServer};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::inbox::{Inbox, IoEvent, LinkEvent, LinkId};
use crate::link::certificates::Certificates;
use crate::link::outgoing::Outgoing;
use crate::network::Network;

/// The label of the data channel; the browser's side gives the same.
pub(crate) const CHANNEL_LABEL: &str = "fugitive";
/// How many candidates of a peer are applied. A host with every kind of address offers some 20.
const MAX_CANDIDATES: usize = 64;
/// How long a flush may take before a link is closed regardless.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the closing of a peer connection may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What all links of a driver share.
#[derive(Debug, Clone)]
pub(crate) struct LinkSettings {
    /// Sockets, addresses and certificate.
    pub(crate) network: Arc<Network>,
    /// Bytes that the engine lets wait for one peer: its `send_window`.
    pub(crate) send_window: usize,
    /// Threads for the WebRTC stack.
    pub(crate) reactors: usize,
    /// The candidates that links may use.
    pub(crate) ice_transport_policy: IceTransportPolicy,
}

/// The candidates that a link may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IceTransportPolicy {
    /// All.
    All,
    /// TURN's only, so that neither side learns the other's address.
    Relay,
}

/// Which side of the negotiation this is.
#[derive(Debug)]
pub(crate) enum Start {
    /// Make the data channel and the offer.
    Offer,
    /// Apply this offer and answer it.
    Answer(String),
}

/// Commands of the driver to a link's task.
#[derive(Debug)]
enum Command {
    AcceptAnswer(String),
    AddCandidate(Candidate),
    CloseWhenSent,
}

/// The driver's handle to one link.
#[derive(Debug)]
pub(crate) struct Link {
    id: LinkId,
    commands: mpsc::UnboundedSender<Command>,
    outgoing: Outgoing,
    candidates: usize,
    open: bool,
    certificates: Certificates,
}

impl Link {
    /// Starts a link on a task of `tasks`, and tells of it under `id`.
    pub(crate) fn start(
        (peer, id): (PeerId, LinkId),
        start: Start,
        ice_servers: Vec<IceServer>,
        settings: &LinkSettings,
        inbox: Inbox,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let mut certificates = Certificates::default();
        let (commands, command_queue) = mpsc::unbounded_channel();
        let (outgoing, backlog) = outgoing::outgoing(settings.send_window);
        if let Start::Answer(offer) = &start {
            certificates.on_theirs(offer);
            outgoing.on_theirs(offer);
        }
        let settings = settings.clone();
        let reporter = LinkReporter { peer, id, inbox };
        tasks.spawn(async move {
            let last = match connection::run(start, ice_servers, &settings, command_queue, backlog, &reporter)
                .await
            {
                Ok(()) => LinkEvent::Closed("closed".to_owned()),
                Err(error) if error.is_of_host() => LinkEvent::Impossible(error.to_string()),
                Err(error) => LinkEvent::Closed(error.to_string()),
            };
            // A driver that has gone does not need to hear it.
            let _ = reporter.report(last).await;
        });
        Self {
            id,
            commands,
            outgoing,
            candidates: 0,
            open: false,
            certificates,
        }
    }

    /// The link's id.
    pub(crate) fn id(&self) -> LinkId {
        self.id
    }

    /// Takes note that the data channel is open.
    pub(crate) fn opened(&mut self) {
        self.open = true;
    }

    /// Whether the data channel has been open.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Takes note of this end's description.
    pub(crate) fn described(&mut self, sdp: &str) {
        self.certificates.on_own(sdp);
    }

    /// The fingerprints of the certificates of this end and of the peer; `None` until both are known.
    pub(crate) fn certificates(&self) -> Option<(Fingerprint, Fingerprint)> {
        self.certificates.both()
    }

    /// Applies the peer's answer. Only the first counts: the connection refuses a second one.
    pub(crate) fn accept_answer(&mut self, sdp: String) {
        self.certificates.on_theirs(&sdp);
        self.outgoing.on_theirs(&sdp);
        self.command(Command::AcceptAnswer(sdp));
    }

    /// Applies a candidate of the peer; those over the limit are ignored.
    pub(crate) fn add_candidate(&mut self, candidate: Candidate) {
        if self.candidates < MAX_CANDIDATES {
            self.candidates += 1;
            self.command(Command::AddCandidate(candidate));
        }
    }

    /// Queues a message.
    ///
    /// # Errors
    /// When far more waits than the engine's window allows: close the link.
    pub(crate) fn send(&self, bytes: Vec<u8>) -> Result<(), outgoing::Overflow> {
        self.outgoing.send(bytes)
    }

    /// Bytes that wait, in the queue and in the channel.
    pub(crate) fn waiting(&self) -> u64 {
        self.outgoing.waiting()
    }

    /// Closes the link after what was sent has left, within [`FLUSH_TIMEOUT`].
    pub(crate) fn close_when_sent(self) {
        self.command(Command::CloseWhenSent);
    }

    fn command(&self, command: Command) {
        // A task that has ended says so by `LinkEvent::Closed`, which is on its way.
        let _ = self.commands.send(command);
    }
}

/// Reports one link's events to the driver.
#[derive(Debug)]
struct LinkReporter {
    peer: PeerId,
    id: LinkId,
    inbox: Inbox,
}

/// The driver has gone.
#[derive(Debug, thiserror::Error)]
#[error("the driver has stopped")]
struct DriverGone;

impl LinkReporter {
    async fn report(&self, event: LinkEvent) -> Result<(), DriverGone> {
        self.inbox
            .send(IoEvent::Link(self.peer.clone(), self.id, event))
            .await
            .map_err(|_| DriverGone)
    }
}

#[cfg(test)]
mod tests;
