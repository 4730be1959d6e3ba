//! The peer's side of signaling, without I/O: joins, keeps alive, reconnects with back-off, negotiates links.
//!
//! The socket and the membership are `Session`'s, the negotiations `Links`'s; this module routes between them.
//! Links that are up never depend on signaling.

mod backoff;
mod config;
mod io;
mod link;
mod links;
mod outbox;
mod session;
mod table;

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub use self::config::ClientConfig;
pub use self::io::{ClientEvent, ClientInput, ClientOutput, Route, ServerClock};
pub use crate::range::OutOfRange as ClientConfigError;

use self::backoff::Backoff;
use self::link::Stage;
use self::links::Links;
use self::outbox::Outbox;
use self::session::{Alarm, Fatality, Session};
use crate::message::{Away, ErrorCode, Hints, Join, MAX_RTT_MS, MAX_WANT, ToClient, ToServer, Welcome};
use crate::parse::{are_hints, is_token};

/// The stream of the seed that the lot is drawn from: back-off and ties draw from others.
const LOT: u64 = 2;

/// One member of a swarm, as its driver sees it.
///
/// Time is the [`Duration`] since an epoch of the driver's choice; it must not go backwards. The driver calls
/// [`handle_input`](Self::handle_input) with news and [`handle_timeout`](Self::handle_timeout) when
/// [`poll_timeout`](Self::poll_timeout) is due, and after either takes every
/// [`poll_output`](Self::poll_output) before it sleeps. The first `handle_timeout` opens the socket.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    session: Session,
    links: Links,
    /// How many peers the engine asked for that no join or message has told the server of yet.
    wanted: Option<u32>,
    /// How many peers the latest join asked for.
    asked: u32,
    outbox: Outbox,
    /// See [`Join::lot`].
    lot: u32,
}

impl Client {
    /// Makes a client that is due at once: [`poll_timeout`](Self::poll_timeout) is zero until the first
    /// [`handle_timeout`](Self::handle_timeout). The seed is for the jitter of reconnecting, for ties between
    /// offers that cross, and for the lot where the operator lets in only a share of viewers.
    ///
    /// # Errors
    /// When the configuration is out of range.
    pub fn new(config: ClientConfig, seed: [u8; 32]) -> Result<Self, ClientConfigError> {
        config.validate()?;
        let backoff = Backoff::new(config.backoff_base, config.backoff_cap, seed);
        let max_negotiations = usize::try_from(config.max_negotiations).unwrap_or(usize::MAX);
        let links = Links::new(config.link_timeout, max_negotiations, seed);
        let session = Session::new(backoff, seed);
        let mut lots = ChaCha8Rng::from_seed(seed);
        lots.set_stream(LOT);
        Ok(Self {
            config,
            session,
            links,
            wanted: None,
            asked: 0,
            outbox: Outbox::default(),
            lot: lots.next_u32(),
        })
    }

    /// Takes in something that happened.
    pub fn handle_input(&mut self, now: Duration, input: ClientInput) {
        match input {
            ClientInput::SocketOpened => self.on_opened(now),
            ClientInput::SocketMessage(frame) => self.on_frame(now, &frame),
            ClientInput::SocketClosed => self.on_closed(now),
            ClientInput::WantPeers(count) => self.on_want(count.min(MAX_WANT)),
            ClientInput::Connect { peer, .. } if self.session.is_switched_off() => {
                self.outbox.event(ClientEvent::Unreachable { peer });
            }
            ClientInput::Connect { peer, route } => {
                self.links.connect(now, peer, route, &mut self.outbox);
            }
            // Links to neighbours are about to end.
            ClientInput::Relayed { .. } if self.session.is_switched_off() => {}
            ClientInput::Relayed { peer, payload } => {
                self.links.on_relayed(now, &peer, &payload, &mut self.outbox);
            }
            ClientInput::LocalDescription { peer, sdp } => {
                self.links.on_local_description(now, &peer, sdp, &mut self.outbox);
            }
            ClientInput::LocalCandidate { peer, candidate } => {
                self.links.on_local_candidate(&peer, candidate, &mut self.outbox);
            }
            ClientInput::LinkUp(peer) => self.links.on_up(&peer),
            ClientInput::LinkClosed(peer) => self.links.on_closed(peer, &mut self.outbox),
            ClientInput::Measured { peer, rtt_ms } => self.on_measured(peer, rtt_ms),
            ClientInput::Token(token) => self.on_token(now, token),
            ClientInput::Hints(hints) => self.on_hints(now, hints),
            ClientInput::Leave => self.leave(),
            ClientInput::Join => self.session.join(now),
        }
    }

    /// Acts on what is due at `now`.
    pub fn handle_timeout(&mut self, now: Duration) {
        match self.session.on_timeout(now) {
            Alarm::Quiet => {}
            Alarm::Open => self.outbox.push(ClientOutput::OpenSocket {
                url: self.config.url.clone(),
            }),
            Alarm::Ping => self.outbox.send(&ToServer::Ping),
            Alarm::Silent => self.give_up_socket(now),
        }
        self.links.on_timeout(now, &mut self.outbox);
    }

    /// Takes the next thing to do.
    pub fn poll_output(&mut self) -> Option<ClientOutput> {
        self.outbox.pop()
    }

    /// Tells when [`handle_timeout`](Self::handle_timeout) is due, if ever.
    pub fn poll_timeout(&self) -> Option<Duration> {
        [self.session.poll_timeout(), self.links.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    fn on_opened(&mut self, now: Duration) {
        if !self.session.on_opened(now) {
            return;
        }
        let up = u32::try_from(self.links.up()).unwrap_or(u32::MAX);
        let want = self
            .wanted
            .take()
            .unwrap_or_else(|| self.config.want.saturating_sub(up));
        self.asked = want;
        self.outbox.send(&ToServer::Join(Join {
            capacity: self.config.capacity.map(|most| most.saturating_sub(up).max(1)),
            token: self.config.token.clone(),
            hints: self.config.hints.clone(),
            lot: Some(self.lot),
            role: self.config.role,
            ..Join::new(self.config.swarm.clone(), want)
        }));
    }

    fn on_closed(&mut self, now: Duration) {
        if self.session.has_socket() {
            self.on_lost(now);
        }
    }

    fn on_want(&mut self, count: u32) {
        if !self.session.is_joined() {
            self.wanted = Some(count);
        } else if count > 0 {
            self.outbox.send(&ToServer::Want { count });
        }
    }

    fn on_measured(&mut self, peer: String, rtt_ms: u32) {
        if self.session.is_joined() && self.links.is_paired(&peer) {
            let rtt_ms = rtt_ms.min(MAX_RTT_MS);
            self.outbox.send(&ToServer::Measured { peer, rtt_ms });
        }
    }

    fn on_token(&mut self, now: Duration, token: String) {
        // Whoever reads it from a file may hand over the same again.
        if is_token(&token) && self.config.token.as_ref() != Some(&token) {
            self.config.token = Some(token);
            self.session.on_token(now);
        }
    }

    fn on_hints(&mut self, now: Duration, hints: Hints) {
        self.session.on_hints(now);
        if are_hints(&hints) {
            self.config.hints = hints;
        }
    }

    /// Asks for what was wanted between join and welcome, less what the join asked for.
    fn ask_for_the_rest(&mut self) {
        if let Some(wanted) = self.wanted.take() {
            self.on_want(wanted.saturating_sub(self.asked));
        }
    }

    fn on_frame(&mut self, now: Duration, frame: &str) {
        // A frame that does not parse is ignored: a newer server may say more than this client knows.
        let Ok(message) = ToClient::parse(frame) else {
            return;
        };
        self.session.on_heard(now);
        match message {
            ToClient::Welcome(welcome) => self.on_welcome(now, welcome),
            ToClient::GoAway { retry_in_ms, reason } => {
                self.on_go_away(now, Duration::from_millis(retry_in_ms), reason);
            }
            ToClient::Error { code, message, fatal } => {
                self.on_error(now, code, message, Fatality::of(fatal))
            }
            ToClient::Pong => {}
            ToClient::Paired { .. }
            | ToClient::Signal { .. }
            | ToClient::Left { .. }
            | ToClient::Undeliverable { .. } => self.on_peer_news(now, message),
        }
    }

    fn on_welcome(&mut self, now: Duration, welcome: Welcome) {
        let Some(waited) = self.session.on_welcome(now, welcome.ping_interval_ms) else {
            return;
        };
        self.outbox.use_ice_servers(welcome.ice_servers);
        self.outbox.event(ClientEvent::Joined {
            peer: welcome.peer,
            clock: welcome.unix_ms.map(|unix_ms| ServerClock::read(unix_ms, waited)),
            signer: welcome.signer,
            policy: welcome.policy,
        });
        self.ask_for_the_rest();
    }

    /// Closes the socket of a server that stops, or that has this client switched off; another is opened when that server
    /// said.
    fn on_go_away(&mut self, now: Duration, told: Duration, reason: Away) {
        if !self.session.has_socket() {
            return;
        }
        self.outbox.push(ClientOutput::CloseSocket);
        match reason {
            Away::Stopping => {
                let wait = self.session.on_sent_away(now, told);
                self.on_apart(wait);
            }
            Away::SwitchedOff => {
                let wait = self.session.on_switched_off(now, told);
                let retry_in_ms = millis(wait);
                self.outbox.event(ClientEvent::SwitchedOff { retry_in_ms });
                self.links.end_all(&mut self.outbox);
            }
        }
    }

    fn on_peer_news(&mut self, now: Duration, message: ToClient) {
        if !self.session.is_joined() {
            return;
        }
        match message {
            ToClient::Paired { peer, offer } => {
                let stage = if offer { Stage::Called } else { Stage::Awaiting };
                self.links.on_paired(now, peer, stage, &mut self.outbox);
            }
            ToClient::Signal { from, signal } => {
                self.links.on_signal(now, &from, signal, &mut self.outbox);
            }
            ToClient::Left { peer } | ToClient::Undeliverable { to: peer } => {
                self.links.on_unpaired(&peer, &mut self.outbox);
            }
            ToClient::Welcome(_) | ToClient::GoAway { .. } | ToClient::Pong | ToClient::Error { .. } => {}
        }
    }

    fn on_error(&mut self, now: Duration, code: ErrorCode, message: String, fatality: Fatality) {
        if !self.session.has_socket() {
            return;
        }
        self.outbox.event(ClientEvent::Refused { code, message });
        match (fatality, code) {
            (Fatality::Passing, _) => {}
            (Fatality::Fatal, ErrorCode::Version | ErrorCode::Forbidden | ErrorCode::Replaced) => {
                self.outbox.push(ClientOutput::CloseSocket);
                let wait = self.session.on_barred(now, code);
                self.on_apart(wait);
            }
            (Fatality::Fatal, _) => self.give_up_socket(now),
        }
    }

    fn give_up_socket(&mut self, now: Duration) {
        self.outbox.push(ClientOutput::CloseSocket);
        self.on_lost(now);
    }

    fn on_lost(&mut self, now: Duration) {
        let wait = self.session.on_lost(now);
        self.on_apart(wait);
    }

    fn on_apart(&mut self, wait: Duration) {
        self.links.on_signaling_lost(&mut self.outbox);
        let retry_in_ms = millis(wait);
        self.outbox.event(ClientEvent::Lost { retry_in_ms });
    }

    /// Closes the socket for a while.
    fn leave(&mut self) {
        if self.session.has_socket() {
            self.outbox.push(ClientOutput::CloseSocket);
        }
        self.session.leave();
        self.links.on_signaling_lost(&mut self.outbox);
    }
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
