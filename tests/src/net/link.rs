//! A link between two nodes: a negotiation at first, then a channel each way.

use std::collections::VecDeque;

use segment_engine::id::PeerId;
use segment_engine::wire::Message;

use crate::node_id::NodeId;

/// Names a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LinkId(pub(crate) u32);

/// Names one direction of a link: that from its end `side`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PathId(pub(crate) u32);

impl PathId {
    pub(crate) fn new(link: LinkId, side: usize) -> Self {
        Self(link.0 * 2 + u32::from(side == 1))
    }

    pub(crate) fn link(self) -> LinkId {
        LinkId(self.0 / 2)
    }

    /// The end it comes from.
    pub(crate) fn side(self) -> usize {
        usize::from(self.0 % 2 == 1)
    }

    /// The way back.
    pub(crate) fn back(self) -> Self {
        Self(self.0 ^ 1)
    }
}

/// Something on its way over a channel.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// A message of the engine's.
    Message(Message),
    /// The end of the channel, after all that was sent before.
    Close,
}

impl Parcel {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Message(message) => message.len(),
            Self::Close => 64,
        }
    }
}

/// How far one end of a link has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its node has not heard of it yet.
    Unknown,
    /// Its node negotiates.
    Negotiating,
    /// Its channel is open.
    Open,
    /// It is closed, or given up.
    Closed,
}

/// One direction.
#[derive(Debug)]
pub(crate) struct Path {
    /// The node that sends.
    pub(crate) node: NodeId,
    /// The name by which that node knows the node at the other end.
    pub(crate) name: PeerId,
    pub(crate) end: End,
    /// Whether its node has a description of the other side.
    pub(crate) described: bool,
    /// Parcels that were sent and have not arrived, in order: those on the line first, then those that wait for it. A
    /// parcel keeps its place when it leaves.
    parcels: VecDeque<Parcel>,
    /// How many of them are on the line.
    flying: usize,
    /// Bytes of those that wait.
    pub(crate) waiting: u64,
    /// When the channel's own rate lets the next message go.
    pub(crate) free_at: u64,
    /// When the last message sent arrives.
    pub(crate) last: u64,
    /// Whether it is among those of its uplink that have something to send.
    pub(crate) lined_up: bool,
    /// Whether its node is to be told how much waits.
    pub(crate) touched: bool,
}

impl Path {
    fn new(node: NodeId, name: PeerId, end: End) -> Self {
        Self {
            node,
            name,
            end,
            described: false,
            parcels: VecDeque::new(),
            flying: 0,
            waiting: 0,
            free_at: 0,
            last: 0,
            lined_up: false,
            touched: false,
        }
    }

    /// Adds what is to leave after all that waits.
    pub(crate) fn push(&mut self, parcel: Parcel) {
        self.waiting += parcel.len() as u64;
        self.parcels.push_back(parcel);
    }

    /// Whether nothing waits.
    pub(crate) fn is_drained(&self) -> bool {
        self.flying == self.parcels.len()
    }

    /// Puts the next that waits on the line; returns its bytes.
    pub(crate) fn depart(&mut self) -> Option<usize> {
        let bytes = self.parcels.get(self.flying)?.len();
        self.flying += 1;
        self.waiting -= bytes as u64;
        Some(bytes)
    }

    /// Takes the next that is on the line off it.
    pub(crate) fn arrive(&mut self) -> Option<Parcel> {
        self.flying = self.flying.checked_sub(1)?;
        self.parcels.pop_front()
    }
}

/// A link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) paths: [Path; 2],
    /// The one-way delay, in microseconds.
    pub(crate) latency: u64,
    /// The most bytes per second that a channel brings.
    pub(crate) rate: u64,
}

/// The rate of one channel at a round trip of 20 ms: 50 Mbit/s, as measured in Chromium. It shrinks as the round trip
/// grows.
const RATE_AT_20_MS: u64 = 50_000_000 / 8;

impl Link {
    /// A link that the first node negotiates; the second has not heard of it.
    pub(crate) fn new(from: (NodeId, PeerId), to: (NodeId, PeerId), latency: u64) -> Self {
        let round_trip = (latency * 2).max(2_000);
        Self {
            paths: [
                Path::new(from.0, from.1, End::Negotiating),
                Path::new(to.0, to.1, End::Unknown),
            ],
            latency,
            rate: RATE_AT_20_MS * 20_000 / round_trip.max(20_000),
        }
    }
}
