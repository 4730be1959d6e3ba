//! Inputs that a hostile world may give an engine, made of bytes: well-formed, and in any order. The bytes come from a
//! fuzzer, and from a test in every run.

mod asking;
mod saying;

use std::collections::BTreeSet;
use std::time::Duration;

use segment_engine::config::{Config, Trust};
use segment_engine::device::{DeviceState, NetworkKind};
use segment_engine::id::{CheckId, DemandId, FetchId, PeerId, SegmentKey};
use segment_engine::input::{Demand, FetchError, Playback, PlaybackState, Signature};
use segment_engine::integrity::{Batch, Record, root_of, write_batch};
use segment_engine::output::PublicKey;
use segment_engine::piece::{Body, Digest, PIECE};
use segment_engine::time::{MediaTime, Timestamp, UnixTime};
use segment_engine::wire::{Frame, Have, Holds, Leaves, PieceBody, decode, encode};
use segment_engine::{Engine, Input, Output};

use self::asking::Asking;
use self::saying::{body, hello, peer};

/// An hour in segments of 4 s. Most of them differ in size from what their bandwidth promises.
const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT1H"><Period>
  <AdaptationSet contentType="video">
    <SegmentTemplate duration="4" media="$Number$.m4s"/><Representation id="v" bandwidth="800000"/>
  </AdaptationSet></Period></MPD>"#;

/// The same title live: three segments are there, and the others come.
const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="2023-11-14T22:13:08Z" minimumUpdatePeriod="PT4S">
  <Period id="1" start="PT0S"><AdaptationSet contentType="video">
    <SegmentTemplate duration="4" media="$Number$.m4s"/><Representation id="v" bandwidth="800000"/>
  </AdaptationSet></Period></MPD>"#;

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

/// How many of its segments, from the first on, anything is said about.
const SEGMENTS: u8 = 6;

/// The most outputs of one input; an engine that wants more does not come to an end.
const MOST_OUTPUTS: usize = 10_000;

/// The bytes, one choice after the other.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number below a bound; 0 when there are no more bytes.
    fn below(&mut self, bound: u8) -> u8 {
        self.next().unwrap_or(0) % bound
    }
}

/// An engine, and what the world around it has to remember to keep the driver's contract.
struct World {
    engine: Engine,
    now: Timestamp,
    connected: BTreeSet<PeerId>,
    demands: BTreeSet<DemandId>,
    next_demand: u64,
    fetches: Vec<FetchId>,
    checks: Vec<CheckId>,
    sequence: u64,
    asking: Asking,
}

/// Plays what the bytes say. The driver's contract is kept, so that nothing it is told may be an error.
///
/// # Panics
/// Where the engine breaks its own contract.
pub fn play(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let first = bytes.next().unwrap_or(0);
    let trust = match first % 3 {
        0 => Trust::signed(PublicKey([1; 32])),
        1 => Trust::Quorum { audits: 100 },
        _ => Trust::Open,
    };
    let all_counts = trust == Trust::Open;
    let manifest = if first / 3 % 2 == 0 { FILM } else { LIVE };
    let mut world = World::new(trust, manifest);
    if all_counts {
        world.stock();
    }
    while let Some(what) = bytes.next() {
        world.step(what, &mut bytes);
    }
    world.pass(Duration::from_secs(30));
}

impl World {
    fn new(trust: Trust, manifest: &str) -> Self {
        let config = Config {
            trust,
            ..Config::viewer("title")
        };
        let now = Timestamp::from_millis(1_000);
        let mut world = Self {
            engine: Engine::new(config, [7; 32], now).expect("a valid configuration"),
            now,
            connected: BTreeSet::new(),
            demands: BTreeSet::new(),
            next_demand: 0,
            fetches: Vec::new(),
            checks: Vec::new(),
            sequence: 0,
            asking: Asking::default(),
        };
        world.tell(Input::Clock(NOW));
        world.tell(Input::Manifest {
            url: "https://origin.example/film.mpd".into(),
            body: manifest.into(),
        });
        for name in 0..4 {
            world.connect(peer(name));
            world.hear(peer(name), &hello(name));
        }
        world
    }

    /// All peers that are there hold the film's beginning, and the player plays.
    fn stock(&mut self) {
        let body = Body::of(&[7; 9 * PIECE]);
        for number in 1..=SEGMENTS {
            let have = Have {
                key: self.key_of(number),
                size: body.len(),
                holds: Holds::All,
                leaves: Leaves::Held,
            };
            for name in 0..4 {
                let came = vec![have.clone()];
                let gone = Vec::new();
                self.hear(peer(name), &Frame::Announce { came, gone });
            }
        }
        self.tell(Input::Playback(Playback {
            position: MediaTime::ZERO,
            buffered: Duration::ZERO,
            state: PlaybackState::Playing,
        }));
        self.demand(&mut Bytes(&[1, 0]));
    }

    /// A peer sends a piece that it was asked for.
    fn answer(&mut self, bytes: &mut Bytes<'_>) {
        let Some((peer, request, piece)) = self.asking.open(bytes.next().unwrap_or(0)) else {
            return;
        };
        let body = PieceBody::Plain(Body::of(&[7; PIECE]).pieces()[0].clone());
        self.hear(peer, &Frame::Piece { request, piece, body });
    }

    /// Signaling tells a time that is up to two hours off.
    fn tell_time(&mut self, bytes: &mut Bytes<'_>) {
        let minutes = i64::from(bytes.below(241)) - 120;
        self.tell(Input::SignalingClock {
            unix: UnixTime::from_millis(NOW.as_millis() + minutes * 60_000),
            within: Duration::from_millis(u64::from(bytes.below(255))),
        });
    }

    fn step(&mut self, what: u8, bytes: &mut Bytes<'_>) {
        let from = peer(bytes.below(6));
        match what % 16 {
            0 => self.pass(Duration::from_millis(u64::from(bytes.below(255)) * 8)),
            1 if self.connected.contains(&from) => {
                self.connected.remove(&from);
                self.asking.on_gone(&from);
                self.tell(Input::PeerClosed(from));
            }
            1 => {
                self.connect(from.clone());
                let name = bytes.below(6);
                self.hear(from, &hello(name));
            }
            2 => self.tell(Input::PeerBuffered {
                peer: from,
                bytes: u64::from(bytes.below(4)) << 16,
            }),
            3 => self.demand(bytes),
            4 => self.play_on(bytes),
            5 | 6 => self.respond(bytes),
            7 => self.sign(from, bytes),
            8 | 9 => self.answer(bytes),
            10 => self.tell_time(bytes),
            _ => {
                let frame = self.frame(bytes);
                self.hear(from, &frame);
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..MOST_OUTPUTS {
            let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(due);
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        panic!("an engine is woken without end");
    }

    fn connect(&mut self, peer: PeerId) {
        self.connected.insert(peer.clone());
        self.tell(Input::PeerConnected(peer));
    }

    fn hear(&mut self, peer: PeerId, frame: &Frame) {
        if self.connected.contains(&peer) {
            self.asking.on_heard(&peer, frame);
        }
        let message = encode(frame);
        self.tell(Input::PeerMessage { peer, message });
    }

    fn tell(&mut self, input: Input) {
        let told = self.engine.handle_input(self.now, input);
        assert_eq!(told, Ok(()), "the driver's contract is kept");
        self.drain();
    }

    fn drain(&mut self) {
        for _ in 0..MOST_OUTPUTS {
            let Some(output) = self.engine.poll_output() else {
                return;
            };
            match output {
                Output::Send { peer, message } => {
                    assert!(
                        self.connected.contains(&peer),
                        "{peer:?} is told something, and is gone"
                    );
                    let frame = decode(message).expect("an engine says what can be read");
                    self.asking.on_said(&peer, &frame);
                }
                // It may be one that was being dialled.
                Output::Disconnect { peer, .. } => {
                    self.connected.remove(&peer);
                    self.asking.on_gone(&peer);
                }
                Output::Deliver(delivery) => {
                    assert!(self.demands.remove(&delivery.demand), "answered twice");
                }
                Output::Decline { demand, .. } => assert!(self.demands.remove(&demand), "answered twice"),
                Output::Fetch(fetch) => self.fetches.push(fetch.id),
                Output::AbortFetch(id) => self.fetches.retain(|fetch| *fetch != id),
                Output::CheckSignature { check, .. } => self.checks.push(check),
                _ => {}
            }
        }
        panic!("an engine wants something without end");
    }

    fn key(&self, bytes: &mut Bytes<'_>) -> SegmentKey {
        self.key_of(1 + bytes.below(SEGMENTS))
    }

    fn key_of(&self, number: u8) -> SegmentKey {
        let segment = self.engine.timeline().locate(&url(number), None);
        segment.expect("the film has it").key
    }

    fn demand(&mut self, bytes: &mut Bytes<'_>) {
        if bytes.below(4) == 0
            && let Some(id) = self.demands.pop_first()
        {
            self.tell(Input::DemandCancelled(id));
            return;
        }
        self.next_demand += 1;
        let id = DemandId(self.next_demand);
        self.demands.insert(id);
        self.tell(Input::Demand(Demand {
            id,
            url: url(1 + bytes.below(SEGMENTS)),
            range: None,
            position: None,
        }));
    }

    fn play_on(&mut self, bytes: &mut Bytes<'_>) {
        let position = MediaTime::ZERO + Duration::from_secs(u64::from(bytes.below(24)));
        let input = match bytes.below(4) {
            0 => Input::Seeked(position),
            1 => Input::Device(DeviceState {
                network: (bytes.below(2) == 0).then_some(NetworkKind::Cellular),
                ..DeviceState::default()
            }),
            _ => Input::Playback(Playback {
                position,
                buffered: Duration::from_secs(u64::from(bytes.below(20))),
                state: PlaybackState::Playing,
            }),
        };
        self.tell(input);
    }

    /// The origin answers, rightly or not.
    fn respond(&mut self, bytes: &mut Bytes<'_>) {
        let which = usize::from(bytes.below(8));
        let Some(fetch) = self.fetches.get(which).copied() else {
            return;
        };
        match bytes.below(6) {
            0 => self.tell(Input::FetchStarted {
                fetch,
                partial: bytes.below(2) == 0,
                length: None,
                total: (bytes.below(2) == 0).then(|| u64::from(bytes.below(9)) * PIECE as u64),
                url: None,
            }),
            1..=3 => self.tell(Input::FetchChunk {
                fetch,
                bytes: vec![7; usize::from(bytes.below(9)) * PIECE / 2].into(),
            }),
            4 => {
                self.fetches.remove(which);
                self.tell(Input::FetchFinished(fetch));
            }
            _ => {
                self.fetches.remove(which);
                self.tell(Input::FetchFailed {
                    fetch,
                    error: FetchError::Network,
                });
            }
        }
    }

    /// A peer brings a record, or a signature turns out to hold or not.
    fn sign(&mut self, from: PeerId, bytes: &mut Bytes<'_>) {
        if let Some(check) = self.checks.pop() {
            let valid = bytes.below(4) > 0;
            self.tell(Input::SignatureChecked { check, valid });
            return;
        }
        self.sequence += 1;
        let body = body(bytes);
        let record = Record {
            size: body.len(),
            root: root_of(body.len(), &body.leaves()),
        };
        let batch = Batch {
            sequence: self.sequence,
            made: NOW,
            expires: NOW + Duration::from_secs(20),
            previous: Digest([0; 28]),
            records: vec![(self.key(bytes), record)],
        };
        let batch = write_batch("title", &batch);
        let signature = Signature([0; 64]);
        self.hear(from, &Frame::Digests { batch, signature });
    }
}

fn url(number: u8) -> String {
    format!("https://origin.example/{number}.m4s")
}
