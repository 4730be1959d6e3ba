//! One member of the swarm: an engine, its conduct, its player, and its pipes to others.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use segment_engine::id::{DemandId, PeerId};
use segment_engine::piece::Piece;
use segment_engine::wire::Message;
use segment_engine::{Engine, Event};

use crate::link::Pipe;
use crate::player::Viewing;

/// Names a node of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub(crate) usize);

/// How a node treats what its engine sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Sends it as it is.
    Honest,
    /// Changes a byte of each piece.
    Alters,
    /// Sends everything but pieces.
    Withholds,
}

/// A member of the swarm.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: PeerId,
    pub(crate) engine: Engine,
    pub(crate) conduct: Conduct,
    pub(crate) alive: bool,
    /// Bytes per second that it can send, over each link.
    pub(crate) uplink: u64,
    pub(crate) pipes: BTreeMap<NodeId, Pipe>,
    pub(crate) viewing: Option<Viewing>,
    pub(crate) demands: BTreeMap<DemandId, String>,
    pub(crate) next_demand: u64,
    /// How often its engine asked for peers.
    pub(crate) wanted: u32,
    pub(crate) events: VecDeque<Event>,
}

impl Node {
    pub(crate) fn new(id: PeerId, engine: Engine, conduct: Conduct) -> Self {
        Self {
            id,
            engine,
            conduct,
            alive: true,
            uplink: 2_500_000,
            pipes: BTreeMap::new(),
            viewing: None,
            demands: BTreeMap::new(),
            next_demand: 0,
            wanted: 0,
            events: VecDeque::new(),
        }
    }

    /// Opens the pipe to another node.
    pub(crate) fn open(&mut self, to: NodeId, delay: Duration) {
        self.pipes.insert(to, Pipe::new(self.uplink, delay));
    }

    /// What leaves this node of what its engine sends.
    pub(crate) fn passes(&self, message: Message) -> Option<Message> {
        match (self.conduct, message) {
            (
                Conduct::Alters,
                Message::Piece {
                    request,
                    index,
                    piece,
                },
            ) => {
                let mut bytes = piece.bytes().to_vec();
                bytes[0] ^= 0xff;
                let piece = Piece::new(&bytes);
                Some(Message::Piece {
                    request,
                    index,
                    piece,
                })
            }
            (Conduct::Withholds, Message::Piece { .. }) => None,
            (Conduct::Honest | Conduct::Alters | Conduct::Withholds, message) => Some(message),
        }
    }
}
