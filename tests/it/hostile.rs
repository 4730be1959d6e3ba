//! Peers that mean harm: whatever they send, their link ends and nothing else does.

use proptest::prelude::*;
use segment_engine::config::Trust;
use segment_engine::id::{Member, PeerId, SegmentKey, SegmentKind, TrackKey};
use segment_engine::input::Signature;
use segment_engine::integrity::{Batch, write_batch};
use segment_engine::output::DisconnectReason;
use segment_engine::piece::{Digest, Piece};
use segment_engine::time::{Timestamp, UnixTime};
use segment_engine::wire::{
    Frame, MAX_COUNT, MAX_FRAME, Message, PeerRole, PieceBody, RequestId, VERSION, encode,
};
use segment_engine::{Config, Engine, Event, Input, Output};

#[test]
fn each_breach_ends_the_link_with_its_reason() {
    let hello = || hello(VERSION, "title");
    let piece = encode(&Frame::Piece {
        request: RequestId(3),
        piece: 0,
        body: PieceBody::Plain(Piece::new(&[1])),
    });
    let forged = encode(&Frame::Digests {
        batch: vec![1, 2, 3],
        signature: Signature([0; 64]),
    });
    let table = [
        (
            vec![self::hello(VERSION + 1, "title")],
            DisconnectReason::Version,
            "another version",
        ),
        (
            vec![self::hello(VERSION, "other")],
            DisconnectReason::OtherSwarm,
            "another title",
        ),
        (vec![garbage(vec![0xc1])], DisconnectReason::Violation, "garbage"),
        (
            vec![piece.clone()],
            DisconnectReason::Violation,
            "a frame before the handshake",
        ),
        (
            vec![hello(), hello()],
            DisconnectReason::Violation,
            "a second handshake",
        ),
        (
            vec![hello(), piece],
            DisconnectReason::Violation,
            "a piece that nobody asked for",
        ),
        (
            vec![hello(), garbage(vec![0; MAX_FRAME + 1])],
            DisconnectReason::Violation,
            "a frame over the limit",
        ),
        (
            vec![hello(), forged],
            DisconnectReason::Violation,
            "digests that are none",
        ),
    ];
    for (messages, expected, what) in table {
        let mut engine = connected();
        for message in messages {
            engine
                .handle_input(
                    Timestamp::ZERO,
                    Input::PeerMessage {
                        peer: peer(),
                        message,
                    },
                )
                .unwrap();
        }
        let dropped = Output::Disconnect {
            peer: peer(),
            reason: expected,
        };
        assert!(outputs(&mut engine).contains(&dropped), "{what}");
        assert_eq!(engine.stats().peers, 0, "{what}");
    }
}

#[test]
fn a_batch_with_a_forged_signature_is_not_learned() {
    let mut engine = connected();
    let batch = Batch {
        sequence: 0,
        made: UnixTime::from_millis(0),
        expires: UnixTime::from_millis(3_600_000),
        previous: Digest([0; 28]),
        records: Vec::new(),
    };
    let forged = encode(&Frame::Digests {
        batch: write_batch("title", &batch),
        signature: Signature([0; 64]),
    });
    for message in [hello(VERSION, "title"), forged] {
        engine
            .handle_input(
                Timestamp::ZERO,
                Input::PeerMessage {
                    peer: peer(),
                    message,
                },
            )
            .unwrap();
    }
    let asked = outputs(&mut engine).into_iter().find_map(|output| {
        let Output::CheckSignature { check, .. } = output else {
            return None;
        };
        Some(check)
    });
    let check = asked.expect("a well-formed batch is checked");
    engine
        .handle_input(Timestamp::ZERO, Input::SignatureChecked { check, valid: false })
        .unwrap();
    let told = outputs(&mut engine);
    assert!(told.contains(&Output::Event(Event::DigestsRejected { peer: peer() })));
    assert_eq!(engine.stats().peers, 0, "who hands on a forgery is dropped");
}

#[test]
fn a_peer_that_does_not_shake_hands_is_dropped() {
    let mut engine = connected();
    engine.handle_timeout(Timestamp::from_millis(5_000));
    let reason = DisconnectReason::Unresponsive;
    assert!(outputs(&mut engine).contains(&Output::Disconnect { peer: peer(), reason }));
}

#[test]
fn what_is_not_held_is_refused_and_a_flood_of_requests_is_bounded() {
    let mut engine = connected();
    let key = SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time: 0,
        range: None,
    };
    let message = |message| Input::PeerMessage {
        peer: peer(),
        message,
    };
    engine
        .handle_input(Timestamp::ZERO, message(hello(VERSION, "title")))
        .unwrap();
    outputs(&mut engine);
    for request in 0..1000 {
        let frame = Frame::Request {
            request: RequestId(request),
            key,
            first: 0,
            count: MAX_COUNT,
        };
        engine
            .handle_input(Timestamp::ZERO, message(encode(&frame)))
            .unwrap();
        assert_eq!(outputs(&mut engine).len(), 1, "one refusal each, and no more");
    }
    assert_eq!(engine.stats().uploaded, 0);
}

#[test]
fn random_messages_never_panic() {
    let mut state = 1_u64;
    let mut random = |below: u8| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[1] % below
    };
    for _ in 0..2_000 {
        let mut engine = connected();
        let mut messages = vec![hello(VERSION, "title")];
        messages.extend((0..6).map(|_| {
            let mut bytes = vec![0x90 | random(6), random(9)];
            bytes.extend((0..random(40)).map(|_| random(255)));
            garbage(bytes)
        }));
        for message in messages {
            engine
                .handle_input(
                    Timestamp::ZERO,
                    Input::PeerMessage {
                        peer: peer(),
                        message,
                    },
                )
                .unwrap();
        }
        engine.handle_timeout(Timestamp::from_millis(60_000));
        outputs(&mut engine);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_is_said_in_whatever_order_the_engine_keeps_its_contract(
        bytes in prop::collection::vec(any::<u8>(), 0..1_500),
    ) {
        swarm_tests::hostile::play(&bytes);
    }
}

fn peer() -> PeerId {
    PeerId::new("stranger").expect("a name")
}

fn connected() -> Engine {
    let key = segment_engine::output::PublicKey([1; 32]);
    let config = Config {
        trust: Trust::signed(key),
        ..Config::viewer("title")
    };
    let mut engine = Engine::new(config, [0; 32], Timestamp::ZERO).expect("a valid configuration");
    let told = engine.handle_input(Timestamp::ZERO, Input::PeerConnected(peer()));
    assert_eq!(told, Ok(()));
    engine
}

fn garbage(bytes: Vec<u8>) -> Message {
    Message::from_bytes(bytes)
}

fn hello(version: u32, swarm: &str) -> Message {
    encode(&Frame::Hello {
        version,
        swarm: swarm.into(),
        role: PeerRole::Viewer,
        member: Member([1; 8]),
        capabilities: 0,
    })
}

fn outputs(engine: &mut Engine) -> Vec<Output> {
    std::iter::from_fn(|| engine.poll_output()).collect()
}
