//! Who counts as a fellow, and who does not.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of frame"
)]

use super::*;
use crate::engine::cluster::{Cluster, FILM, NOW, certificate, name};
use crate::id::Member;
use crate::input::Input;
use crate::wire::{Frame, Have, Holds, Leaves, Neighbour, VERSION};

fn end(certificate: Fingerprint, member: [u8; 8]) -> End {
    End {
        certificate,
        member: Member(member),
    }
}

/// The member that a seat has told a peer.
fn member_of(cluster: &Cluster, seat: usize) -> [u8; 8] {
    let told = cluster.seats[seat]
        .sent
        .iter()
        .find_map(|(_, frame)| match frame {
            Frame::Hello { member, .. } => Some(member.0),
            _ => None,
        });
    told.unwrap()
}

fn proofs(cluster: &Cluster, seat: usize, to: &str) -> usize {
    let sent = cluster.seats[seat].sent.iter();
    sent.filter(|(peer, frame)| peer.as_str() == to && matches!(frame, Frame::Proof(_)))
        .count()
}

#[test]
fn two_seeders_of_one_key_know_each_other_after_one_frame_each() {
    let mut cluster = Cluster::new(FILM, 2, |_| {});
    cluster.link(0, 1);
    cluster.wait(100);
    for (seat, other) in [(0, 1), (1, 0)] {
        assert_eq!(cluster.seats[seat].fellows(), [name(other).as_str()]);
        assert_eq!(proofs(&cluster, seat, name(other).as_str()), 1);
    }
}

#[test]
fn viewers_are_told_no_proof_and_a_proof_of_theirs_says_nothing() {
    let mut cluster = Cluster::new(FILM, 1, |_| {});
    cluster.join(0, "viewer", PeerRole::Viewer, 7);
    assert_eq!(proofs(&cluster, 0, "viewer"), 0);
    let member = member_of(&cluster, 0);
    // Even a right one: its key may be right, its role is not.
    let message = proof_of(
        "title",
        end(Fingerprint([7; 32]), [7; 8]),
        end(certificate(0), member),
    );
    let signature = cluster.seats[0].sign(&message);
    cluster.hear(0, "viewer", &Frame::Proof(signature));
    assert_eq!(cluster.seats[0].fellows(), Vec::<&str>::new());
    assert_eq!(cluster.seats[0].dropped, []);
}

#[test]
fn who_calls_itself_a_seeder_and_has_no_key_is_none() {
    let mut cluster = Cluster::new(FILM, 1, |_| {});
    cluster.join(0, "pretender", PeerRole::Seeder, 7);
    cluster.hear(0, "pretender", &Frame::Proof(Signature([3; 64])));
    assert_eq!(cluster.seats[0].fellows(), Vec::<&str>::new());
    assert_eq!(
        cluster.seats[0].dropped,
        [],
        "it may be one with another key, and serves"
    );
    cluster.hear(0, "pretender", &Frame::Proof(Signature([4; 64])));
    let expected = (PeerId::new("pretender").unwrap(), DisconnectReason::Violation);
    assert_eq!(cluster.seats[0].dropped, [expected], "but not a second time");
}

#[test]
fn a_proof_that_was_made_for_another_link_is_none() {
    // One in the middle of two seeders takes the name of each before the other, and hands their proofs on.
    let mut cluster = Cluster::new(FILM, 2, |_| {});
    cluster.join(0, "probe", PeerRole::Viewer, 1);
    cluster.join(1, "probe", PeerRole::Viewer, 1);
    let members = [member_of(&cluster, 0), member_of(&cluster, 1)];
    for seat in [0, 1] {
        let other = members[1 - seat];
        let peer = PeerId::new("middle").unwrap();
        cluster.tell(seat, Input::PeerConnected(peer.clone()));
        let (own, theirs) = (certificate(seat), Fingerprint([66; 32]));
        cluster.tell(seat, Input::PeerCertificates { peer, own, theirs });
        let hello = Frame::Hello {
            version: VERSION,
            swarm: "title".into(),
            role: PeerRole::Seeder,
            member: Member(other),
            capabilities: 0,
        };
        cluster.hear(seat, "middle", &hello);
    }
    let proof_by = |cluster: &Cluster, seat: usize| {
        let mut sent = cluster.seats[seat].sent.iter();
        sent.find_map(|(peer, frame)| match frame {
            Frame::Proof(_) if peer.as_str() == "middle" => Some(frame.clone()),
            _ => None,
        })
        .unwrap()
    };
    let proofs = [proof_by(&cluster, 0), proof_by(&cluster, 1)];
    cluster.hear(0, "middle", &proofs[1]);
    // Nor does a seeder believe itself.
    cluster.hear(1, "middle", &proofs[1]);
    for seat in [0, 1] {
        assert_eq!(cluster.seats[seat].fellows(), Vec::<&str>::new());
    }
}

#[test]
fn nothing_is_proven_where_the_driver_tells_no_certificates() {
    let mut cluster = Cluster::new(FILM, 1, |_| {});
    let peer = PeerId::new("bare").unwrap();
    cluster.tell(0, Input::PeerConnected(peer));
    let hello = Frame::Hello {
        version: VERSION,
        swarm: "title".into(),
        role: PeerRole::Seeder,
        member: Member([7; 8]),
        capabilities: 0,
    };
    cluster.hear(0, "bare", &hello);
    cluster.hear(0, "bare", &Frame::Proof(Signature([3; 64])));
    cluster.hear(0, "bare", &Frame::Proof(Signature([3; 64])));
    assert_eq!(proofs(&cluster, 0, "bare"), 0);
    assert_eq!(cluster.seats[0].dropped, []);
}

#[test]
fn a_pretender_that_says_it_holds_all_holds_a_seeder_up_for_nothing() {
    let mut cluster = Cluster::new(FILM, 1, |_| {});
    cluster.join(0, "pretender", PeerRole::Seeder, 7);
    cluster.wait(90);
    let engine = &cluster.seats[0].engine;
    let track = engine.timeline().tracks()[0].key;
    let places = engine.timeline().available(track, NOW);
    let keys = places.filter_map(|place| engine.timeline().segment_at(track, place));
    let came: Vec<Have> = keys
        .map(|segment| Have {
            key: segment.key,
            size: 40_000,
            holds: Holds::All,
            leaves: Leaves::Held,
        })
        .collect();
    assert_eq!(came.len(), 40);
    let gone = Vec::new();
    cluster.hear(0, "pretender", &Frame::Announce { came, gone });
    cluster.wait(1_000);
    assert_eq!(
        cluster.seats[0].stored(),
        40,
        "all of it in ten rounds to the origin, four at a time"
    );
    let asked = cluster.seats[0].sent.iter();
    let asked = asked.filter(|(_, frame)| matches!(frame, Frame::Request { .. } | Frame::WantLeaves { .. }));
    assert_eq!(asked.count(), 0);
}

#[test]
fn a_seeder_full_of_viewers_has_a_place_for_a_fellow_and_none_for_a_viewer() {
    let mut cluster = Cluster::new(FILM, 2, |config| config.max_target_peers = 3);
    for number in 1..=3 {
        cluster.join(0, &format!("v{number}"), PeerRole::Viewer, number);
    }
    cluster.join(0, "v4", PeerRole::Viewer, 4);
    let refused = (PeerId::new("v4").unwrap(), DisconnectReason::Full);
    assert_eq!(cluster.seats[0].dropped, [refused]);
    cluster.link(0, 1);
    cluster.wait(60_000);
    assert_eq!(cluster.seats[0].fellows(), [name(1).as_str()]);
    assert!(!cluster.seats[0].dropped.iter().any(|(peer, _)| *peer == name(1)));
}

#[test]
fn who_takes_a_fellows_place_and_proves_nothing_is_let_go() {
    let mut cluster = Cluster::new(FILM, 1, |config| config.max_target_peers = 2);
    for number in 1..=2 {
        cluster.join(0, &format!("v{number}"), PeerRole::Viewer, number);
    }
    cluster.join(0, "pretender", PeerRole::Seeder, 7);
    cluster.wait(3_000);
    assert_eq!(cluster.seats[0].dropped, [], "it may be about to");
    cluster.wait(4_000);
    let expected = (PeerId::new("pretender").unwrap(), DisconnectReason::Full);
    assert_eq!(cluster.seats[0].dropped, [expected]);
}

#[test]
fn one_that_signaling_does_not_introduce_is_found_over_a_viewer_of_both() {
    let mut cluster = Cluster::new(FILM, 1, |_| {});
    let viewer = PeerId::new("viewer").unwrap();
    cluster.tell(0, Input::PeerConnected(viewer));
    let hello = Frame::Hello {
        version: VERSION,
        swarm: "title".into(),
        role: PeerRole::Viewer,
        member: Member([1; 8]),
        capabilities: crate::wire::capability::RELAYS,
    };
    cluster.hear(0, "viewer", &hello);
    let known = |name: &str, member, uplink, head| Neighbour {
        peer: PeerId::new(name).unwrap(),
        member: Member([member; 8]),
        uplink,
        links: 9,
        head,
    };
    let neighbours = vec![
        known("plays", 2, 12, 40),
        known("uploads-nothing", 3, 0, i32::MIN),
        known("seeds", 4, 16, i32::MIN),
    ];
    let word = Frame::Neighbours {
        uplink: 12,
        links: 4,
        head: 40,
        neighbours,
        sketch: Vec::new(),
        epoch: 0,
    };
    cluster.hear(0, "viewer", &word);
    cluster.wait(30_000);
    assert_eq!(cluster.seats[0].dialled, [PeerId::new("seeds").unwrap()]);
}
