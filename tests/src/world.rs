//! The world: one queue of happenings, the nodes they happen to, and what lies between them.
//!
//! Every node is a real engine with a real client of signaling, and signaling is the real [`Rooms`]. The world is their
//! driver: it translates and never chooses. What a player is handed and what leaves for peers is checked each time, what
//! engines hold, how many links they have and what waits for them after every few of their steps.

mod acts;
mod channels;
mod check;
mod http;
mod ledger;
mod limits;
mod making;
mod mischief;
mod playing;
mod recording;
mod signaling;

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

use ed25519_dalek::SigningKey;
use segment_engine::Input;
use segment_engine::config::Config;
use segment_engine::id::PeerId;
use segment_engine::time::Timestamp;
use signaling_proto::client::ClientInput;
use signaling_proto::rooms::Rooms;

use crate::clock::{Dice, Fingerprint, Queue};
use crate::net::{Departures, Downlink, Link, LinkId, PathId, Reach};
use crate::node::Node;
use crate::node_id::NodeId;
use crate::origin::{Origin, Response, ResponseId, Title, Truth};
use crate::scenario::PairingKind;

pub(crate) use ledger::Ledger;
pub(crate) use limits::Limits;
pub use limits::Peaks;
pub(crate) use making::{Leaving, Member, Setting};
pub use recording::Recorded;
use recording::Recording;

thread_local! {
    /// When and where something happened last in this thread's world: for who has to tell why it failed.
    static LAST: Cell<(u64, u32)> = const { Cell::new((0, 0)) };
}

/// When something happened last in this thread's world, and at which node.
pub(crate) fn whereabouts() -> (u64, u32) {
    LAST.get()
}

/// Something that is about to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happening {
    /// The next message of a channel arrives.
    Arrive(PathId),
    /// A turn on a node's uplink is over.
    Uplink(NodeId),
    /// An engine wants to be called.
    Wake(NodeId),
    /// A client of signaling wants to be called.
    ClientWake(NodeId),
    /// Signaling wants to be called.
    RoomsWake,
    /// The next message of a node reaches signaling.
    ToRooms(NodeId),
    /// The next message of signaling reaches a node.
    FromRooms(NodeId),
    /// More of a response arrives, or its failure.
    Response(ResponseId),
    /// A player looks at the clock.
    Tick(NodeId),
    /// A channel opens at both ends, or it turns out that none can.
    Ice(LinkId),
    /// A node notices that the other end of a link is silent.
    Silent(PathId),
    /// A node that means harm does something of itself.
    Mischief(NodeId),
    /// Something that the run has planned.
    Planned(u32),
}

/// Something that has happened and is to be told, after what is being told now.
#[derive(Debug)]
enum News {
    Engine(NodeId, Input),
    Client(NodeId, ClientInput),
}

/// Engines, links, origin, signaling and players under one clock.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: u64,
    queue: Queue<Happening>,
    fingerprint: Fingerprint,
    pub(crate) events: u64,
    pub(crate) title: Title,
    truth: Truth,
    pub(crate) origin: Origin,
    responses: Vec<Option<Response>>,
    pub(crate) nodes: Vec<Node>,
    links: Vec<Link>,
    downlinks: Vec<Downlink>,
    reach: Reach,
    /// How many packets in a million are lost.
    loss: u64,
    rooms: Rooms,
    pairing: PairingKind,
    /// Whether signaling answers.
    signaling_up: bool,
    rooms_wake: u64,
    conns: Vec<NodeId>,
    names: BTreeMap<String, (PeerId, NodeId)>,
    key: SigningKey,
    checked: BTreeMap<[u8; 64], (Vec<u8>, bool)>,
    news: VecDeque<News>,
    stirred: Vec<NodeId>,
    departures: Departures,
    /// Those that mean harm and were dropped for it since somebody last asked.
    found_out: Vec<NodeId>,
    pub(crate) ledger: Ledger,
    viewer: Config,
    seeder: Config,
    dice: Dice,
    /// How often what a node has is looked at: after each so many of its steps.
    scrutiny: u32,
    traced: Option<NodeId>,
    recording: Option<Recording>,
    keeps_events: bool,
}

impl World {
    /// Lets everything happen until then; returns the planned thing that is due, if any comes before.
    pub(crate) fn run_until(&mut self, end: u64) -> Option<u32> {
        while let Some((at, happening)) = self.queue.pop_before(end) {
            self.now = at;
            self.events += 1;
            let code = code(happening);
            self.ledger.happened[(code & 0xff) as usize] += 1;
            self.fingerprint.add(at << 8 ^ code);
            if let Happening::Planned(which) = happening {
                return Some(which);
            }
            self.happen(happening);
            self.settle();
        }
        self.now = end;
        None
    }

    /// Plans something of the run's own.
    pub(crate) fn plan(&mut self, at: u64, which: u32) {
        self.queue.push(at, Happening::Planned(which));
    }

    /// The run so far in one number.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint.value()
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrive(path) => self.on_arrival(path),
            Happening::Uplink(node) => self.on_turn_over(node),
            Happening::Wake(node) => self.on_wake(node),
            Happening::ClientWake(node) => self.on_client_wake(node),
            Happening::RoomsWake => self.on_rooms_wake(),
            Happening::ToRooms(node) => self.on_to_rooms(node),
            Happening::FromRooms(node) => self.on_from_rooms(node),
            Happening::Response(id) => self.on_response(id),
            Happening::Tick(node) => self.on_tick(node),
            Happening::Ice(link) => self.on_ice(link),
            Happening::Silent(path) => self.on_silent(path),
            Happening::Mischief(node) => self.on_mischief(node),
            Happening::Planned(_) => {}
        }
    }

    /// Tells all that is to be told, then puts on the lines what came of it.
    pub(crate) fn settle(&mut self) {
        while let Some(news) = self.news.pop_front() {
            match news {
                News::Engine(node, input) => self.tell(node, input),
                News::Client(node, input) => self.tell_client(node, input),
            }
        }
        while let Some(node) = self.stirred.pop() {
            self.nodes[node.index()].stirred = false;
            self.serve(node);
        }
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.now)
    }

    /// Tells a node's engine something, and does what it wants.
    pub(crate) fn tell(&mut self, node: NodeId, input: Input) {
        let now = self.time();
        LAST.set((self.now, node.0));
        if self.traced == Some(node) {
            self.trace_input(node, &input);
        }
        let Some(engine) = &mut self.nodes[node.index()].engine else {
            return;
        };
        if let Some(recording) = self.recording.as_mut().filter(|recording| recording.node == node) {
            recording.on_input(now, &input);
        }
        let told = engine.handle_input(now, input);
        assert_eq!(
            told,
            Ok(()),
            "node {} was told what breaks the driver's contract",
            node.0
        );
        self.after(node);
    }

    fn on_wake(&mut self, node: NodeId) {
        let now = self.time();
        let member = &mut self.nodes[node.index()];
        if member.wake != self.now {
            return;
        }
        member.wake = u64::MAX;
        LAST.set((now.as_micros(), node.0));
        let Some(engine) = &mut member.engine else {
            return;
        };
        if engine.poll_timeout().is_some_and(|due| due <= now) {
            if let Some(recording) = self.recording.as_mut().filter(|recording| recording.node == node) {
                recording.on_timeout(now);
            }
            engine.handle_timeout(now);
        }
        self.after(node);
    }

    /// Does what an engine wants, and looks when it wants to be called next.
    fn after(&mut self, node: NodeId) {
        let mut wanted = 0;
        loop {
            let Some(engine) = &mut self.nodes[node.index()].engine else {
                return;
            };
            let Some(output) = engine.poll_output() else {
                break;
            };
            wanted += 1;
            self.act(node, output);
        }
        self.check_wanted(node, wanted);
        let now = self.now;
        let member = &mut self.nodes[node.index()];
        let due = member.engine.as_ref().and_then(|engine| engine.poll_timeout());
        if let Some(due) = due.map(|due| due.as_micros().max(now + 1))
            && due < member.wake
        {
            member.wake = due;
            self.queue.push(due, Happening::Wake(node));
        }
        self.check(node);
    }
}

/// A happening as a number: its kind in the lowest byte, of what above.
fn code(happening: Happening) -> u64 {
    let (kind, of) = match happening {
        Happening::Arrive(path) => (1, path.0),
        Happening::Uplink(node) => (2, node.0),
        Happening::Wake(node) => (3, node.0),
        Happening::ClientWake(node) => (4, node.0),
        Happening::RoomsWake => (5, 0),
        Happening::ToRooms(node) => (6, node.0),
        Happening::FromRooms(node) => (7, node.0),
        Happening::Response(id) => (8, id.0),
        Happening::Tick(node) => (9, node.0),
        Happening::Ice(link) => (10, link.0),
        Happening::Silent(path) => (11, path.0),
        Happening::Planned(which) => (12, which),
        Happening::Mischief(node) => (13, node.0),
    };
    kind | u64::from(of) << 32
}
