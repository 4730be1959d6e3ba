//! One engine with a shelf, an origin and peers that are played by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::{Config, Trust};
use crate::engine::Engine;
use crate::id::{DemandId, Member, PeerId, SegmentKey};
use crate::input::{Demand, FetchError, Input, Signature};
use crate::integrity::{Batch, Record, SignedBatch, read_batch, write_batch};
use crate::output::{Event, Fetch, FetchPurpose, Output, PublicKey};
use crate::piece::{Body, Digest, PIECE};
use crate::shelf::{ShelfCommand, ShelfEntry, ShelfFact};
use crate::time::{Timestamp, UnixTime};
use crate::wire::{Frame, Holds, PeerRole, PieceBody, Reject, RequestId, VERSION, decode, encode};

/// How many segments the film has.
pub(super) const SEGMENTS: usize = 24;

/// How many pieces each has.
pub(super) const PIECES: u32 = 8;

const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT96S"><Period>
  <AdaptationSet contentType="video">
    <SegmentTemplate duration="4" media="$Number$.m4s"/><Representation id="v" bandwidth="800000"/>
  </AdaptationSet></Period></MPD>"#;

/// Segments of 2 s, of which those of the last 16 s are there.
pub(super) const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z"
    minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT16S"><Period id="1" start="PT0S">
    <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$.m4s"/>
    <Representation id="v" bandwidth="800000"/></AdaptationSet></Period></MPD>"#;

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

const BORN: Timestamp = Timestamp::from_millis(1_000);

/// How the shelf does what it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// At once.
    Answers,
    /// When it is let.
    Holds,
    /// Writes nothing.
    Refuses,
    /// Reads nothing.
    Stumbles,
}

pub(super) struct Bench {
    pub(super) engine: Engine,
    now: Timestamp,
    manifest: &'static str,
    pub(super) way: Way,
    /// What is on the shelf.
    pub(super) disk: BTreeMap<SegmentKey, Body>,
    /// The batches that are kept beside it, by their signatures.
    pub(super) kept: BTreeMap<[u8; 64], SignedBatch>,
    /// Whether no signature holds.
    pub(super) has_forged_digests: bool,
    held: Vec<ShelfCommand>,
    pub(super) commands: Vec<ShelfCommand>,
    /// The segments that the origin was asked for.
    pub(super) fetched: Vec<String>,
    /// By so much the origin's segments are others than at first.
    pub(super) origin_offset: usize,
    peers: BTreeSet<String>,
    sent: Vec<(String, Frame)>,
    pub(super) dropped: Vec<PeerId>,
    pub(super) events: Vec<Event>,
    pub(super) delivered: Vec<(u64, Body)>,
    batches: Vec<Batch>,
    demands: u64,
    learned: u64,
    /// Whether nothing leaves the channels.
    pub(super) is_stuck: bool,
    /// Whether the origin does not answer.
    pub(super) origin_hangs: bool,
    /// Whether it fails at segments.
    pub(super) origin_fails: bool,
    /// How many of its responses were not wanted any more.
    pub(super) aborted: usize,
}

/// The bytes of a segment: each has its own.
pub(super) fn body(number: usize) -> Body {
    let byte = u8::try_from(number % 251).unwrap();
    Body::of(&vec![byte; PIECES as usize * PIECE])
}

impl Bench {
    /// A seeder of a film.
    pub(super) fn seeder() -> Self {
        Self::live(FILM)
    }

    /// A seeder of a film that looks once in `round` whether each segment is as it was.
    pub(super) fn rechecking(round: Duration) -> Self {
        let mut config = Config::seeder("title", "http://origin.test/film.mpd");
        config.seeding.recheck = Some(round);
        Self::new(config, FILM)
    }

    /// A seeder of a title of one track, whose segments are numbered.
    pub(super) fn live(manifest: &'static str) -> Self {
        Self::new(Config::seeder("title", "http://origin.test/film.mpd"), manifest)
    }

    pub(super) fn viewer() -> Self {
        Self::viewer_of(FILM)
    }

    /// A viewer of the live title.
    pub(super) fn live_viewer() -> Self {
        Self::viewer_of(LIVE)
    }

    fn viewer_of(manifest: &'static str) -> Self {
        let mut bench = Self::new(Config::viewer("title"), manifest);
        bench.tell(Input::Manifest {
            url: "http://origin.test/film.mpd".into(),
            body: manifest.into(),
        });
        bench
    }

    fn new(mut config: Config, manifest: &'static str) -> Self {
        config.trust = Trust::signed(PublicKey([1; 32]));
        config.store_bytes = 1 << 20;
        let mut bench = Self {
            engine: Engine::new(config, [3; 32], BORN).unwrap(),
            now: BORN,
            manifest,
            way: Way::Answers,
            disk: BTreeMap::new(),
            kept: BTreeMap::new(),
            has_forged_digests: false,
            held: Vec::new(),
            commands: Vec::new(),
            fetched: Vec::new(),
            origin_offset: 0,
            peers: BTreeSet::new(),
            sent: Vec::new(),
            dropped: Vec::new(),
            events: Vec::new(),
            delivered: Vec::new(),
            batches: Vec::new(),
            demands: 0,
            learned: 0,
            is_stuck: false,
            origin_hangs: false,
            origin_fails: false,
            aborted: 0,
        };
        bench.tell(Input::Clock(NOW));
        bench
    }

    /// The driver has a shelf, and finds this on it; then time begins.
    pub(super) fn open(&mut self, found: &[ShelfEntry]) {
        self.tell_shelf(ShelfFact::Opening);
        self.tell_shelf(ShelfFact::Opened(found.to_vec()));
        self.start();
    }

    /// As [`open`](Self::open), of a driver that keeps digests as well.
    pub(super) fn open_with_digests(&mut self, kept: &[SignedBatch], found: &[ShelfEntry]) {
        self.tell_shelf(ShelfFact::Opening);
        self.tell_shelf(ShelfFact::Digests(kept.to_vec()));
        self.tell_shelf(ShelfFact::Opened(found.to_vec()));
        self.start();
    }

    /// The batches that are kept beside the shelf.
    pub(super) fn batches_kept(&self) -> Vec<SignedBatch> {
        self.kept.values().cloned().collect()
    }

    pub(super) fn start(&mut self) {
        self.wait(0);
    }

    /// Lets the clocks run before anything is done.
    pub(super) fn skip(&mut self, time: Duration) {
        self.now = self.now + time;
        self.tell(Input::Clock(NOW + self.elapsed()));
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now.since(BORN)
    }

    /// What the wall clock reads, in seconds: where a live title's edge is.
    pub(super) fn live_edge(&self) -> i64 {
        (NOW + self.elapsed()).as_millis() / 1_000
    }

    /// All that is on the shelf, in words for another engine.
    pub(super) fn found(&self) -> Vec<ShelfEntry> {
        let entry = |(key, body): (&SegmentKey, &Body)| ShelfEntry {
            key: *key,
            record: Record::of(body),
        };
        self.disk.iter().map(entry).collect()
    }

    pub(super) fn tell(&mut self, input: Input) {
        self.engine.handle_input(self.now, input).unwrap();
        self.act();
    }

    pub(super) fn tell_shelf(&mut self, fact: ShelfFact) {
        self.tell(Input::Shelf(fact));
    }

    /// Lets time pass, in which each peer says something now and then.
    pub(super) fn wait(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while self.now < end {
            self.step(end.min(self.now + Duration::from_secs(1)));
            for name in self.peers.clone() {
                self.hear(&name, &Frame::Cancel(RequestId(u32::MAX)));
            }
        }
        self.step(end);
    }

    fn step(&mut self, end: Timestamp) {
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.engine.handle_timeout(self.now);
            self.act();
        }
        self.now = end;
    }

    fn act(&mut self) {
        let mut unsent = BTreeSet::new();
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Fetch(_) if self.origin_hangs => {}
                Output::Fetch(fetch) => self.answer(&fetch),
                Output::AbortFetch(_) => self.aborted += 1,
                Output::Sign { check, message } => {
                    self.batches.push(read_batch(&message, "title").unwrap());
                    let signature = Signature([1; 64]);
                    let signed = Input::Signed { check, signature };
                    self.engine.handle_input(self.now, signed).unwrap();
                }
                Output::CheckSignature { check, .. } => {
                    let valid = !self.has_forged_digests;
                    let checked = Input::SignatureChecked { check, valid };
                    self.engine.handle_input(self.now, checked).unwrap();
                }
                Output::Shelf(command) => {
                    self.commands.push(command.clone());
                    if self.way == Way::Holds {
                        self.held.push(command);
                    } else {
                        self.obey(command);
                    }
                }
                Output::Send { peer, message } => {
                    self.sent.push((peer.to_string(), decode(message).unwrap()));
                    unsent.insert(peer);
                }
                Output::Event(event) => self.events.push(event),
                Output::Deliver(delivery) => self.delivered.push((delivery.demand.0, delivery.body)),
                Output::Disconnect { peer, .. } => self.dropped.push(peer),
                _ => {}
            }
        }
        if !self.is_stuck {
            for peer in unsent {
                self.drain(peer.as_str());
            }
        }
    }

    fn answer(&mut self, fetch: &Fetch) {
        if self.origin_fails && fetch.purpose == FetchPurpose::Segment {
            let failed = Input::FetchFailed {
                fetch: fetch.id,
                error: FetchError::Status(503),
            };
            self.engine.handle_input(self.now, failed).unwrap();
            return;
        }
        let bytes = match fetch.purpose {
            FetchPurpose::Manifest => self.manifest.as_bytes().to_vec(),
            FetchPurpose::Segment => {
                self.fetched.push(fetch.url.clone());
                body(number_of(&fetch.url) + self.origin_offset).to_vec()
            }
        };
        let id = fetch.id;
        let started = Input::FetchStarted {
            fetch: id,
            partial: false,
            length: Some(bytes.len() as u64),
            total: Some(bytes.len() as u64),
            url: None,
        };
        let chunk = Input::FetchChunk {
            fetch: id,
            bytes: bytes.into(),
        };
        for input in [started, chunk, Input::FetchFinished(id)] {
            self.engine.handle_input(self.now, input).unwrap();
        }
    }

    fn obey(&mut self, command: ShelfCommand) {
        let fact = match command {
            ShelfCommand::Shelve { key, root, body } => {
                let record = Record::of(&body);
                assert_eq!(record.root, root);
                let entry = ShelfEntry { key, record };
                if self.way == Way::Refuses {
                    ShelfFact::Unshelvable(entry)
                } else {
                    self.disk.insert(key, body);
                    ShelfFact::Shelved(entry)
                }
            }
            ShelfCommand::Unshelve(key) if self.way == Way::Stumbles => ShelfFact::Unreadable(key),
            ShelfCommand::Unshelve(key) => ShelfFact::Unshelved {
                key,
                body: self.disk.get(&key).cloned(),
            },
            ShelfCommand::Discard(keys) => {
                keys.iter().for_each(|key| drop(self.disk.remove(key)));
                return;
            }
            ShelfCommand::ShelveDigests(batch) => {
                self.kept.insert(batch.signature.0, SignedBatch::clone(&batch));
                return;
            }
            ShelfCommand::DiscardDigests(signatures) => {
                signatures
                    .iter()
                    .for_each(|signature| drop(self.kept.remove(&signature.0)));
                return;
            }
        };
        self.engine.handle_input(self.now, Input::Shelf(fact)).unwrap();
    }

    /// The shelf does what it was asked in the meantime, and all else at once.
    pub(super) fn release(&mut self) {
        self.way = Way::Answers;
        for command in std::mem::take(&mut self.held) {
            self.obey(command);
        }
        self.act();
    }

    pub(super) fn key(&self, number: usize) -> SegmentKey {
        let url = format!("http://origin.test/{number}.m4s");
        self.engine.timeline.locate(&url, None).unwrap().key
    }

    pub(super) fn number(&self, key: &SegmentKey) -> usize {
        number_of(&self.engine.timeline.segment(key).unwrap().url)
    }

    pub(super) fn in_memory(&self, number: usize) -> bool {
        self.engine.store.contains(&self.key(number))
    }

    pub(super) fn not_in_memory(&self) -> usize {
        (1..=SEGMENTS).find(|number| !self.in_memory(*number)).unwrap()
    }

    pub(super) fn in_memory_first(&self) -> usize {
        (1..=SEGMENTS).find(|number| self.in_memory(*number)).unwrap()
    }

    pub(super) fn link(&mut self, name: &str) {
        self.peers.insert(name.to_owned());
        self.tell(Input::PeerConnected(PeerId::new(name).unwrap()));
        let hello = Frame::Hello {
            version: VERSION,
            swarm: "title".into(),
            role: PeerRole::Viewer,
            member: Member([name.as_bytes()[0]; 8]),
            capabilities: 0,
        };
        self.hear(name, &hello);
    }

    pub(super) fn close(&mut self, name: &str) {
        self.peers.remove(name);
        self.tell(Input::PeerClosed(PeerId::new(name).unwrap()));
    }

    pub(super) fn hear(&mut self, name: &str, frame: &Frame) {
        let (peer, message) = (PeerId::new(name).unwrap(), encode(frame));
        self.tell(Input::PeerMessage { peer, message });
    }

    /// All that was sent to a peer has left.
    pub(super) fn drain(&mut self, name: &str) {
        let peer = PeerId::new(name).unwrap();
        self.tell(Input::PeerBuffered { peer, bytes: 0 });
    }

    pub(super) fn request(&mut self, name: &str, request: u32, number: usize, run: (u32, u32)) {
        let request = Frame::Request {
            request: RequestId(request),
            key: self.key(number),
            first: run.0,
            count: run.1,
        };
        self.hear(name, &request);
    }

    pub(super) fn want_leaves(&mut self, name: &str, request: u32, number: usize) {
        let key = self.key(number);
        let request = RequestId(request);
        self.hear(name, &Frame::WantLeaves { request, key });
    }

    pub(super) fn demand(&mut self, number: usize) {
        self.demands += 1;
        self.tell(Input::Demand(Demand {
            id: DemandId(self.demands),
            url: format!("http://origin.test/{number}.m4s"),
            range: None,
            position: None,
        }));
    }

    /// A peer hands on the signed records of some segments.
    pub(super) fn learn(&mut self, name: &str, numbers: RangeInclusive<usize>) {
        self.learned += 1;
        let record = |number| (self.key(number), Record::of(&body(number)));
        let batch = Batch {
            sequence: self.learned,
            made: NOW,
            expires: NOW + Duration::from_secs(3_600),
            previous: Digest([0; 28]),
            records: numbers.map(record).collect(),
        };
        let frame = Frame::Digests {
            batch: write_batch("title", &batch),
            signature: Signature([u8::try_from(self.learned).unwrap(); 64]),
        };
        self.hear(name, &frame);
    }

    fn frames<T>(&self, name: &str, wanted: impl Fn(&Frame) -> Option<T>) -> Vec<T> {
        let own = self.sent.iter().filter(|(to, _)| to == name);
        own.filter_map(|(_, frame)| wanted(frame)).collect()
    }

    /// Forgets what was sent so far.
    pub(super) fn forget_sent(&mut self) {
        self.sent.clear();
    }

    /// The pieces that a peer was sent, each with its request.
    pub(super) fn pieces(&self, name: &str) -> Vec<(u32, u32)> {
        self.frames(name, |frame| match frame {
            Frame::Piece { request, piece, .. } => Some((request.0, *piece)),
            _ => None,
        })
    }

    /// What the pieces are made of that were sent: for each its request, and its bytes' value.
    pub(super) fn bytes_sent(&self) -> Vec<(u32, u8)> {
        let pieces = self.sent.iter().filter_map(|(_, frame)| match frame {
            Frame::Piece {
                request,
                body: PieceBody::Plain(piece),
                ..
            } => Some((request.0, piece.bytes()[0])),
            _ => None,
        });
        pieces.collect()
    }

    pub(super) fn leaves(&self, name: &str) -> Vec<Digest> {
        let leaves = self.frames(name, |frame| match frame {
            Frame::Leaves { leaves, .. } => Some(leaves.clone()),
            _ => None,
        });
        leaves.concat()
    }

    pub(super) fn rejects(&self, name: &str) -> Vec<(u32, Reject)> {
        self.frames(name, |frame| match frame {
            Frame::Reject { request, reason, .. } => Some((request.0, *reason)),
            _ => None,
        })
    }

    /// The segments that a peer believes to be held whole, by what it was told.
    pub(super) fn offered(&self, name: &str) -> BTreeSet<usize> {
        let announced = self.frames(name, |frame| match frame {
            Frame::Announce { came, gone } => Some((came.clone(), gone.clone())),
            _ => None,
        });
        let mut offered = BTreeSet::new();
        for (came, gone) in announced {
            let whole = came.iter().filter(|have| have.holds == Holds::All);
            offered.extend(whole.map(|have| self.number(&have.key)));
            for key in gone {
                offered.remove(&self.number(&key));
            }
        }
        offered
    }

    /// The segments whose offers were taken back.
    pub(super) fn gone(&self, name: &str) -> Vec<SegmentKey> {
        let gone = self.frames(name, |frame| match frame {
            Frame::Announce { gone, .. } => Some(gone.clone()),
            _ => None,
        });
        gone.concat()
    }

    /// The segments that were signed.
    pub(super) fn signed(&self) -> BTreeSet<usize> {
        let records = self.batches.iter().flat_map(|batch| &batch.records);
        records.map(|(key, _)| self.number(key)).collect()
    }

    /// The segments that the shelf was asked for, in order.
    pub(super) fn reads(&self) -> Vec<usize> {
        let reads = self.commands.iter().filter_map(|command| match command {
            ShelfCommand::Unshelve(key) => Some(self.number(key)),
            _ => None,
        });
        reads.collect()
    }

    /// How often the shelf was asked to write.
    pub(super) fn writes(&self) -> usize {
        let is_write = |command: &&ShelfCommand| matches!(command, ShelfCommand::Shelve { .. });
        self.commands.iter().filter(is_write).count()
    }
}

fn number_of(url: &str) -> usize {
    let name = url.rsplit('/').next().unwrap();
    name.trim_end_matches(".m4s").parse().unwrap()
}
