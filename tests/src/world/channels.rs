//! The traffic over links: messages in and out, reports of what has left, and the end of a link.

use segment_engine::Input;
use segment_engine::id::PeerId;
use segment_engine::input::LOW_WATER;
use segment_engine::wire::Message;
use signaling_proto::client::ClientInput;

use super::{Happening, Leaving, News, NodeId, World};
use crate::adversary::{Conduct, member_of};
use crate::clock::SECOND;
use crate::net::{Departures, End, LinkId, Parcel, PathId};

/// After so long a node takes silence for the end of a link: what WebRTC needs to see that a path is dead.
const SILENCE: u64 = 8 * SECOND;

impl World {
    pub(super) fn send(&mut self, node: NodeId, peer: &PeerId, message: Message) {
        let member = &mut self.nodes[node.index()];
        if member.conduct != Conduct::Honest && member.member.is_none() {
            member.member = member_of(&message);
        }
        let Some(message) = member.conduct.passes(message) else {
            return;
        };
        let Some(path) = self.nodes[node.index()].path_to(peer) else {
            return;
        };
        if self.path(path).end != End::Open {
            return;
        }
        if let Message::Piece { piece, .. } = &message {
            self.check_upload(node, piece.len() as u64);
        }
        self.ledger.on_sent(&message);
        self.push(path, Parcel::Message(message));
    }

    pub(super) fn push(&mut self, path: PathId, parcel: Parcel) {
        let node = self.path(path).node;
        let member = &mut self.nodes[node.index()];
        member.uplink.push(&mut self.links, path, parcel);
        if !member.stirred && member.uplink.is_ready() {
            member.stirred = true;
            self.stirred.push(node);
        }
    }

    pub(super) fn path(&mut self, id: PathId) -> &mut crate::net::Path {
        &mut self.links[id.link().0 as usize].paths[id.side()]
    }

    /// Puts what waits on a node's line, for one turn.
    pub(super) fn serve(&mut self, node: NodeId) {
        let now = self.now;
        let uplink = &mut self.nodes[node.index()].uplink;
        if !uplink.is_ready() {
            return;
        }
        let mut departures = std::mem::take(&mut self.departures);
        uplink.serve(now, &mut self.links, &mut departures);
        let due = uplink.due;
        self.depart(&mut departures);
        self.departures = departures;
        if let Some(due) = due {
            self.queue.push(due, Happening::Uplink(node));
        }
    }

    fn depart(&mut self, departures: &mut Departures) {
        for (id, bytes, left) in departures.0.drain(..) {
            let link = &self.links[id.link().0 as usize];
            let to = link.paths[1 - id.side()].node;
            let mut arrives = left + link.latency;
            if self.loss > 0 {
                // Any packet of the message may be lost; each costs one round trip more.
                for _ in 0..bytes.div_ceil(1_235) {
                    if self.dice.below(1_000_000) < self.loss {
                        arrives += 2 * link.latency;
                    }
                }
            }
            let downlink = self.nodes[to.index()].downlink;
            let arrives = self.downlinks[downlink as usize].book(self.now, arrives, bytes);
            let path = &mut self.links[id.link().0 as usize].paths[id.side()];
            path.last = path.last.max(arrives);
            self.queue.push(path.last, Happening::Arrive(id));
        }
    }

    /// A turn is over: engines are told of what has left, and the next turn begins.
    pub(super) fn on_turn_over(&mut self, node: NodeId) {
        let uplink = &mut self.nodes[node.index()].uplink;
        uplink.due = None;
        let touched = uplink.take_touched();
        for id in &touched {
            let path = self.path(*id);
            path.touched = false;
            if path.end == End::Open && path.waiting <= LOW_WATER {
                let input = Input::PeerBuffered {
                    peer: path.name.clone(),
                    bytes: path.waiting,
                };
                self.tell(node, input);
            }
        }
        let member = &mut self.nodes[node.index()];
        member.uplink.reuse(touched);
        if !member.stirred && member.uplink.is_ready() {
            member.stirred = true;
            self.stirred.push(node);
        }
    }

    pub(super) fn on_arrival(&mut self, id: PathId) {
        let parcel = self.path(id).arrive();
        let back = self.path(id.back());
        if back.end != End::Open {
            return;
        }
        let (node, peer) = (back.node, back.name.clone());
        match parcel {
            Some(Parcel::Message(message)) => {
                let conduct = self.nodes[node.index()].conduct;
                if conduct != Conduct::Honest
                    && let Some(answers) = conduct.answers(&message, &mut self.dice)
                {
                    for answer in answers {
                        self.say(id.back(), answer);
                    }
                } else if self.nodes[node.index()].alive {
                    self.tell(node, Input::PeerMessage { peer, message });
                }
            }
            Some(Parcel::Close) => self.on_end_lost(id.back()),
            None => {}
        }
    }

    /// An engine lets a peer go: the channel ends after what was sent.
    pub(super) fn disconnect(&mut self, node: NodeId, peer: &PeerId) {
        let Some(path) = self.nodes[node.index()].path_to(peer) else {
            return;
        };
        let was = std::mem::replace(&mut self.path(path).end, End::Closed);
        if was == End::Open {
            self.push(path, Parcel::Close);
        }
        self.forget_path(node, path);
    }

    /// A node's end of a link is gone without its doing: both machines hear of it.
    pub(super) fn on_end_lost(&mut self, id: PathId) {
        let path = self.path(id);
        let was = std::mem::replace(&mut path.end, End::Closed);
        let (node, name) = (path.node, path.name.clone());
        if matches!(was, End::Closed | End::Unknown) {
            return;
        }
        self.forget_path(node, id);
        self.news.push_back(News::Engine(node, Input::PeerClosed(name)));
    }

    fn forget_path(&mut self, node: NodeId, id: PathId) {
        let name = self.path(id).name.as_str().to_owned();
        self.nodes[node.index()].unlearn(id);
        self.news
            .push_back(News::Client(node, ClientInput::LinkClosed(name)));
    }

    /// A node drops a connection that did not come up, or can no longer.
    pub(super) fn drop_path(&mut self, node: NodeId, peer: &str) {
        let Ok(peer) = PeerId::new(peer) else { return };
        let Some(path) = self.nodes[node.index()].path_to(&peer) else {
            return;
        };
        let was = std::mem::replace(&mut self.path(path).end, End::Closed);
        self.nodes[node.index()].unlearn(path);
        if was == End::Open {
            self.push(path, Parcel::Close);
            self.news.push_back(News::Engine(node, Input::PeerClosed(peer)));
        }
    }

    /// Closes all channels of a node that is gone.
    pub(super) fn cut(&mut self, node: NodeId, leaving: Leaving) {
        let known = std::mem::take(&mut self.nodes[node.index()].known);
        for known in known {
            let latency = self.links[known.path.link().0 as usize].latency;
            self.path(known.path).end = End::Closed;
            let after = match leaving {
                Leaving::Announced => latency,
                Leaving::Silent => SILENCE,
            };
            self.queue
                .push(self.now + after, Happening::Silent(known.path.back()));
        }
    }

    pub(super) fn on_silent(&mut self, id: PathId) {
        self.on_end_lost(id);
    }

    pub(super) fn link_latency(&self, from: NodeId, to: NodeId) -> u64 {
        let (from, to) = (&self.nodes[from.index()].place, &self.nodes[to.index()].place);
        from.latency(to, &self.reach)
    }

    pub(super) fn next_link(&self) -> LinkId {
        LinkId(u32::try_from(self.links.len()).expect("invariant: fewer than 2^31 links"))
    }
}
