//! A client whose clock, socket and driver the test plays.

use std::time::Duration;

use crate::client::{Client, ClientConfig, ClientEvent, ClientInput, ClientOutput, Route};
use crate::message::{Away, Candidate, ErrorCode, Join, Policy, Signal, ToClient, ToServer, Welcome};

pub(super) const PING_MS: u64 = 25_000;

/// The lot that a player's client draws from its seed.
pub(super) const LOT: u32 = 267_015_456;

pub(super) struct Player {
    pub(super) client: Client,
    pub(super) now: Duration,
}

impl Player {
    pub(super) fn new() -> Self {
        Self::with(config())
    }

    pub(super) fn with(config: ClientConfig) -> Self {
        Self {
            client: Client::new(config, [7; 32]).unwrap(),
            now: Duration::from_secs(100),
        }
    }

    pub(super) fn joined() -> Self {
        Self::joined_with(config())
    }

    pub(super) fn joined_with(config: ClientConfig) -> Self {
        let mut player = Self::with(config);
        player.join();
        player
    }

    /// Lets the socket open and the server welcome; drops what the client said meanwhile.
    pub(super) fn join(&mut self) {
        let open = self.fire();
        assert!(matches!(open[..], [ClientOutput::OpenSocket { .. }]), "{open:?}");
        self.input(ClientInput::SocketOpened);
        let welcome = ToClient::Welcome(Welcome::new("me", PING_MS));
        let joined = self.hear(&welcome);
        assert_eq!(
            joined,
            [ClientOutput::Event(ClientEvent::Joined {
                peer: "me".into(),
                clock: None,
                signer: None,
                policy: Policy::default()
            })]
        );
    }

    /// Waits for the next deadline.
    pub(super) fn fire(&mut self) -> Vec<ClientOutput> {
        self.now = self.now.max(self.client.poll_timeout().unwrap());
        self.client.handle_timeout(self.now);
        self.drain()
    }

    pub(super) fn advance(&mut self, by: Duration) -> Vec<ClientOutput> {
        self.now += by;
        self.client.handle_timeout(self.now);
        self.drain()
    }

    pub(super) fn input(&mut self, input: ClientInput) -> Vec<ClientOutput> {
        self.client.handle_input(self.now, input);
        self.drain()
    }

    pub(super) fn hear(&mut self, message: &ToClient) -> Vec<ClientOutput> {
        self.input(ClientInput::SocketMessage(message.to_json()))
    }

    pub(super) fn drain(&mut self) -> Vec<ClientOutput> {
        std::iter::from_fn(|| self.client.poll_output()).collect()
    }

    /// Takes a link to `peer` up to the point where both descriptions are exchanged, this side offering.
    pub(super) fn describe(&mut self, peer: &str) {
        self.hear(&paired(peer, true));
        self.input(connect(peer));
        self.input(local_sdp(peer));
        let accepted = self.hear(&answer(peer));
        assert!(
            matches!(accepted[..], [ClientOutput::AcceptAnswer { .. }]),
            "{accepted:?}"
        );
    }

    pub(super) fn link(&mut self, peer: &str) {
        self.describe(peer);
        assert_eq!(self.input(ClientInput::LinkUp(peer.into())), []);
    }
}

/// What a player's client says first, where it looks for so many peers.
pub(super) fn first_words(want: u32) -> ToServer {
    ToServer::Join(Join {
        lot: Some(LOT),
        ..Join::new("film", want)
    })
}

/// Asks for a link to a peer that signaling introduced.
pub(super) fn connect(peer: &str) -> ClientInput {
    ClientInput::Connect {
        peer: peer.into(),
        route: Route::Signaling,
    }
}

pub(super) fn config() -> ClientConfig {
    ClientConfig::new("ws://127.0.0.1:7800/v1/ws", "film")
}

pub(super) fn paired(peer: &str, offer: bool) -> ToClient {
    ToClient::Paired {
        peer: peer.into(),
        offer,
    }
}

pub(super) fn offer(from: &str) -> ToClient {
    ToClient::Signal {
        from: from.into(),
        signal: Signal::Offer { sdp: "offer".into() },
    }
}

pub(super) fn answer(from: &str) -> ToClient {
    ToClient::Signal {
        from: from.into(),
        signal: Signal::Answer { sdp: "answer".into() },
    }
}

pub(super) fn candidate(number: usize) -> Candidate {
    Candidate {
        candidate: format!("candidate:{number}"),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
        username_fragment: None,
    }
}

pub(super) fn trickle(from: &str, number: usize) -> ToClient {
    ToClient::Signal {
        from: from.into(),
        signal: Signal::Candidate(candidate(number)),
    }
}

pub(super) fn local_sdp(peer: &str) -> ClientInput {
    ClientInput::LocalDescription {
        peer: peer.into(),
        sdp: "local".into(),
    }
}

pub(super) fn go_away(reason: Away, retry_in_ms: u64) -> ToClient {
    ToClient::GoAway { retry_in_ms, reason }
}

pub(super) fn refusal(code: ErrorCode, fatal: bool) -> ToClient {
    ToClient::Error {
        code,
        message: "no".into(),
        fatal,
    }
}

pub(super) fn send(message: &ToServer) -> ClientOutput {
    ClientOutput::Send(message.to_json())
}

pub(super) fn unpair(peer: &str) -> ClientOutput {
    send(&ToServer::Unpair { peer: peer.into() })
}

pub(super) fn unreachable(peer: &str) -> ClientOutput {
    ClientOutput::Event(ClientEvent::Unreachable { peer: peer.into() })
}

pub(super) fn drop_peer(peer: &str) -> ClientOutput {
    ClientOutput::DropPeer(peer.into())
}
