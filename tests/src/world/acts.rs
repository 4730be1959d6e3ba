//! Carries out what engines want of the world.

use ed25519_dalek::{Signature as Ed25519, Signer as _, VerifyingKey};
use segment_engine::input::Signature;
use segment_engine::output::{Delivery, PublicKey, Route};
use segment_engine::{Event, Input, Output};
use signaling_proto::client::{self, ClientInput};

use super::signaling::micros;
use super::{News, NodeId, World};
use crate::origin::Asker;

impl World {
    pub(super) fn act(&mut self, node: NodeId, output: Output) {
        if self.traced == Some(node) {
            self.trace_output(node, &output);
        }
        let now = self.time();
        if let Some(recording) = self.recording.as_mut().filter(|recording| recording.node == node) {
            recording.on_output(now, &output);
        }
        match output {
            Output::Send { peer, message } => self.send(node, &peer, message),
            Output::Negotiation { peer, payload } => {
                let peer = peer.into();
                self.news
                    .push_back(News::Client(node, ClientInput::Relayed { peer, payload }));
            }
            Output::LeaveSignaling => self.news.push_back(News::Client(node, ClientInput::Leave)),
            Output::JoinSignaling => self.news.push_back(News::Client(node, ClientInput::Join)),
            Output::Connect { peer, .. } if self.nodes[node.index()].client.is_none() => {
                self.dial(node, &peer)
            }
            Output::Connect { peer, route } => {
                let route = match route {
                    Route::Signaling => client::Route::Signaling,
                    Route::Neighbours => client::Route::Neighbours,
                };
                let peer = peer.into();
                self.news
                    .push_back(News::Client(node, ClientInput::Connect { peer, route }));
            }
            Output::Disconnect { peer, reason } => {
                self.check_parting(node, &peer, reason);
                self.disconnect(node, &peer);
            }
            Output::WantPeers(count) => {
                self.nodes[node.index()].wanted += 1;
                self.news
                    .push_back(News::Client(node, ClientInput::WantPeers(count)));
            }
            Output::Fetch(fetch) => {
                let patience = micros(fetch.timeout);
                let what = (fetch.url.as_str(), fetch.range);
                self.request_within(node, Asker::Engine(fetch.id), what, patience);
            }
            Output::AbortFetch(id) => self.abort(node, Asker::Engine(id)),
            Output::Deliver(delivery) => self.on_delivery(node, &delivery),
            Output::Decline { demand, .. } => self.on_declined(node, demand),
            Output::CheckSignature {
                check,
                key,
                message,
                signature,
            } => {
                let valid = self.is_signed(key, &message, signature);
                let input = Input::SignatureChecked { check, valid };
                self.news.push_back(News::Engine(node, input));
            }
            Output::Sign { check, message } => {
                let signature = Signature(self.key.sign(&message).to_bytes());
                self.news
                    .push_back(News::Engine(node, Input::Signed { check, signature }));
            }
            // Nobody has told of one.
            Output::Shelf(_) => {}
            Output::Event(event) => self.on_event(node, event),
        }
    }

    /// Whether a signature holds. Each is really checked once, however many ask.
    fn is_signed(&mut self, key: PublicKey, message: &[u8], signature: Signature) -> bool {
        if let Some((checked, valid)) = self.checked.get(&signature.0)
            && checked == message
        {
            return *valid;
        }
        let check = |key: VerifyingKey| {
            key.verify_strict(message, &Ed25519::from_bytes(&signature.0))
                .is_ok()
        };
        let valid = VerifyingKey::from_bytes(&key.0).is_ok_and(check);
        self.checked.insert(signature.0, (message.to_vec(), valid));
        valid
    }

    fn on_delivery(&mut self, node: NodeId, delivery: &Delivery) {
        let player = self.nodes[node.index()].player.as_ref();
        let Some((resource, _)) = player.and_then(|player| player.resource(delivery.demand)) else {
            panic!(
                "demand {:?} of node {} is answered twice, or was never made",
                delivery.demand, node.0
            );
        };
        self.check_delivery(node, resource, delivery);
        let bytes = delivery.body.len();
        self.count_played(node, resource, bytes);
        self.feed(node, resource, bytes, delivery.rate);
    }

    fn on_event(&mut self, node: NodeId, event: Event) {
        self.note_event(node, &event);
        if let Some(events) = &mut self.nodes[node.index()].events {
            events.push(event);
        }
    }
}
