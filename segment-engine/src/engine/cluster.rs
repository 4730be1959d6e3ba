//! Several seeders of one title as their tests see them: engines with keys, linked by channels of 10 ms, before an origin that
//! takes 40 ms, unless a test says otherwise, and counts.
#![cfg(feature = "seeder")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a driver would do with other outputs is nobody's business here"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use super::Engine;
use crate::config::{Config, Trust};
use crate::id::{FetchId, Member, PeerId};
use crate::input::{Fingerprint, Input, Signature};
use crate::output::{DisconnectReason, Event, Output, PublicKey, Route};
use crate::time::{Timestamp, UnixTime};
use crate::wire::{Frame, Message, PeerRole, VERSION, decode, encode};

pub(super) const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

/// A minute and 20 s in segments of 2 s.
pub(super) const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT80S"><Period>
  <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$.m4s"/>
  <Representation id="v" bandwidth="160000"/></AdaptationSet></Period></MPD>"#;

/// The same film as a live title that began long ago, with a window of ten seconds.
pub(super) const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="2023-11-14T21:00:00Z" timeShiftBufferDepth="PT10S">
  <Period id="1" start="PT0S"><AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$.m4s"/>
  <Representation id="v" bandwidth="160000"/></AdaptationSet></Period></MPD>"#;

const CHANNEL: Duration = Duration::from_millis(10);

/// What is to happen.
#[derive(Debug)]
enum Due {
    Told(usize, Input),
    /// What came over a link that may be gone by now.
    Heard(usize, PeerId, Message),
    Answered(usize, FetchId, String),
}

/// One of them.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) engine: Engine,
    key: SigningKey,
    /// The paths of segments that it asked the origin for, in order.
    pub(super) fetched: Vec<String>,
    pub(super) events: Vec<Event>,
    pub(super) sent: Vec<(PeerId, Frame)>,
    pub(super) dropped: Vec<(PeerId, DisconnectReason)>,
    /// The peers to which it wants links over neighbours.
    pub(super) dialled: Vec<PeerId>,
    /// Requests that are not answered any more.
    pub(super) hangs: bool,
    gone: bool,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) seats: Vec<Seat>,
    pub(super) now: Timestamp,
    manifest: &'static str,
    due: BTreeMap<(Timestamp, u64), Due>,
    links: BTreeSet<(usize, usize)>,
    /// What a response of the origin takes.
    pub(super) origin: Duration,
    next: u64,
}

impl Cluster {
    /// The given number of seeders of that manifest, none linked to another.
    pub(super) fn new(manifest: &'static str, seeders: u8, change: impl Fn(&mut Config)) -> Self {
        Self::with_keys(manifest, &vec![1; usize::from(seeders)], change)
    }

    /// Seeders, each with the key of that number.
    pub(super) fn with_keys(manifest: &'static str, keys: &[u8], change: impl Fn(&mut Config)) -> Self {
        let now = Timestamp::from_millis(1_000);
        let mut cluster = Self {
            seats: Vec::new(),
            now,
            manifest,
            due: BTreeMap::new(),
            links: BTreeSet::new(),
            origin: Duration::from_millis(40),
            next: 0,
        };
        for (number, key) in (0_u8..).zip(keys) {
            let key = SigningKey::from_bytes(&[*key; 32]);
            let mut config = Config::seeder("title", "https://origin.example/title.mpd");
            config.trust = Trust::signed(PublicKey(key.verifying_key().to_bytes()));
            change(&mut config);
            cluster.seats.push(Seat {
                engine: Engine::new(config, [number + 40; 32], now).unwrap(),
                key,
                fetched: Vec::new(),
                events: Vec::new(),
                sent: Vec::new(),
                dropped: Vec::new(),
                dialled: Vec::new(),
                hangs: false,
                gone: false,
            });
        }
        for seat in 0..keys.len() {
            cluster.tell(seat, Input::Clock(NOW));
        }
        cluster
    }

    /// Opens a channel between two.
    pub(super) fn link(&mut self, one: usize, other: usize) {
        self.links.extend([(one, other), (other, one)]);
        for (seat, peer) in [(one, other), (other, one)] {
            self.tell(seat, Input::PeerConnected(name(peer)));
            self.certify(seat, &name(peer), certificate(seat), certificate(peer));
        }
    }

    /// Opens a channel to somebody who is played by hand, and shakes hands.
    pub(super) fn join(&mut self, seat: usize, who: &str, role: PeerRole, member: u8) {
        let peer = PeerId::new(who).unwrap();
        self.tell(seat, Input::PeerConnected(peer.clone()));
        self.certify(seat, &peer, certificate(seat), Fingerprint([member; 32]));
        self.hear(
            seat,
            who,
            &Frame::Hello {
                version: VERSION,
                swarm: "title".into(),
                role,
                member: Member([member; 8]),
                capabilities: 0,
            },
        );
    }

    fn certify(&mut self, seat: usize, peer: &PeerId, own: Fingerprint, theirs: Fingerprint) {
        let peer = peer.clone();
        self.tell(seat, Input::PeerCertificates { peer, own, theirs });
    }

    pub(super) fn hear(&mut self, seat: usize, from: &str, frame: &Frame) {
        let (peer, message) = (PeerId::new(from).unwrap(), encode(frame));
        self.tell(seat, Input::PeerMessage { peer, message });
    }

    /// One is gone without a word.
    pub(super) fn kill(&mut self, seat: usize) {
        self.seats[seat].gone = true;
        let linked: Vec<_> = self.links.iter().copied().collect();
        for (one, other) in linked {
            if other == seat {
                self.links.remove(&(one, other));
                self.links.remove(&(other, one));
                self.tell(one, Input::PeerClosed(name(seat)));
            }
        }
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        loop {
            let timers = self.seats.iter().filter(|seat| !seat.gone);
            let timer = timers.filter_map(|seat| seat.engine.poll_timeout()).min();
            let event = self.due.keys().next().map(|(at, _)| *at);
            let Some(next) = timer.into_iter().chain(event).min().filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            if event.is_some_and(|at| at <= self.now) {
                let (_, due) = self.due.pop_first().unwrap();
                self.happen(due);
                continue;
            }
            for seat in 0..self.seats.len() {
                if !self.seats[seat].gone {
                    self.seats[seat].engine.handle_timeout(self.now);
                    self.drain(seat);
                }
            }
        }
        self.now = end;
    }

    /// The paths that more than one has fetched, or one more than once; and how many requests there were.
    pub(super) fn twice(&self) -> (Vec<String>, usize) {
        let mut all: Vec<_> = self.seats.iter().flat_map(|seat| &seat.fetched).collect();
        all.sort();
        let twice = all.windows(2).filter(|pair| pair[0] == pair[1]);
        (twice.map(|pair| pair[0].clone()).collect(), all.len())
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Told(seat, input) => self.tell(seat, input),
            Due::Heard(seat, peer, message) => {
                if self
                    .links
                    .iter()
                    .any(|(one, other)| *one == seat && name(*other) == peer)
                {
                    self.tell(seat, Input::PeerMessage { peer, message });
                }
            }
            Due::Answered(seat, fetch, url) => {
                let is_manifest = url.ends_with(".mpd");
                if self.seats[seat].hangs && !is_manifest {
                    return;
                }
                let body = if is_manifest {
                    self.manifest.as_bytes().to_vec()
                } else {
                    body(&url)
                };
                let length = Some(body.len() as u64);
                let started = Input::FetchStarted {
                    fetch,
                    partial: false,
                    length,
                    total: length,
                    url: Some(url),
                };
                let bytes = body.into();
                self.tell(seat, started);
                self.tell(seat, Input::FetchChunk { fetch, bytes });
                self.tell(seat, Input::FetchFinished(fetch));
            }
        }
    }

    pub(super) fn tell(&mut self, seat: usize, input: Input) {
        if !self.seats[seat].gone {
            self.seats[seat].engine.handle_input(self.now, input).unwrap();
            self.drain(seat);
        }
    }

    fn drain(&mut self, seat: usize) {
        while let Some(output) = self.seats[seat].engine.poll_output() {
            self.act(seat, output);
        }
    }

    fn act(&mut self, seat: usize, output: Output) {
        match output {
            Output::Fetch(fetch) => {
                let path = fetch.url.trim_start_matches("https://origin.example/").to_owned();
                if !path.ends_with(".mpd") {
                    assert_eq!(fetch.range, None, "tests have no slow pieces");
                    self.seats[seat].fetched.push(path);
                }
                self.later(self.origin, Due::Answered(seat, fetch.id, fetch.url));
            }
            Output::Send { peer, message } => {
                let message = Message::from_bytes(message.into_bytes());
                self.seats[seat]
                    .sent
                    .push((peer.clone(), decode(message.clone()).unwrap()));
                if let Some(to) = (0..self.seats.len()).find(|to| name(*to) == peer) {
                    self.later(CHANNEL, Due::Heard(to, name(seat), message));
                }
                self.later(CHANNEL, Due::Told(seat, Input::PeerBuffered { peer, bytes: 0 }));
            }
            Output::Sign { check, message } => {
                let signature = Signature(self.seats[seat].key.sign(&message).to_bytes());
                self.tell(seat, Input::Signed { check, signature });
            }
            Output::CheckSignature {
                check,
                key,
                message,
                signature,
            } => {
                let valid = verify(key, &message, signature);
                self.tell(seat, Input::SignatureChecked { check, valid });
            }
            Output::Disconnect { peer, reason } => {
                self.seats[seat].dropped.push((peer.clone(), reason));
                if let Some(to) = (0..self.seats.len()).find(|to| name(*to) == peer) {
                    self.links.remove(&(seat, to));
                    self.later(CHANNEL, Due::Told(to, Input::PeerClosed(name(seat))));
                }
            }
            Output::Connect {
                peer,
                route: Route::Neighbours,
            } => self.seats[seat].dialled.push(peer),
            Output::Event(event) => self.seats[seat].events.push(event),
            _ => {}
        }
    }

    fn later(&mut self, wait: Duration, due: Due) {
        self.next += 1;
        self.due.insert((self.now + wait, self.next), due);
    }
}

impl Seat {
    /// How many segments it holds.
    pub(super) fn stored(&self) -> u64 {
        self.engine.stats().stored_segments
    }

    /// The peers that have proven to be fellows.
    pub(super) fn fellows(&self) -> Vec<&str> {
        let joined = self.events.iter().filter_map(|event| match event {
            Event::FellowJoined { peer } => Some(peer.as_str()),
            _ => None,
        });
        joined.collect()
    }

    /// Its signature under what it is given.
    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.key.sign(message).to_bytes())
    }
}

/// The name of a seat's peer.
pub(super) fn name(seat: usize) -> PeerId {
    PeerId::new(&format!("s{seat}")).unwrap()
}

/// The certificate that a seat shows.
pub(super) fn certificate(seat: usize) -> Fingerprint {
    Fingerprint([100 + u8::try_from(seat).unwrap(); 32])
}

/// The public half of the key of that number.
pub(super) fn public_key(number: u8) -> PublicKey {
    PublicKey(SigningKey::from_bytes(&[number; 32]).verifying_key().to_bytes())
}

/// The signature of the key of that number.
pub(super) fn sign_with(number: u8, message: &[u8]) -> Signature {
    Signature(SigningKey::from_bytes(&[number; 32]).sign(message).to_bytes())
}

pub(super) fn verify(key: PublicKey, message: &[u8], signature: Signature) -> bool {
    let key = VerifyingKey::from_bytes(&key.0).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(message, &signature).is_ok()
}

/// Three pieces that are no other segment's.
fn body(url: &str) -> Vec<u8> {
    let seed = url
        .bytes()
        .fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    vec![seed; 40_000]
}
