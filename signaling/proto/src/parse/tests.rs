//! Every message as it stands on the wire, and the round trip of any.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::message::{Away, ErrorCode, Join, Role, Welcome};

#[test]
fn messages_to_the_server_stand_on_the_wire_like_this() {
    let cases: [(ToServer, Expect); 11] = [
        (
            ToServer::Join(Join::new("film", 4)),
            expect![[r#"{"type":"join","version":1,"swarm":"film","want":4}"#]],
        ),
        (
            ToServer::Join(Join {
                capacity: Some(16),
                ..Join::new("film", 4)
            }),
            expect![[r#"{"type":"join","version":1,"swarm":"film","want":4,"capacity":16}"#]],
        ),
        (
            ToServer::Join(Join {
                token: Some("e30.e30.c2ln".into()),
                hints: full_hints(),
                ..Join::new("film", 4)
            }),
            expect![[
                r#"{"type":"join","version":1,"swarm":"film","want":4,"token":"e30.e30.c2ln","hints":{"pop":"FRA6-C1","zone":"Europe/Berlin","cell":[105,-27]}}"#
            ]],
        ),
        (
            ToServer::Join(Join {
                hints: Hints {
                    zone: Some("Asia/Tokyo".into()),
                    ..Hints::default()
                },
                ..Join::new("film", 4)
            }),
            expect![[r#"{"type":"join","version":1,"swarm":"film","want":4,"hints":{"zone":"Asia/Tokyo"}}"#]],
        ),
        (
            ToServer::Measured {
                peer: "b".into(),
                rtt_ms: 23,
            },
            expect![[r#"{"type":"measured","peer":"b","rttMs":23}"#]],
        ),
        (
            ToServer::Signal {
                to: "b".into(),
                signal: Signal::Offer {
                    sdp: "v=0\r\n".into(),
                },
            },
            expect![[r#"{"type":"signal","to":"b","signal":{"kind":"offer","sdp":"v=0\r\n"}}"#]],
        ),
        (
            ToServer::Signal {
                to: "b".into(),
                signal: Signal::Answer { sdp: "v=0".into() },
            },
            expect![[r#"{"type":"signal","to":"b","signal":{"kind":"answer","sdp":"v=0"}}"#]],
        ),
        (
            ToServer::Signal {
                to: "b".into(),
                signal: Signal::Candidate(full_candidate()),
            },
            expect![[
                r#"{"type":"signal","to":"b","signal":{"kind":"candidate","candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"f"}}"#
            ]],
        ),
        (
            ToServer::Want { count: 2 },
            expect![[r#"{"type":"want","count":2}"#]],
        ),
        (
            ToServer::Unpair { peer: "b".into() },
            expect![[r#"{"type":"unpair","peer":"b"}"#]],
        ),
        (ToServer::Ping, expect![[r#"{"type":"ping"}"#]]),
    ];
    for (message, expected) in cases {
        expected.assert_eq(&message.to_json());
        assert_eq!(ToServer::parse(&message.to_json()), Ok(message));
    }
}

#[test]
fn welcomes_stand_on_the_wire_like_this() {
    let stun = IceServer {
        urls: vec!["stun:192.0.2.1:3478".into()],
        username: None,
        credential: None,
    };
    let turn = IceServer {
        urls: vec!["turns:turn.example".into()],
        username: Some("u".into()),
        credential: Some("c".into()),
    };
    let cases: [(ToClient, Expect); 3] = [
        (
            ToClient::Welcome(Welcome {
                ice_servers: vec![stun, turn],
                ..Welcome::new("a", 25000)
            }),
            expect![[
                r#"{"type":"welcome","peer":"a","pingIntervalMs":25000,"iceServers":[{"urls":["stun:192.0.2.1:3478"]},{"urls":["turns:turn.example"],"username":"u","credential":"c"}]}"#
            ]],
        ),
        (
            ToClient::Welcome(Welcome {
                signer: Some("0a".repeat(32)),
                policy: Policy {
                    min_peers: Some(4),
                    max_peers: Some(12),
                    relay_only: true,
                },
                unix_ms: Some(1_709_208_000_250),
                ..Welcome::new("a", 25000)
            }),
            expect![[
                r#"{"type":"welcome","peer":"a","pingIntervalMs":25000,"unixMs":1709208000250,"iceServers":[],"signer":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","policy":{"minPeers":4,"maxPeers":12,"relayOnly":true}}"#
            ]],
        ),
        (
            ToClient::Welcome(Welcome {
                policy: Policy {
                    max_peers: Some(12),
                    ..Policy::default()
                },
                ..Welcome::new("a", 25000)
            }),
            expect![[
                r#"{"type":"welcome","peer":"a","pingIntervalMs":25000,"iceServers":[],"policy":{"maxPeers":12,"relayOnly":false}}"#
            ]],
        ),
    ];
    for (message, expected) in cases {
        expected.assert_eq(&message.to_json());
        assert_eq!(ToClient::parse(&message.to_json()), Ok(message));
    }
}

#[test]
fn messages_to_a_client_stand_on_the_wire_like_this() {
    let cases: [(ToClient, Expect); 10] = [
        (
            ToClient::GoAway {
                retry_in_ms: 30_000,
                reason: Away::Stopping,
            },
            expect![[r#"{"type":"goAway","retryInMs":30000}"#]],
        ),
        (
            ToClient::GoAway {
                retry_in_ms: 450_000,
                reason: Away::SwitchedOff,
            },
            expect![[r#"{"type":"goAway","retryInMs":450000,"reason":"switchedOff"}"#]],
        ),
        (
            ToClient::Error {
                code: ErrorCode::Forbidden,
                message: "no token".into(),
                fatal: true,
            },
            expect![[r#"{"type":"error","code":"forbidden","message":"no token","fatal":true}"#]],
        ),
        (
            ToClient::Paired {
                peer: "b".into(),
                offer: true,
            },
            expect![[r#"{"type":"paired","peer":"b","offer":true}"#]],
        ),
        (
            ToClient::Signal {
                from: "b".into(),
                signal: Signal::Answer { sdp: "v=0".into() },
            },
            expect![[r#"{"type":"signal","from":"b","signal":{"kind":"answer","sdp":"v=0"}}"#]],
        ),
        (
            ToClient::Signal {
                from: "b".into(),
                signal: Signal::Candidate(last_candidate()),
            },
            expect![[r#"{"type":"signal","from":"b","signal":{"kind":"candidate","candidate":""}}"#]],
        ),
        (
            ToClient::Left { peer: "b".into() },
            expect![[r#"{"type":"left","peer":"b"}"#]],
        ),
        (
            ToClient::Undeliverable { to: "b".into() },
            expect![[r#"{"type":"undeliverable","to":"b"}"#]],
        ),
        (ToClient::Pong, expect![[r#"{"type":"pong"}"#]]),
        (
            ToClient::Error {
                code: ErrorCode::RateLimited,
                message: "slow down".into(),
                fatal: false,
            },
            expect![[r#"{"type":"error","code":"rateLimited","message":"slow down","fatal":false}"#]],
        ),
    ];
    for (message, expected) in cases {
        expected.assert_eq(&message.to_json());
        assert_eq!(ToClient::parse(&message.to_json()), Ok(message));
    }
}

#[test]
fn what_neighbours_carry_stands_on_the_wire_like_this() {
    let cases: [(Relayed, Expect); 2] = [
        (
            Relayed {
                signal: Signal::Offer { sdp: "v=0".into() },
                tie: Some(7),
            },
            expect![[r#"{"signal":{"kind":"offer","sdp":"v=0"},"tie":7}"#]],
        ),
        (
            Relayed {
                signal: Signal::Answer { sdp: "v=0".into() },
                tie: None,
            },
            expect![[r#"{"signal":{"kind":"answer","sdp":"v=0"}}"#]],
        ),
    ];
    for (message, expected) in cases {
        expected.assert_eq(&message.to_json());
        assert_eq!(Relayed::parse(message.to_json().as_bytes()), Ok(message));
    }
}

#[test]
fn frames_of_a_client_that_break_a_limit_are_refused() {
    let offer = |sdp: String| {
        ToServer::Signal {
            to: "b".into(),
            signal: Signal::Offer { sdp },
        }
        .to_json()
    };
    let trickle = |change: fn(&mut Candidate)| {
        let mut candidate = full_candidate();
        change(&mut candidate);
        ToServer::Signal {
            to: "b".into(),
            signal: Signal::Candidate(candidate),
        }
        .to_json()
    };
    let joining = |swarm: String, want, capacity| {
        ToServer::Join(Join {
            capacity,
            ..Join::new(swarm, want)
        })
        .to_json()
    };
    let join = |swarm, want| joining(swarm, want, None);
    let takes = |capacity| joining("s".into(), 1, Some(capacity));
    let unpair = |peer: &str| ToServer::Unpair { peer: peer.into() }.to_json();
    let out = |member| Err(ParseError::OutOfRange(member));
    let cases = [
        (
            format!("{{\"type\":\"ping\"{}}}", " ".repeat(MAX_FRAME)),
            Err(ParseError::TooLarge),
        ),
        (String::new(), Err(ParseError::Malformed)),
        ("[".repeat(MAX_FRAME), Err(ParseError::Malformed)),
        (r#"{"type":"shout"}"#.into(), Err(ParseError::Malformed)),
        (r#"{"type":"want","count":-1}"#.into(), Err(ParseError::Malformed)),
        (r#"{"type":"want","count":1}x"#.into(), Err(ParseError::Malformed)),
        (r#"{"type":"ping","later":[1]}"#.into(), Ok(ToServer::Ping)),
        (join(String::new(), 1), out("swarm")),
        (join("s".repeat(129), 1), out("swarm")),
        (join("s".into(), 1025), out("want")),
        (takes(0), out("capacity")),
        (takes(1025), out("capacity")),
        (takes(7).replace('7', "-1"), Err(ParseError::Malformed)),
        (takes(7).replace('7', "1.5"), Err(ParseError::Malformed)),
        (takes(7).replace('7', "\"7\""), Err(ParseError::Malformed)),
        (r#"{"type":"want","count":1025}"#.into(), out("count")),
        (unpair(""), out("peer")),
        (unpair(&"p".repeat(65)), out("peer")),
        (unpair("a b"), out("peer")),
        (unpair("é"), out("peer")),
        (offer(String::new()), out("sdp")),
        (offer("s".repeat(MAX_SDP + 1)), out("sdp")),
        (
            trickle(|it| it.candidate = "c".repeat(MAX_CANDIDATE + 1)),
            out("candidate"),
        ),
        (trickle(|it| it.sdp_mid = Some("m".repeat(257))), out("candidate")),
        (
            trickle(|it| it.username_fragment = Some("u".repeat(257))),
            out("candidate"),
        ),
    ];
    for (frame, expected) in cases {
        assert_eq!(ToServer::parse(&frame), expected, "{frame:.80}");
    }
    assert!(ToServer::parse(&offer("s".repeat(MAX_SDP))).is_ok());
    assert!(ToServer::parse(&trickle(|it| it.candidate = "c".repeat(MAX_CANDIDATE))).is_ok());
    assert!(ToServer::parse(&join("s".repeat(128), 1024)).is_ok());
    assert!(ToServer::parse(&takes(1)).is_ok() && ToServer::parse(&takes(1024)).is_ok());
    assert_eq!(
        ToServer::parse(&takes(7).replace('7', "null")),
        ToServer::parse(&join("s".into(), 1))
    );
}

#[test]
fn what_a_client_tells_of_itself_is_held_to_its_limits() {
    let join = |change: fn(&mut Join)| {
        let mut join = Join::new("s", 1);
        change(&mut join);
        ToServer::parse(&ToServer::Join(join).to_json()).map(|_| ())
    };
    let place = |north, east| {
        ToServer::parse(
            &ToServer::Join(Join {
                hints: Hints {
                    cell: Some(Cell { north, east }),
                    ..Hints::default()
                },
                ..Join::new("s", 1)
            })
            .to_json(),
        )
        .map(|_| ())
    };
    let out = |member| Err(ParseError::OutOfRange(member));
    let cases = [
        (join(|it| it.token = Some(String::new())), out("token")),
        (
            join(|it| it.token = Some("t".repeat(MAX_TOKEN + 1))),
            out("token"),
        ),
        (join(|it| it.token = Some("a b".into())), out("token")),
        (join(|it| it.token = Some("t".repeat(MAX_TOKEN))), Ok(())),
        (join(|it| it.hints.pop = Some(String::new())), out("hints")),
        (
            join(|it| it.hints.pop = Some("p".repeat(MAX_HINT + 1))),
            out("hints"),
        ),
        (
            join(|it| it.hints.zone = Some("Europe/Zürich".into())),
            out("hints"),
        ),
        (join(|it| it.hints.zone = Some("z".repeat(MAX_HINT))), Ok(())),
        (place(181, 0), out("hints")),
        (place(-181, 0), out("hints")),
        (place(0, 361), out("hints")),
        (place(0, -361), out("hints")),
        (place(180, -360), Ok(())),
        (place(-180, 360), Ok(())),
    ];
    for (row, (told, expected)) in cases.into_iter().enumerate() {
        assert_eq!(told, expected, "row {row}");
    }
}

#[test]
fn hints_of_another_shape_are_no_message() {
    for hints in [
        r#""Berlin""#,
        r#"{"cell":[1]}"#,
        r#"{"cell":[1,2,3]}"#,
        r#"{"cell":[0.5,1]}"#,
        r#"{"cell":[40000,1]}"#,
        r#"{"zone":7}"#,
    ] {
        let frame = format!(r#"{{"type":"join","version":1,"swarm":"s","want":1,"hints":{hints}}}"#);
        assert_eq!(ToServer::parse(&frame), Err(ParseError::Malformed), "{hints}");
    }
    let newer = r#"{"type":"join","version":1,"swarm":"s","want":1,"hints":{"planet":"earth"}}"#;
    assert_eq!(
        ToServer::parse(newer),
        Ok(ToServer::Join(Join::new("s", 1))),
        "what is not known is ignored"
    );
}

#[test]
fn measurements_and_farewells_are_held_to_their_limits() {
    let measured = |peer: &str, rtt_ms| {
        ToServer::parse(
            &ToServer::Measured {
                peer: peer.into(),
                rtt_ms,
            }
            .to_json(),
        )
        .map(|_| ())
    };
    assert_eq!(measured("b", MAX_RTT_MS), Ok(()));
    assert_eq!(
        measured("b", MAX_RTT_MS + 1),
        Err(ParseError::OutOfRange("rttMs"))
    );
    assert_eq!(measured("a b", 1), Err(ParseError::OutOfRange("peer")));
    let early = r#"{"type":"measured","peer":"b","rttMs":-1}"#;
    assert_eq!(ToServer::parse(early), Err(ParseError::Malformed));
    let away = |retry_in_ms| {
        let reason = Away::SwitchedOff;
        ToClient::parse(&ToClient::GoAway { retry_in_ms, reason }.to_json()).map(|_| ())
    };
    assert_eq!(away(MAX_RETRY_MS), Ok(()));
    assert_eq!(away(MAX_RETRY_MS + 1), Err(ParseError::OutOfRange("retryInMs")));
    assert_eq!(
        ToClient::parse(r#"{"type":"goAway"}"#),
        Err(ParseError::Malformed)
    );
}

#[test]
fn signers_and_policies_are_held_to_their_limits() {
    let signed = |key: &str| {
        ToClient::parse(
            &ToClient::Welcome(Welcome {
                signer: Some(key.into()),
                ..Welcome::new("a", 1)
            })
            .to_json(),
        )
        .map(|_| ())
    };
    assert_eq!(signed(&"Fe".repeat(32)), Ok(()));
    for key in [String::new(), "f".repeat(63), "f".repeat(65), "g".repeat(64)] {
        assert_eq!(signed(&key), Err(ParseError::OutOfRange("signer")), "{key}");
    }
    let asked = |min_peers, max_peers| {
        ToClient::parse(
            &ToClient::Welcome(Welcome {
                policy: Policy {
                    min_peers,
                    max_peers,
                    relay_only: false,
                },
                ..Welcome::new("a", 1)
            })
            .to_json(),
        )
        .map(|_| ())
    };
    assert_eq!(asked(Some(MAX_CAPACITY), Some(MAX_CAPACITY)), Ok(()));
    let word = r#"{"type":"welcome","peer":"a","pingIntervalMs":1,"iceServers":[],"policy":"strict"}"#;
    assert_eq!(ToClient::parse(word), Err(ParseError::Malformed));
    for (min, max) in [
        (Some(3), Some(2)),
        (None, Some(MAX_CAPACITY + 1)),
        (Some(MAX_CAPACITY + 1), None),
    ] {
        assert_eq!(
            asked(min, max),
            Err(ParseError::OutOfRange("policy")),
            "{min:?} {max:?}"
        );
    }
}

#[test]
fn frames_of_a_server_that_break_a_limit_are_refused() {
    let welcome = |ice_servers| {
        ToClient::Welcome(Welcome {
            ice_servers,
            ..Welcome::new("a", 1)
        })
        .to_json()
    };
    let server = |url: &str| IceServer {
        urls: vec![url.into()],
        username: None,
        credential: None,
    };
    let bad = [
        vec![server("http://a")],
        vec![server("stun:")],
        vec![server("turn:a b")],
        vec![server(&format!("stun:{}", "a".repeat(MAX_TEXT)))],
        vec![IceServer {
            urls: Vec::new(),
            ..server("stun:a")
        }],
        vec![IceServer {
            urls: vec!["stun:a".into(); 9],
            ..server("stun:a")
        }],
        vec![IceServer {
            credential: Some("c".repeat(513)),
            ..server("turn:a")
        }],
        vec![server("stun:a"); 9],
    ];
    for servers in bad {
        assert_eq!(
            ToClient::parse(&welcome(servers)),
            Err(ParseError::OutOfRange("iceServers"))
        );
    }
    assert!(ToClient::parse(&welcome(vec![server("stun:a"); 8])).is_ok());
    let error = ToClient::Error {
        code: ErrorCode::Full,
        message: "m".repeat(513),
        fatal: true,
    };
    assert_eq!(
        ToClient::parse(&error.to_json()),
        Err(ParseError::OutOfRange("message"))
    );
}

#[test]
fn a_seeder_s_join_with_its_lot_stands_on_the_wire_like_this() {
    let join = ToServer::Join(Join {
        lot: Some(4_000_000_000),
        role: Role::Seeder,
        ..Join::new("film", 4)
    });
    expect![[r#"{"type":"join","version":1,"swarm":"film","want":4,"lot":4000000000,"role":"seeder"}"#]]
        .assert_eq(&join.to_json());
    assert_eq!(ToServer::parse(&join.to_json()), Ok(join));
}

#[test]
fn roles_and_reasons_that_are_not_known_yet_stand_for_none() {
    let join = r#"{"type":"join","version":1,"swarm":"film","want":4,"role":"conductor"}"#;
    assert_eq!(ToServer::parse(join), Ok(ToServer::Join(Join::new("film", 4))));
    let away = r#"{"type":"goAway","retryInMs":1,"reason":"moved"}"#;
    let reason = Away::Stopping;
    assert_eq!(
        ToClient::parse(away),
        Ok(ToClient::GoAway {
            retry_in_ms: 1,
            reason
        })
    );
}

proptest! {
    #[test]
    fn any_message_to_the_server_comes_back(message in to_server()) {
        prop_assert_eq!(ToServer::parse(&message.to_json()), Ok(message));
    }

    #[test]
    fn any_message_to_a_client_comes_back(message in to_client()) {
        prop_assert_eq!(ToClient::parse(&message.to_json()), Ok(message));
    }

    #[test]
    fn a_signal_grows_by_no_more_than_the_allowance_when_it_is_relayed(id in id(), signal in signal()) {
        let sent = ToServer::Signal { to: id.clone(), signal: signal.clone() }.to_json();
        let relayed = ToClient::Signal { from: id, signal }.to_json();
        prop_assert_eq!(relayed.len(), sent.len() + crate::message::RELAY_GROWTH);
    }

    #[test]
    fn garbage_never_panics(frame in any::<String>()) {
        let _ = (ToServer::parse(&frame), ToClient::parse(&frame));
    }
}

pub(crate) fn to_server() -> impl Strategy<Value = ToServer> {
    prop_oneof![
        join().prop_map(ToServer::Join),
        (id(), signal()).prop_map(|(to, signal)| ToServer::Signal { to, signal }),
        (0..=MAX_WANT).prop_map(|count| ToServer::Want { count }),
        id().prop_map(|peer| ToServer::Unpair { peer }),
        (id(), 0..=MAX_RTT_MS).prop_map(|(peer, rtt_ms)| ToServer::Measured { peer, rtt_ms }),
        Just(ToServer::Ping),
    ]
}

pub(crate) fn to_client() -> impl Strategy<Value = ToClient> {
    prop_oneof![
        welcome().prop_map(ToClient::Welcome),
        (id(), any::<bool>()).prop_map(|(peer, offer)| ToClient::Paired { peer, offer }),
        (id(), signal()).prop_map(|(from, signal)| ToClient::Signal { from, signal }),
        id().prop_map(|peer| ToClient::Left { peer }),
        id().prop_map(|to| ToClient::Undeliverable { to }),
        Just(ToClient::Pong),
        (0..=MAX_RETRY_MS, away()).prop_map(|(retry_in_ms, reason)| ToClient::GoAway { retry_in_ms, reason }),
        (error_code(), "\\PC{0,32}", any::<bool>()).prop_map(|(code, message, fatal)| ToClient::Error {
            code,
            message,
            fatal
        }),
    ]
}

fn join() -> impl Strategy<Value = Join> {
    (
        any::<u32>(),
        "\\PC{1,32}",
        0..=MAX_WANT,
        prop::option::of(1..=MAX_CAPACITY),
        prop::option::of("[!-~]{1,64}"),
        hints(),
        prop::option::of(any::<u32>()),
        prop_oneof![Just(Role::Viewer), Just(Role::Seeder)],
    )
        .prop_map(|(version, swarm, want, capacity, token, hints, lot, role)| Join {
            version,
            swarm,
            want,
            capacity,
            token,
            hints,
            lot,
            role,
        })
}

fn away() -> impl Strategy<Value = Away> {
    prop_oneof![Just(Away::Stopping), Just(Away::SwitchedOff)]
}

fn hints() -> impl Strategy<Value = Hints> {
    let name = || prop::option::of("[!-~]{1,48}");
    let cell = (-180..=180i16, -360..=360i16).prop_map(|(north, east)| Cell { north, east });
    (name(), name(), prop::option::of(cell)).prop_map(|(pop, zone, cell)| Hints { pop, zone, cell })
}

fn welcome() -> impl Strategy<Value = Welcome> {
    (
        id(),
        any::<u64>(),
        prop::option::of(any::<u64>()),
        prop::collection::vec(ice_server(), 0..3),
        prop::option::of("[0-9a-fA-F]{64}"),
        policy(),
    )
        .prop_map(
            |(peer, ping_interval_ms, unix_ms, ice_servers, signer, policy)| Welcome {
                peer,
                ping_interval_ms,
                unix_ms,
                ice_servers,
                signer,
                policy,
            },
        )
}

fn policy() -> impl Strategy<Value = Policy> {
    let peers = || prop::option::of(0..=MAX_CAPACITY);
    (peers(), peers(), any::<bool>()).prop_map(|(one, other, relay_only)| {
        let (min_peers, max_peers) = match (one, other) {
            (Some(one), Some(other)) => (Some(one.min(other)), Some(one.max(other))),
            other => other,
        };
        Policy {
            min_peers,
            max_peers,
            relay_only,
        }
    })
}

fn error_code() -> impl Strategy<Value = ErrorCode> {
    prop_oneof![
        Just(ErrorCode::Malformed),
        Just(ErrorCode::Version),
        Just(ErrorCode::OutOfRange),
        Just(ErrorCode::NotJoined),
        Just(ErrorCode::RateLimited),
        Just(ErrorCode::Full),
        Just(ErrorCode::Replaced),
        Just(ErrorCode::Forbidden),
    ]
}

/// Mostly one letter, so that hostile frames hit peers that are known.
fn id() -> impl Strategy<Value = String> {
    prop_oneof!["[p-r]", "[!-~]{1,64}"]
}

pub(crate) fn signal() -> impl Strategy<Value = Signal> {
    let name = || prop::option::of("\\PC{0,16}");
    prop_oneof![
        "(?s).{1,200}".prop_map(|sdp| Signal::Offer { sdp }),
        "(?s).{1,200}".prop_map(|sdp| Signal::Answer { sdp }),
        ("(?s).{0,80}", name(), prop::option::of(any::<u16>()), name()).prop_map(
            |(candidate, sdp_mid, sdp_m_line_index, username_fragment)| {
                Signal::Candidate(Candidate {
                    candidate,
                    sdp_mid,
                    sdp_m_line_index,
                    username_fragment,
                })
            }
        ),
    ]
}

fn ice_server() -> impl Strategy<Value = IceServer> {
    let text = || prop::option::of("\\PC{0,16}");
    (
        prop::collection::vec("(stun|stuns|turn|turns):[a-z0-9.:]{1,20}", 1..4),
        text(),
        text(),
    )
        .prop_map(|(urls, username, credential)| IceServer {
            urls,
            username,
            credential,
        })
}

fn full_hints() -> Hints {
    Hints {
        pop: Some("FRA6-C1".into()),
        zone: Some("Europe/Berlin".into()),
        cell: Some(Cell {
            north: 105,
            east: -27,
        }),
    }
}

fn full_candidate() -> Candidate {
    Candidate {
        candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host".into(),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
        username_fragment: Some("f".into()),
    }
}

fn last_candidate() -> Candidate {
    Candidate {
        candidate: String::new(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    }
}
