//! One viewer's side of signaling: the client that pages have, and around it what their engine does with introductions.
//! Its descriptions are ready-made, and a link is up once its answer is there.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use signaling_proto::client::{Client, ClientConfig, ClientEvent, ClientInput, ClientOutput, Route};
use signaling_proto::message::{Candidate, ToClient};

use crate::description::{Kind, Trickled};
use crate::random::Random;

/// Links that a viewer looks for, and takes at most: the engine's `min_target_peers` and `max_target_peers`.
pub(crate) const TARGET: u32 = 8;
const MOST: u32 = 16;
/// Up to how many it asks for once it lacks some: as the engine, three quarters of the most.
const GOAL: u32 = MOST / 4 * 3;
/// The pauses between two times that the engine asks for more peers; each is drawn from its upper half.
const FIRST_WANT: Duration = Duration::from_secs(2);
const LAST_WANT: Duration = Duration::from_secs(30);
/// The number of different descriptions that are made: a browser's cost of making them is not what is measured.
const VARIANTS: usize = 16;

/// Descriptions for all viewers.
#[derive(Debug)]
pub(crate) struct Browser {
    offers: Vec<Trickled>,
    answers: Vec<Trickled>,
}

/// What a viewer does that concerns others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It opens its socket.
    Open,
    /// It says something.
    Say(String),
    /// It closes its socket.
    Close,
    /// It is a member, by this name.
    Joined(String),
    /// A peer's answer has come: their link is up, for both.
    Linked(String),
}

/// A viewer.
#[derive(Debug)]
pub(crate) struct Viewer {
    client: Client,
    number: usize,
    /// Its name, once it is a member.
    id: Option<String>,
    up: BTreeSet<String>,
    making: BTreeSet<String>,
    /// When it asks for more, and how long it waits after that.
    ask_at: Option<Duration>,
    pause: Duration,
    random: Random,
    /// When it had as many links as it looks for, for the first time.
    pub(crate) paired_at: Option<Duration>,
}

impl Browser {
    /// Makes all variants.
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut all = |kind| (0..VARIANTS).map(|_| Trickled::new(kind, random)).collect();
        Self {
            offers: all(Kind::Offer),
            answers: all(Kind::Answer),
        }
    }

    fn of(&self, kind: Kind, number: usize) -> &Trickled {
        let all = match kind {
            Kind::Offer => &self.offers,
            Kind::Answer => &self.answers,
        };
        &all[number % VARIANTS]
    }
}

impl Viewer {
    /// One that is about to open its socket.
    ///
    /// # Errors
    /// The client does not take its configuration.
    pub(crate) fn new(number: usize, swarm: &str) -> Result<Self> {
        let mut random = Random::new(number as u64);
        let seed = std::array::from_fn(|_| random.byte());
        let config = ClientConfig {
            want: TARGET,
            capacity: Some(MOST),
            ..ClientConfig::new("ws://localhost/v1/ws", swarm)
        };
        Ok(Self {
            client: Client::new(config, seed).context("a viewer's client")?,
            number,
            id: None,
            up: BTreeSet::new(),
            making: BTreeSet::new(),
            ask_at: None,
            pause: FIRST_WANT,
            random,
            paired_at: None,
        })
    }

    /// Its peers.
    pub(crate) fn links(&self) -> &BTreeSet<String> {
        &self.up
    }

    /// Its name in the swarm.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// When [`wake`](Self::wake) is due.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.client.poll_timeout().into_iter().chain(self.ask_at).min()
    }

    /// Does what is due.
    pub(crate) fn wake(&mut self, now: Duration, browser: &Browser) -> Vec<Act> {
        self.client.handle_timeout(now);
        if self.ask_at.is_some_and(|due| due <= now) {
            let hoped = count(&self.up) + count(&self.making);
            let half = self.pause / 2;
            let drawn = self.random.below(half.as_millis() as u64 + 1);
            self.ask_at = Some(now + half + Duration::from_millis(drawn));
            if hoped < TARGET {
                self.client
                    .handle_input(now, ClientInput::WantPeers(GOAL - hoped));
                self.pause = (self.pause * 2).min(LAST_WANT);
            }
        }
        self.drain(now, browser)
    }

    /// Takes in that its socket is open.
    pub(crate) fn opened(&mut self, now: Duration, browser: &Browser) -> Vec<Act> {
        self.tell(now, ClientInput::SocketOpened, browser)
    }

    /// Takes in that its socket is closed.
    pub(crate) fn closed(&mut self, now: Duration, browser: &Browser) -> Vec<Act> {
        self.tell(now, ClientInput::SocketClosed, browser)
    }

    /// Takes in a frame.
    pub(crate) fn heard(&mut self, now: Duration, frame: String, browser: &Browser) -> Vec<Act> {
        self.tell(now, ClientInput::SocketMessage(frame), browser)
    }

    /// Takes in that the link to a peer is up.
    pub(crate) fn linked(&mut self, now: Duration, peer: String, browser: &Browser) -> Vec<Act> {
        self.making.remove(&peer);
        self.up.insert(peer.clone());
        if count(&self.up) >= TARGET {
            self.paired_at.get_or_insert(now);
        }
        self.tell(now, ClientInput::LinkUp(peer), browser)
    }

    fn tell(&mut self, now: Duration, input: ClientInput, browser: &Browser) -> Vec<Act> {
        self.client.handle_input(now, input);
        self.drain(now, browser)
    }

    fn drain(&mut self, now: Duration, browser: &Browser) -> Vec<Act> {
        let mut acts = Vec::new();
        while let Some(output) = self.client.poll_output() {
            match output {
                ClientOutput::OpenSocket { .. } => acts.push(Act::Open),
                ClientOutput::Send(frame) => acts.push(Act::Say(frame)),
                ClientOutput::CloseSocket => acts.push(Act::Close),
                ClientOutput::CreateOffer { peer, .. } => self.describe(now, &peer, Kind::Offer, browser),
                ClientOutput::AcceptOffer { peer, .. } => self.accept(now, peer, browser),
                ClientOutput::AcceptAnswer { peer, .. } => acts.push(Act::Linked(peer)),
                ClientOutput::DropPeer(peer) => _ = self.making.remove(&peer),
                ClientOutput::Event(event) => acts.extend(self.on_event(now, event)),
                ClientOutput::AddCandidate { .. } | ClientOutput::Relay { .. } => {}
            }
        }
        acts
    }

    fn on_event(&mut self, now: Duration, event: ClientEvent) -> Option<Act> {
        match event {
            ClientEvent::Joined { peer, .. } => {
                self.ask_at = Some(now + FIRST_WANT);
                self.id = Some(peer.clone());
                return Some(Act::Joined(peer));
            }
            // As the engine: one that it has no place for is left to time out.
            ClientEvent::Introduced { peer, offer: true } if self.has_room() => {
                self.making.insert(peer.clone());
                let connect = ClientInput::Connect {
                    peer,
                    route: Route::Signaling,
                };
                self.client.handle_input(now, connect);
            }
            ClientEvent::Unreachable { peer } => _ = self.making.remove(&peer),
            ClientEvent::Introduced { .. }
            | ClientEvent::Lost { .. }
            | ClientEvent::SwitchedOff { .. }
            | ClientEvent::Refused { .. } => {}
        }
        None
    }

    fn accept(&mut self, now: Duration, peer: String, browser: &Browser) {
        if count(&self.up) < MOST {
            self.making.insert(peer.clone());
            self.describe(now, &peer, Kind::Answer, browser);
        } else {
            self.client.handle_input(now, ClientInput::LinkClosed(peer));
        }
    }

    /// As a browser: the description at once, and then each candidate, and that there are no more.
    fn describe(&mut self, now: Duration, peer: &str, kind: Kind, browser: &Browser) {
        let Trickled { sdp, candidates } = browser.of(kind, self.number);
        let description = ClientInput::LocalDescription {
            peer: peer.to_owned(),
            sdp: sdp.clone(),
        };
        self.client.handle_input(now, description);
        let end = String::new();
        for candidate in candidates.iter().chain([&end]) {
            let candidate = Candidate {
                candidate: candidate.clone(),
                sdp_mid: Some("0".to_owned()),
                sdp_m_line_index: Some(0),
                username_fragment: None,
            };
            let peer = peer.to_owned();
            self.client
                .handle_input(now, ClientInput::LocalCandidate { peer, candidate });
        }
    }

    fn has_room(&self) -> bool {
        count(&self.up) + count(&self.making) < MOST
    }
}

/// What the server says beside what the client makes of it.
pub(crate) fn is_undeliverable(message: &str) -> bool {
    // Only those that look like it are read twice.
    message.contains("undeliverable")
        && matches!(ToClient::parse(message), Ok(ToClient::Undeliverable { .. }))
}

fn count(peers: &BTreeSet<String>) -> u32 {
    peers.len() as u32
}

#[cfg(test)]
mod tests;
