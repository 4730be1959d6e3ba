//! The queue of messages for one data channel, counted in bytes.
//!
//! The engine keeps to its window; the hard limit here only stops what would otherwise grow without a bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use segment_engine::input::LOW_WATER;
use tokio::sync::mpsc;
use webrtc::data_channel::DataChannel;

use crate::link::connection::LOOK_PERIOD;
use crate::link::path::Path;

/// How many bytes may wait beyond twice the engine's window: announcements and other small frames.
const SLACK: u64 = 1 << 20;

/// The most unacknowledged bytes at which a browser is still sent another message. Chromium asks for a receive buffer
/// of 64 KiB for each of its sockets. Linux makes that 128 KiB, of which a datagram of 1,200 bytes takes 2,304: the
/// 57th that is unread is lost, and if it was the last of a burst SCTP waits for a second. With one more message that
/// makes 36 datagrams, which leaves room for what is sent again.
const BROWSERS_ROOM: u64 = 24 << 10;

/// Up to this round trip [`BROWSERS_ROOM`] is enough: some 3 MB/s. It is at least two periods of looking at the
/// channel, so that a shorter round trip does not seem to be longer because of them.
const NEAR: Duration = Duration::from_millis(10);
const _: () = assert!(NEAR.as_millis() >= 2 * LOOK_PERIOD.as_millis());

/// More waits than the engine's window explains.
#[derive(Debug, thiserror::Error)]
#[error("the peer takes nothing, and {0} bytes wait for it")]
pub(crate) struct Overflow(u64);

/// The driver's end of the queue.
#[derive(Debug)]
pub(crate) struct Outgoing {
    messages: mpsc::UnboundedSender<Vec<u8>>,
    counts: Arc<Counts>,
    limit: u64,
}

/// The link's end of the queue.
#[derive(Debug)]
pub(super) struct Backlog {
    messages: mpsc::UnboundedReceiver<Vec<u8>>,
    counts: Arc<Counts>,
    path: Path,
    told: Told,
}

/// Bytes that wait: in the queue, and in the channel as it was last looked at.
#[derive(Debug)]
struct Counts {
    queued: AtomicU64,
    in_channel: AtomicU64,
    /// The most unacknowledged bytes at which the peer is still sent more.
    room: AtomicU64,
}

impl Counts {
    fn new() -> Self {
        Self {
            queued: AtomicU64::new(0),
            in_channel: AtomicU64::new(0),
            room: AtomicU64::new(u64::MAX),
        }
    }

    fn waiting(&self) -> u64 {
        self.queued.load(Ordering::Acquire) + self.in_channel.load(Ordering::Acquire)
    }
}

/// What the driver was last told about the bytes that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Nothing since the last message was sent.
    Nothing,
    /// Few bytes wait.
    Little,
    /// No bytes wait.
    Empty,
}

/// Makes the queue for a channel over which `window` bytes may be on their way.
pub(super) fn outgoing(window: usize) -> (Outgoing, Backlog) {
    let (messages, queue) = mpsc::unbounded_channel();
    let counts = Arc::new(Counts::new());
    let limit = (window as u64).saturating_mul(2).saturating_add(SLACK);
    let backlog = Backlog {
        messages: queue,
        counts: Arc::clone(&counts),
        path: Path::default(),
        told: Told::Empty,
    };
    (
        Outgoing {
            messages,
            counts,
            limit,
        },
        backlog,
    )
}

impl Outgoing {
    /// Queues a message.
    ///
    /// # Errors
    /// When it would make more wait than the limit.
    pub(super) fn send(&self, bytes: Vec<u8>) -> Result<(), Overflow> {
        let length = bytes.len() as u64;
        let waiting = self.waiting();
        if waiting.saturating_add(length) > self.limit {
            return Err(Overflow(waiting));
        }
        self.counts.queued.fetch_add(length, Ordering::AcqRel);
        // A link that has ended says so by its own event.
        let _ = self.messages.send(bytes);
        Ok(())
    }

    /// The peer has described itself.
    pub(super) fn on_theirs(&self, sdp: &str) {
        if is_browsers(sdp) {
            self.counts.room.store(BROWSERS_ROOM, Ordering::Release);
        }
    }

    /// Bytes that wait, in the queue and in the channel.
    pub(super) fn waiting(&self) -> u64 {
        self.counts.waiting()
    }
}

impl Backlog {
    /// The next message of the queue; `None` when the driver's end is gone and all is taken.
    pub(super) async fn next(&mut self) -> Option<Vec<u8>> {
        self.messages.recv().await
    }

    /// Whether acknowledgements are awaited.
    pub(super) fn is_awaited(&self) -> bool {
        self.path.outstanding() > 0
    }

    /// Whether the peer can be sent more now. A long path is given a quarter more each round trip than was seen to be
    /// on it: so it is found out whether it holds more. On a short one all that was sent is soon in the peer's socket.
    pub(super) fn has_room(&self) -> bool {
        let room = self.counts.room.load(Ordering::Acquire);
        let path = if self.path.is_longer_than(NEAR) {
            let on_the_way = self.path.on_the_way();
            (room / 2)
                .saturating_add(on_the_way)
                .saturating_add(on_the_way / 4)
        } else {
            0
        };
        self.path.outstanding() <= room.max(path)
    }

    /// Gives a message to the channel, as soon as that has room.
    pub(super) async fn send(
        &mut self,
        message: Vec<u8>,
        channel: &dyn DataChannel,
    ) -> Result<(), webrtc::error::Error> {
        let length = message.len() as u64;
        // Before it is given away: on a short path it may have arrived when the channel returns.
        let at = Instant::now();
        channel.send(BytesMut::from(Bytes::from(message))).await?;
        self.path.on_sent(at, length);
        self.counts
            .in_channel
            .store(self.path.waiting(), Ordering::Release);
        self.counts.queued.fetch_sub(length, Ordering::AcqRel);
        self.told = Told::Nothing;
        Ok(())
    }

    /// Looks at how much waits. Returns whether the driver is to be told: once little waits after messages were sent,
    /// and once nothing does.
    pub(super) async fn look(&mut self, channel: &dyn DataChannel) -> Result<Room, webrtc::error::Error> {
        let outstanding = channel.outstanding_bytes().await? as u64;
        self.path.on_outstanding(Instant::now(), outstanding);
        self.counts
            .in_channel
            .store(self.path.waiting(), Ordering::Release);
        let news = match (self.told, self.counts.waiting()) {
            (Told::Nothing | Told::Little, 0) => Told::Empty,
            (Told::Nothing, 1..=LOW_WATER) => Told::Little,
            (Told::Nothing | Told::Little | Told::Empty, _) => return Ok(Room::Known),
        };
        self.told = news;
        Ok(Room::New)
    }
}

/// Whether a look at the channel found something new for the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Few bytes wait, or none, and the driver was not told.
    New,
    /// Nothing that the driver should know.
    Known,
}

/// Whether a description is a browser's, by its `o=` line: Chromium and Safari name a dummy host in it, Firefox itself.
fn is_browsers(sdp: &str) -> bool {
    let mut lines = sdp.lines().map(str::trim_end);
    let origin = lines.find_map(|line| line.strip_prefix("o="));
    origin.is_some_and(|origin| origin.ends_with(" IN IP4 127.0.0.1") || origin.starts_with("mozilla"))
}

#[cfg(test)]
mod tests;
