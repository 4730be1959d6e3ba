//! What a hostile world may tell an engine, made of bytes: well-formed, and in any order. A fuzzer finds the bytes, and so
//! does a test of every run.

mod asking;

use std::collections::BTreeSet;
use std::time::Duration;

use self::asking::Asking;

use segment_engine::config::{Config, Trust};
use segment_engine::device::{DeviceState, NetworkKind};
use segment_engine::id::{CheckId, DemandId, FetchId, Member, PeerId, SegmentKey};
use segment_engine::input::{Demand, FetchError, Playback, PlaybackState, Signature};
use segment_engine::integrity::{Batch, Record, root_of, write_batch};
use segment_engine::output::PublicKey;
use segment_engine::piece::{Body, Digest, PIECE};
use segment_engine::time::{MediaTime, Timestamp, UnixTime};
use segment_engine::wire::{
    Bye, Claim, Frame, Have, Holds, Leaves, Neighbour, PeerRole, PieceBody, Reject, RequestId, VERSION,
    decode, encode,
};
use segment_engine::{Engine, Input, Output};

/// An hour in segments of 4 s; what they are by their bandwidth, they mostly are not.
const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT1H"><Period>
  <AdaptationSet contentType="video">
    <SegmentTemplate duration="4" media="$Number$.m4s"/><Representation id="v" bandwidth="800000"/>
  </AdaptationSet></Period></MPD>"#;

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

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
    let trust = match bytes.below(3) {
        0 => Trust::Signed(PublicKey([1; 32])),
        1 => Trust::Quorum { audits: 100 },
        _ => Trust::Open,
    };
    let trust_is_open = matches!(trust, Trust::Open);
    let mut world = World::new(trust);
    if trust_is_open {
        world.stock();
    }
    while let Some(what) = bytes.next() {
        world.step(what, &mut bytes);
    }
    world.pass(Duration::from_secs(30));
}

impl World {
    fn new(trust: Trust) -> Self {
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
            body: FILM.into(),
        });
        for name in 0..4 {
            world.connect(peer(name));
            world.hear(peer(name), &hello(name));
        }
        world
    }

    /// All that are there hold the film's begin, and the player plays.
    fn stock(&mut self) {
        let body = Body::of(&[7; 9 * PIECE]);
        for number in 1..=6 {
            let url = format!("https://origin.example/{number}.m4s");
            let key = self
                .engine
                .timeline()
                .locate(&url, None)
                .expect("the film has it")
                .key;
            let have = Have {
                key,
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
        let url = format!("https://origin.example/{}.m4s", 1 + bytes.below(6));
        let segment = self.engine.timeline().locate(&url, None);
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
        let url = format!("https://origin.example/{}.m4s", 1 + bytes.below(6));
        self.tell(Input::Demand(Demand {
            id,
            url,
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

    fn frame(&self, bytes: &mut Bytes<'_>) -> Frame {
        let request = RequestId(u32::from(bytes.below(12)));
        let (first, count) = (u32::from(bytes.below(9)), 1 + u32::from(bytes.below(8)));
        match bytes.below(14) {
            0 | 1 => Frame::Announce {
                came: vec![self.have(bytes)],
                gone: Vec::new(),
            },
            2 => Frame::Announce {
                came: Vec::new(),
                gone: vec![self.key(bytes)],
            },
            3 => Frame::Request {
                request,
                key: self.key(bytes),
                first,
                count,
            },
            4 | 5 => Frame::Piece {
                request,
                piece: first,
                body: PieceBody::Plain(body(bytes).pieces()[0].clone()),
            },
            6 => Frame::Cancel(request),
            7 => Frame::Reject {
                request,
                reason: [Reject::NotHeld, Reject::Busy][usize::from(bytes.below(2))],
                retry_ms: u32::from(bytes.below(255)) * 30,
            },
            8 => Frame::WantLeaves {
                request,
                key: self.key(bytes),
            },
            9 => Frame::Leaves {
                request,
                first: 0,
                leaves: body(bytes).leaves(),
            },
            10 => Frame::Claim {
                claims: vec![Claim {
                    key: self.key(bytes),
                    attempt: bytes.below(5),
                    stripes: u16::from(bytes.below(32)),
                }],
                claimer: Member([bytes.below(8); 8]),
                hops: 1 + bytes.below(12),
            },
            11 => Frame::Interest {
                request,
                key: self.key(bytes),
                first,
                count,
            },
            12 => Frame::Promise {
                request,
                within_ms: 2_000,
            },
            _ => rare(bytes),
        }
    }

    fn have(&self, bytes: &mut Bytes<'_>) -> Have {
        let size = body(bytes).len();
        let pieces = u32::try_from(size.div_ceil(PIECE as u64)).expect("a few");
        Have {
            key: self.key(bytes),
            size,
            holds: match bytes.below(3) {
                0 => Holds::All,
                1 => Holds::Runs(vec![(0, 1)]),
                _ => Holds::Runs(vec![(pieces - 1, 1)]),
            },
            leaves: [Leaves::Held, Leaves::Missing][usize::from(bytes.below(2))],
        }
    }
}

/// What is seldom said.
fn rare(bytes: &mut Bytes<'_>) -> Frame {
    match bytes.below(8) {
        0 => Frame::Bye(Bye::Full),
        1 => Frame::Unknown(200),
        2 => Frame::Relay {
            peer: peer(bytes.below(8)),
            payload: vec![bytes.below(3), b'x'],
        },
        3 => hello(bytes.below(6)),
        _ => Frame::Neighbours {
            uplink: bytes.below(20),
            links: bytes.below(20),
            head: i32::MIN,
            neighbours: vec![Neighbour {
                peer: peer(bytes.below(10)),
                member: Member([bytes.below(10); 8]),
                uplink: bytes.below(20),
                links: bytes.below(20),
                head: i32::from(bytes.below(100)),
            }],
            sketch: Vec::new(),
            epoch: 0,
        },
    }
}

/// A segment that is smaller or larger than it should be, with an end that fills no piece.
fn body(bytes: &mut Bytes<'_>) -> Body {
    Body::of(&vec![7; 1 + usize::from(bytes.below(9)) * PIECE])
}

fn peer(number: u8) -> PeerId {
    PeerId::new(&format!("p{number}")).expect("a name")
}

fn hello(member: u8) -> Frame {
    Frame::Hello {
        version: VERSION,
        swarm: "title".into(),
        role: if member == 5 {
            PeerRole::Seeder
        } else {
            PeerRole::Viewer
        },
        member: Member([member; 8]),
        capabilities: u32::from(member),
    }
}
