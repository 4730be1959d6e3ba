//! The queue of messages for one data channel, counted in bytes.
//!
//! The engine keeps to its window; the hard limit here only stops what would otherwise grow without a bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use webrtc::data_channel::DataChannel;

/// How much more than twice the engine's window may wait: announcements and other small frames.
const SLACK: u64 = 1 << 20;

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
    half_window: u64,
}

/// Bytes that wait: in the queue, and in the channel as it was last looked at.
#[derive(Debug, Default)]
struct Counts {
    queued: AtomicU64,
    in_channel: AtomicU64,
}

impl Counts {
    fn waiting(&self) -> u64 {
        self.queued.load(Ordering::Acquire) + self.in_channel.load(Ordering::Acquire)
    }
}

/// Makes the queue for a channel over which `window` bytes may be on their way.
pub(super) fn outgoing(window: usize) -> (Outgoing, Backlog) {
    let (messages, queue) = mpsc::unbounded_channel();
    let counts = Arc::new(Counts::default());
    let window = window as u64;
    let limit = window.saturating_mul(2).saturating_add(SLACK);
    let backlog = Backlog {
        messages: queue,
        counts: Arc::clone(&counts),
        half_window: window / 2,
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

    /// Bytes that wait, in the queue and in the channel.
    pub(super) fn waiting(&self) -> u64 {
        self.counts.waiting()
    }
}

impl Backlog {
    /// Sends one message of the queue, as soon as the channel has room; `None` when the driver's end is gone
    /// and all is sent.
    ///
    /// The channel's own send limit is half the window, so that `writable` means "below half".
    pub(super) async fn send_next(
        &mut self,
        channel: &dyn DataChannel,
    ) -> Option<Result<Progress, webrtc::error::Error>> {
        let message = self.messages.recv().await?;
        let before = self.counts.waiting();
        Some(self.send(message, before, channel).await)
    }

    async fn send(
        &self,
        message: Vec<u8>,
        before: u64,
        channel: &dyn DataChannel,
    ) -> Result<Progress, webrtc::error::Error> {
        let length = message.len() as u64;
        channel.send(BytesMut::from(Bytes::from(message))).await?;
        self.counts.queued.fetch_sub(length, Ordering::AcqRel);
        let drained = self.messages.is_empty();
        if drained {
            channel.writable().await?;
        }
        let in_channel = channel.outstanding_bytes().await?;
        self.counts.in_channel.store(in_channel as u64, Ordering::Release);
        let crossed = before >= self.half_window && self.counts.waiting() < self.half_window;
        Ok(if drained || crossed {
            Progress::BelowHalf
        } else {
            Progress::Sent
        })
    }
}

/// What sending one message led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is in the channel.
    Sent,
    /// It is in the channel, and less than half the window waits.
    BelowHalf,
}
