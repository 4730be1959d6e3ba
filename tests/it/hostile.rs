//! Peers that mean harm: whatever they send, their link ends and nothing else does.

use segment_engine::id::{PeerId, SegmentKey, SegmentKind, TrackKey};
use segment_engine::input::Signature;
use segment_engine::output::DisconnectReason;
use segment_engine::time::Timestamp;
use segment_engine::wire::{Frame, MAX_FRAME, PeerRole, RequestId, VERSION, encode};
use segment_engine::{Config, Engine, Event, Input, Output};

#[test]
fn each_breach_ends_the_link_with_its_reason() {
    let hello = || hello(VERSION, "title");
    let piece = encode(&Frame::Piece {
        request: RequestId(3),
        piece: 0,
        data: vec![1],
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
        (vec![vec![0xc1]], DisconnectReason::Violation, "garbage"),
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
            vec![hello(), vec![0; MAX_FRAME + 1]],
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
        for bytes in messages {
            engine
                .handle_input(Timestamp::ZERO, Input::PeerMessage { peer: peer(), bytes })
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
    // The array's head, the domain, the swarm, its time, the algorithm, no records.
    let message = b"\x95\xb2fugitive digests 1\xa5title\x07\x01\x90".to_vec();
    let forged = encode(&Frame::Digests {
        batch: message,
        signature: Signature([0; 64]),
    });
    for bytes in [hello(VERSION, "title"), forged] {
        engine
            .handle_input(Timestamp::ZERO, Input::PeerMessage { peer: peer(), bytes })
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
    let message = |bytes| Input::PeerMessage { peer: peer(), bytes };
    engine
        .handle_input(Timestamp::ZERO, message(hello(VERSION, "title")))
        .unwrap();
    outputs(&mut engine);
    for request in 0..1000 {
        let frame = Frame::Request {
            request: RequestId(request),
            key,
            first: 0,
            count: u32::MAX,
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
            bytes
        }));
        for bytes in messages {
            engine
                .handle_input(Timestamp::ZERO, Input::PeerMessage { peer: peer(), bytes })
                .unwrap();
        }
        engine.handle_timeout(Timestamp::from_millis(60_000));
        outputs(&mut engine);
    }
}

fn peer() -> PeerId {
    PeerId::new("stranger").expect("a name")
}

fn connected() -> Engine {
    let key = segment_engine::output::PublicKey([1; 32]);
    let config = Config {
        digest_key: Some(key),
        ..Config::viewer("title")
    };
    let mut engine = Engine::new(config, [0; 32], Timestamp::ZERO).expect("a valid configuration");
    let told = engine.handle_input(Timestamp::ZERO, Input::PeerConnected(peer()));
    assert_eq!(told, Ok(()));
    engine
}

fn hello(version: u32, swarm: &str) -> Vec<u8> {
    encode(&Frame::Hello {
        version,
        swarm: swarm.into(),
        role: PeerRole::Viewer,
    })
}

fn outputs(engine: &mut Engine) -> Vec<Output> {
    std::iter::from_fn(|| engine.poll_output()).collect()
}
