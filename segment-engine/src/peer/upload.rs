//! What a peer is to get: notes of what is held and right, then the pieces it asked for, as its channel drains.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::id::SegmentKey;
use crate::integrity::SignedBatch;
use crate::piece::Body;
use crate::wire::{Frame, Have, MAX_FRAME, PieceBody, RequestId};

/// The most requests of one peer that wait; a peer of ours asks for no more than its link window.
const MAX_QUEUE: usize = 16;

/// The most notes that wait for one peer: all batches that are kept, and the announcements of a large store.
const MAX_NOTES: usize = 4_096;

/// Something to tell a peer, which can wait for its channel.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// Digests.
    Digests(Arc<SignedBatch>),
    /// Segments that came; at most a frame's worth.
    Came(Vec<Have>),
    /// Segments that went; at most a frame's worth.
    Gone(Vec<SegmentKey>),
}

/// The uploads to one peer, and how full its channel is.
#[derive(Debug)]
pub(crate) struct Uploads {
    notes: VecDeque<Note>,
    queue: VecDeque<Upload>,
    window: u64,
    buffered: u64,
}

#[derive(Debug)]
struct Upload {
    request: RequestId,
    body: Body,
    next: u32,
    end: u32,
}

/// A peer has as much waiting as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

impl Uploads {
    /// An empty queue for a channel that takes `window` bytes at a time.
    pub(crate) fn new(window: u64) -> Self {
        Self {
            notes: VecDeque::new(),
            queue: VecDeque::new(),
            window,
            buffered: 0,
        }
    }

    /// Queues a note; in order, and before all pieces.
    pub(crate) fn note(&mut self, note: Note) -> Result<(), QueueFull> {
        if self.notes.len() >= MAX_NOTES {
            return Err(QueueFull);
        }
        self.notes.push_back(note);
        Ok(())
    }

    /// Queues pieces `first..first + count` of a segment; pieces beyond its end are left out.
    pub(crate) fn push(
        &mut self,
        request: RequestId,
        body: Body,
        first: u32,
        count: u32,
    ) -> Result<(), QueueFull> {
        if self.queue.len() >= MAX_QUEUE {
            return Err(QueueFull);
        }
        let pieces = crate::piece::piece_count(body.len());
        let end = first.saturating_add(count).min(pieces);
        self.queue.push_back(Upload {
            request,
            body,
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

    /// The next frame to send, while the channel has room: notes first, then pieces; requests take turns.
    pub(crate) fn next_frame(&mut self) -> Option<Frame> {
        if self.buffered + MAX_FRAME as u64 > self.window {
            return None;
        }
        match self.notes.pop_front() {
            Some(note) => Some(note.into_frame()),
            None => self.next_piece(),
        }
    }

    fn next_piece(&mut self) -> Option<Frame> {
        loop {
            let mut upload = self.queue.pop_front()?;
            if upload.next >= upload.end {
                continue;
            }
            let Some(piece) = upload.body.pieces().get(upload.next as usize) else {
                continue;
            };
            let frame = Frame::Piece {
                request: upload.request,
                piece: upload.next,
                body: PieceBody::Plain(piece.clone()),
            };
            upload.next += 1;
            if upload.next < upload.end {
                self.queue.push_back(upload);
            }
            return Some(frame);
        }
    }
}

impl Note {
    fn into_frame(self) -> Frame {
        match self {
            Self::Digests(batch) => Frame::Digests {
                batch: batch.message.clone(),
                signature: batch.signature,
            },
            Self::Came(came) => Frame::Announce {
                came,
                gone: Vec::new(),
            },
            Self::Gone(gone) => Frame::Announce {
                came: Vec::new(),
                gone,
            },
        }
    }
}
