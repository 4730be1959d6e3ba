//! Files by their digests: honest peers, liars, those that leave, and servers that have another file.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use super::*;
use crate::config::Trust;
use crate::engine::rig::{Rig, body};
use crate::id::{DemandId, FetchId};
use crate::input::Input;
use crate::manifest::files::key_by_digest;
use crate::output::{Delivery, DisconnectReason, Fetch, Output, PublicKey};
use crate::piece::PIECE;
use crate::wire::{Frame, Have, Holds, Leaves, PieceBody, Reject, RequestId};

const PIECES: u32 = 4;
const URL: &str = "https://origin.example/app.js";

fn digest_of(body: &Body) -> Digest {
    Digest::of(&[&body.to_vec()])
}

fn key() -> SegmentKey {
    key_by_digest(&digest_of(&body(PIECES)))
}

/// As large as the file, and another.
fn forged() -> Body {
    Body::of(&vec![8; PIECES as usize * PIECE])
}

fn want(rig: &mut Rig, id: u64) {
    rig.tell(Input::FileDemand(FileDemand {
        id: DemandId(id),
        url: URL.to_owned(),
        sha224: digest_of(&body(PIECES)),
    }));
}

/// A neighbour says that it holds the file, of some size.
fn hold(rig: &mut Rig, name: &str, size: u64) {
    let have = Have {
        key: key(),
        size,
        holds: Holds::All,
        leaves: Leaves::Held,
    };
    let (came, gone) = (vec![have], Vec::new());
    rig.hear(name, &Frame::Announce { came, gone });
}

/// What a neighbour was asked for the file's leaves by.
fn layer_requests(rig: &Rig, name: &str) -> Vec<RequestId> {
    let requests = rig.sent_to(name).into_iter().filter_map(|frame| match frame {
        Frame::WantLeaves { request, key: asked } if asked == key() => Some(request),
        _ => None,
    });
    requests.collect()
}

/// A neighbour answers the last request for its leaves.
fn give_leaves(rig: &mut Rig, name: &str, leaves: Vec<Digest>) {
    let request = layer_requests(rig, name).pop();
    let (request, first) = (request.expect("leaves were asked for"), 0);
    rig.hear(
        name,
        &Frame::Leaves {
            request,
            first,
            leaves,
        },
    );
}

/// Which pieces a neighbour was asked for.
fn asked_of(rig: &Rig, name: &str) -> Vec<(RequestId, u32)> {
    let runs = rig.sent_to(name).into_iter().filter_map(|frame| match frame {
        Frame::Request {
            request,
            first,
            count,
            ..
        } => Some((first..first + count).map(move |piece| (request, piece))),
        _ => None,
    });
    runs.flatten().collect()
}

/// A neighbour sends what it was asked for; the first `most` pieces of that.
fn give_pieces(rig: &mut Rig, name: &str, of: &Body, most: usize) {
    for (request, piece) in asked_of(rig, name).into_iter().take(most) {
        let body = PieceBody::Plain(of.pieces()[piece as usize].clone());
        rig.hear(name, &Frame::Piece { request, piece, body });
    }
}

fn deliveries(rig: &Rig) -> Vec<&Delivery> {
    let deliveries = rig.outputs.iter().filter_map(|output| match output {
        Output::Deliver(delivery) => Some(delivery),
        _ => None,
    });
    deliveries.collect()
}

fn declined(rig: &Rig) -> Vec<DeclineReason> {
    let declined = rig.outputs.iter().filter_map(|output| match output {
        Output::Decline { reason, .. } => Some(*reason),
        _ => None,
    });
    declined.collect()
}

fn fetches(rig: &Rig) -> Vec<&Fetch> {
    let fetches = rig.outputs.iter().filter_map(|output| match output {
        Output::Fetch(fetch) => Some(fetch),
        _ => None,
    });
    fetches.collect()
}

/// The server answers the last request with bytes, all of them.
fn serve(rig: &mut Rig, bytes: Vec<u8>) -> FetchId {
    let fetch = rig.begin_fetch();
    rig.tell(Input::FetchChunk {
        fetch,
        bytes: bytes.into(),
    });
    rig.tell(Input::FetchFinished(fetch));
    fetch
}

/// Whether a neighbour was told that the file is held here, or a part of it.
fn is_told(rig: &Rig, name: &str) -> bool {
    rig.sent_to(name).into_iter().any(|frame| match frame {
        Frame::Announce { came, .. } => came.iter().any(|have| have.key == key()),
        _ => false,
    })
}

/// One that asked for the file, which "a" says that it holds; "b" listens.
fn asking(trust: Trust) -> Rig {
    let mut rig = Rig::new(|config| config.trust = trust);
    rig.link("a", 1);
    rig.link("b", 2);
    hold(&mut rig, "a", body(PIECES).len());
    rig.outputs.clear();
    want(&mut rig, 1);
    rig
}

fn signed() -> Trust {
    Trust::signed(PublicKey([1; 32]))
}

#[test]
fn a_file_comes_from_one_peer_in_every_mode_of_trust_and_is_offered_to_others() {
    for trust in [signed(), Trust::Quorum { audits: 2 }, Trust::Open] {
        let mut rig = asking(trust.clone());
        give_leaves(&mut rig, "a", body(PIECES).leaves());
        give_pieces(&mut rig, "a", &body(PIECES), usize::MAX);
        let delivered: Vec<_> = deliveries(&rig).iter().map(|one| one.body.clone()).collect();
        assert_eq!(delivered, [body(PIECES)], "{trust:?}");
        assert!(fetches(&rig).is_empty(), "{trust:?}");
        rig.wait(200);
        assert!(is_told(&rig, "b"), "{trust:?}");
        rig.hear(
            "b",
            &Frame::Request {
                request: RequestId(5),
                key: key(),
                first: 0,
                count: PIECES,
            },
        );
        rig.deliver(&["b"]);
        assert_eq!(rig.pieces_to("b").len(), PIECES as usize, "{trust:?}");
        assert_eq!(rig.engine.stats().verified, u64::from(PIECES), "{trust:?}");
    }
}

#[test]
fn who_joins_later_hears_of_the_file_and_a_second_call_is_answered_at_once() {
    let mut rig = asking(signed());
    give_leaves(&mut rig, "a", body(PIECES).leaves());
    give_pieces(&mut rig, "a", &body(PIECES), usize::MAX);
    rig.link("c", 3);
    rig.drained("c");
    rig.wait(100);
    assert!(is_told(&rig, "c"));
    rig.outputs.clear();
    want(&mut rig, 2);
    assert_eq!(deliveries(&rig).len(), 1);
}

#[test]
fn nothing_is_offered_nor_given_before_all_of_it_was_hashed() {
    let mut rig = asking(signed());
    give_leaves(&mut rig, "a", body(PIECES).leaves());
    give_pieces(&mut rig, "a", &body(PIECES), 3);
    rig.wait(200);
    rig.link("c", 3);
    rig.drained("c");
    assert!(!is_told(&rig, "b") && !is_told(&rig, "c"));
    assert!(deliveries(&rig).is_empty());
    rig.hear(
        "b",
        &Frame::Request {
            request: RequestId(5),
            key: key(),
            first: 0,
            count: 1,
        },
    );
    let request = RequestId(6);
    rig.hear("b", &Frame::WantLeaves { request, key: key() });
    rig.drained("b");
    let sent = rig.sent_to("b");
    let is_refused = |frame: &Frame| {
        matches!(
            frame,
            Frame::Reject {
                request: RequestId(5),
                reason: Reject::NotHeld,
                ..
            }
        )
    };
    assert!(sent.iter().any(is_refused), "{sent:?}");
    let gives = |frame: &Frame| matches!(frame, Frame::Leaves { .. } | Frame::Piece { .. });
    assert!(!sent.iter().any(gives), "{sent:?}");
    assert_eq!(rig.engine.stats().verified, 0);
}

#[test]
fn who_gave_the_record_of_another_file_is_dropped_and_the_server_is_asked() {
    let mut rig = asking(signed());
    give_leaves(&mut rig, "a", forged().leaves());
    give_pieces(&mut rig, "a", &forged(), usize::MAX);
    assert_eq!(rig.dropped(), [("a".to_owned(), DisconnectReason::Corrupt)]);
    assert!(deliveries(&rig).is_empty());
    rig.wait(200);
    assert!(!is_told(&rig, "b"));
    assert_eq!(fetches(&rig).len(), 1);
    assert_eq!(fetches(&rig)[0].range, None, "nothing of it is used");
    serve(&mut rig, body(PIECES).to_vec());
    let [delivery] = deliveries(&rig)[..] else {
        panic!("it is delivered");
    };
    assert_eq!(delivery.body, body(PIECES));
    assert_eq!(
        (delivery.sources.origin, delivery.sources.peer),
        (body(PIECES).len(), 0)
    );
    assert_eq!(rig.engine.stats().verified, 0);
    rig.wait(200);
    assert!(is_told(&rig, "b"), "the server's is that of the digest");
}

#[test]
fn who_says_a_wrong_size_is_found_out_be_it_asked_or_not() {
    let mut rig = Rig::new(|_| {});
    for (name, member) in [("a", 1), ("b", 2), ("c", 3)] {
        rig.link(name, member);
    }
    hold(&mut rig, "a", PIECE as u64);
    hold(&mut rig, "b", body(PIECES).len());
    rig.outputs.clear();
    want(&mut rig, 1);
    give_leaves(&mut rig, "a", body(1).leaves());
    give_pieces(&mut rig, "a", &body(1), usize::MAX);
    assert_eq!(rig.dropped(), [("a".to_owned(), DisconnectReason::Corrupt)]);
    assert_eq!(fetches(&rig).len(), 1);

    let mut rig = Rig::new(|_| {});
    for (name, member) in [("a", 1), ("b", 2), ("c", 3)] {
        rig.link(name, member);
    }
    hold(&mut rig, "a", PIECE as u64);
    hold(&mut rig, "b", body(PIECES).len());
    hold(&mut rig, "c", body(PIECES).len());
    rig.outputs.clear();
    want(&mut rig, 1);
    assert!(rig.sent_to("a").is_empty());
    give_leaves(&mut rig, "b", body(PIECES).leaves());
    give_leaves(&mut rig, "c", body(PIECES).leaves());
    give_pieces(&mut rig, "b", &body(PIECES), usize::MAX);
    give_pieces(&mut rig, "c", &body(PIECES), usize::MAX);
    assert_eq!(deliveries(&rig).len(), 1);
    assert_eq!(rig.dropped(), [("a".to_owned(), DisconnectReason::Corrupt)]);
}

#[test]
fn pieces_that_are_cut_in_other_places_are_refused_though_all_of_them_are_the_file() {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    rig.link("b", 2);
    let whole = body(PIECES).to_vec();
    hold(&mut rig, "a", whole.len() as u64 + 1);
    rig.outputs.clear();
    want(&mut rig, 1);
    let (short, rest) = whole.split_at(PIECE - 1);
    let cut: Vec<Piece> = std::iter::once(short)
        .chain(rest.chunks(PIECE))
        .map(Piece::new)
        .collect();
    give_leaves(&mut rig, "a", cut.iter().map(Piece::leaf).collect());
    for (request, piece) in asked_of(&rig, "a") {
        let body = PieceBody::Plain(cut[piece as usize].clone());
        rig.hear("a", &Frame::Piece { request, piece, body });
    }
    assert_eq!(rig.dropped(), [("a".to_owned(), DisconnectReason::Corrupt)]);
    assert!(deliveries(&rig).is_empty());
}

#[test]
fn who_lied_and_sent_nothing_is_dropped_once_the_servers_file_is_proven() {
    let mut rig = Rig::new(|_| {});
    for (name, member) in [("a", 1), ("b", 2), ("c", 3)] {
        rig.link(name, member);
    }
    hold(&mut rig, "a", PIECE as u64);
    hold(&mut rig, "b", body(PIECES).len());
    rig.outputs.clear();
    want(&mut rig, 1);
    let mut answered = Vec::new();
    for _ in 0..12 {
        for request in layer_requests(&rig, "a") {
            if !answered.contains(&request) {
                answered.push(request);
                let (reason, retry_ms) = (Reject::Busy, 5_000);
                rig.hear(
                    "a",
                    &Frame::Reject {
                        request,
                        reason,
                        retry_ms,
                    },
                );
            }
        }
        rig.wait(1_000);
        hold(&mut rig, "a", PIECE as u64);
        hold(&mut rig, "b", body(PIECES).len());
        rig.hear(
            "c",
            &Frame::Announce {
                came: Vec::new(),
                gone: Vec::new(),
            },
        );
    }
    serve(&mut rig, body(PIECES).to_vec());
    assert_eq!(deliveries(&rig).len(), 1);
    assert_eq!(rig.dropped(), [("a".to_owned(), DisconnectReason::Corrupt)]);
    assert!(!rig.engine.disputed.contains(&key()), "peers may be asked again");
}

#[test]
fn an_honest_peer_is_not_judged_by_the_leaves_of_a_liar() {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    rig.link("b", 2);
    hold(&mut rig, "a", body(PIECES).len());
    hold(&mut rig, "b", body(PIECES).len());
    rig.outputs.clear();
    want(&mut rig, 1);
    give_leaves(&mut rig, "a", forged().leaves());
    give_leaves(&mut rig, "b", body(PIECES).leaves());
    assert!(
        asked_of(&rig, "b").is_empty(),
        "it holds another file by its leaves"
    );
    give_pieces(&mut rig, "a", &forged(), usize::MAX);
    assert_eq!(rig.dropped(), [("a".to_owned(), DisconnectReason::Corrupt)]);
    assert_eq!(fetches(&rig).len(), 1);
}

#[test]
fn what_a_peer_that_leaves_has_not_sent_comes_from_the_server() {
    let mut rig = asking(signed());
    give_leaves(&mut rig, "a", body(PIECES).leaves());
    give_pieces(&mut rig, "a", &body(PIECES), 2);
    rig.tell(Input::PeerClosed(crate::engine::rig::peer("a")));
    rig.wait(3_000);
    let fetch = rig.begin_fetch();
    let rest = 2 * PIECE as u64;
    let ranges: Vec<_> = fetches(&rig).iter().map(|fetch| fetch.range).collect();
    assert_eq!(ranges.len(), 1);
    // Ranges are honoured or not: the file is right in the end.
    rig.tell(Input::FetchChunk {
        fetch,
        bytes: body(PIECES).to_vec().into(),
    });
    rig.tell(Input::FetchFinished(fetch));
    assert_eq!(deliveries(&rig).len(), 1);
    assert_eq!(ranges[0].map(|range| range.len()), Some(rest), "{ranges:?}");
}

#[test]
fn what_a_liar_sent_before_it_left_is_not_used() {
    let mut rig = asking(signed());
    give_leaves(&mut rig, "a", forged().leaves());
    give_pieces(&mut rig, "a", &forged(), 2);
    rig.tell(Input::PeerClosed(crate::engine::rig::peer("a")));
    rig.wait(3_000);
    serve(&mut rig, body(PIECES).to_vec());
    let [delivery] = deliveries(&rig)[..] else {
        panic!("it is delivered");
    };
    assert_eq!(delivery.body, body(PIECES));
    assert_eq!(delivery.sources.peer, 0);
}

#[test]
fn a_server_that_has_another_file_is_left_to_the_page_and_nothing_is_kept() {
    let mut rig = Rig::new(|_| {});
    rig.link("b", 2);
    rig.outputs.clear();
    want(&mut rig, 1);
    rig.wait(3_000);
    serve(&mut rig, forged().to_vec());
    assert_eq!(declined(&rig), [DeclineReason::Disagreement]);
    assert!(deliveries(&rig).is_empty());
    rig.wait(200);
    assert!(!is_told(&rig, "b"));
    assert_eq!(rig.engine.stats().stored_segments, 0);
    assert!(rig.engine.transfers.len() == 0 && rig.dropped().is_empty());
}

#[test]
fn a_server_that_has_another_file_costs_no_honest_peer_its_link() {
    let mut rig = Rig::new(|_| {});
    rig.link("b", 2);
    rig.outputs.clear();
    want(&mut rig, 1);
    rig.wait(3_000);
    let fetch = rig.begin_fetch();
    rig.tell(Input::FetchChunk {
        fetch,
        bytes: forged().to_vec()[..2 * PIECE].to_vec().into(),
    });
    hold(&mut rig, "b", body(PIECES).len());
    give_leaves(&mut rig, "b", body(PIECES).leaves());
    rig.tell(Input::FetchChunk {
        fetch,
        bytes: forged().to_vec()[2 * PIECE..].to_vec().into(),
    });
    rig.tell(Input::FetchFinished(fetch));
    assert!(rig.dropped().is_empty());
    assert_eq!(declined(&rig), [DeclineReason::Disagreement]);
}

#[test]
fn what_peers_say_of_sizes_takes_no_more_memory_than_it_may() {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    let digests: Vec<Digest> = (0..3).map(|number| Digest([number; 28])).collect();
    let came = digests.iter().map(|digest| Have {
        key: key_by_digest(digest),
        size: MAX_SEGMENT,
        holds: Holds::All,
        leaves: Leaves::Held,
    });
    let (came, gone) = (came.collect(), Vec::new());
    rig.hear("a", &Frame::Announce { came, gone });
    for (id, sha224) in (1..).zip(&digests) {
        rig.tell(Input::FileDemand(FileDemand {
            id: DemandId(id),
            url: URL.to_owned(),
            sha224: *sha224,
        }));
    }
    let sized = rig.engine.transfers.iter().filter(|one| one.size().is_some());
    assert_eq!(sized.count(), 2);
}

#[test]
fn files_outlive_a_manifest_and_no_url_finds_them() {
    let mut rig = asking(signed());
    rig.tell(Input::Manifest {
        url: "https://origin.example/film.mpd".into(),
        body: crate::engine::rig::FILM.into(),
    });
    assert!(rig.engine.is_by_digest(&key()));
    assert_eq!(rig.engine.timeline.locate(URL, None), None);
}
