//! The events that I/O tasks send to the driver, and the one bounded queue for them.
//!
//! A task waits for room in the queue, so a busy driver slows its network down instead of growing.
//! Names of sockets and links are never reused: what a closed one still says is recognised and dropped.

use std::time::Duration;

use bytes::Bytes;
use segment_engine::id::{FetchId, PeerId};
use segment_engine::input::FetchError;
use segment_engine::piece::Piece;
use segment_engine::shelf::ShelfFact;
use signaling_proto::message::Candidate;
use tokio::sync::mpsc;

use crate::skew::Dated;
use crate::token::TokenFileError;

/// How many events wait for the driver before their senders do.
const CAPACITY: usize = 256;

/// Names one WebSocket of the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SocketId(pub(crate) u64);

/// Names one peer connection of the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkId(pub(crate) u64);

/// Something that an I/O task saw.
#[derive(Debug)]
pub(crate) enum IoEvent {
    /// About an HTTP request.
    Fetch(FetchId, FetchEvent),
    /// About the WebSocket to signaling.
    Socket(SocketId, SocketEvent),
    /// About the connection to a peer.
    Link(PeerId, LinkId, LinkEvent),
    /// The number of a round of asking for the time, and the time by a clock that a manifest names, or why none told
    /// it.
    Time(u64, Result<Dated, String>),
    /// The join token's file was read again.
    Token(Result<String, TokenFileError>),
    /// About the stream's part of the shelf.
    Shelf(ShelfFact),
}

/// Something that happened to an HTTP request.
#[derive(Debug)]
pub(crate) enum FetchEvent {
    /// Headers arrived, with status 200 or 206.
    Started {
        partial: bool,
        length: Option<u64>,
        total: Option<u64>,
        url: String,
    },
    /// A part of the body arrived.
    Chunk(Bytes),
    /// The next pieces of a segment's body.
    Pieces(Vec<Piece>),
    /// The body is complete.
    Finished,
    /// The manifest is as it was when it came last.
    Unchanged,
    /// The origin asks to wait this long before the next request.
    RetryAfter(Duration),
    /// The response tells of the origin's clock.
    Dated(Dated),
    /// The request failed.
    Failed(FetchError),
}

/// Something that happened to the WebSocket.
#[derive(Debug)]
pub(crate) enum SocketEvent {
    /// It is open.
    Opened,
    /// A text frame came.
    Message(String),
    /// It closed, or did not open; why, for logs.
    Closed(String),
}

/// Something that happened to a link.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// The local description is made and applied.
    Description(String),
    /// A local candidate was gathered.
    Candidate(Candidate),
    /// The data channel is open.
    Opened,
    /// A message came.
    Message(Vec<u8>),
    /// A round trip was measured.
    Measured(Duration),
    /// The channel's buffered amount has become low, or zero.
    BufferedLow,
    /// The link is gone, or never came up; why, for logs.
    Closed(String),
    /// This host can make no connection, whoever the peer is; why, for the operator.
    Impossible(String),
}

/// The sending end of the queue, for I/O tasks.
pub(crate) type Inbox = mpsc::Sender<IoEvent>;

/// Makes the queue.
pub(crate) fn inbox() -> (Inbox, mpsc::Receiver<IoEvent>) {
    mpsc::channel(CAPACITY)
}
