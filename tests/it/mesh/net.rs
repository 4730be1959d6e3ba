//! Engines with their signaling clients, a signaling server, and a network in which connections come up.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use segment_engine::id::PeerId;
use segment_engine::output::Route as EngineRoute;
use segment_engine::stats::Stats;
use segment_engine::time::{Timestamp, UnixTime};
use segment_engine::wire::Message;
use segment_engine::{Config, Engine, Input, Output};
use signaling_proto::client::{Client, ClientConfig, ClientEvent, ClientInput, ClientOutput, Route};
use signaling_proto::rooms::{ConnId, Rooms, RoomsConfig, RoomsOutput, Scattered};

/// One way, of anything.
const DELAY: Duration = Duration::from_millis(20);

/// From the answer to an open channel.
const HANDSHAKE: Duration = Duration::from_millis(80);

/// How long a driver takes for a description.
const DESCRIBE: Duration = Duration::from_millis(5);

/// When the network begins: a client's first deadline is zero.
const START: Duration = Duration::from_secs(100);

/// What wall clocks read then, in milliseconds.
const UNIX_START: i64 = 1_700_000_000_000;

/// All of it.
pub(crate) struct Net {
    pub(crate) now: Duration,
    sequence: u64,
    queue: BTreeMap<(Duration, u64), Happening>,
    rooms: Rooms,
    sockets: u64,
    nodes: Vec<Node>,
    connections: Vec<Connection>,
    /// Whether the server can be reached.
    pub(crate) signaling: bool,
    /// Pairs between which no connection comes up, the lesser first.
    pub(crate) barred: BTreeSet<(usize, usize)>,
}

struct Node {
    engine: Engine,
    client: Client,
    socket: Option<ConnId>,
    /// The connection to each peer, by the name that this node has for it.
    links: BTreeMap<String, usize>,
    alive: bool,
    opened: u32,
    joined: u32,
    wanted: u32,
}

/// A peer connection between two nodes, each with its name for the other.
struct Connection {
    offerer: (usize, String),
    answerer: Option<(usize, String)>,
    up: bool,
}

enum Happening {
    /// A client is told something.
    Client(usize, ClientInput),
    /// A frame gets to the server.
    Server(ConnId, String),
    /// A frame gets to whoever has that socket.
    Frame(ConnId, String),
    /// A socket is closed by the server.
    Shut(ConnId),
    /// A socket opens.
    Socket(usize),
    /// A connection's channel opens.
    Open(usize),
    /// A message comes out of a connection at a node.
    Message(usize, usize, Message),
    /// A connection is closed at the other end.
    Closed(usize, usize),
}

impl Net {
    pub(crate) fn new() -> Self {
        let config = RoomsConfig {
            connections_per_address: 10_000,
            ..RoomsConfig::default()
        };
        Self {
            now: START,
            sequence: 0,
            queue: BTreeMap::new(),
            rooms: Rooms::new(config, Box::new(Scattered), [1; 32]).expect("a valid configuration"),
            sockets: 0,
            nodes: Vec::new(),
            connections: Vec::new(),
            signaling: true,
            barred: BTreeSet::new(),
        }
    }

    /// Adds a viewer, which joins at once.
    pub(crate) fn add(&mut self, change: impl FnOnce(&mut Config)) -> usize {
        let index = self.nodes.len();
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&(index as u64).to_le_bytes());
        let mut config = Config::viewer("title");
        change(&mut config);
        let client = ClientConfig {
            want: config.min_target_peers,
            capacity: Some(config.max_target_peers),
            ..ClientConfig::new("ws://signal.test/v1/ws", "title")
        };
        self.nodes.push(Node {
            engine: Engine::new(config, seed, self.timestamp()).expect("a valid configuration"),
            client: Client::new(client, seed).expect("a valid configuration"),
            socket: None,
            links: BTreeMap::new(),
            alive: true,
            opened: 0,
            joined: 0,
            wanted: 0,
        });
        self.tell(index, Input::Clock(self.unix()));
        index
    }

    /// Takes a node away without a word.
    pub(crate) fn kill(&mut self, index: usize) {
        self.nodes[index].alive = false;
        for connection in std::mem::take(&mut self.nodes[index].links).into_values() {
            if let Some((other, _)) = self.other(connection, index) {
                self.schedule(DELAY, Happening::Closed(connection, other));
            }
        }
        if let Some(socket) = self.nodes[index].socket.take() {
            self.rooms.handle_closed(self.now, socket);
            self.serve();
        }
    }

    /// Ends the link between two nodes.
    pub(crate) fn cut(&mut self, one: usize, other: usize) {
        let between = |connection: &usize| self.other(*connection, one).is_some_and(|(end, _)| end == other);
        let Some(connection) = self.nodes[one].links.values().copied().find(between) else {
            return;
        };
        self.schedule(DELAY, Happening::Closed(connection, one));
        self.schedule(DELAY, Happening::Closed(connection, other));
    }

    /// Cuts the server off from all, or lets it be reached again.
    pub(crate) fn set_signaling(&mut self, reachable: bool) {
        self.signaling = reachable;
        if reachable {
            return;
        }
        for index in 0..self.nodes.len() {
            if let Some(socket) = self.nodes[index].socket.take() {
                self.rooms.handle_closed(self.now, socket);
                self.schedule(DELAY, Happening::Client(index, ClientInput::SocketClosed));
            }
        }
        self.serve();
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let happening = entry.remove();
                self.happen(happening);
            }
            self.rooms.handle_timeout(self.now);
            self.serve();
            for index in 0..self.nodes.len() {
                self.wake(index);
            }
        }
        self.now = end;
    }

    /// How many pairs of nodes have two links.
    pub(crate) fn doubled(&self) -> usize {
        let neighbours = (0..self.nodes.len()).map(|index| self.neighbours(index));
        let doubled = neighbours.map(|others| others.windows(2).filter(|pair| pair[0] == pair[1]).count());
        doubled.sum::<usize>() / 2
    }

    /// How many offers a node made.
    pub(crate) fn calls(&self, index: usize) -> usize {
        let made = self
            .connections
            .iter()
            .filter(|connection| connection.offerer.0 == index);
        made.count()
    }

    /// How many links a node has that are up.
    pub(crate) fn links(&self, index: usize) -> usize {
        let node = &self.nodes[index];
        node.links
            .values()
            .filter(|connection| self.connections[**connection].up)
            .count()
    }

    /// The nodes that a node is linked to.
    pub(crate) fn neighbours(&self, index: usize) -> Vec<usize> {
        let up = self.nodes[index]
            .links
            .values()
            .filter(|connection| self.connections[**connection].up);
        let mut others: Vec<usize> = up
            .filter_map(|connection| Some(self.other(*connection, index)?.0))
            .collect();
        others.sort_unstable();
        others
    }

    pub(crate) fn stats(&self, index: usize) -> Stats {
        self.nodes[index].engine.stats()
    }

    /// Whether a node's socket to signaling is open.
    pub(crate) fn has_socket(&self, index: usize) -> bool {
        self.nodes[index].socket.is_some()
    }

    /// How often a node opened a socket, was welcomed, and asked for peers.
    pub(crate) fn asked(&self, index: usize) -> (u32, u32, u32) {
        let node = &self.nodes[index];
        (node.opened, node.joined, node.wanted)
    }

    /// Tells an engine something.
    pub(crate) fn tell(&mut self, index: usize, input: Input) {
        if !self.nodes[index].alive {
            return;
        }
        let now = self.timestamp();
        let told = self.nodes[index].engine.handle_input(now, input);
        assert!(told.is_ok(), "the driver keeps to the contract: {told:?}");
        self.drain(index);
    }

    fn tell_client(&mut self, index: usize, input: ClientInput) {
        if self.nodes[index].alive {
            self.nodes[index].client.handle_input(self.now, input);
            self.drain(index);
        }
    }

    fn next(&self) -> Option<Duration> {
        let alive = self.nodes.iter().filter(|node| node.alive);
        let engines = alive.clone().filter_map(|node| node.engine.poll_timeout());
        let engines = engines.map(|at| Duration::from_micros(at.as_micros()));
        let clients = alive.filter_map(|node| node.client.poll_timeout());
        let queue = self.queue.keys().next().map(|(at, _)| *at);
        engines
            .chain(clients)
            .chain(queue)
            .chain(self.rooms.poll_timeout())
            .min()
    }

    fn wake(&mut self, index: usize) {
        let now = self.timestamp();
        let node = &mut self.nodes[index];
        if !node.alive {
            return;
        }
        if node.engine.poll_timeout().is_some_and(|at| at <= now) {
            node.engine.handle_timeout(now);
        }
        if node.client.poll_timeout().is_some_and(|at| at <= self.now) {
            node.client.handle_timeout(self.now);
        }
        self.drain(index);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Client(index, input) => self.tell_client(index, input),
            Happening::Server(socket, frame) => {
                if self.nodes.iter().any(|node| node.socket == Some(socket)) {
                    self.rooms.handle_frame(self.now, socket, &frame);
                    self.serve();
                }
            }
            Happening::Frame(socket, frame) => {
                if let Some(index) = self.nodes.iter().position(|node| node.socket == Some(socket)) {
                    self.tell_client(index, ClientInput::SocketMessage(frame));
                }
            }
            Happening::Shut(socket) => {
                if let Some(index) = self.nodes.iter().position(|node| node.socket == Some(socket)) {
                    self.nodes[index].socket = None;
                    self.tell_client(index, ClientInput::SocketClosed);
                }
            }
            Happening::Socket(index) => self.open_socket(index),
            Happening::Open(connection) => self.open(connection),
            Happening::Message(connection, index, message) => {
                if let Some(peer) = self.name_at(connection, index) {
                    self.tell(
                        index,
                        Input::PeerMessage {
                            peer: id(&peer),
                            message,
                        },
                    );
                }
            }
            Happening::Closed(connection, index) => {
                if let Some(peer) = self.name_at(connection, index) {
                    self.nodes[index].links.remove(&peer);
                    self.tell_client(index, ClientInput::LinkClosed(peer.clone()));
                    self.tell(index, Input::PeerClosed(id(&peer)));
                }
            }
        }
    }

    fn open_socket(&mut self, index: usize) {
        if !self.signaling || !self.nodes[index].alive {
            self.tell_client(index, ClientInput::SocketClosed);
            return;
        }
        self.sockets += 1;
        let socket = ConnId(self.sockets);
        self.rooms
            .handle_connected(self.now, socket, IpAddr::from([127, 0, 0, 1]));
        self.nodes[index].socket = Some(socket);
        self.serve();
        self.tell_client(index, ClientInput::SocketOpened);
    }

    fn open(&mut self, connection: usize) {
        let Connection {
            offerer,
            answerer,
            up,
        } = &mut self.connections[connection];
        let Some(answerer) = answerer else { return };
        let ends = [offerer.clone(), answerer.clone()];
        let stands =
            |(index, name): &(usize, String)| self.nodes[*index].links.get(name) == Some(&connection);
        let pair = (ends[0].0.min(ends[1].0), ends[0].0.max(ends[1].0));
        if *up || !ends.iter().all(stands) || self.barred.contains(&pair) {
            return;
        }
        *up = true;
        for (index, name) in ends {
            self.tell_client(index, ClientInput::LinkUp(name.clone()));
            self.tell(index, Input::PeerConnected(id(&name)));
        }
    }

    /// Does what a node's engine and client want, until neither wants anything.
    fn drain(&mut self, index: usize) {
        loop {
            if let Some(output) = self.nodes[index].engine.poll_output() {
                self.on_engine(index, output);
            } else if let Some(output) = self.nodes[index].client.poll_output() {
                self.on_client(index, output);
            } else {
                return;
            }
        }
    }

    fn on_engine(&mut self, index: usize, output: Output) {
        match output {
            Output::Send { peer, message } => {
                if let Some(connection) = self.nodes[index].links.get(peer.as_str()).copied()
                    && let Some((other, _)) = self.other(connection, index)
                {
                    self.schedule(DELAY, Happening::Message(connection, other, message));
                    // The channel takes all at once.
                    self.tell_later(index, peer);
                }
            }
            Output::Connect { peer, route } => {
                let route = match route {
                    EngineRoute::Signaling => Route::Signaling,
                    EngineRoute::Neighbours => Route::Neighbours,
                };
                let peer = peer.into();
                self.nodes[index]
                    .client
                    .handle_input(self.now, ClientInput::Connect { peer, route });
            }
            Output::Negotiation { peer, payload } => {
                let peer = peer.into();
                self.nodes[index]
                    .client
                    .handle_input(self.now, ClientInput::Relayed { peer, payload });
            }
            Output::LeaveSignaling => self.nodes[index]
                .client
                .handle_input(self.now, ClientInput::Leave),
            Output::JoinSignaling => self.nodes[index].client.handle_input(self.now, ClientInput::Join),
            Output::WantPeers(count) => {
                self.nodes[index].wanted += 1;
                self.nodes[index]
                    .client
                    .handle_input(self.now, ClientInput::WantPeers(count));
            }
            Output::Disconnect { peer, .. } => {
                self.drop_link(index, peer.as_str());
                let closed = ClientInput::LinkClosed(peer.into());
                self.nodes[index].client.handle_input(self.now, closed);
            }
            Output::Fetch(_)
            | Output::AbortFetch(_)
            | Output::Deliver(_)
            | Output::Decline { .. }
            | Output::CheckSignature { .. }
            | Output::Sign { .. }
            | Output::Shelf(_)
            | Output::Event(_) => {}
        }
    }

    fn on_client(&mut self, index: usize, output: ClientOutput) {
        match output {
            ClientOutput::OpenSocket { .. } => {
                self.nodes[index].opened += 1;
                self.schedule(DELAY * 2, Happening::Socket(index));
            }
            ClientOutput::Send(frame) => {
                if let Some(socket) = self.nodes[index].socket {
                    self.schedule(DELAY, Happening::Server(socket, frame));
                }
            }
            ClientOutput::CloseSocket => {
                if let Some(socket) = self.nodes[index].socket.take() {
                    self.rooms.handle_closed(self.now, socket);
                    self.serve();
                }
            }
            ClientOutput::CreateOffer { peer, .. } => {
                self.connections.push(Connection {
                    offerer: (index, peer.clone()),
                    answerer: None,
                    up: false,
                });
                let connection = self.connections.len() - 1;
                self.describe(index, &peer, connection, "offer");
            }
            ClientOutput::AcceptOffer { peer, sdp, .. } => {
                let connection = sdp_number(&sdp, "offer");
                self.connections[connection].answerer = Some((index, peer.clone()));
                self.describe(index, &peer, connection, "answer");
            }
            ClientOutput::AcceptAnswer { peer, sdp } => {
                let connection = sdp_number(&sdp, "answer");
                assert_eq!(
                    self.nodes[index].links.get(&peer),
                    Some(&connection),
                    "an answer to its offer"
                );
                self.schedule(HANDSHAKE, Happening::Open(connection));
            }
            ClientOutput::AddCandidate { .. } => {}
            ClientOutput::Relay { peer, payload } => {
                let peer = id(&peer);
                self.tell_engine(index, Input::Negotiate { peer, payload });
            }
            ClientOutput::DropPeer(peer) => {
                self.drop_link(index, &peer);
                self.tell_engine(index, Input::PeerClosed(id(&peer)));
            }
            ClientOutput::Event(event) => self.on_event(index, event),
        }
    }

    fn on_event(&mut self, index: usize, event: ClientEvent) {
        match event {
            ClientEvent::Joined { .. } => {
                self.nodes[index].joined += 1;
                self.tell_engine(index, Input::SignalingUp);
            }
            ClientEvent::Lost { .. } | ClientEvent::SwitchedOff { .. } => {
                self.tell_engine(index, Input::SignalingDown);
            }
            ClientEvent::Introduced { peer, offer: true } => {
                self.tell_engine(index, Input::PeerIntroduced(id(&peer)));
            }
            ClientEvent::Introduced { .. } => {}
            ClientEvent::Unreachable { peer } => self.tell_engine(index, Input::PeerClosed(id(&peer))),
            ClientEvent::Refused { code, message } => panic!("refused: {code:?} {message}"),
        }
    }

    /// Tells an engine of what its client wants; the caller drains.
    fn tell_engine(&mut self, index: usize, input: Input) {
        let now = self.timestamp();
        let told = self.nodes[index].engine.handle_input(now, input);
        assert!(told.is_ok(), "the driver keeps to the contract: {told:?}");
    }

    fn tell_later(&mut self, index: usize, peer: PeerId) {
        self.tell_engine(index, Input::PeerBuffered { peer, bytes: 0 });
    }

    fn describe(&mut self, index: usize, peer: &str, connection: usize, kind: &str) {
        self.nodes[index].links.insert(peer.to_owned(), connection);
        let sdp = format!("{kind} {connection}");
        let candidate = signaling_proto::message::Candidate {
            candidate: format!("candidate:{connection}"),
            sdp_mid: None,
            sdp_m_line_index: Some(0),
            username_fragment: None,
        };
        let description = ClientInput::LocalDescription {
            peer: peer.to_owned(),
            sdp,
        };
        self.schedule(DESCRIBE, Happening::Client(index, description));
        for _ in 0..6 {
            let candidate = candidate.clone();
            let candidate = ClientInput::LocalCandidate {
                peer: peer.to_owned(),
                candidate,
            };
            self.schedule(DESCRIBE * 2, Happening::Client(index, candidate));
        }
    }

    fn drop_link(&mut self, index: usize, peer: &str) {
        let Some(connection) = self.nodes[index].links.remove(peer) else {
            return;
        };
        if let Some((other, _)) = self
            .other(connection, index)
            .filter(|_| self.connections[connection].up)
        {
            self.schedule(DELAY * 2, Happening::Closed(connection, other));
        }
    }

    /// The other end of a connection, and its name for this one.
    fn other(&self, connection: usize, index: usize) -> Option<(usize, String)> {
        let Connection {
            offerer, answerer, ..
        } = &self.connections[connection];
        if offerer.0 == index {
            answerer.clone()
        } else {
            Some(offerer.clone())
        }
    }

    /// What a node calls the other end of a connection that it still has.
    fn name_at(&self, connection: usize, index: usize) -> Option<String> {
        let mut links = self.nodes[index].links.iter();
        links.find_map(|(name, of)| (*of == connection).then(|| name.clone()))
    }

    fn serve(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            let happening = match output {
                RoomsOutput::Send { conn, message } => Happening::Frame(conn, message.to_json()),
                RoomsOutput::Close { conn, .. } => Happening::Shut(conn),
                RoomsOutput::Abroad(_) => unreachable!("these rooms are all there are"),
            };
            self.schedule(DELAY, happening);
        }
    }

    fn schedule(&mut self, after: Duration, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((self.now + after, self.sequence), happening);
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_micros(u64::try_from(self.now.as_micros()).expect("a short test"))
    }

    fn unix(&self) -> UnixTime {
        let passed = i64::try_from((self.now - START).as_millis()).expect("a short test");
        UnixTime::from_millis(UNIX_START + passed)
    }
}

fn id(name: &str) -> PeerId {
    PeerId::new(name).expect("names of signaling")
}

fn sdp_number(sdp: &str, kind: &str) -> usize {
    let number = sdp
        .strip_prefix(kind)
        .and_then(|number| number.trim().parse().ok());
    number.expect("a description of this net")
}
