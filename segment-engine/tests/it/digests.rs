//! Signed batches over their lives: signed in a chain, handed on, expired, signed again in time.

use std::time::Duration;

use segment_engine::config::{Trust, Validity};
use segment_engine::id::{Member, PeerId, SegmentKey, SegmentKind, TrackKey};
use segment_engine::input::Signature;
use segment_engine::integrity::{
    Batch, BatchError, Record, Sidecar, SignedBatch, read_batch, write_batch, write_sidecar,
};
use segment_engine::output::{Event, FetchPurpose, PublicKey};
use segment_engine::piece::{Body, Digest};
use segment_engine::time::{Timestamp, UnixTime};
use segment_engine::wire::{Frame, PeerRole, VERSION, decode, encode};
use segment_engine::{Config, Engine, Input, Output};

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);
const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_batch_counts_until_it_expires() {
    let mut viewer = viewer();
    let batch = batch(0, MINUTE);
    assert_eq!(viewer.receive(&batch), 1, "its signature is checked");
    assert_eq!(viewer.engine.stats().known_digests, 1);
    assert_eq!(viewer.receive(&batch), 0, "and not again");
    viewer.wait(MINUTE - Duration::from_millis(1));
    assert_eq!(viewer.engine.stats().known_digests, 1);
    viewer.wait(Duration::from_millis(20));
    assert_eq!(viewer.engine.stats().known_digests, 0);
    assert_eq!(viewer.receive(&batch), 0, "an expired one is not even checked");
    assert_eq!(
        viewer.engine.stats().violations,
        0,
        "it may be a matter of clocks"
    );
}

#[test]
fn a_batch_of_an_unknown_algorithm_is_ignored_and_not_passed_on() {
    let mut viewer = viewer();
    viewer.link("other");
    viewer.sent.clear();
    let mut batch_of_newer = write_batch(
        "film",
        &Batch {
            records: Vec::new(),
            ..batch(0, MINUTE)
        },
    );
    // The algorithm stands before the list of records, which is one byte where it is empty.
    let algorithm = batch_of_newer.len() - 2;
    batch_of_newer[algorithm] += 1;
    assert_eq!(read_batch(&batch_of_newer, "film"), Err(BatchError::Algorithm));
    assert_eq!(viewer.receive_bytes(batch_of_newer), 0, "nothing is checked");
    let stats = viewer.engine.stats();
    assert_eq!(stats.violations, 0, "the seeder may be newer than this peer");
    assert_eq!(viewer.told("other"), []);
    assert_eq!(viewer.receive(&batch(1, MINUTE)), 1, "the link goes on");
}

#[test]
fn gaps_are_counted() {
    let mut viewer = viewer();
    viewer.receive(&numbered(0));
    viewer.receive(&numbered(2));
    assert_eq!(viewer.engine.stats().digest_gaps, 1);
}

#[test]
fn of_two_batches_of_one_sequence_neither_counts() {
    let mut viewer = viewer();
    viewer.link("other");
    viewer.sent.clear();
    let contradicting = [batch(2, MINUTE), batch(2, MINUTE * 2), batch(2, MINUTE * 3)];
    for batch in &contradicting {
        viewer.receive(batch);
        viewer.receive(batch);
    }
    let stats = viewer.engine.stats();
    assert_eq!((stats.known_digests, stats.equivocations), (0, 1));
    assert_eq!(viewer.events, [Event::Equivocation { segments: 1 }]);
    let proof = &contradicting[..2];
    assert_eq!(viewer.told("other"), proof, "others are shown both, once");
    viewer.link("newcomer");
    assert_eq!(viewer.told("newcomer"), proof);
    viewer.receive(&batch(3, MINUTE));
    assert_eq!(
        viewer.engine.stats().known_digests,
        1,
        "what is signed anew counts"
    );
}

#[test]
fn a_batch_goes_round_once_however_many_are_kept() {
    let mut viewer = viewer();
    viewer.link("other");
    for sequence in 0..2_100 {
        viewer.receive(&numbered(sequence));
    }
    assert_eq!(viewer.told("other").len(), 2_100);
    viewer.sent.clear();
    // Forgotten, refused for its age, and never seen.
    for sequence in [0, 60, 2_000] {
        viewer.receive(&numbered(sequence));
    }
    let early = Batch {
        made: UnixTime::from_millis(0),
        ..numbered(9_000)
    };
    assert_eq!(viewer.receive(&early), 0, "it is not even checked");
    assert_eq!(viewer.told("other"), []);
}

#[test]
fn a_newcomer_is_told_the_newest_first_and_only_what_is_in_the_window() {
    let mut viewer = viewer();
    viewer.tell(Input::Manifest {
        url: "http://origin.test/live.mpd".into(),
        body: LIVE.into(),
    });
    let track = viewer.engine.timeline().tracks()[0].key;
    // Segments of 2 s; the window is 20 s, and the clock stands where 850,000,000 have been.
    let of = |sequence: u64, number: i64| {
        let mut batch = numbered(sequence);
        (batch.records[0].0.track, batch.records[0].0.time) = (track, number * 2);
        batch
    };
    let gone = of(1, 849_999_900);
    let (first, last, ahead) = (of(2, 849_999_995), of(3, 849_999_999), of(4, 850_000_001));
    for batch in [&first, &ahead, &gone, &last] {
        viewer.receive(batch);
    }
    viewer.link("newcomer");
    assert_eq!(viewer.told("newcomer"), [ahead, last, first]);
}

#[test]
fn a_seeder_signs_anew_what_its_origin_has_changed() {
    let mut before = seeder();
    before.wait(Duration::from_secs(1));
    let signed = before.signed[0].clone();
    let mut seeder = seeder_drawn(8);
    seeder.salt = b"changed".to_vec();
    seeder.link("seeder");
    seeder.receive(&signed);
    assert_eq!(seeder.engine.stats().known_digests, 3, "before it has seen any");
    seeder.wait(Duration::from_secs(1));
    let anew = &seeder.signed[0].records;
    assert_eq!(anew.len(), 3);
    assert!(anew.iter().all(|record| !signed.records.contains(record)));
    let mismatches = seeder
        .events
        .iter()
        .filter(|event| matches!(event, Event::OriginMismatch { .. }));
    assert_eq!(mismatches.count(), 3);
    seeder.wait(MINUTE * 2);
    assert!(
        seeder.signed.len() > 1,
        "they expire, and are signed again, as all are"
    );
}

#[test]
fn seeders_that_contradict_each_other_number_their_batches_anew() {
    let mut seeders = [seeder(), seeder()];
    seeders[1].salt = b"other".to_vec();
    let signed = seeders.each_mut().map(|seeder| {
        seeder.wait(Duration::from_secs(1));
        seeder.signed[0].clone()
    });
    assert_eq!(signed[0].sequence, signed[1].sequence);
    for (seeder, other) in seeders.iter_mut().zip([&signed[1], &signed[0]]) {
        seeder.link("seeder");
        seeder.receive(other);
        seeder.wait(Duration::from_secs(1));
    }
    let [one, other] = seeders.each_ref().map(|seeder| &seeder.signed[1]);
    assert_ne!(one.sequence, other.sequence);
    assert_eq!(
        (&one.records, &other.records),
        (&signed[0].records, &signed[1].records)
    );
    assert_eq!(seeders[0].told("seeder").last(), Some(one));

    let mut late = seeder();
    late.salt = b"late".to_vec();
    late.link("seeder");
    late.receive(&signed[0]);
    late.wait(Duration::from_secs(1));
    assert_eq!(
        late.signed.len(),
        2,
        "its own batch is the second of that sequence"
    );
    assert_eq!(late.signed[0].records, late.signed[1].records);
    assert_eq!(late.engine.stats().known_digests, 3);
}

#[test]
fn a_live_seeder_signs_again_only_what_is_still_in_the_manifest() {
    let mut seeder = Driven::new(Config::seeder("film", "http://origin.test/live.mpd"));
    // A batch for each segment, until there are too many.
    seeder.wait(MINUTE * 40);
    assert!(seeder.signed.len() > 1_024);
    let most = seeder.signed.iter().map(|batch| batch.records.len()).max();
    assert!(most.is_some_and(|most| (10..64).contains(&most)), "{most:?}");
    seeder.wait(MINUTE * 120);
    let known = seeder.engine.stats().known_digests;
    assert!((3_500..3_700).contains(&known), "those of two hours: {known}");
}

#[test]
fn a_seeder_chains_its_batches_and_signs_again_what_would_expire() {
    let mut seeder = seeder();
    seeder.wait(Duration::from_secs(1));
    assert_eq!(seeder.signed.len(), 1, "all of a small film at once");
    let first = seeder.signed[0].clone();
    assert_eq!(first.records.len(), 3);
    assert_eq!(
        (first.previous, first.expires),
        (Digest([0; 28]), first.made + MINUTE)
    );

    seeder.wait(MINUTE * 5);
    for pair in seeder.signed.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence + 1);
        let message = write_batch("film", &pair[0]);
        assert_eq!(pair[1].previous, Digest::of(&[&message]));
        assert!(pair[1].made < pair[0].expires, "in time");
        assert_eq!(pair[1].records, pair[0].records);
    }
    assert!((6..=20).contains(&seeder.signed.len()), "{}", seeder.signed.len());
    assert_eq!(seeder.engine.stats().known_digests, 3);
    assert_eq!(seeder.engine.stats().digest_gaps, 0);
}

#[test]
fn who_has_signed_nothing_itself_renews_in_time_what_a_gone_seeder_of_its_key_signed() {
    let mut first = seeder();
    first.wait(Duration::from_secs(1));
    let sidecar = first.engine.sidecar().unwrap();
    // All is vouched for before its first segment comes.
    let mut second = seeder_without_origin();
    second.take(&sidecar);
    second.wait(MINUTE * 5);
    assert_eq!(second.engine.stats().known_digests, 3);
    assert!(second.signed.len() >= 4, "{}", second.signed.len());
}

#[test]
fn a_sidecar_tells_a_viewer_all_that_its_seeder_has_signed() {
    let mut seeder = seeder();
    seeder.wait(Duration::from_secs(1));
    let sidecar = seeder.engine.sidecar().unwrap();
    assert_eq!(
        (sidecar.swarm.as_str(), sidecar.signer),
        ("film", PublicKey([1; 32]))
    );
    let mut viewer = viewer();
    viewer.link("other");
    assert_eq!(viewer.take(&sidecar), 1, "its signature is checked");
    assert_eq!(viewer.engine.stats().known_digests, 3);
    assert_eq!(viewer.told("other"), seeder.signed, "peers are told as well");
    assert_eq!(viewer.take(&sidecar), 0, "and not again");
    assert_eq!(viewer.engine.sidecar(), Some(sidecar));
    // The batch was made a moment after the seeder was.
    viewer.wait(MINUTE + Duration::from_secs(1));
    assert_eq!(
        viewer.engine.sidecar().unwrap().batches,
        [],
        "what has expired is left out"
    );
}

#[test]
fn a_sidecar_of_another_swarm_or_signer_is_not_even_checked() {
    let batches = vec![signed(&batch(1, MINUTE))];
    let right = Sidecar {
        swarm: "film".into(),
        signer: PublicKey([1; 32]),
        batches,
    };
    let other_swarm = Sidecar {
        swarm: "other".into(),
        ..right.clone()
    };
    let other_signer = Sidecar {
        signer: PublicKey([2; 32]),
        ..right.clone()
    };
    for wrong in [other_swarm, other_signer] {
        let mut viewer = viewer();
        assert_eq!(viewer.take(&wrong), 0);
        assert!(matches!(&viewer.events[..], [Event::SidecarRejected { .. }]));
        assert_eq!(viewer.take(&right), 1);
    }
}

#[test]
fn a_sidecar_that_is_none_is_told_and_nothing_else() {
    let mut viewer = viewer();
    viewer.tell(Input::Sidecar(b"<html>".to_vec().into()));
    let expected = Event::SidecarRejected {
        reason: "malformed sidecar".into(),
    };
    assert_eq!(viewer.events, [expected]);
    assert_eq!(viewer.engine.stats().known_digests, 0);
}

#[test]
fn what_a_seeder_has_seen_itself_stands_against_a_sidecar() {
    let mut before = seeder();
    before.wait(Duration::from_secs(1));
    let sidecar = before.engine.sidecar().unwrap();
    let mut seeder = seeder_drawn(8);
    seeder.salt = b"changed".to_vec();
    seeder.wait(Duration::from_secs(1));
    let own = seeder.signed[0].records.clone();
    assert_eq!(seeder.take(&sidecar), 1);
    seeder.wait(MINUTE);
    assert!(seeder.signed.iter().all(|batch| batch.records == own));
    assert!(seeder.signed.len() > 1, "they are signed again");
}

#[test]
fn a_smaller_budget_is_kept_to_at_once() {
    let mut seeder = Driven::new(Config {
        trust: Trust::signed(PublicKey([1; 32])),
        ..Config::seeder("film", "http://origin.test/film.mpd")
    });
    seeder.salt = vec![7; 500 << 10];
    seeder.wait(Duration::from_secs(1));
    assert_eq!(seeder.engine.stats().stored_segments, 3);
    seeder.tell(Input::StoreBudget(0));
    let stats = seeder.engine.stats();
    assert!(
        (1..=1 << 20).contains(&stats.stored_bytes),
        "{}",
        stats.stored_bytes
    );
    assert_eq!(stats.known_digests, 3, "their digests stay");
}

/// An engine, and what it was asked to sign.
struct Driven {
    engine: Engine,
    now: Timestamp,
    signed: Vec<Batch>,
    sent: Vec<(PeerId, Frame)>,
    events: Vec<Event>,
    /// Makes its origin's segments others.
    salt: Vec<u8>,
}

impl Driven {
    fn new(config: Config) -> Self {
        Self::seeded(config, 7)
    }

    fn seeded(config: Config, seed: u8) -> Self {
        let mut driven = Self {
            engine: Engine::new(config, [seed; 32], Timestamp::ZERO).unwrap(),
            now: Timestamp::ZERO,
            signed: Vec::new(),
            sent: Vec::new(),
            events: Vec::new(),
            salt: Vec::new(),
        };
        driven.tell(Input::Clock(NOW));
        driven
    }

    fn tell(&mut self, input: Input) {
        self.engine.handle_input(self.now, input).unwrap();
        self.act();
    }

    /// Lets time pass.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.engine.handle_timeout(self.now);
            self.act();
        }
        self.now = end;
    }

    /// Does what the engine asks; returns how many signatures it had checked.
    fn act(&mut self) -> usize {
        let (mut checked, mut unsent) = (0, Vec::new());
        while let Some(output) = self.engine.poll_output() {
            let answers = match output {
                Output::Fetch(fetch) => {
                    let bytes = match fetch.purpose {
                        FetchPurpose::Manifest if fetch.url.ends_with("live.mpd") => LIVE.as_bytes().to_vec(),
                        FetchPurpose::Manifest => MPD.as_bytes().to_vec(),
                        FetchPurpose::Segment => [fetch.url.as_bytes(), &self.salt].concat(),
                    };
                    let id = fetch.id;
                    let started = Input::FetchStarted {
                        fetch: id,
                        partial: false,
                        length: None,
                        total: None,
                        url: None,
                    };
                    let chunk = Input::FetchChunk {
                        fetch: id,
                        bytes: bytes.into(),
                    };
                    vec![started, chunk, Input::FetchFinished(id)]
                }
                Output::Sign { check, message } => {
                    self.signed.push(read_batch(&message, "film").unwrap());
                    let signature = Signature([1; 64]);
                    vec![Input::Signed { check, signature }]
                }
                Output::CheckSignature { check, .. } => {
                    checked += 1;
                    vec![Input::SignatureChecked { check, valid: true }]
                }
                Output::Send { peer, message } => {
                    self.sent.push((peer.clone(), decode(message).unwrap()));
                    unsent.push(peer);
                    Vec::new()
                }
                Output::Event(event) => {
                    self.events.push(event);
                    Vec::new()
                }
                Output::Connect { .. }
                | Output::Negotiation { .. }
                | Output::LeaveSignaling
                | Output::JoinSignaling
                | Output::Disconnect { .. }
                | Output::WantPeers(_)
                | Output::AbortFetch(_)
                | Output::Shelf(_)
                | Output::Deliver(_)
                | Output::Decline { .. } => Vec::new(),
            };
            for input in answers {
                self.engine.handle_input(self.now, input).unwrap();
            }
        }
        // What was sent has left.
        for peer in unsent {
            let left = Input::PeerBuffered { peer, bytes: 0 };
            self.engine.handle_input(self.now, left).unwrap();
            checked += self.act();
        }
        checked
    }

    /// A peer hands a batch on; returns how many signatures were checked for it.
    fn receive(&mut self, batch: &Batch) -> usize {
        self.receive_bytes(write_batch("film", batch))
    }

    /// A batch comes as it is written.
    fn receive_bytes(&mut self, batch: Vec<u8>) -> usize {
        let message = encode(&Frame::Digests {
            batch,
            signature: Signature([1; 64]),
        });
        let told = Input::PeerMessage {
            peer: peer("seeder"),
            message,
        };
        self.engine.handle_input(self.now, told).unwrap();
        self.act()
    }

    /// A sidecar comes; returns how many signatures were checked for it.
    fn take(&mut self, sidecar: &Sidecar) -> usize {
        let told = Input::Sidecar(write_sidecar(sidecar).into());
        self.engine.handle_input(self.now, told).unwrap();
        self.act()
    }

    /// The batches that a peer was told, in order.
    fn told(&self, name: &str) -> Vec<Batch> {
        let told = self.sent.iter().filter_map(|(to, frame)| {
            let Frame::Digests { batch, .. } = frame else {
                return None;
            };
            (*to == peer(name)).then(|| read_batch(batch, "film").unwrap())
        });
        told.collect()
    }

    /// A peer comes, whose member is the first letter of its name.
    fn link(&mut self, name: &str) {
        self.tell(Input::PeerConnected(peer(name)));
        let message = encode(&Frame::Hello {
            version: VERSION,
            swarm: "film".into(),
            role: PeerRole::Seeder,
            member: Member([name.as_bytes()[0]; 8]),
            capabilities: 0,
        });
        self.tell(Input::PeerMessage {
            peer: peer(name),
            message,
        });
        self.events.clear();
    }
}

const MPD: &str = r#"<MPD type="static" mediaPresentationDuration="PT4S"><Period>
    <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$.m4s" initialization="init.mp4"/>
    <Representation id="a" bandwidth="1000"/></AdaptationSet></Period></MPD>"#;

const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" minimumUpdatePeriod="PT10S"
    timeShiftBufferDepth="PT20S"><Period id="1" start="PT0S"><AdaptationSet contentType="video">
    <SegmentTemplate duration="2" media="$Number$.m4s"/><Representation id="a" bandwidth="1000"/>
    </AdaptationSet></Period></MPD>"#;

fn seeder() -> Driven {
    seeder_drawn(7)
}

fn seeder_drawn(seed: u8) -> Driven {
    let config = Config {
        digest_validity: Validity {
            film: MINUTE,
            ..Validity::default()
        },
        trust: Trust::signed(PublicKey([1; 32])),
        ..Config::seeder("film", "http://origin.test/film.mpd")
    };
    Driven::seeded(config, seed)
}

/// Another of the same key, whose origin gives it nothing yet.
fn seeder_without_origin() -> Driven {
    let mut seeder = seeder_drawn(8);
    seeder.signed.clear();
    seeder
}

fn viewer() -> Driven {
    let mut viewer = Driven::new(Config {
        trust: Trust::signed(PublicKey([1; 32])),
        ..Config::viewer("film")
    });
    viewer.link("seeder");
    viewer
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn signed(batch: &Batch) -> SignedBatch {
    SignedBatch {
        message: write_batch("film", batch),
        signature: Signature([1; 64]),
    }
}

/// The batch of that sequence, made so many milliseconds after the others.
fn numbered(sequence: u64) -> Batch {
    Batch {
        made: NOW + Duration::from_millis(sequence),
        ..batch(sequence, MINUTE)
    }
}

fn batch(sequence: u64, life: Duration) -> Batch {
    let key = SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time: 0,
        range: None,
    };
    Batch {
        sequence,
        made: NOW,
        expires: NOW + life,
        previous: Digest([1; 28]),
        records: vec![(key, Record::of(&Body::of(b"segment")))],
    }
}
