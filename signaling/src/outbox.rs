//! What waits to be sent to one connection: bounded in frames and in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signaling_proto::message::{Signal, ToClient};
use tokio::sync::{mpsc, oneshot};

/// What a message takes beside its texts, in bytes, at most but for lists.
const FRAME: usize = 256;

/// So many signals may find the queue full before the connection is closed.
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
    /// The connection reads too slowly: 1013.
    pub(crate) const SLOW: Self = Self {
        code: 1013,
        reason: "the connection is too slow",
        queue: Queue::Drop,
    };
}

/// The sender's end.
#[derive(Debug)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<Box<ToClient>>,
    farewell: oneshot::Sender<Farewell>,
    waiting: Arc<AtomicUsize>,
    limit: Limit,
    dropped: u32,
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) frames: Frames,
    pub(crate) farewell: oneshot::Receiver<Farewell>,
}

/// What waits for it.
#[derive(Debug)]
pub(crate) struct Frames {
    queue: mpsc::Receiver<Box<ToClient>>,
    waiting: Arc<AtomicUsize>,
}

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// Messages.
    pub(crate) frames: usize,
    /// Bytes of them, about.
    pub(crate) bytes: usize,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It waits.
    Queued,
    /// It is a signal for which there is no room: its sender may try another peer.
    Dropped(Box<ToClient>),
    /// There is no room for what has to be said, or too much was dropped: close the connection.
    Overrun,
}

/// Makes both ends.
pub(crate) fn outbox(limit: Limit) -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::channel(limit.frames);
    let (end, farewell) = oneshot::channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let outbox = Outbox {
        frames: sender,
        farewell: end,
        waiting: Arc::clone(&waiting),
        limit,
        dropped: 0,
    };
    let frames = Frames {
        queue: receiver,
        waiting,
    };
    let inbox = Inbox { frames, farewell };
    (outbox, inbox)
}

impl Outbox {
    /// Queues a message. Signals leave a quarter of the room to what the server itself has to say.
    pub(crate) fn send(&mut self, message: ToClient) -> Sent {
        let size = size(&message);
        let signal = matches!(message, ToClient::Signal { .. });
        let share = |most: usize| if signal { most - most / 4 } else { most };
        let taken = self.limit.frames - self.frames.capacity();
        let bytes = self.waiting.load(Ordering::Relaxed) + size;
        let message = Box::new(message);
        let fits = taken < share(self.limit.frames) && bytes <= share(self.limit.bytes);
        if fits && self.queue(message.clone(), size) {
            return Sent::Queued;
        }
        self.dropped += 1;
        if signal && self.dropped <= MAX_DROPPED {
            return Sent::Dropped(message);
        }
        Sent::Overrun
    }

    /// Ends the connection.
    pub(crate) fn part(self, farewell: Farewell) {
        // A task that is gone needs no farewell.
        let _ = self.farewell.send(farewell);
    }

    fn queue(&self, message: Box<ToClient>, size: usize) -> bool {
        self.waiting.fetch_add(size, Ordering::Relaxed);
        self.frames.try_send(message).is_ok()
    }
}

impl Frames {
    /// The next message.
    pub(crate) async fn recv(&mut self) -> Option<Box<ToClient>> {
        let message = self.queue.recv().await;
        self.took(message)
    }

    /// The next message that waits already.
    pub(crate) fn try_recv(&mut self) -> Option<Box<ToClient>> {
        let message = self.queue.try_recv().ok();
        self.took(message)
    }

    fn took(&self, message: Option<Box<ToClient>>) -> Option<Box<ToClient>> {
        if let Some(message) = &message {
            self.waiting.fetch_sub(size(message), Ordering::Relaxed);
        }
        message
    }
}

/// About how many bytes a message is as JSON.
fn size(message: &ToClient) -> usize {
    let texts = match message {
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
    };
    texts + FRAME
}

#[cfg(test)]
mod tests;
