//! The queue of what is to be sent to one connection, bounded in frames and in bytes.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signaling_proto::message::{Signal, ToClient};
use signaling_proto::rooms::{ConnId, Refusal};
use tokio::sync::{Notify, mpsc};

/// The most bytes that a message takes beside its texts and lists.
const FRAME: usize = 256;

/// How many signals may find the queue full before the connection is closed.
const MAX_DROPPED: u32 = 16;

/// How a connection ends at the server's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Farewell {
    /// The WebSocket's close code.
    pub(crate) code: u16,
    /// One line for a person.
    pub(crate) reason: &'static str,
    /// What becomes of the frames that wait.
    pub(crate) queue: Queue,
}

/// What becomes of the frames that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    /// They are sent first.
    Flush,
    /// They are dropped: they are what is too much.
    Drop,
}

impl Farewell {
    /// The server stops: 1001.
    pub(crate) const STOPPING: Self = Self {
        code: 1001,
        reason: "the server is stopping",
        queue: Queue::Flush,
    };
    /// A newer connection with the same token took its place: 4001.
    pub(crate) const REPLACED: Self = Self {
        code: 4001,
        reason: Refusal::REPLACED.text,
        queue: Queue::Flush,
    };
    /// The operator lets in only a share of viewers, and it is not among them: 4002.
    pub(crate) const SWITCHED_OFF: Self = Self {
        code: 4002,
        reason: Refusal::SWITCHED_OFF,
        queue: Queue::Flush,
    };
    /// The connection reads too slowly: 1013.
    pub(crate) const SLOW: Self = Self {
        code: 1013,
        reason: "the connection is too slow",
        queue: Queue::Drop,
    };
}

/// Something that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// A message of the project's own protocol.
    Message(ToClient),
    /// A frame of trackers' protocol that a peer has for this one, as it goes out.
    Text(String),
    /// A WebSocket's ping, to see whether the client is there.
    Probe,
    /// Nothing to be sent: one of the connection's memberships has ended.
    Lapsed(ConnId),
}

/// The sender's end. A connection with several memberships has one for each, and they share what they may hold.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<Box<Outgoing>>,
    shared: Arc<Shared>,
    limit: Limit,
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) frames: Frames,
    pub(crate) farewell: FarewellReceiver,
}

/// The end of the queue where messages come out.
#[derive(Debug)]
pub(crate) struct Frames {
    queue: mpsc::Receiver<Box<Outgoing>>,
    shared: Arc<Shared>,
}

/// Where the server's wish to end the connection arrives.
#[derive(Debug)]
pub(crate) struct FarewellReceiver(Arc<Shared>);

/// The state that all ends share.
#[derive(Debug, Default)]
struct Shared {
    /// About how many bytes wait.
    waiting: AtomicUsize,
    /// How many signals found no room, since the queue was last empty.
    dropped: AtomicU32,
    /// The first farewell counts.
    farewell: OnceLock<Farewell>,
    parted: Notify,
}

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// How many messages.
    pub(crate) frames: usize,
    /// About how many bytes of them.
    pub(crate) bytes: usize,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It waits.
    Queued,
    /// It is a signal for which there is no room: its sender may try another peer.
    Dropped(Box<Outgoing>),
    /// There is no room for what has to be said, or too much was dropped: close the connection.
    Overrun,
}

/// Makes both ends.
pub(crate) fn outbox(limit: Limit) -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::channel(limit.frames);
    let shared = Arc::new(Shared::default());
    let outbox = Outbox {
        frames: sender,
        shared: Arc::clone(&shared),
        limit,
    };
    let frames = Frames {
        queue: receiver,
        shared: Arc::clone(&shared),
    };
    let farewell = FarewellReceiver(shared);
    (outbox, Inbox { frames, farewell })
}

impl Outbox {
    /// Queues a message. Signals leave a quarter of the room to what the server itself has to say.
    pub(crate) fn send(&self, message: Outgoing) -> Sent {
        let need = Need::of(&message);
        let Err(message) = self.queue(Box::new(message), need) else {
            return Sent::Queued;
        };
        let dropped = self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        if need == Need::Optional && dropped < MAX_DROPPED {
            return Sent::Dropped(message);
        }
        Sent::Overrun
    }

    /// Ends the connection.
    pub(crate) fn part(&self, farewell: Farewell) {
        // One that ends already ends as it was told first.
        let _ = self.shared.farewell.set(farewell);
        self.shared.parted.notify_one();
    }

    /// Queues a message, or hands it back where it does not fit.
    fn queue(&self, message: Box<Outgoing>, need: Need) -> Result<(), Box<Outgoing>> {
        let size = size(&message);
        let share = |most: usize| match need {
            Need::Optional => most - most / 4,
            Need::Essential => most,
        };
        let taken = self.limit.frames - self.frames.capacity();
        let bytes = self.shared.waiting.load(Ordering::Relaxed) + size;
        if taken >= share(self.limit.frames) || bytes > share(self.limit.bytes) {
            return Err(message);
        }
        if taken == 0 {
            // The client has read all that it was sent: what was dropped before is forgiven.
            self.shared.dropped.store(0, Ordering::Relaxed);
        }
        self.shared.waiting.fetch_add(size, Ordering::Relaxed);
        self.frames.try_send(message).map_err(|error| {
            self.shared.waiting.fetch_sub(size, Ordering::Relaxed);
            error.into_inner()
        })
    }
}

impl Frames {
    /// The next message.
    pub(crate) async fn recv(&mut self) -> Option<Box<Outgoing>> {
        let message = self.queue.recv().await;
        self.took(message)
    }

    /// The next message that waits already.
    pub(crate) fn try_recv(&mut self) -> Option<Box<Outgoing>> {
        let message = self.queue.try_recv().ok();
        self.took(message)
    }

    fn took(&self, message: Option<Box<Outgoing>>) -> Option<Box<Outgoing>> {
        if let Some(message) = &message {
            self.shared.waiting.fetch_sub(size(message), Ordering::Relaxed);
        }
        message
    }
}

impl FarewellReceiver {
    /// Waits for the server to end the connection. May be dropped and called again.
    pub(crate) async fn recv(&self) -> Farewell {
        loop {
            if let Some(farewell) = self.0.farewell.get() {
                return *farewell;
            }
            self.0.parted.notified().await;
        }
    }
}

/// How much it matters that a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// It may be dropped where there is little room: what a peer has for this one, or a probe, which may come again.
    Optional,
    /// The connection is of no use without it: it is of the server itself.
    Essential,
}

impl Need {
    fn of(message: &Outgoing) -> Self {
        match message {
            Outgoing::Message(ToClient::Signal { .. }) | Outgoing::Text(_) | Outgoing::Probe => {
                Self::Optional
            }
            Outgoing::Message(_) | Outgoing::Lapsed(_) => Self::Essential,
        }
    }
}

/// About how many bytes a message is on the wire.
fn size(message: &Outgoing) -> usize {
    let texts = match message {
        Outgoing::Message(message) => texts(message),
        Outgoing::Text(text) => text.len(),
        Outgoing::Lapsed(_) | Outgoing::Probe => 0,
    };
    texts + FRAME
}

fn texts(message: &ToClient) -> usize {
    match message {
        ToClient::Signal { signal, .. } => match signal {
            Signal::Offer { sdp } | Signal::Answer { sdp } => sdp.len(),
            Signal::Candidate(candidate) => candidate.candidate.len(),
        },
        ToClient::Welcome(welcome) => welcome.ice_servers.len() * FRAME,
        ToClient::Paired { .. }
        | ToClient::Left { .. }
        | ToClient::Undeliverable { .. }
        | ToClient::Pong
        | ToClient::GoAway { .. }
        | ToClient::Error { .. } => 0,
    }
}

#[cfg(test)]
mod tests;
