//! Batches of several keys in one swarm: what a viewer asks of its driver, and what seeders of two keys make of each other.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use super::*;
use crate::config::Trust;
use crate::engine::cluster::{Cluster, FILM, name, public_key, verify};
use crate::engine::rig::{Rig, record};
use crate::input::Input;
use crate::integrity::{End, Sidecar, proof_of, write_batch, write_sidecar};
use crate::piece::Digest;
use crate::shelf::{ShelfCommand, ShelfFact};
use crate::time::UnixTime;
use crate::wire::{Frame, PeerRole};

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);
const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn a_batch_counts_if_any_of_the_keys_signed_it_and_they_are_tried_in_their_order() {
    for (keys, signer, tried, counts) in [
        (&[1][..], 1, &[1][..], true),
        (&[1], 2, &[1], false),
        (&[1, 2], 1, &[1], true),
        (&[1, 2], 2, &[1, 2], true),
        (&[2, 1], 2, &[2], true),
        (&[1, 2], 3, &[1, 2], false),
        (&[1, 2, 3, 4], 4, &[1, 2, 3, 4], true),
    ] {
        let mut rig = accepting(keys);
        assert_eq!(
            rig.receive(&batch(&rig, 1, 1), signer),
            tried,
            "{keys:?}: {signer}"
        );
        let stats = rig.engine.stats();
        let expected = (u64::from(counts), u64::from(!counts));
        assert_eq!(
            (stats.known_digests, stats.violations),
            expected,
            "{keys:?}: {signer}"
        );
    }
}

#[test]
fn a_batch_that_cannot_be_checked_is_asked_of_no_other_key_and_nobody_is_blamed() {
    let mut rig = accepting(&[1, 2]);
    rig.hear_batch(&batch(&rig, 1, 1), 2);
    let (check, ..) = rig.asked().expect("it is checked");
    rig.tell(Input::SignatureUnclear(check));
    assert_eq!(rig.asked(), None);
    let stats = rig.engine.stats();
    assert_eq!((stats.known_digests, stats.violations), (0, 0));
}

#[test]
fn runs_of_two_keys_go_on_side_by_side() {
    let mut rig = accepting(&[1, 2]);
    rig.link("other", 9);
    rig.outputs.clear();
    let second = |run: u64| run << 32;
    let mut previous = [Digest([0; 28]); 2];
    for number in 1..=3 {
        for (signer, previous) in (1..).zip(&mut previous) {
            let batch = Batch {
                previous: *previous,
                ..batch(&rig, number, second(signer) + number)
            };
            *previous = Digest::of(&[&write_batch("title", &batch)]);
            rig.receive(&batch, u8::try_from(signer).unwrap());
        }
    }
    let stats = rig.engine.stats();
    assert_eq!(
        (stats.known_digests, stats.digest_gaps, stats.equivocations),
        (3, 0, 0)
    );
    let passed_on = |frame: &Frame| matches!(frame, Frame::Digests { .. });
    assert_eq!(
        rig.all_sent_to("other")
            .iter()
            .filter(|frame| passed_on(frame))
            .count(),
        6
    );
    let fifth = Batch {
        made: NOW + Duration::from_secs(9),
        previous: previous[1],
        ..batch(&rig, 5, second(2) + 5)
    };
    rig.receive(&fifth, 2);
    assert_eq!(
        rig.engine.stats().digest_gaps,
        1,
        "the fourth of the second key is missing"
    );
}

#[test]
fn of_records_of_two_keys_the_one_made_later_counts_whichever_came_first() {
    let of = |rig: &Rig, later: u64, pieces| Batch {
        made: NOW + Duration::from_secs(later),
        records: vec![(rig.key(1), record(pieces))],
        ..batch(rig, 1, later + 1)
    };
    for (first, then) in [(1, 2), (2, 1)] {
        let mut rig = accepting(&[1, 2]);
        for signer in [first, then] {
            rig.receive(&of(&rig, u64::from(signer), 10 + u32::from(signer)), signer);
        }
        let known = rig.engine.integrity.record(&rig.key(1));
        assert_eq!(known, Some(record(12)), "{first} came first");
        assert_eq!(rig.engine.stats().equivocations, 0);
    }
}

#[test]
fn a_record_that_two_keys_agree_on_outlives_the_batch_of_one() {
    let mut rig = accepting(&[1, 2]);
    let old = Batch {
        expires: NOW + Duration::from_secs(60),
        ..batch(&rig, 1, 1)
    };
    let new = Batch {
        made: NOW + Duration::from_secs(1),
        ..batch(&rig, 1, 2)
    };
    rig.receive(&old, 1);
    rig.receive(&new, 2);
    rig.wait(61_000);
    assert_eq!(rig.engine.stats().known_digests, 1);
}

#[test]
fn one_sequence_of_two_keys_is_a_contradiction_as_of_one() {
    let mut rig = accepting(&[1, 2]);
    rig.receive(&batch(&rig, 1, 7), 1);
    rig.receive(&batch(&rig, 2, 7), 2);
    let stats = rig.engine.stats();
    assert_eq!((stats.known_digests, stats.equivocations), (0, 1));
    rig.receive(&batch(&rig, 1, 8), 2);
    assert_eq!(rig.engine.stats().known_digests, 1, "what is signed anew counts");
}

#[test]
fn kept_batches_of_each_accepted_key_count_and_of_a_dropped_one_are_forgotten() {
    for (keys, known, forgotten) in [(&[1, 2][..], 2, &[][..]), (&[2, 1], 2, &[]), (&[2], 1, &[1])] {
        let mut rig = accepting(keys);
        let batches = vec![kept(&rig, 1), kept(&rig, 2)];
        rig.tell(Input::Shelf(ShelfFact::Opening));
        rig.tell(Input::Shelf(ShelfFact::Digests(batches)));
        rig.judge();
        assert_eq!(rig.engine.stats().known_digests, known, "{keys:?}");
        let discarded: Vec<u8> = rig.outputs.iter().flat_map(discarded).collect();
        assert_eq!(discarded, forgotten, "{keys:?}");
    }
}

#[test]
fn a_sidecar_is_checked_with_the_key_that_it_names() {
    let mut rig = accepting(&[1, 2]);
    let sidecar = |signer: u8, batches: &[u8]| Sidecar {
        swarm: "title".to_owned(),
        signer: PublicKey([signer; 32]),
        batches: batches.iter().map(|number| kept(&rig, *number)).collect(),
    };
    let (of_two, of_three, mixed) = (sidecar(2, &[2]), sidecar(3, &[3]), sidecar(2, &[1]));
    for (sidecar, tried, known) in [(of_three, &[][..], 0), (of_two, &[2], 1), (mixed, &[2], 1)] {
        rig.tell(Input::Sidecar(write_sidecar(&sidecar).into()));
        assert_eq!(rig.judge(), tried);
        assert_eq!(rig.engine.stats().known_digests, known);
    }
    assert_eq!(rig.engine.sidecar(), None, "a sidecar is of one key");
}

#[test]
fn seeders_of_two_keys_each_sign_all_and_serve_side_by_side() {
    let mut cluster = side_by_side(&[&[1, 2], &[2, 1]]);
    cluster.link(0, 1);
    cluster.wait(30_000);
    for (seat, key) in [(0, 1), (1, 2)] {
        let sidecar = cluster.seats[seat].engine.sidecar().unwrap();
        assert_eq!(sidecar.signer, public_key(key));
        let signed = |batch: &SignedBatch| verify(sidecar.signer, &batch.message, batch.signature);
        assert!(sidecar.batches.iter().all(signed), "of its own key alone");
        let records = |batch: &SignedBatch| read_batch(&batch.message, "title").unwrap().records.len();
        assert_eq!(sidecar.batches.iter().map(records).sum::<usize>(), 40);
        assert_eq!(cluster.seats[seat].dropped, [], "they stay linked");
        assert!(cluster.seats[seat].fellows().is_empty(), "and are no fellows");
    }
}

#[test]
fn a_seeder_signs_what_another_key_signed_before_and_no_more_than_once() {
    // Not in the seat of the late one, which draws the same numbers.
    let mut early = side_by_side(&[&[3], &[1]]);
    early.wait(10_000);
    let old = early.seats[1].engine.sidecar().unwrap().batches;
    let mut late = side_by_side(&[&[2, 1]]);
    late.join(0, "viewer", PeerRole::Viewer, 7);
    for SignedBatch { message, signature } in old {
        let (batch, signature) = (message, signature);
        late.hear(0, "viewer", &Frame::Digests { batch, signature });
    }
    late.wait(20_000);
    let sidecar = late.seats[0].engine.sidecar().unwrap();
    let contents = sidecar.batches.iter();
    let records: usize = contents
        .map(|batch| read_batch(&batch.message, "title").unwrap().records.len())
        .sum();
    assert_eq!((late.seats[0].engine.stats().known_digests, records), (40, 40));
    assert_eq!(late.seats[0].dropped, []);
}

#[test]
fn a_seeder_drops_who_passes_on_what_a_key_signed_that_it_does_not_accept() {
    let mut cluster = side_by_side(&[&[1], &[2, 1]]);
    cluster.link(0, 1);
    cluster.wait(10_000);
    let violated = (name(1), crate::output::DisconnectReason::Violation);
    assert!(cluster.seats[0].dropped.contains(&violated));
}

#[test]
fn a_proof_of_another_accepted_key_makes_no_fellow() {
    let mut cluster = side_by_side(&[&[2, 1]]);
    cluster.join(0, "old", PeerRole::Seeder, 7);
    let member = cluster.seats[0].engine.member;
    let end = |certificate, member| End { certificate, member };
    let message = proof_of(
        "title",
        end(crate::input::Fingerprint([7; 32]), crate::id::Member([7; 8])),
        end(crate::engine::cluster::certificate(0), member),
    );
    let signature = crate::engine::cluster::sign_with(1, &message);
    cluster.hear(0, "old", &Frame::Proof(signature));
    cluster.wait(100);
    assert!(cluster.seats[0].fellows().is_empty());
}

/// Seeders, each with the keys of those numbers: the first is its own.
fn side_by_side(keys: &[&[u8]]) -> Cluster {
    let own: Vec<u8> = keys.iter().map(|keys| keys[0]).collect();
    Cluster::with_keys(FILM, &own, |config| {
        let key = config.trust.key().unwrap();
        let keys = keys.iter().find(|keys| public_key(keys[0]) == key).unwrap();
        config.trust = Trust::Signed(keys.iter().map(|key| public_key(*key)).collect());
    })
}

/// A viewer that accepts the keys of those numbers, linked to one who hands it batches.
fn accepting(keys: &[u8]) -> Rig {
    let trust = Trust::Signed(keys.iter().map(|key| PublicKey([*key; 32])).collect());
    let mut rig = Rig::new(|config| config.trust = trust);
    rig.link("giver", 8);
    rig
}

fn batch(rig: &Rig, number: u64, sequence: u64) -> Batch {
    Batch {
        sequence,
        made: NOW,
        expires: NOW + HOUR,
        previous: Digest([0; 28]),
        records: vec![(rig.key(number), record(25))],
    }
}

/// A batch that the key of that number signed.
fn kept(rig: &Rig, number: u8) -> SignedBatch {
    SignedBatch {
        message: write_batch("title", &batch(rig, number.into(), number.into())),
        signature: Signature([number; 64]),
    }
}

fn discarded(output: &Output) -> Vec<u8> {
    match output {
        Output::Shelf(ShelfCommand::DiscardDigests(signatures)) => {
            signatures.iter().map(|signature| signature.0[0]).collect()
        }
        _ => Vec::new(),
    }
}

impl Rig {
    fn hear_batch(&mut self, batch: &Batch, signer: u8) {
        let (batch, signature) = (write_batch("title", batch), Signature([signer; 64]));
        self.hear("giver", &Frame::Digests { batch, signature });
    }

    /// A batch comes that this key signed; returns the keys that were tried.
    fn receive(&mut self, batch: &Batch, signer: u8) -> Vec<u8> {
        self.hear_batch(batch, signer);
        self.judge()
    }

    /// Takes the first open question about a signature out of the outputs.
    fn asked(&mut self) -> Option<(CheckId, u8, u8)> {
        let is_question = |output: &Output| matches!(output, Output::CheckSignature { .. });
        let first = self.outputs.iter().position(is_question)?;
        match self.outputs.remove(first) {
            Output::CheckSignature {
                check,
                key,
                signature,
                ..
            } => Some((check, key.0[0], signature.0[0])),
            _ => None,
        }
    }

    /// Answers all questions: a signature is of the key that has its first byte. Returns the keys.
    fn judge(&mut self) -> Vec<u8> {
        let mut tried = Vec::new();
        while let Some((check, key, signer)) = self.asked() {
            tried.push(key);
            let valid = key == signer;
            self.tell(Input::SignatureChecked { check, valid });
        }
        tried
    }

    /// The frames that were sent to a peer, with what waits for its channel.
    fn all_sent_to(&mut self, name: &str) -> Vec<Frame> {
        self.wait(1_000);
        self.drained(name);
        self.wait(1_000);
        self.sent_to(name)
    }
}
