//! The translation itself: I/O events into inputs, outputs into I/O, and facts from one state machine to the other.

use segment_engine::id::{CheckId, FetchId, PeerId};
use segment_engine::input::{Input, Signature};
use segment_engine::output::{DisconnectReason, Output, Route};
use segment_engine::wire::Message;
use signaling_proto::client::{self, ClientInput, ClientOutput};
use signaling_proto::message::IceServer;
use tokio::time::Instant;

use crate::access::redacted_url;
use crate::driver::Driver;
use crate::event::PeerEvent;
use crate::inbox::{FetchEvent, IoEvent, LinkEvent, LinkId, SocketEvent, SocketId};
use crate::link::{Link, Start};
use crate::signing;
use crate::socket::Socket;

/// How many links there may be, whatever signaling asks for: the engine's highest `max_target_peers`, and as many
/// again that are being negotiated.
const MAX_LINKS: usize = 2048;

impl Driver {
    pub(super) fn handle_event(&mut self, event: IoEvent) {
        match event {
            IoEvent::Fetch(id, event) => self.handle_fetch_event(id, event),
            IoEvent::Socket(id, event) => {
                if self.socket.as_ref().is_some_and(|socket| socket.id() == id) {
                    self.handle_socket_event(event);
                }
            }
            IoEvent::Link(peer, id, event) => {
                if self.links.get(&peer).is_some_and(|link| link.id() == id) {
                    self.handle_link_event(peer, event);
                }
            }
            IoEvent::Time(round, told) => self.handle_time(round, told),
            IoEvent::Token(read) => self.handle_token(read),
            IoEvent::Shelf(fact) => self.tell_engine(Input::Shelf(fact)),
        }
        // Inputs may cause outputs without a bound on their number when batched; the driver pumps after each event.
        self.pump();
        // What comes later is of no request, or of another.
        self.failed_url = None;
    }

    /// Passes on an event of a request that is still wanted, and notes what log and figures need of it.
    fn handle_fetch_event(&mut self, id: FetchId, event: FetchEvent) {
        let url = self.fetches.url(id).map(redacted_url);
        let is_manifest = self.fetches.is_manifest(id);
        if !self.fetches.is_running(id, &event) {
            return;
        }
        self.failed_url = url.filter(|_| matches!(event, FetchEvent::Failed(_)));
        if is_manifest && matches!(event, FetchEvent::Finished | FetchEvent::Unchanged) {
            self.trouble.on_manifest();
            if matches!(event, FetchEvent::Unchanged) {
                self.meter.on_manifest_unchanged();
            }
        }
        self.meter.on_fetch_event(Instant::now(), id, &event);
        self.tell_engine_of_fetch(id, event);
    }

    fn tell_engine_of_fetch(&mut self, fetch: FetchId, event: FetchEvent) {
        let input = match event {
            FetchEvent::Started {
                partial,
                length,
                total,
                url,
            } => Input::FetchStarted {
                fetch,
                partial,
                length,
                total,
                url: Some(url),
            },
            FetchEvent::Chunk(bytes) => Input::FetchChunk { fetch, bytes },
            FetchEvent::Pieces(pieces) => Input::FetchPieces { fetch, pieces },
            FetchEvent::Finished => Input::FetchFinished(fetch),
            FetchEvent::Unchanged => Input::FetchUnchanged(fetch),
            FetchEvent::RetryAfter(wait) => Input::RetryAfter { fetch, wait },
            FetchEvent::Failed(error) => Input::FetchFailed { fetch, error },
            FetchEvent::Dated(dated) => {
                if let Some(correction) = self.skew.on_dated(dated) {
                    tracing::info!(correction_ms = correction, "goes by the origin's clock");
                    self.tell_clock();
                }
                return;
            }
        };
        self.tell_engine(input);
    }

    fn handle_socket_event(&mut self, event: SocketEvent) {
        self.outage.on_step();
        match event {
            SocketEvent::Opened => self.tell_client(ClientInput::SocketOpened),
            SocketEvent::Message(text) => self.tell_client(ClientInput::SocketMessage(text)),
            SocketEvent::Closed(reason) => {
                tracing::debug!(%reason, "signaling's WebSocket is gone");
                self.socket = None;
                self.outage.on_closed(reason);
                self.tell_client(ClientInput::SocketClosed);
            }
        }
    }

    fn handle_link_event(&mut self, peer: PeerId, event: LinkEvent) {
        let name = || peer.as_str().to_owned();
        match event {
            LinkEvent::Description(sdp) => {
                if let Some(link) = self.links.get_mut(&peer) {
                    link.described(&sdp);
                }
                self.tell_client(ClientInput::LocalDescription { peer: name(), sdp });
            }
            LinkEvent::Candidate(candidate) => {
                self.tell_client(ClientInput::LocalCandidate {
                    peer: name(),
                    candidate,
                });
            }
            LinkEvent::Opened => {
                let certificates = self.links.get_mut(&peer).and_then(|link| {
                    link.opened();
                    link.certificates()
                });
                self.tell_client(ClientInput::LinkUp(name()));
                self.tell_engine(Input::PeerConnected(peer.clone()));
                if let Some((own, theirs)) = certificates {
                    self.tell_engine(Input::PeerCertificates { peer, own, theirs });
                }
            }
            LinkEvent::Message(_) if self.is_draining() => {}
            LinkEvent::Message(bytes) => {
                let message = Message::from_bytes(bytes);
                self.tell_engine(Input::PeerMessage { peer, message });
            }
            LinkEvent::Measured(took) => {
                let rtt_ms = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
                self.tell_client(ClientInput::Measured { peer: name(), rtt_ms });
            }
            LinkEvent::BufferedLow => {
                // Counted now and not when the task looked: messages may have joined the queue since.
                let bytes = self.links.get(&peer).map_or(0, Link::waiting);
                self.tell_engine(Input::PeerBuffered { peer, bytes });
            }
            LinkEvent::Closed(reason) => {
                tracing::debug!(%peer, %reason, "a link is gone");
                self.close_link(peer);
            }
            LinkEvent::Impossible(reason) => {
                if self.meter.on_link_impossible(Instant::now()) {
                    tracing::warn!(%reason, "peers cannot be served; said once a minute");
                }
                self.close_link(peer);
            }
        }
    }

    /// Drops a link, and tells both machines.
    fn close_link(&mut self, peer: PeerId) {
        if self.links.remove(&peer).is_none() {
            return;
        }
        self.tell_client(ClientInput::LinkClosed(peer.as_str().to_owned()));
        self.tell_engine(Input::PeerClosed(peer));
    }

    pub(super) fn handle_engine_output(&mut self, output: Output) {
        match output {
            Output::Send { peer, message } => {
                #[cfg(feature = "hostile")]
                let message = self.conduct.treat(message);
                self.send(peer, message.into_bytes());
            }
            Output::Connect { peer, route } => {
                let route = match route {
                    Route::Signaling => client::Route::Signaling,
                    Route::Neighbours => client::Route::Neighbours,
                };
                let peer = peer.into();
                self.tell_client(ClientInput::Connect { peer, route });
            }
            Output::Negotiation { peer, payload } => {
                let peer = peer.into();
                self.tell_client(ClientInput::Relayed { peer, payload });
            }
            Output::LeaveSignaling => {
                self.meter.on_left();
                self.tell_client(ClientInput::Leave);
            }
            Output::JoinSignaling if self.is_draining() => {}
            Output::JoinSignaling => self.tell_client(ClientInput::Join),
            Output::Disconnect { peer, reason } => self.disconnect(peer, reason),
            Output::WantPeers(count) => self.tell_client(ClientInput::WantPeers(count)),
            Output::Fetch(fetch) => {
                self.meter.on_fetch(Instant::now(), fetch.id);
                self.fetches.start(fetch);
            }
            Output::AbortFetch(id) => {
                self.meter.on_abort(id);
                self.fetches.abort(id);
            }
            Output::Deliver(delivery) => {
                if let Some(answer) = self.demands.remove(&delivery.demand) {
                    // A caller that no longer waits needs no segment.
                    drop(answer.send(Ok(delivery)));
                }
            }
            Output::Decline { demand, reason } => {
                if let Some(answer) = self.demands.remove(&demand) {
                    drop(answer.send(Err(reason)));
                }
            }
            Output::CheckSignature {
                check,
                key,
                message,
                signature,
            } => {
                let valid = signing::verify(key, &message, signature);
                self.tell_engine(Input::SignatureChecked { check, valid });
            }
            Output::Sign { check, message } => self.sign(check, &message),
            Output::Shelf(command) => {
                if let Some(fact) = self.shelf.as_ref().and_then(|shelf| shelf.handle(command)) {
                    self.tell_engine(Input::Shelf(fact));
                }
            }
            Output::Event(event) => self.publish(PeerEvent::Engine(event)),
        }
    }

    fn send(&mut self, peer: PeerId, bytes: Vec<u8>) {
        let Some(link) = self.links.get(&peer) else { return };
        if let Err(error) = link.send(bytes) {
            tracing::warn!(%peer, %error, "a link is closed");
            self.close_link(peer);
        }
    }

    fn disconnect(&mut self, peer: PeerId, reason: DisconnectReason) {
        tracing::debug!(%peer, ?reason, "the engine lets a peer go");
        if let Some(link) = self.links.remove(&peer)
            && link.is_open()
        {
            link.close_when_sent();
        }
        self.tell_client(ClientInput::LinkClosed(peer.into()));
    }

    fn sign(&mut self, check: CheckId, message: &[u8]) {
        let Some(key) = &self.key else {
            tracing::error!("the engine asks for a signature, but this peer has no key");
            return;
        };
        let signature: Signature = key.sign(message);
        self.meter.on_sign(Instant::now());
        self.tell_engine(Input::Signed { check, signature });
    }

    pub(super) fn handle_client_output(&mut self, output: ClientOutput) {
        match output {
            ClientOutput::OpenSocket { url } => {
                let id = SocketId(self.next_id());
                self.socket = Some(Socket::open(url, id, self.inbox.clone(), &mut self.tasks));
            }
            ClientOutput::Send(text) => self.send_frame(text),
            ClientOutput::CloseSocket => self.socket = None,
            ClientOutput::Relay { peer, payload } => {
                if let Ok(peer) = PeerId::new(&peer) {
                    self.tell_engine(Input::Negotiate { peer, payload });
                }
            }
            ClientOutput::CreateOffer { peer, ice_servers } => {
                self.open_link(peer, Start::Offer, ice_servers)
            }
            ClientOutput::AcceptOffer {
                peer,
                sdp,
                ice_servers,
            } => {
                self.open_link(peer, Start::Answer(sdp), ice_servers);
            }
            ClientOutput::AcceptAnswer { peer, sdp } => {
                if let Some(link) = self.link(&peer) {
                    link.accept_answer(sdp);
                }
            }
            ClientOutput::AddCandidate { peer, candidate } => {
                if let Some(link) = self.link(&peer) {
                    link.add_candidate(candidate);
                }
            }
            ClientOutput::DropPeer(peer) => self.drop_peer(&peer),
            ClientOutput::Event(event) => self.handle_client_event(event),
        }
    }

    fn link(&mut self, peer: &str) -> Option<&mut Link> {
        self.links.get_mut(&PeerId::new(peer).ok()?)
    }

    fn send_frame(&mut self, text: String) {
        let Some(socket) = &self.socket else { return };
        if socket.send(text).is_err() {
            self.socket = None;
            self.outage.on_closed("it takes no messages".to_owned());
            self.tell_client(ClientInput::SocketClosed);
        }
    }

    fn open_link(&mut self, name: String, start: Start, ice_servers: Vec<IceServer>) {
        let Ok(peer) = PeerId::new(&name) else {
            tracing::warn!("signaling named a peer in a way that is not allowed");
            return self.tell_client(ClientInput::LinkClosed(name));
        };
        if self.links.len() >= MAX_LINKS || self.is_draining() {
            return self.tell_client(ClientInput::LinkClosed(name));
        }
        if let Some(old) = self.links.remove(&peer)
            && old.is_open()
        {
            self.tell_engine(Input::PeerClosed(peer.clone()));
        }
        let id = LinkId(self.next_id());
        let inbox = self.inbox.clone();
        let link = Link::start(
            (peer.clone(), id),
            start,
            ice_servers,
            &self.link_settings,
            inbox,
            &mut self.tasks,
        );
        self.links.insert(peer, link);
    }

    fn drop_peer(&mut self, name: &str) {
        let Ok(peer) = PeerId::new(name) else { return };
        if self.links.remove(&peer).is_some_and(|link| link.is_open()) {
            self.tell_engine(Input::PeerClosed(peer));
        }
    }
}
