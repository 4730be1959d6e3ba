//! Clients and a server wired in memory, each client with a driver that does what WebRTC would.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use super::harness::{candidate, config, connect};
use crate::client::{Client, ClientConfig, ClientEvent, ClientInput, ClientOutput};
use crate::rooms::{ConnId, Rooms, RoomsConfig, RoomsOutput, Scattered};

#[test]
fn two_clients_negotiate_a_link() {
    let mut world = World::new(2);
    world.run(Duration::from_secs(1));
    world.assert_all_linked();
    let stats = world.rooms.stats();
    assert_eq!((stats.offers, stats.answers, stats.pairs), (1, 1, 1));
    assert_eq!(stats.candidates, 2 * u64::from(CANDIDATES));
    assert_eq!(stats.refused, Default::default());
    assert_eq!(stats.undeliverable, 0);
}

#[test]
fn thirteen_clients_that_arrive_together_all_link_within_the_rate_limit() {
    let mut world = World::with(13, |config| config.want = 12);
    world.run(Duration::from_secs(1));
    world.assert_all_linked();
    assert_eq!(world.rooms.stats().refused, Default::default());
}

#[test]
fn links_outlive_signaling_and_newcomers_join_after_it_is_back() {
    let mut world = World::new(3);
    world.run(Duration::from_secs(40));
    world.assert_all_linked();
    let links = world.links();

    world.reachable = false;
    world.cut_sockets();
    world.run(Duration::from_secs(300));
    assert_eq!(world.links(), links, "nothing came down");
    assert_eq!(world.rooms.stats().peers, 0);
    let attempts = world.nodes[0].opened;
    assert!(
        (11..80).contains(&attempts),
        "back-off bounds the attempts in five minutes: {attempts}"
    );

    world.reachable = true;
    world.add(config());
    world.run(Duration::from_secs(40));
    assert_eq!(world.rooms.stats().peers, 4);
    assert!(world.links().is_superset(&links));
    assert!(
        world.nodes[3].up.len() >= 3,
        "the newcomer is linked to all: {:?}",
        world.nodes[3].up
    );
}

#[test]
fn a_client_whose_connections_fail_gives_up_in_time_and_frees_its_pairings() {
    let mut world = World::new(2);
    world.nodes.iter_mut().for_each(|node| node.broken = true);
    world.run(Duration::from_secs(9));
    assert_eq!(world.rooms.stats().pairs, 1);
    world.run(Duration::from_secs(3));
    assert_eq!(world.rooms.stats().pairs, 0);
    assert_eq!(world.nodes[0].unreachable, 1);
    assert_eq!(world.nodes[1].unreachable, 1);
    assert_eq!(world.links(), BTreeSet::new());
}

#[test]
fn a_client_that_leaves_is_forgotten_and_its_links_stay_the_engines() {
    let mut world = World::new(2);
    world.run(Duration::from_secs(1));
    let now = world.now;
    world.nodes[0].client.handle_input(now, ClientInput::Leave);
    world.run(Duration::from_secs(1));
    assert_eq!(world.rooms.stats().peers, 1);
    assert_eq!(world.links().len(), 2);
}

#[test]
fn a_silent_network_is_noticed_on_both_sides() {
    let mut world = World::new(2);
    world.run(Duration::from_secs(1));
    world.frozen = true;
    world.run(Duration::from_secs(70));
    assert_eq!(world.rooms.stats().peers, 0);
    assert_eq!(world.rooms.stats().refused.silent, 2);
    assert!(world.nodes.iter().all(|node| node.lost >= 1));
    assert_eq!(world.links().len(), 2);
}

/// How many candidates each driver trickles.
const CANDIDATES: u32 = 10;
/// How long a frame takes.
const LATENCY: Duration = Duration::from_millis(20);

/// A server, clients, and the network between them.
struct World {
    now: Duration,
    rooms: Rooms,
    nodes: Vec<Node>,
    connections: u64,
    /// Whether sockets open.
    reachable: bool,
    /// Whether frames are lost.
    frozen: bool,
    wire: VecDeque<(Duration, Parcel)>,
}

struct Node {
    client: Client,
    conn: Option<ConnId>,
    /// Its driver's connections, by peer, with the candidates that were applied.
    dialled: BTreeMap<String, u32>,
    up: BTreeSet<String>,
    id: String,
    opened: u32,
    lost: u32,
    unreachable: u32,
    /// Its data channels never open.
    broken: bool,
}

enum Parcel {
    ToServer(ConnId, String),
    ToClient(ConnId, String),
    Opened(usize),
    Failed(usize),
    Closed(ConnId),
}

impl World {
    fn new(clients: usize) -> Self {
        Self::with(clients, |_| {})
    }

    fn with(clients: usize, change: impl Fn(&mut ClientConfig)) -> Self {
        let rooms = Rooms::new(RoomsConfig::default(), Box::new(Scattered), [1; 32]).unwrap();
        let mut world = Self {
            now: Duration::from_secs(1),
            rooms,
            nodes: Vec::new(),
            connections: 0,
            reachable: true,
            frozen: false,
            wire: VecDeque::new(),
        };
        for _ in 0..clients {
            let mut config = config();
            change(&mut config);
            world.add(config);
        }
        world
    }

    fn add(&mut self, config: ClientConfig) {
        let seed = [u8::try_from(self.nodes.len()).unwrap(); 32];
        self.nodes.push(Node {
            client: Client::new(config, seed).unwrap(),
            conn: None,
            dialled: BTreeMap::new(),
            up: BTreeSet::new(),
            id: String::new(),
            opened: 0,
            lost: 0,
            unreachable: 0,
            broken: false,
        });
    }

    /// Lets time pass in steps of 10 ms.
    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.now += Duration::from_millis(10);
            self.rooms.handle_timeout(self.now);
            for index in 0..self.nodes.len() {
                self.nodes[index].client.handle_timeout(self.now);
            }
            self.settle();
            while let Some((_, parcel)) = self.wire.pop_front_if(|(due, _)| *due <= self.now) {
                self.deliver(parcel);
                self.settle();
            }
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        let now = self.now;
        match parcel {
            Parcel::ToServer(conn, frame) => self.rooms.handle_frame(now, conn, &frame),
            Parcel::ToClient(conn, frame) => {
                if let Some(node) = self.nodes.iter_mut().find(|node| node.conn == Some(conn)) {
                    node.client.handle_input(now, ClientInput::SocketMessage(frame));
                }
            }
            Parcel::Opened(index) => {
                self.connections += 1;
                let conn = ConnId(self.connections);
                self.rooms
                    .handle_connected(now, conn, IpAddr::from([127, 0, 0, 1]));
                self.nodes[index].conn = Some(conn);
                self.nodes[index]
                    .client
                    .handle_input(now, ClientInput::SocketOpened);
            }
            Parcel::Failed(index) => self.nodes[index]
                .client
                .handle_input(now, ClientInput::SocketClosed),
            Parcel::Closed(conn) => {
                if let Some(node) = self.nodes.iter_mut().find(|node| node.conn == Some(conn)) {
                    node.conn = None;
                    node.client.handle_input(now, ClientInput::SocketClosed);
                }
            }
        }
    }

    fn settle(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            let parcel = match output {
                RoomsOutput::Send { conn, message } => Parcel::ToClient(conn, message.to_json()),
                RoomsOutput::Close { conn, .. } => Parcel::Closed(conn),
                RoomsOutput::Abroad(envelope) => panic!("{envelope:?}"),
            };
            self.post(parcel);
        }
        for index in 0..self.nodes.len() {
            while let Some(output) = self.nodes[index].client.poll_output() {
                self.drive(index, output);
            }
        }
    }

    fn post(&mut self, parcel: Parcel) {
        if !self.frozen {
            self.wire.push_back((self.now + LATENCY, parcel));
        }
    }

    /// What a driver does with an output.
    fn drive(&mut self, index: usize, output: ClientOutput) {
        let now = self.now;
        let node = &mut self.nodes[index];
        match output {
            ClientOutput::OpenSocket { .. } => {
                node.opened += 1;
                self.post(if self.reachable {
                    Parcel::Opened(index)
                } else {
                    Parcel::Failed(index)
                });
            }
            ClientOutput::Send(frame) => {
                let conn = node.conn.expect("it sends on an open socket only");
                self.post(Parcel::ToServer(conn, frame));
            }
            ClientOutput::CloseSocket => {
                let conn = node.conn.take();
                if let Some(conn) = conn.filter(|_| !self.frozen) {
                    self.rooms.handle_closed(now, conn);
                }
            }
            ClientOutput::CreateOffer { peer, .. } | ClientOutput::AcceptOffer { peer, .. } => {
                assert!(
                    node.dialled.insert(peer.clone(), 0).is_none(),
                    "one connection per peer"
                );
                let sdp = format!("v=0 {index}");
                node.client.handle_input(
                    now,
                    ClientInput::LocalDescription {
                        peer: peer.clone(),
                        sdp,
                    },
                );
                for number in 0..CANDIDATES {
                    let candidate = candidate(usize::try_from(number).unwrap());
                    node.client.handle_input(
                        now,
                        ClientInput::LocalCandidate {
                            peer: peer.clone(),
                            candidate,
                        },
                    );
                }
            }
            ClientOutput::AcceptAnswer { peer, .. } => assert!(node.dialled.contains_key(&peer)),
            ClientOutput::AddCandidate { peer, .. } => {
                let applied = node
                    .dialled
                    .get_mut(&peer)
                    .expect("a candidate follows its description");
                *applied += 1;
                // Where every candidate is there, the channel opens.
                if *applied == CANDIDATES && !node.broken {
                    node.up.insert(peer.clone());
                    node.client.handle_input(now, ClientInput::LinkUp(peer));
                }
            }
            ClientOutput::Relay { .. } => panic!("nobody calls over a neighbour here"),
            ClientOutput::DropPeer(peer) => {
                node.dialled
                    .remove(&peer)
                    .expect("only a connection that was made is dropped");
                node.up.remove(&peer);
            }
            ClientOutput::Event(event) => self.on_event(index, event),
        }
    }

    fn on_event(&mut self, index: usize, event: ClientEvent) {
        let now = self.now;
        let node = &mut self.nodes[index];
        match event {
            ClientEvent::Joined { peer, .. } => node.id = peer,
            ClientEvent::Introduced { peer, offer: true } => {
                node.client.handle_input(now, connect(&peer));
            }
            ClientEvent::Introduced { .. } => {}
            ClientEvent::Lost { .. } => node.lost += 1,
            ClientEvent::Unreachable { .. } => node.unreachable += 1,
            ClientEvent::Refused { code, message } => panic!("refused: {code:?} {message}"),
            ClientEvent::SwitchedOff { .. } => panic!("all are in"),
        }
    }

    fn cut_sockets(&mut self) {
        for index in 0..self.nodes.len() {
            if let Some(conn) = self.nodes[index].conn.take() {
                self.rooms.handle_closed(self.now, conn);
                self.nodes[index]
                    .client
                    .handle_input(self.now, ClientInput::SocketClosed);
            }
        }
    }

    /// Every end of every link: whose, and to which peer id.
    fn links(&self) -> BTreeSet<(usize, String)> {
        let ends = self.nodes.iter().enumerate();
        ends.flat_map(|(index, node)| node.up.iter().map(move |peer| (index, peer.clone())))
            .collect()
    }

    fn assert_all_linked(&self) {
        for (index, node) in self.nodes.iter().enumerate() {
            let others = self.nodes.iter().enumerate().filter(|(other, _)| *other != index);
            let others: BTreeSet<String> = others.map(|(_, other)| other.id.clone()).collect();
            assert_eq!(node.up, others, "node {index}");
        }
    }
}
