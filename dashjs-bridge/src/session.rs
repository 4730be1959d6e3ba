//! Engine and signaling client side by side: what one wants of the other goes straight across.

use std::collections::VecDeque;
use std::time::Duration;

use segment_engine::error::{ConfigError, InputError};
use segment_engine::id::PeerId;
use segment_engine::stats::Stats;
use segment_engine::time::{Timestamp, UnixTime};
use segment_engine::{Engine, Input, Output};
use serde_bytes::ByteBuf;
use signaling_proto::client::{
    Client, ClientConfig, ClientConfigError, ClientEvent, ClientInput, ClientOutput, Route, ServerClock,
};
use thiserror::Error;

use crate::input::{MeaningError, meaning};
use crate::members::Members;
use crate::options::CoreConfig;
use crate::output::{CoreEvent, CoreOutput, SignalingEvent};

/// Both, and what they want done.
#[derive(Debug)]
pub(crate) struct Session {
    engine: Engine,
    client: Client,
    now: Timestamp,
    outputs: VecDeque<CoreOutput>,
}

/// An option is out of its range.
#[derive(Debug, Error)]
pub(crate) enum OptionError {
    /// One of the engine's.
    #[error(transparent)]
    Engine(#[from] ConfigError),
    /// One of the signaling client's.
    #[error(transparent)]
    Signaling(#[from] ClientConfigError),
}

/// The host broke the contract.
#[derive(Debug, Error)]
pub(crate) enum HostError {
    /// Towards the engine.
    #[error(transparent)]
    Input(#[from] InputError),
    /// It told what has no meaning.
    #[error(transparent)]
    Meaning(#[from] MeaningError),
}

impl Session {
    pub(crate) fn new(options: CoreConfig, seed: [u8; 32], now_ms: f64) -> Result<Self, OptionError> {
        let now = timestamp(now_ms);
        let config = options.engine();
        let (want, capacity) = (config.min_target_peers, Some(config.max_target_peers));
        let engine = Engine::new(config, seed, now)?;
        let client = ClientConfig {
            want,
            capacity,
            ..ClientConfig::new(options.signaling_url, options.swarm)
        };
        let client = Client::new(client, seed)?;
        let mut session = Self {
            engine,
            client,
            now,
            outputs: VecDeque::new(),
        };
        session.client.handle_timeout(session.since_epoch());
        session.drain();
        Ok(session)
    }

    pub(crate) fn handle(&mut self, now_ms: f64, input: &dyn Members) -> Result<(), HostError> {
        self.now = timestamp(now_ms);
        let meaning = meaning(input)?;
        if let Some(input) = meaning.client {
            self.client.handle_input(self.since_epoch(), input);
        }
        let told = meaning
            .engine
            .map_or(Ok(()), |input| self.engine.handle_input(self.now, input));
        self.drain();
        Ok(told?)
    }

    pub(crate) fn handle_timeout(&mut self, now_ms: f64) {
        self.now = self.now.max(timestamp(now_ms));
        self.engine.handle_timeout(self.now);
        self.client.handle_timeout(self.since_epoch());
        self.drain();
    }

    pub(crate) fn poll(&mut self) -> Option<CoreOutput> {
        self.outputs.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<f64> {
        let engine = self.engine.poll_timeout().map(|at| at.since(Timestamp::ZERO));
        let next = [engine, self.client.poll_timeout()].into_iter().flatten().min()?;
        Some(next.as_secs_f64() * 1000.0)
    }

    pub(crate) fn stats(&self) -> Stats {
        self.engine.stats()
    }

    fn since_epoch(&self) -> Duration {
        self.now.since(Timestamp::ZERO)
    }

    /// Takes what both want, until neither wants anything of the other.
    fn drain(&mut self) {
        loop {
            if let Some(output) = self.engine.poll_output() {
                self.on_engine(output);
            } else if let Some(output) = self.client.poll_output() {
                self.on_client(output);
            } else {
                return;
            }
        }
    }

    fn on_engine(&mut self, output: Output) {
        let translated = match output {
            Output::Send { peer, message } => CoreOutput::Send {
                peer: peer.into(),
                bytes: ByteBuf::from(message.into_bytes()),
            },
            Output::Connect { peer, route } => {
                let route = match route {
                    segment_engine::output::Route::Signaling => Route::Signaling,
                    segment_engine::output::Route::Neighbours => Route::Neighbours,
                };
                let peer = peer.into();
                return self.tell_client(ClientInput::Connect { peer, route });
            }
            Output::Negotiation { peer, payload } => {
                let peer = peer.into();
                return self.tell_client(ClientInput::Relayed { peer, payload });
            }
            Output::LeaveSignaling => return self.tell_client(ClientInput::Leave),
            Output::JoinSignaling => return self.tell_client(ClientInput::Join),
            Output::WantPeers(count) => return self.tell_client(ClientInput::WantPeers(count)),
            Output::Disconnect { peer, reason } => {
                let peer = String::from(peer);
                self.tell_client(ClientInput::LinkClosed(peer.clone()));
                CoreOutput::Disconnect { peer, reason }
            }
            Output::Fetch(fetch) => fetch.into(),
            Output::AbortFetch(fetch) => CoreOutput::AbortFetch { fetch: fetch.0 },
            Output::Deliver(delivery) => delivery.into(),
            Output::Decline { demand, reason } => CoreOutput::Decline {
                demand: demand.0,
                reason,
            },
            Output::CheckSignature {
                check,
                key,
                message,
                signature,
            } => CoreOutput::CheckSignature {
                check: check.0,
                key: ByteBuf::from(key.0.to_vec()),
                message: ByteBuf::from(message),
                signature: ByteBuf::from(signature.0.to_vec()),
            },
            Output::Event(event) => CoreOutput::Event {
                event: CoreEvent::Engine(event),
            },
            Output::Shelf(command) => command.into(),
            // Only a seeder's engine asks for a signature, and a page has no seeder's key.
            Output::Sign { .. } => return,
        };
        self.outputs.push_back(translated);
    }

    fn on_client(&mut self, output: ClientOutput) {
        let translated = match output {
            ClientOutput::OpenSocket { url } => CoreOutput::OpenSocket { url },
            ClientOutput::Send(text) => CoreOutput::SendSocket { text },
            ClientOutput::CloseSocket => CoreOutput::CloseSocket,
            ClientOutput::Relay { peer, payload } => {
                return self.tell_engine_of(&peer, |peer| Input::Negotiate { peer, payload });
            }
            ClientOutput::CreateOffer { peer, ice_servers } => CoreOutput::CreateOffer { peer, ice_servers },
            ClientOutput::AcceptOffer {
                peer,
                sdp,
                ice_servers,
            } => CoreOutput::AcceptOffer {
                peer,
                sdp,
                ice_servers,
            },
            ClientOutput::AcceptAnswer { peer, sdp } => CoreOutput::AcceptAnswer { peer, sdp },
            ClientOutput::AddCandidate { peer, candidate } => CoreOutput::AddCandidate { peer, candidate },
            ClientOutput::DropPeer(peer) => {
                self.tell_engine_of(&peer, Input::PeerClosed);
                CoreOutput::Disconnect {
                    peer,
                    reason: segment_engine::output::DisconnectReason::Unresponsive,
                }
            }
            ClientOutput::Event(event) => return self.on_client_event(event),
        };
        self.outputs.push_back(translated);
    }

    fn on_client_event(&mut self, event: ClientEvent) {
        let shown = match event {
            ClientEvent::Joined {
                peer,
                clock,
                signer,
                policy,
            } => {
                if let Some(ServerClock { unix_ms, within }) = clock {
                    let unix = UnixTime::from_millis(unix_ms);
                    self.tell_engine(Input::SignalingClock { unix, within });
                }
                self.tell_engine(Input::Targets {
                    min: policy.min_peers,
                    max: policy.max_peers,
                });
                self.tell_engine(Input::SignalingUp);
                SignalingEvent::Joined {
                    peer,
                    signer,
                    relay_only: policy.relay_only,
                }
            }
            ClientEvent::Lost { retry_in_ms } => {
                self.tell_engine(Input::SignalingDown);
                SignalingEvent::Lost { retry_in_ms }
            }
            ClientEvent::SwitchedOff { retry_in_ms } => {
                self.tell_engine(Input::SignalingDown);
                SignalingEvent::SwitchedOff { retry_in_ms }
            }
            ClientEvent::Introduced { peer, offer } => {
                if offer {
                    self.tell_engine_of(&peer, Input::PeerIntroduced);
                }
                return;
            }
            ClientEvent::Unreachable { peer } => return self.tell_engine_of(&peer, Input::PeerClosed),
            ClientEvent::Refused { code, message } => SignalingEvent::Refused { code, message },
        };
        self.outputs.push_back(CoreOutput::Event {
            event: CoreEvent::Signaling(shown),
        });
    }

    fn tell_client(&mut self, input: ClientInput) {
        self.client.handle_input(self.since_epoch(), input);
    }

    /// Tells the engine of a peer, unless a server named it by what is no name.
    fn tell_engine_of(&mut self, peer: &str, input: impl FnOnce(PeerId) -> Input) {
        if let Ok(peer) = PeerId::new(peer) {
            self.tell_engine(input(peer));
        }
    }

    fn tell_engine(&mut self, input: Input) {
        let told = self.engine.handle_input(self.now, input);
        debug_assert!(
            told.is_ok(),
            "the session keeps to the engine's contract: {told:?}"
        );
    }
}

/// The host's milliseconds as the engine's time; before the epoch is the epoch.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "such casts saturate"
)]
fn timestamp(millis: f64) -> Timestamp {
    Timestamp::from_micros((millis * 1000.0) as u64)
}
