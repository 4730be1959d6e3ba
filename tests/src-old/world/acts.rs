//! What engines want of the world, done: messages sent, signatures made, the origin asked, players fed.

use ed25519_dalek::{Signature as Ed25519, Signer as _, VerifyingKey};
use segment_engine::id::PeerId;
use segment_engine::input::{FetchError, Signature};
use segment_engine::output::{Delivery, Fetch};
use segment_engine::time::Timestamp;
use segment_engine::wire::Message;
use segment_engine::{Input, Output};

use super::{DELAY, DIAL, Happening, World};
use crate::node::NodeId;
use crate::origin::{Answer, BASE};

impl World {
    /// Does what an engine wants, and checks what must hold always.
    pub(super) fn after(&mut self, node: NodeId) {
        while let Some(output) = self.nodes[node.0].engine.poll_output() {
            self.act(node, output);
        }
        let stats = self.nodes[node.0].engine.stats();
        assert!(stats.stored_bytes <= 512 << 20, "node {} holds too much", node.0);
    }

    fn act(&mut self, node: NodeId, output: Output) {
        match output {
            Output::Send { peer, message } => self.send(node, &peer, message),
            Output::Connect(peer) => {
                let to = self.node(&peer);
                self.schedule(self.now + DIAL, Happening::Open(node, to));
            }
            Output::Disconnect { peer, .. } => self.disconnect(node, &peer),
            Output::WantPeers(_) => self.nodes[node.0].wanted += 1,
            Output::AbortFetch(_) => {}
            Output::Fetch(fetch) => self.fetch(node, &fetch),
            Output::Deliver(delivery) => self.deliver(node, &delivery),
            Output::Decline { demand, .. } => {
                let after = self.origin.transfer_time(self.origin.title().segment_bytes);
                self.schedule(self.now + after, Happening::Declined(node, demand));
            }
            Output::CheckSignature {
                check,
                key,
                message,
                signature,
            } => {
                let key = VerifyingKey::from_bytes(&key.0).expect("a configured key");
                let signature = Ed25519::from_bytes(&signature.0);
                let valid = key.verify_strict(&message, &signature).is_ok();
                self.schedule(
                    self.now,
                    Happening::Tell(node, Input::SignatureChecked { check, valid }),
                );
            }
            Output::Sign { check, message } => {
                let signature = Signature(self.key.sign(&message).to_bytes());
                self.schedule(
                    self.now,
                    Happening::Tell(node, Input::Signed { check, signature }),
                );
            }
            Output::Event(event) => self.nodes[node.0].events.push_back(event),
        }
    }

    fn send(&mut self, from: NodeId, peer: &PeerId, message: Message) {
        let to = self.node(peer);
        let sender = self.nodes[from.0].id.clone();
        let Some(message) = self.nodes[from.0].passes(message) else {
            return;
        };
        let length = message.len();
        let now = self.now;
        let Some(pipe) = self.nodes[from.0].pipes.get_mut(&to) else {
            return;
        };
        let (left, arrives) = pipe.push(now, length);
        self.schedule(left, Happening::Left(from, to, length));
        self.schedule(
            arrives,
            Happening::Tell(
                to,
                Input::PeerMessage {
                    peer: sender,
                    message,
                },
            ),
        );
    }

    fn disconnect(&mut self, from: NodeId, peer: &PeerId) {
        let (to, id) = (self.node(peer), self.nodes[from.0].id.clone());
        self.nodes[from.0].pipes.remove(&to);
        self.nodes[to.0].pipes.remove(&from);
        self.schedule(self.now + DELAY * 2, Happening::Tell(to, Input::PeerClosed(id)));
    }

    fn fetch(&mut self, node: NodeId, fetch: &Fetch) {
        let elapsed = self.now.since(Timestamp::ZERO);
        let id = fetch.id;
        let (inputs, after) = match self.origin.answer(&fetch.url, fetch.range, elapsed) {
            Answer::Body(bytes) => {
                let (length, after) = (Some(bytes.len() as u64), self.origin.transfer_time(bytes.len()));
                let partial = fetch.range.is_some();
                let started = Input::FetchStarted {
                    fetch: id,
                    partial,
                    length,
                    url: None,
                };
                let chunk = Input::FetchChunk { fetch: id, bytes };
                (vec![started, chunk, Input::FetchFinished(id)], after)
            }
            Answer::NotFound => {
                let error = FetchError::Status(404);
                (
                    vec![Input::FetchFailed { fetch: id, error }],
                    self.origin.round_trip,
                )
            }
            Answer::Away => (
                vec![Input::FetchFailed {
                    fetch: id,
                    error: FetchError::Network,
                }],
                self.origin.round_trip,
            ),
        };
        for input in inputs {
            self.schedule(self.now + after, Happening::Tell(node, input));
        }
    }

    fn deliver(&mut self, node: NodeId, delivery: &Delivery) {
        let url = self.nodes[node.0]
            .demands
            .remove(&delivery.demand)
            .expect("each demand is answered once");
        assert_eq!(
            delivery.sources.total(),
            delivery.body.len(),
            "every byte has a source"
        );
        self.arrive(node, &url, &delivery.body.to_vec());
    }

    pub(super) fn arrive(&mut self, node: NodeId, url: &str, bytes: &[u8]) {
        let name = url.strip_prefix(BASE).expect("the players ask the origin only");
        assert!(
            bytes == self.origin.truth(name),
            "node {} was handed wrong bytes of {name}",
            node.0
        );
        let number = name.rsplit('-').next().and_then(|number| number.parse().ok());
        if let (Some(number), Some(viewing)) = (number, &mut self.nodes[node.0].viewing) {
            viewing.on_segment(number, bytes.len());
        }
    }
}
