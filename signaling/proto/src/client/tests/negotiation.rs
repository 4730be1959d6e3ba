//! From an introduction to a link, and every way in which that fails.

use std::time::Duration;

use super::harness::{
    Player, answer, candidate, config, connect, drop_peer, local_sdp, offer, paired, send, trickle, unpair,
    unreachable,
};
use crate::client::{ClientConfig, ClientEvent, ClientInput, ClientOutput};
use crate::message::{Candidate, MAX_SDP, Signal, ToClient, ToServer};

#[test]
fn the_offering_side_goes_from_introduction_to_link() {
    let mut player = Player::joined();
    let introduced = ClientEvent::Introduced {
        peer: "a".into(),
        offer: true,
    };
    assert_eq!(player.hear(&paired("a", true)), [ClientOutput::Event(introduced)]);
    assert_eq!(
        player.input(connect("a")),
        [ClientOutput::CreateOffer {
            peer: "a".into(),
            ice_servers: Vec::new()
        }]
    );
    assert_eq!(
        player.input(local_sdp("a")),
        [signal("a", Signal::Offer { sdp: "local".into() })]
    );
    assert_eq!(
        player.hear(&answer("a")),
        [ClientOutput::AcceptAnswer {
            peer: "a".into(),
            sdp: "answer".into()
        }]
    );
    assert_eq!(player.input(ClientInput::LinkUp("a".into())), []);
    assert_eq!(
        player.advance(Duration::from_secs(20)),
        [],
        "a link that is up does not time out"
    );
}

#[test]
fn the_answering_side_takes_an_offer_without_being_asked() {
    let mut player = Player::joined();
    player.hear(&paired("a", false));
    assert_eq!(
        player.hear(&offer("a")),
        [ClientOutput::AcceptOffer {
            peer: "a".into(),
            sdp: "offer".into(),
            ice_servers: Vec::new()
        }]
    );
    assert_eq!(
        player.input(local_sdp("a")),
        [signal("a", Signal::Answer { sdp: "local".into() })]
    );
}

#[test]
fn candidates_wait_for_the_description_they_belong_to() {
    let mut player = Player::joined();
    player.hear(&paired("answerer", true));
    player.input(connect("answerer"));
    player.input(local_sdp("answerer"));
    assert_eq!(player.hear(&trickle("answerer", 1)), []);
    assert_eq!(player.hear(&trickle("answerer", 2)), []);
    let out = player.hear(&answer("answerer"));
    assert!(matches!(out[0], ClientOutput::AcceptAnswer { .. }));
    assert_eq!(out[1..], [add("answerer", 1), add("answerer", 2)]);
    assert_eq!(player.hear(&trickle("answerer", 3)), [add("answerer", 3)]);

    player.hear(&paired("offerer", false));
    assert_eq!(player.hear(&trickle("offerer", 4)), []);
    let out = player.hear(&offer("offerer"));
    assert!(matches!(out[0], ClientOutput::AcceptOffer { .. }));
    assert_eq!(out[1..], [add("offerer", 4)]);
    assert_eq!(player.hear(&trickle("offerer", 5)), [add("offerer", 5)]);
}

#[test]
fn only_so_many_candidates_are_taken_and_sent() {
    let mut player = Player::joined();
    player.hear(&paired("a", false));
    (0..1000).for_each(|number| assert_eq!(player.hear(&trickle("a", number)), []));
    assert_eq!(player.hear(&offer("a")).len(), 1 + 64);
    let sent = (0..1000).filter(|number| !player.input(local_candidate("a", candidate(*number))).is_empty());
    assert_eq!(sent.count(), 64);
}

#[test]
fn an_offer_from_the_side_that_should_answer_is_ignored() {
    let mut player = Player::joined();
    player.hear(&paired("a", true));
    assert_eq!(player.hear(&offer("a")), []);
    player.input(connect("a"));
    assert_eq!(player.hear(&offer("a")), []);
    player.input(local_sdp("a"));
    assert_eq!(player.hear(&offer("a")), []);
    assert_eq!(player.hear(&answer("a")).len(), 1, "the negotiation goes on");
}

#[test]
fn the_answering_side_does_not_offer() {
    let mut player = Player::joined();
    player.hear(&paired("a", false));
    assert_eq!(player.input(connect("a")), []);
    assert_eq!(player.input(local_sdp("a")), []);
    assert_eq!(player.hear(&answer("a")), []);
}

#[test]
fn signals_of_unknown_peers_and_late_ones_are_ignored() {
    let mut player = Player::joined();
    for message in [
        offer("x"),
        answer("x"),
        trickle("x", 1),
        ToClient::Left { peer: "x".into() },
    ] {
        assert_eq!(player.hear(&message), []);
    }
    player.link("a");
    assert_eq!(player.hear(&answer("a")), []);
    assert_eq!(player.hear(&offer("a")), []);
    player.input(ClientInput::LinkClosed("a".into()));
    assert_eq!(player.hear(&answer("a")), []);
    assert_eq!(player.input(local_sdp("a")), []);
    assert_eq!(player.input(local_candidate("a", candidate(1))), []);
    assert_eq!(player.input(ClientInput::LinkUp("a".into())), []);
}

#[test]
fn asking_for_a_peer_that_is_gone_says_so() {
    let mut player = Player::joined();
    assert_eq!(player.input(connect("x")), [unreachable("x")]);
}

#[test]
fn a_negotiation_without_a_link_in_time_is_dropped() {
    type Step = fn(&mut Player);
    let steps: [(&str, Step); 4] = [
        ("offering", |player| {
            player.hear(&paired("a", true));
            player.input(connect("a"));
        }),
        ("offered", |player| {
            player.hear(&paired("a", true));
            player.input(connect("a"));
            player.input(local_sdp("a"));
        }),
        ("answering", |player| {
            player.hear(&paired("a", false));
            player.hear(&offer("a"));
        }),
        ("described", |player| player.describe("a")),
    ];
    for (name, step) in steps {
        let mut player = Player::joined();
        step(&mut player);
        assert_eq!(player.advance(Duration::from_millis(9_999)), [], "{name}");
        let ended = player.advance(Duration::from_millis(1));
        assert_eq!(ended, [drop_peer("a"), unpair("a"), unreachable("a")], "{name}");
        assert_eq!(player.hear(&answer("a")), [], "{name}");
    }
}

#[test]
fn an_introduction_that_leads_nowhere_ends_without_a_connection_to_drop() {
    for offers in [true, false] {
        let mut player = Player::joined();
        player.hear(&paired("a", offers));
        assert_eq!(
            player.advance(Duration::from_secs(10)),
            [unpair("a"), unreachable("a")]
        );
    }
}

#[test]
fn a_peer_that_leaves_ends_what_still_needs_signaling() {
    for message in [
        ToClient::Left { peer: "a".into() },
        ToClient::Undeliverable { to: "a".into() },
    ] {
        let mut player = Player::joined();
        player.hear(&paired("a", true));
        player.input(connect("a"));
        player.input(local_sdp("a"));
        assert_eq!(player.hear(&message), [drop_peer("a"), unreachable("a")]);
        for up in [false, true] {
            let mut player = Player::joined();
            player.describe("a");
            if up {
                player.input(ClientInput::LinkUp("a".into()));
            }
            assert_eq!(player.hear(&message), [], "what is described, or up, lives on");
            let closed = player.input(ClientInput::LinkClosed("a".into()));
            assert_eq!(
                closed,
                if up { vec![] } else { vec![unreachable("a")] },
                "and nothing is left to unpair"
            );
        }
    }
}

#[test]
fn a_link_that_closes_frees_its_pairing() {
    let mut player = Player::joined();
    player.link("a");
    assert_eq!(player.input(ClientInput::LinkClosed("a".into())), [unpair("a")]);
    player.describe("b");
    assert_eq!(
        player.input(ClientInput::LinkClosed("b".into())),
        [unpair("b"), unreachable("b")]
    );
}

#[test]
fn losing_signaling_ends_what_needs_it_and_nothing_else() {
    let mut player = Player::joined();
    player.link("up");
    player.describe("described");
    player.hear(&paired("called", true));
    player.hear(&paired("awaited", false));
    player.hear(&paired("offered", true));
    player.input(connect("offered"));
    player.input(local_sdp("offered"));
    let lost = player.input(ClientInput::SocketClosed);
    assert_eq!(
        lost[..4],
        [
            unreachable("awaited"),
            unreachable("called"),
            drop_peer("offered"),
            unreachable("offered")
        ]
    );
    assert!(matches!(
        lost[4..],
        [ClientOutput::Event(ClientEvent::Lost { .. })]
    ));
    assert_eq!(player.input(local_candidate("described", candidate(1))), []);
    assert_eq!(player.input(ClientInput::LinkUp("described".into())), []);
    player.join();
    assert_eq!(
        player.input(ClientInput::LinkClosed("up".into())),
        [],
        "its pairing went with the server's"
    );
    assert_eq!(
        player.hear(&paired("up2", true)).len(),
        1,
        "old links and new introductions stand side by side"
    );
}

#[test]
fn introductions_beyond_the_limit_are_declined() {
    let mut player = Player::joined_with(ClientConfig {
        max_negotiations: 2,
        ..config()
    });
    player.link("up");
    assert_eq!(player.hear(&paired("a", true)).len(), 1);
    assert_eq!(player.hear(&paired("b", false)).len(), 1);
    assert_eq!(player.hear(&paired("c", true)), [unpair("c")]);
    assert_eq!(player.hear(&paired("a", true)), [], "a peer is introduced once");
}

#[test]
fn a_negotiation_makes_room_once_it_hardly_comes_to_a_link() {
    let mut player = Player::joined_with(ClientConfig {
        max_negotiations: 2,
        ..config()
    });
    // The one has described all, the other has said nothing.
    player.describe("stuck");
    player.hear(&paired("mute", false));
    player.advance(Duration::from_millis(2_499));
    assert_eq!(player.hear(&paired("a", true)), [unpair("a")]);
    player.advance(Duration::from_millis(1));
    let taken = player.hear(&paired("a", true));
    assert_eq!(taken[..2], [unpair("mute"), unreachable("mute")]);
    assert_eq!(taken.len(), 3);
    assert_eq!(player.hear(&paired("b", true)), [unpair("b")]);
    player.advance(Duration::from_secs(5));
    let taken = player.hear(&paired("b", true));
    assert_eq!(
        taken[..3],
        [drop_peer("stuck"), unpair("stuck"), unreachable("stuck")]
    );
    assert_eq!(taken.len(), 4);
}

#[test]
fn whoever_is_to_offer_and_does_not_is_given_up_sooner() {
    let mut player = Player::joined();
    player.hear(&paired("mute", false));
    player.hear(&paired("slow", false));
    player.advance(Duration::from_millis(4_999));
    assert_eq!(player.hear(&offer("slow")).len(), 1);
    let ended = player.advance(Duration::from_millis(1));
    assert_eq!(ended, [unpair("mute"), unreachable("mute")]);
    player.input(local_sdp("slow"));
    assert_eq!(player.advance(Duration::from_millis(9_998)), []);
    assert!(!player.advance(Duration::from_millis(1)).is_empty());
}

#[test]
fn a_description_over_the_limit_ends_the_negotiation() {
    // 8 KiB of quotes fit the description's limit, and fill a frame once they are escaped.
    for sdp in ["s".repeat(MAX_SDP + 1), "\"".repeat(MAX_SDP), String::new()] {
        let mut player = Player::joined();
        player.hear(&paired("a", true));
        player.input(connect("a"));
        let ended = player.input(ClientInput::LocalDescription {
            peer: "a".into(),
            sdp,
        });
        assert_eq!(ended, [drop_peer("a"), unpair("a"), unreachable("a")]);
    }
}

#[test]
fn a_candidate_over_the_limit_is_left_out() {
    let mut player = Player::joined();
    player.describe("a");
    let long = Candidate {
        candidate: "c".repeat(1025),
        ..candidate(0)
    };
    assert_eq!(player.input(local_candidate("a", long)), []);
    let last = Candidate {
        candidate: String::new(),
        ..candidate(0)
    };
    assert_eq!(
        player.input(local_candidate("a", last.clone())),
        [signal("a", Signal::Candidate(last))]
    );
}

#[test]
fn after_leaving_the_engine_still_hears_that_a_peer_cannot_be_reached() {
    let mut player = Player::joined();
    player.hear(&paired("a", true));
    player.input(ClientInput::Leave);
    assert_eq!(player.input(connect("a")), [unreachable("a")]);
}

fn signal(to: &str, signal: Signal) -> ClientOutput {
    send(&ToServer::Signal {
        to: to.into(),
        signal,
    })
}

fn add(peer: &str, number: usize) -> ClientOutput {
    ClientOutput::AddCandidate {
        peer: peer.into(),
        candidate: candidate(number),
    }
}

fn local_candidate(peer: &str, candidate: Candidate) -> ClientInput {
    ClientInput::LocalCandidate {
        peer: peer.into(),
        candidate,
    }
}
