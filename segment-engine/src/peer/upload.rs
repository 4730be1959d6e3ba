//! What a peer asked for: a short queue, sent piece by piece as its channel drains.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::wire::{Frame, MAX_FRAME, PIECE, RequestId};

/// The most requests of one peer that wait; a peer of ours asks for no more than its link window.
const MAX_QUEUE: usize = 16;

/// The uploads to one peer, and how full its channel is.
#[derive(Debug)]
pub(crate) struct Uploads {
    queue: VecDeque<Upload>,
    window: u64,
    buffered: u64,
}

#[derive(Debug)]
struct Upload {
    request: RequestId,
    bytes: Arc<[u8]>,
    next: u32,
    end: u32,
}

/// A peer has as many requests waiting as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

impl Uploads {
    /// An empty queue for a channel that takes `window` bytes at a time.
    pub(crate) fn new(window: u64) -> Self {
        Self {
            queue: VecDeque::new(),
            window,
            buffered: 0,
        }
    }

    /// Queues pieces `first..first + count` of a segment; pieces beyond its end are left out.
    pub(crate) fn push(
        &mut self,
        request: RequestId,
        bytes: Arc<[u8]>,
        first: u32,
        count: u32,
    ) -> Result<(), QueueFull> {
        if self.queue.len() >= MAX_QUEUE {
            return Err(QueueFull);
        }
        let pieces = crate::wire::piece_count(bytes.len() as u64);
        let end = first.saturating_add(count).min(pieces);
        self.queue.push_back(Upload {
            request,
            bytes,
            next: first,
            end,
        });
        Ok(())
    }

    /// Forgets a request.
    pub(crate) fn cancel(&mut self, request: RequestId) {
        self.queue.retain(|upload| upload.request != request);
    }

    /// Notes how much waits in the channel.
    pub(crate) fn on_buffered(&mut self, bytes: u64) {
        self.buffered = bytes;
    }

    /// Notes that a frame was handed to the channel.
    pub(crate) fn on_sent(&mut self, bytes: usize) {
        self.buffered = self.buffered.saturating_add(bytes as u64);
    }

    /// The next piece to send, while the channel has room; requests take turns.
    pub(crate) fn next_piece(&mut self) -> Option<Frame> {
        while self.buffered + MAX_FRAME as u64 <= self.window {
            let mut upload = self.queue.pop_front()?;
            if upload.next >= upload.end {
                continue;
            }
            let start = upload.next as usize * PIECE;
            let data = upload.bytes[start..upload.bytes.len().min(start + PIECE)].to_vec();
            let frame = Frame::Piece {
                request: upload.request,
                piece: upload.next,
                data,
            };
            upload.next += 1;
            if upload.next < upload.end {
                self.queue.push_back(upload);
            }
            return Some(frame);
        }
        None
    }
}
