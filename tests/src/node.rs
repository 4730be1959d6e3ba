//! One member of the swarm: an engine, a client of signaling, a player, and what it is connected by.

use std::collections::VecDeque;

use segment_engine::Engine;
use segment_engine::Event;
use segment_engine::id::{Member, PeerId};
use segment_engine::stats::Stats;
use signaling_proto::client::Client;
use signaling_proto::rooms::ConnId;

use crate::adversary::Conduct;
use crate::net::{PathId, Place, Uplink};
use crate::origin::ResponseId;
use crate::player::Player;
use crate::world::Limits;

/// The part of a node in the swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Viewer,
    Seeder,
}

/// A node's socket to signaling.
#[derive(Debug, Default)]
pub(crate) struct Socket {
    /// The connection it has, as the server names it.
    pub(crate) conn: Option<ConnId>,
    /// The number of this attempt: what belongs to an earlier one is dropped.
    pub(crate) attempt: u32,
    /// The attempt that the server's messages belong to.
    pub(crate) answered: u32,
    /// On their way to the server.
    pub(crate) up: VecDeque<(u32, Carried)>,
    /// On their way to the node.
    pub(crate) down: VecDeque<(u32, Carried)>,
}

/// What travels between a node and signaling.
#[derive(Debug)]
pub(crate) enum Carried {
    Open,
    Text(String),
    Close,
}

/// A peer that a node has a link to.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: PeerId,
    pub(crate) path: PathId,
}

/// A member of the swarm.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) part: Part,
    /// What signaling calls it now.
    pub(crate) name: Option<PeerId>,
    pub(crate) engine: Option<Box<Engine>>,
    pub(crate) client: Option<Box<Client>>,
    pub(crate) player: Option<Box<Player>>,
    pub(crate) socket: Socket,
    /// The time of the engine's wake-up in the queue; `u64::MAX` if there is none.
    pub(crate) wake: u64,
    pub(crate) client_wake: u64,
    pub(crate) tick: u64,
    pub(crate) known: Vec<Known>,
    pub(crate) uplink: Uplink,
    /// Whether it is in line to have its uplink served.
    pub(crate) stirred: bool,
    pub(crate) downlink: u32,
    pub(crate) place: Place,
    pub(crate) conduct: Conduct,
    /// The name that its engine gives itself; learned only of nodes that mean harm.
    pub(crate) member: Option<Member>,
    pub(crate) alive: bool,
    /// Whether its player has to ask for the manifest again.
    pub(crate) awaits_manifest: bool,
    pub(crate) responses: Vec<ResponseId>,
    pub(crate) next_demand: u64,
    /// Whether it has made an HTTP request before.
    pub(crate) warm: bool,
    /// Bits per second that it sends for others, as its scenario has it; 0 for nothing.
    pub(crate) gives: u64,
    pub(crate) joined: u64,
    /// How often its engine asked for peers.
    pub(crate) wanted: u32,
    /// Bytes of segments that the origin sent it.
    pub(crate) fetched: u64,
    pub(crate) steps: u32,
    /// Its engine's counters when figures began to be taken.
    pub(crate) before: Option<Box<Stats>>,
    pub(crate) busy_before: u64,
    /// How long its uplink was busy while figures were taken, in microseconds.
    pub(crate) busy: u64,
    /// Its engine's counters when it left.
    pub(crate) last: Option<Box<Stats>>,
    /// Its engine's events, if they are kept.
    pub(crate) events: Option<Vec<Event>>,
    /// What it may have, and send, at most.
    pub(crate) limits: Limits,
}

impl Node {
    /// The path to a peer.
    pub(crate) fn path_to(&self, peer: &PeerId) -> Option<PathId> {
        let known = self.known.iter().find(|known| known.name == *peer);
        known.map(|known| known.path)
    }

    pub(crate) fn learn(&mut self, name: PeerId, path: PathId) {
        // An offer that crossed another's is withdrawn: the name stands for the link that is made instead.
        self.known.retain(|known| known.name != name);
        self.known.push(Known { name, path });
    }

    pub(crate) fn unlearn(&mut self, path: PathId) {
        self.known.retain(|known| known.path != path);
    }
}
