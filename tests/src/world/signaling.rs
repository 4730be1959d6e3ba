//! Signaling: the sockets between clients and rooms, and the negotiations that they carry.

use std::time::Duration;

use segment_engine::Input;
use segment_engine::id::PeerId;
use segment_engine::time::UnixTime;
use signaling_proto::client::{ClientEvent, ClientInput, ClientOutput, ServerClock};
use signaling_proto::message::{Candidate, ToClient, Welcome};
use signaling_proto::rooms::{ConnId, Rooms, RoomsOutput};

use super::making::whence;
use super::{Happening, News, NodeId, World};
use crate::clock::MILLI;
use crate::net::{End, Link, LinkId, PathId};
use crate::node::Carried;

/// The one-way delay from a region's backbone to signaling.
const TO_SIGNALING: u64 = 15 * MILLI;

impl World {
    fn signaling_time(&self) -> Duration {
        Duration::from_micros(self.now)
    }

    pub(super) fn tell_client(&mut self, node: NodeId, input: ClientInput) {
        let now = self.signaling_time();
        let Some(client) = &mut self.nodes[node.index()].client else {
            return;
        };
        client.handle_input(now, input);
        self.after_client(node);
    }

    pub(super) fn on_client_wake(&mut self, node: NodeId) {
        let now = self.signaling_time();
        let member = &mut self.nodes[node.index()];
        if member.client_wake != self.now {
            return;
        }
        member.client_wake = u64::MAX;
        if let Some(client) = &mut member.client {
            if client.poll_timeout().is_some_and(|due| due <= now) {
                client.handle_timeout(now);
            }
            self.after_client(node);
        }
    }

    pub(super) fn after_client(&mut self, node: NodeId) {
        while let Some(output) = self.nodes[node.index()]
            .client
            .as_mut()
            .and_then(|client| client.poll_output())
        {
            self.act_for_client(node, output);
        }
        let now = self.now;
        let member = &mut self.nodes[node.index()];
        let due = member.client.as_ref().and_then(|client| client.poll_timeout());
        if let Some(due) = due.map(|due| micros(due).max(now + 1))
            && due < member.client_wake
        {
            member.client_wake = due;
            self.queue.push(due, Happening::ClientWake(node));
        }
    }

    fn act_for_client(&mut self, node: NodeId, output: ClientOutput) {
        match output {
            ClientOutput::OpenSocket { .. } => {
                self.nodes[node.index()].socket.attempt += 1;
                self.carry_up(node, Carried::Open);
            }
            ClientOutput::Send(text) => self.carry_up(node, Carried::Text(text)),
            ClientOutput::CloseSocket => {
                self.carry_up(node, Carried::Close);
                self.nodes[node.index()].socket.attempt += 1;
            }
            ClientOutput::CreateOffer { peer, .. } => self.offer(node, &peer),
            ClientOutput::AcceptOffer { peer, sdp, .. } => self.accept_offer(node, &peer, &sdp),
            ClientOutput::AcceptAnswer { peer, .. } => self.accept_answer(node, &peer),
            ClientOutput::AddCandidate { .. } => {}
            ClientOutput::Relay { peer, payload } => {
                if let Ok(peer) = PeerId::new(&peer) {
                    self.news
                        .push_back(News::Engine(node, Input::Negotiate { peer, payload }));
                }
            }
            ClientOutput::DropPeer(peer) => self.drop_path(node, &peer),
            ClientOutput::Event(event) => self.on_client_event(node, event),
        }
    }

    fn on_client_event(&mut self, node: NodeId, event: ClientEvent) {
        let input = match event {
            ClientEvent::Joined { clock, .. } => {
                if let Some(ServerClock { unix_ms, within }) = clock {
                    let unix = UnixTime::from_millis(unix_ms);
                    let told = Input::SignalingClock { unix, within };
                    self.news.push_back(News::Engine(node, told));
                }
                Input::SignalingUp
            }
            ClientEvent::Lost { .. } | ClientEvent::SwitchedOff { .. } => Input::SignalingDown,
            ClientEvent::Introduced { peer, offer } => match self.names.get(&peer) {
                Some((name, _)) if offer => Input::PeerIntroduced(name.clone()),
                Some(_) | None => return,
            },
            ClientEvent::Unreachable { peer } => match self.names.get(&peer) {
                Some((name, _)) => Input::PeerClosed(name.clone()),
                None => return,
            },
            ClientEvent::Refused { .. } => return,
        };
        self.news.push_back(News::Engine(node, input));
    }

    fn offer(&mut self, node: NodeId, peer: &str) {
        let own = self.nodes[node.index()].name.clone();
        let (Some((name, other)), Some(own)) = (self.names.get(peer).cloned(), own) else {
            return;
        };
        let id = self.next_link();
        let latency = self.link_latency(node, other);
        self.ledger.on_link(latency);
        self.links
            .push(Link::new((node, name.clone()), (other, own), latency));
        self.nodes[node.index()].learn(name, PathId::new(id, 0));
        self.describe(node, peer, id);
    }

    /// Dials a peer without signaling: the channel opens a quarter of a second later.
    pub(super) fn dial(&mut self, node: NodeId, peer: &PeerId) {
        let own = self.nodes[node.index()].name.clone();
        let (Some((name, other)), Some(own)) = (self.names.get(peer.as_str()).cloned(), own) else {
            return;
        };
        if !self.nodes[other.index()].alive {
            return;
        }
        let id = self.next_link();
        let mut link = Link::new(
            (node, name.clone()),
            (other, own.clone()),
            self.link_latency(node, other),
        );
        link.paths[1].end = End::Negotiating;
        self.links.push(link);
        self.nodes[node.index()].learn(name, PathId::new(id, 0));
        self.nodes[other.index()].learn(own, PathId::new(id, 1));
        self.queue.push(self.now + 250 * MILLI, Happening::Ice(id));
    }

    /// Remembers the name that signaling gave a node: others are told of it before the node is.
    fn note_name(&mut self, node: NodeId, message: &ToClient) {
        if let ToClient::Welcome(Welcome { peer, .. }) = message
            && let Ok(name) = PeerId::new(peer)
        {
            self.nodes[node.index()].name = Some(name.clone());
            self.names.insert(peer.clone(), (name, node));
        }
    }

    /// The driver made a description, and one candidate.
    fn describe(&mut self, node: NodeId, peer: &str, link: LinkId) {
        let description = ClientInput::LocalDescription {
            peer: peer.to_owned(),
            sdp: format!("v=0\r\no=- {} 2 IN IP4 127.0.0.1\r\n", link.0),
        };
        let candidate = ClientInput::LocalCandidate {
            peer: peer.to_owned(),
            candidate: Candidate {
                candidate: format!("candidate:1 1 udp 2113937151 node-{} 50000 typ host", node.0),
                sdp_mid: Some("0".to_owned()),
                sdp_m_line_index: Some(0),
                username_fragment: None,
            },
        };
        self.news.push_back(News::Client(node, description));
        self.news.push_back(News::Client(node, candidate));
    }

    fn accept_offer(&mut self, node: NodeId, peer: &str, sdp: &str) {
        let named = sdp.split(' ').nth(1).and_then(|id| id.parse().ok());
        let Some(id) = named.map(LinkId).filter(|id| (id.0 as usize) < self.links.len()) else {
            return;
        };
        let path = PathId::new(id, 1);
        let here = self.path(path);
        if here.node != node || here.end != End::Unknown {
            return;
        }
        here.end = End::Negotiating;
        here.described = true;
        // A common neighbour may know the other side by a name that signaling gave it before.
        if let Ok(name) = PeerId::new(peer) {
            here.name = name;
        }
        let name = here.name.clone();
        self.nodes[node.index()].learn(name, path);
        self.describe(node, peer, id);
    }

    fn accept_answer(&mut self, node: NodeId, peer: &str) {
        let Ok(name) = PeerId::new(peer) else { return };
        let Some(path) = self.nodes[node.index()].path_to(&name) else {
            return;
        };
        self.path(path).described = true;
        let other = self.path(path.back()).node;
        let (from, to) = (&self.nodes[node.index()].place, &self.nodes[other.index()].place);
        let likely = from.reaches(to);
        if self.dice.chance(likely) {
            // Median 0.8 s, 95 of 100 within 2.5 s, from first candidate to an open channel.
            let millis = self.dice.log_normal(800.0, 0.693).clamp(120.0, 9_000.0);
            self.queue
                .push(self.now + (millis * 1_000.0) as u64, Happening::Ice(path.link()));
        }
    }

    /// A channel opens at both ends, unless one of them gave up.
    pub(super) fn on_ice(&mut self, link: LinkId) {
        let ends = [0, 1].map(|side| PathId::new(link, side));
        if ends.iter().any(|end| self.path(*end).end != End::Negotiating) {
            return;
        }
        for end in ends {
            let path = self.path(end);
            path.end = End::Open;
            let (node, name) = (path.node, path.name.clone());
            let up = ClientInput::LinkUp(name.as_str().to_owned());
            self.news.push_back(News::Client(node, up));
            self.news
                .push_back(News::Engine(node, Input::PeerConnected(name)));
        }
    }

    fn carry_up(&mut self, node: NodeId, what: Carried) {
        let after = self.nodes[node.index()].place.access + TO_SIGNALING;
        let socket = &mut self.nodes[node.index()].socket;
        socket.up.push_back((socket.attempt, what));
        self.queue.push(self.now + after, Happening::ToRooms(node));
    }

    fn carry_down(&mut self, node: NodeId, what: Carried) {
        let after = self.nodes[node.index()].place.access + TO_SIGNALING;
        let socket = &mut self.nodes[node.index()].socket;
        let attempt = socket.answered;
        socket.down.push_back((attempt, what));
        self.queue.push(self.now + after, Happening::FromRooms(node));
    }

    pub(super) fn on_to_rooms(&mut self, node: NodeId) {
        let now = self.signaling_time();
        let Some((attempt, what)) = self.nodes[node.index()].socket.up.pop_front() else {
            return;
        };
        let conn = self.nodes[node.index()].socket.conn;
        match what {
            Carried::Open => {
                self.nodes[node.index()].socket.answered = attempt;
                if !self.signaling_up {
                    self.carry_down(node, Carried::Close);
                    return;
                }
                let conn = ConnId(self.conns.len() as u64);
                self.conns.push(node);
                self.nodes[node.index()].socket.conn = Some(conn);
                self.carry_down(node, Carried::Open);
                let region = self.nodes[node.index()].place.region;
                self.rooms.handle_connected(now, conn, whence(node, region));
            }
            Carried::Text(text) => {
                if let Some(conn) = conn {
                    self.rooms.handle_frame(now, conn, &text);
                }
            }
            Carried::Close => {
                if let Some(conn) = self.nodes[node.index()].socket.conn.take() {
                    self.rooms.handle_closed(now, conn);
                }
            }
        }
        self.after_rooms();
    }

    pub(super) fn on_from_rooms(&mut self, node: NodeId) {
        let socket = &mut self.nodes[node.index()].socket;
        let Some((attempt, what)) = socket.down.pop_front() else {
            return;
        };
        if attempt != socket.attempt {
            return;
        }
        let input = match what {
            Carried::Open => ClientInput::SocketOpened,
            Carried::Text(text) => ClientInput::SocketMessage(text),
            Carried::Close => ClientInput::SocketClosed,
        };
        self.tell_client(node, input);
    }

    pub(super) fn on_rooms_wake(&mut self) {
        if self.rooms_wake != self.now {
            return;
        }
        self.rooms_wake = u64::MAX;
        let now = self.signaling_time();
        if self.rooms.poll_timeout().is_some_and(|due| due <= now) {
            self.rooms.handle_timeout(now);
        }
        self.after_rooms();
    }

    fn after_rooms(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            match output {
                RoomsOutput::Send { conn, message } => {
                    let node = self.owner(conn);
                    if self.nodes[node.index()].socket.conn == Some(conn) {
                        self.note_name(node, &message);
                        self.carry_down(node, Carried::Text(message.to_json()));
                    }
                }
                RoomsOutput::Abroad(_) => unreachable!("these rooms are all there are"),
                RoomsOutput::Close { conn, .. } => {
                    let node = self.owner(conn);
                    if self.nodes[node.index()].socket.conn == Some(conn) {
                        self.nodes[node.index()].socket.conn = None;
                        self.carry_down(node, Carried::Close);
                    }
                }
            }
        }
        if let Some(due) = self.rooms.poll_timeout().map(|due| micros(due).max(self.now + 1))
            && due < self.rooms_wake
        {
            self.rooms_wake = due;
            self.queue.push(due, Happening::RoomsWake);
        }
    }

    fn owner(&self, conn: ConnId) -> NodeId {
        let index = usize::try_from(conn.0).expect("invariant: counted from 0");
        self.conns[index]
    }

    /// Takes signaling away, with all it knows; `rooms` are those that it will come back with.
    pub(super) fn cut_signaling(&mut self, rooms: Rooms) {
        self.signaling_up = false;
        self.rooms = rooms;
        for index in 0..self.nodes.len() {
            let node = NodeId(u32::try_from(index).expect("invariant: few nodes"));
            if self.nodes[index].socket.conn.take().is_some() {
                self.carry_down(node, Carried::Close);
            }
        }
    }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
