//! Signed batches over their lives: signed in a chain, handed on, expired, signed again in time.

use std::time::Duration;

use segment_engine::config::{Trust, Validity};
use segment_engine::id::{Member, PeerId, SegmentKey, SegmentKind, TrackKey};
use segment_engine::input::Signature;
use segment_engine::integrity::{Batch, Record, read_batch, write_batch};
use segment_engine::output::{FetchPurpose, PublicKey};
use segment_engine::piece::{Body, Digest};
use segment_engine::time::{Timestamp, UnixTime};
use segment_engine::wire::{Frame, PeerRole, VERSION, encode};
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
fn gaps_and_equivocation_are_counted() {
    let mut viewer = viewer();
    viewer.receive(&batch(0, MINUTE));
    viewer.receive(&batch(2, MINUTE));
    viewer.receive(&batch(2, MINUTE * 2));
    let stats = viewer.engine.stats();
    assert_eq!((stats.digest_gaps, stats.equivocations), (1, 1));
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

/// An engine, and what it was asked to sign.
struct Driven {
    engine: Engine,
    now: Timestamp,
    signed: Vec<Batch>,
}

impl Driven {
    fn new(config: Config) -> Self {
        let mut driven = Self {
            engine: Engine::new(config, [7; 32], Timestamp::ZERO).unwrap(),
            now: Timestamp::ZERO,
            signed: Vec::new(),
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
        let mut checked = 0;
        while let Some(output) = self.engine.poll_output() {
            let answers = match output {
                Output::Fetch(fetch) => {
                    let bytes = match fetch.purpose {
                        FetchPurpose::Manifest => MPD.as_bytes().to_vec(),
                        FetchPurpose::Segment => fetch.url.into_bytes(),
                    };
                    let id = fetch.id;
                    let started = Input::FetchStarted {
                        fetch: id,
                        partial: false,
                        length: None,
                        total: None,
                        url: None,
                    };
                    let chunk = Input::FetchChunk { fetch: id, bytes };
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
                Output::Send { .. }
                | Output::Connect { .. }
                | Output::Negotiation { .. }
                | Output::LeaveSignaling
                | Output::JoinSignaling
                | Output::Disconnect { .. }
                | Output::WantPeers(_)
                | Output::AbortFetch(_)
                | Output::Deliver(_)
                | Output::Decline { .. }
                | Output::Event(_) => Vec::new(),
            };
            for input in answers {
                self.engine.handle_input(self.now, input).unwrap();
            }
        }
        checked
    }

    /// A peer hands a batch on; returns how many signatures were checked for it.
    fn receive(&mut self, batch: &Batch) -> usize {
        let message = encode(&Frame::Digests {
            batch: write_batch("film", batch),
            signature: Signature([1; 64]),
        });
        let told = Input::PeerMessage {
            peer: peer(),
            message,
        };
        self.engine.handle_input(self.now, told).unwrap();
        self.act()
    }
}

const MPD: &str = r#"<MPD type="static" mediaPresentationDuration="PT4S"><Period>
    <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$.m4s" initialization="init.mp4"/>
    <Representation id="a" bandwidth="1000"/></AdaptationSet></Period></MPD>"#;

fn seeder() -> Driven {
    Driven::new(Config {
        digest_validity: Validity {
            film: MINUTE,
            ..Validity::default()
        },
        ..Config::seeder("film", "http://origin.test/film.mpd")
    })
}

fn viewer() -> Driven {
    let mut viewer = Driven::new(Config {
        trust: Trust::Signed(PublicKey([1; 32])),
        ..Config::viewer("film")
    });
    viewer.tell(Input::PeerConnected(peer()));
    let message = encode(&Frame::Hello {
        version: VERSION,
        swarm: "film".into(),
        role: PeerRole::Seeder,
        member: Member([1; 8]),
        capabilities: 0,
    });
    viewer.tell(Input::PeerMessage {
        peer: peer(),
        message,
    });
    viewer
}

fn peer() -> PeerId {
    PeerId::new("seeder").unwrap()
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
