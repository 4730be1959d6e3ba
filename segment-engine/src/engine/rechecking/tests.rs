//! Rounds of a seeder over what it holds, by hand.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use super::*;
use crate::config::{Prewarm, Role};
use crate::engine::rig::Rig;
use crate::input::{FetchError, Input, Signature};
use crate::integrity::{Batch, write_batch};
use crate::output::{Event, Fetch, FetchPurpose, Output};
use crate::piece::Digest;
use crate::wire::Frame;

/// Two segments.
const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT8S"><Period>
  <AdaptationSet contentType="video"><SegmentTemplate duration="4" media="$Number$"/>
  <Representation id="v" bandwidth="400000"/></AdaptationSet></Period></MPD>"#;

#[test]
fn each_segment_is_looked_at_once_a_round_one_at_a_time() {
    let mut seeder = seeder(60);
    seeder.answers = Answer::Unchanged;
    seeder.wait(180_000);
    let times: Vec<u64> = seeder
        .looks
        .iter()
        .map(|(at, _)| at.since(Timestamp::ZERO).as_secs())
        .collect();
    assert!((4..=6).contains(&times.len()), "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 30), "{times:?}");
    let urls: Vec<&str> = seeder.looks.iter().map(|(_, url)| url.as_str()).collect();
    assert_ne!(urls[0], urls[1]);
    assert_eq!(urls[0], urls[2]);
    assert_eq!(seeder.signed, 1, "nothing is new");
    assert_eq!(seeder.rig.engine.stats().stored_segments, 2);
}

#[test]
fn a_segment_that_has_changed_is_signed_anew_and_told() {
    let mut seeder = seeder(60);
    let before = seeder.roots();
    seeder.answers = Answer::Changed;
    seeder.wait(110_000);
    let after = seeder.roots();
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
    assert_eq!(seeder.mismatches(), 2);
    assert_eq!(seeder.signed, 3);
    for (key, root) in &after {
        assert_eq!(
            seeder.rig.engine.integrity.record(key).map(|record| record.root),
            Some(*root)
        );
        assert!(seeder.rig.engine.offerable(key));
    }
}

#[test]
fn a_segment_that_came_again_as_it_was_changes_nothing() {
    let mut seeder = seeder(60);
    let before = seeder.roots();
    seeder.answers = Answer::Same;
    seeder.wait(130_000);
    assert!(seeder.looks.len() >= 3);
    assert_eq!(
        (seeder.roots(), seeder.signed, seeder.mismatches()),
        (before, 1, 0)
    );
}

#[test]
fn what_is_held_stands_where_the_origin_fails_at_it() {
    for error in [
        FetchError::Status(404),
        FetchError::Status(500),
        FetchError::Network,
    ] {
        let mut seeder = seeder(60);
        seeder.answers = Answer::Fails(error);
        seeder.wait(130_000);
        assert!(seeder.looks.len() >= 3, "{error:?}: it goes on");
        let stats = seeder.rig.engine.stats();
        assert_eq!(
            (stats.stored_segments, stats.known_digests, stats.gaps),
            (2, 2, 0)
        );
    }
}

#[test]
fn what_another_seeder_saw_otherwise_is_looked_at_at_once() {
    let mut seeder = seeder(3_600);
    seeder.rig.link("a", 1);
    let url = "https://origin.example/1".to_owned();
    let key = seeder.rig.engine.timeline.locate(&url, None).unwrap().key;
    let (made, root) = (seeder.rig.engine.unix(), Digest([9; 28]));
    let batch = Batch {
        sequence: 9_000,
        made,
        expires: made + Duration::from_secs(3_600),
        previous: Digest([0; 28]),
        records: vec![(key, Record { size: 5, root })],
    };
    let (batch, signature) = (write_batch("title", &batch), Signature([0; 64]));
    seeder.rig.hear("a", &Frame::Digests { batch, signature });
    let check = seeder.rig.outputs.iter().rev().find_map(|output| match output {
        Output::CheckSignature { check, .. } => Some(*check),
        _ => None,
    });
    let check = check.expect("a new batch is checked");
    seeder.rig.tell(Input::SignatureChecked { check, valid: true });
    seeder.wait(100);
    let looked: Vec<&String> = seeder.looks.iter().map(|(_, url)| url).collect();
    assert_eq!(looked, [&url]);
    assert!(
        seeder.rig.engine.settles_in(&key).is_some(),
        "nobody is given it meanwhile"
    );
}

/// How the origin answers a look.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Unchanged,
    Same,
    Changed,
    Fails(FetchError),
}

struct Seeder {
    rig: Rig,
    answers: Answer,
    looks: Vec<(Timestamp, String)>,
    signed: usize,
    looked_at: usize,
}

/// A seeder that has fetched the film, and makes a round in so many seconds.
fn seeder(round_secs: u64) -> Seeder {
    let rig = Rig::new(|config| {
        config.role = Role::Seeder {
            manifest: "https://origin.example/film.mpd".into(),
        };
        config.seeding.prewarm = Prewarm::All;
        config.seeding.recheck = Some(Duration::from_secs(round_secs));
    });
    let mut seeder = Seeder {
        rig,
        answers: Answer::Unchanged,
        looks: Vec::new(),
        signed: 0,
        looked_at: 0,
    };
    seeder.wait(2_000);
    assert_eq!(seeder.rig.engine.stats().stored_segments, 2);
    seeder.looks.clear();
    seeder
}

impl Seeder {
    fn wait(&mut self, millis: u64) {
        for _ in 0..millis / 20 {
            self.rig.wait(20);
            self.answer();
        }
    }

    fn answer(&mut self) {
        while let Some(output) = self.rig.outputs.get(self.looked_at).cloned() {
            self.looked_at += 1;
            match output {
                Output::Fetch(fetch) => self.on_fetch(fetch),
                Output::Sign { check, .. } => {
                    self.signed += 1;
                    let signature = Signature([1; 64]);
                    self.rig.tell(Input::Signed { check, signature });
                }
                _ => {}
            }
        }
    }

    fn on_fetch(&mut self, fetch: Fetch) {
        let id = fetch.id;
        let mut body = fetch.url.clone().into_bytes();
        match (fetch.purpose, fetch.conditional) {
            (FetchPurpose::Manifest, _) => body = FILM.into(),
            (FetchPurpose::Segment, Conditional::Never | Conditional::Later) => {}
            (FetchPurpose::Segment, Conditional::Now) => {
                self.looks.push((self.rig.now, fetch.url));
                match self.answers {
                    Answer::Unchanged => return self.rig.tell(Input::FetchUnchanged(id)),
                    Answer::Fails(error) => return self.rig.tell(Input::FetchFailed { fetch: id, error }),
                    Answer::Same => {}
                    Answer::Changed => body.push(b'!'),
                }
            }
        }
        self.rig.tell(Input::FetchStarted {
            fetch: id,
            partial: false,
            length: None,
            total: None,
            url: None,
        });
        let bytes = body.into();
        self.rig.tell(Input::FetchChunk { fetch: id, bytes });
        self.rig.tell(Input::FetchFinished(id));
    }

    fn roots(&self) -> Vec<(SegmentKey, Digest)> {
        let store = &self.rig.engine.store;
        let keys = store.keys().into_iter();
        keys.map(|(key, _)| (key, store.root(&key).unwrap())).collect()
    }

    fn mismatches(&self) -> usize {
        let mismatch = |output: &&Output| matches!(output, Output::Event(Event::OriginMismatch { .. }));
        self.rig.outputs.iter().filter(mismatch).count()
    }
}
