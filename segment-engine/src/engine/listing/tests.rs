//! Lists of files as they come, and files as they are asked for.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use super::*;
use crate::config::Trust;
use crate::engine::rig::{Rig, body, peer};
use crate::id::CheckId;
use crate::input::{Input, Signature};
use crate::integrity::Record;
use crate::manifest::files::{ListedFile, sign_list, write_list};
use crate::output::Output;
use crate::output::PublicKey;
use crate::time::UnixTime;
use crate::wire::{Frame, Have, Holds, Leaves};

/// When the rig's clock says it is, in milliseconds.
const NOW: i64 = 1_700_000_000_000;
const PIECES: u32 = 4;

fn list(made: i64, expires: i64) -> FileList {
    let file = |reference: &str| ListedFile {
        record: Record::of(&body(PIECES)),
        sha224: Digest([0; 28]),
        media_type: "text/javascript".to_owned(),
        reference: reference.to_owned(),
    };
    FileList {
        swarm: "title".to_owned(),
        made: UnixTime::from_millis(made),
        expires: UnixTime::from_millis(expires),
        files: vec![file("1.m4s"), file("2.m4s")],
    }
}

/// Tells a list, and returns the question about its signature, if one is asked.
fn tell(rig: &mut Rig, list: &FileList) -> Option<CheckId> {
    rig.outputs.clear();
    rig.tell(Input::Manifest {
        url: "https://origin.example/fugitive.files".to_owned(),
        body: sign_list(&write_list(list), &Signature([0; 64])).into(),
    });
    rig.outputs.iter().find_map(|output| match output {
        Output::CheckSignature { check, message, .. } => {
            assert_eq!(*message, write_list(list).as_bytes());
            Some(*check)
        }
        _ => None,
    })
}

/// A rig whose engine counts on a list.
fn listed() -> Rig {
    let mut rig = Rig::new(|_| {});
    let check = tell(&mut rig, &list(NOW, NOW + 60_000)).expect("its signature is checked");
    rig.tell(Input::SignatureChecked { check, valid: true });
    rig
}

fn refusals(rig: &Rig) -> Vec<&str> {
    let refusals = rig.outputs.iter().filter_map(|output| match output {
        Output::Event(Event::ManifestRejected { reason }) => Some(&reason[..]),
        _ => None,
    });
    refusals.collect()
}

fn fetches(rig: &Rig) -> usize {
    let is_fetch = |output: &&Output| matches!(output, Output::Fetch(_));
    rig.outputs.iter().filter(is_fetch).count()
}

/// A neighbour says that it holds all of a file, and its leaves.
fn hold(rig: &mut Rig, name: &str, number: u64) {
    let key = rig.key(number);
    let have = Have {
        key,
        size: body(PIECES).len(),
        holds: Holds::Runs(vec![(0, PIECES)]),
        leaves: Leaves::Held,
    };
    let (came, gone) = (vec![have], Vec::new());
    rig.hear(name, &Frame::Announce { came, gone });
}

/// One that is asked for a file which a neighbour, "a", holds.
fn asking() -> Rig {
    let mut rig = listed();
    rig.link("a", 1);
    hold(&mut rig, "a", 1);
    rig.outputs.clear();
    rig.demand(1);
    rig.give_leaves("a", PIECES);
    rig
}

#[test]
fn a_list_counts_that_any_of_the_keys_signed() {
    for answers in [&[true][..], &[false, true], &[false, false]] {
        let keys = [1, 2].map(|key| PublicKey([key; 32]));
        let mut rig = Rig::new(|config| config.trust = Trust::Signed(keys.to_vec()));
        let mut asked = tell(&mut rig, &list(NOW, NOW + 60_000));
        for valid in answers {
            let check = asked.expect("it is checked with another key");
            rig.outputs.clear();
            rig.tell(Input::SignatureChecked { check, valid: *valid });
            asked = rig.outputs.iter().find_map(|output| match output {
                Output::CheckSignature { check, .. } => Some(*check),
                _ => None,
            });
        }
        let counts = answers.contains(&true);
        assert_eq!(rig.engine.stats().known_digests > 0, counts, "{answers:?}");
        assert_eq!(refusals(&rig).is_empty(), counts, "{answers:?}");
        assert_eq!(asked, None);
    }
}

#[test]
fn a_file_comes_from_a_neighbour_that_holds_it_from_the_first_on() {
    let mut rig = asking();
    rig.wait(200);
    assert_eq!(fetches(&rig), 0, "it is asked of the neighbour alone");
    let asked = rig.sent_to("a").into_iter().map(|frame| match frame {
        Frame::Request { count, .. } => count,
        _ => 0,
    });
    assert_eq!(asked.sum::<u32>(), PIECES, "all of it");
}

#[test]
fn a_file_that_no_neighbour_holds_is_fetched_once_they_have_had_their_say() {
    let mut rig = listed();
    rig.link("a", 1);
    rig.outputs.clear();
    rig.demand(2);
    rig.wait(3_000);
    assert_eq!(fetches(&rig), 1);
}

#[test]
fn a_file_is_fetched_at_once_where_there_is_nobody() {
    let mut rig = listed();
    rig.wait(10_000);
    rig.outputs.clear();
    rig.demand(1);
    assert_eq!(fetches(&rig), 1);
}

#[test]
fn nothing_is_fetched_ahead_of_a_demand_and_what_is_no_more_demanded_is_let_go() {
    let mut rig = listed();
    rig.link("a", 1);
    hold(&mut rig, "a", 1);
    hold(&mut rig, "a", 2);
    rig.outputs.clear();
    rig.demand(1);
    rig.wait(100);
    let others = rig.key(2);
    assert!(!rig.engine.transfers.contains(&others));
    rig.tell(Input::DemandCancelled(crate::id::DemandId(1)));
    assert_eq!(rig.engine.transfers.len(), 0);
}

#[test]
fn a_list_counts_for_nothing_unless_its_signature_holds() {
    let mut rig = Rig::new(|_| {});
    let check = tell(&mut rig, &list(NOW, NOW + 60_000)).unwrap();
    assert_eq!(rig.engine.timeline().tracks().len(), 1, "the film's");
    rig.tell(Input::SignatureChecked { check, valid: false });
    assert_eq!(rig.engine.timeline().tracks().len(), 1);
    assert_eq!(rig.engine.stats().known_digests, 0);
    assert_eq!(
        refusals(&rig),
        ["the signature of the list of files is not of an accepted key"]
    );
}

#[test]
fn lists_of_another_swarm_or_time_are_refused() {
    let another = FileList {
        swarm: "another".to_owned(),
        ..list(NOW, NOW + 60_000)
    };
    let mut rig = listed();
    assert_eq!(tell(&mut rig, &another), None);
    assert_eq!(refusals(&rig).len(), 1);
    let check = tell(&mut rig, &list(NOW - 1, NOW + 60_000)).unwrap();
    rig.tell(Input::SignatureChecked { check, valid: true });
    assert_eq!(
        refusals(&rig),
        ["the list of files is older than one that came before"]
    );
}

#[test]
fn an_expired_list_is_refused_with_a_key_and_without() {
    for trust in [
        Trust::signed(PublicKey([1; 32])),
        Trust::Quorum { audits: 2 },
        Trust::Open,
    ] {
        let mut rig = Rig::new(|config| config.trust = trust.clone());
        let tracks = rig.engine.timeline().tracks().len();
        assert_eq!(tell(&mut rig, &list(NOW - 1, NOW)), None, "{trust:?}");
        assert_eq!(refusals(&rig), [EXPIRED], "{trust:?}");
        assert_eq!(rig.engine.timeline().tracks().len(), tracks, "{trust:?}");
    }
}

#[test]
fn a_list_that_expires_while_its_signature_is_checked_is_refused() {
    let mut rig = Rig::new(|_| {});
    let check = tell(&mut rig, &list(NOW, NOW + 1_000)).unwrap();
    rig.wait(1_000);
    rig.tell(Input::SignatureChecked { check, valid: true });
    assert_eq!(refusals(&rig), [EXPIRED]);
    assert_eq!(rig.engine.stats().known_digests, 0);
}

#[test]
fn without_a_key_a_list_that_counts_names_its_files() {
    let mut rig = Rig::new(|config| config.trust = Trust::Quorum { audits: 2 });
    assert_eq!(tell(&mut rig, &list(NOW, NOW + 60_000)), None);
    assert!(refusals(&rig).is_empty());
    assert_eq!(
        rig.engine.timeline().tracks().len(),
        2,
        "in place of the title before"
    );
}

#[test]
fn what_a_list_vouches_for_is_not_offered_once_it_has_expired() {
    let mut rig = listed();
    assert_eq!(rig.engine.stats().known_digests, 2);
    rig.wait(61_000);
    assert_eq!(rig.engine.stats().known_digests, 0);
}

#[test]
fn an_altered_piece_ends_the_link_and_the_file_comes_from_the_origin() {
    let mut rig = asking();
    rig.wait(100);
    let request = rig.sent_to("a").into_iter().find_map(|frame| match frame {
        Frame::Request { request, .. } => Some(request),
        _ => None,
    });
    let altered = crate::piece::Piece::new(&[8; crate::piece::PIECE]);
    rig.hear(
        "a",
        &Frame::Piece {
            request: request.expect("pieces were asked for"),
            piece: 0,
            body: crate::wire::PieceBody::Plain(altered),
        },
    );
    let dropped = rig.dropped();
    assert_eq!(dropped[0].0, peer("a").as_str());
    rig.wait(12_000);
    assert_eq!(fetches(&rig), 1);
}
