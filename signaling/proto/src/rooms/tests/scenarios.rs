//! One behaviour each.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Stage, closing, join, left, offer_to, paired, to, undeliverable, unpair};
use crate::message::{
    Candidate, ErrorCode, IceServer, Join, MAX_FRAME, MAX_SDP, Policy, Signal, ToClient, ToServer, Welcome,
};
use crate::rooms::{CloseCode, ConnId, MEMBER_ASKS, Refusals, Rooms, RoomsConfig, RoomsOutput, Scattered};

#[test]
fn welcomes_with_an_unguessable_id_and_what_a_client_needs() {
    let stun = IceServer {
        urls: vec!["stun:192.0.2.1".into()],
        username: None,
        credential: None,
    };
    let mut stage = Stage::new(RoomsConfig {
        ice_servers: vec![stun.clone()],
        ..RoomsConfig::default()
    });
    stage.connect(1);
    let said = stage.say(1, &join("film", 4));
    let [
        RoomsOutput::Send {
            message:
                ToClient::Welcome(Welcome {
                    peer,
                    ping_interval_ms,
                    ice_servers,
                    ..
                }),
            ..
        },
    ] = &said[..]
    else {
        panic!("{said:?}")
    };
    assert_eq!((*ping_interval_ms, ice_servers), (25_000, &vec![stun]));
    assert!(
        peer.len() == 32 && peer.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "128 bits: {peer}"
    );
    assert_ne!(stage.join(2, "film", 0).0, *peer);
}

#[test]
fn newcomers_are_told_what_the_wall_clock_reads_once_it_is_known() {
    let mut stage = Stage::new(RoomsConfig::default());
    let read = |stage: &mut Stage, conn| {
        stage.connect(conn);
        let said = stage.say(conn, &join("film", 0));
        let [
            RoomsOutput::Send {
                message: ToClient::Welcome(Welcome { unix_ms, .. }),
                ..
            },
        ] = said[..]
        else {
            panic!("{said:?}")
        };
        unix_ms
    };
    assert_eq!(read(&mut stage, 1), None);
    let now = stage.now;
    stage
        .rooms
        .handle_clock(now, Duration::from_millis(1_709_208_000_250));
    stage.now += Duration::from_secs(3);
    assert_eq!(read(&mut stage, 2), Some(1_709_208_003_250));
}

#[test]
fn introduces_a_newcomer_which_makes_the_offers() {
    let mut stage = Stage::new(RoomsConfig::default());
    let (a, _) = stage.join(1, "film", 4);
    let (b, said) = stage.join(2, "film", 4);
    assert_eq!(said, [paired(1, &b, false), paired(2, &a, true)]);
}

#[test]
fn of_two_that_may_be_met_the_less_loaded_is() {
    for seed in 0..10 {
        let mut stage = Stage::seeded(RoomsConfig::default(), seed);
        stage.join(1, "film", 0);
        stage.join(2, "film", 1);
        // It meets one of a pair, so that it may meet the other, and one that has nobody yet.
        let (c, _) = stage.join(3, "film", 1);
        let (d, _) = stage.join(4, "film", 0);
        let want = ToServer::Want { count: 1 };
        assert_eq!(stage.say(3, &want), [paired(4, &c, false), paired(3, &d, true)]);
    }
}

#[test]
fn whoever_may_be_met_is_found_for_certain() {
    for members in [1, 2, 7, 64, 65, 200] {
        let mut stage = Stage::new(RoomsConfig {
            connections_per_address: 1000,
            ping_interval: Duration::from_secs(300),
            ..RoomsConfig::default()
        });
        let ids: BTreeSet<String> = (0..members).map(|conn| stage.join(conn, "film", 0).0).collect();
        let (_, said) = stage.join(
            members,
            "film",
            u32::try_from(members - 1).unwrap().min(MEMBER_ASKS),
        );
        let mut met = said.len() / 2;
        for _ in 0..7 {
            stage.advance(Duration::from_secs(32));
            let count = u32::try_from(ids.len() - 1 - met).unwrap().min(MEMBER_ASKS);
            met += stage.say(members, &ToServer::Want { count }).len() / 2;
        }
        assert_eq!(met, ids.len() - 1);
        let want = ToServer::Want { count: 5 };
        assert_eq!(
            stage.say(members, &want).len(),
            2,
            "the one that is left of {members}"
        );
        assert_eq!(stage.say(members, &want), []);
    }
}

#[test]
fn members_take_no_more_than_the_policy_says() {
    let mut stage = Stage::new(RoomsConfig {
        policy: Policy {
            max_peers: Some(1),
            ..Policy::default()
        },
        ..RoomsConfig::default()
    });
    stage.join(1, "film", 0);
    stage.join(2, "film", 1);
    let (c, _) = stage.join(3, "film", 0);
    // Each of the first two has its one.
    let (d, said) = stage.join_taking(4, "film", 1, 100);
    assert_eq!(said, [paired(3, &d, false), paired(4, &c, true)]);
    stage.join(5, "film", 0);
    stage.advance(Duration::from_secs(10));
    let said = stage.say(4, &ToServer::Want { count: 100 });
    assert_eq!(said, [], "half of what it takes, not of what it says");
}

#[test]
fn members_that_have_as_many_as_they_take_are_offered_when_nobody_else_is_left() {
    for seed in 0..10 {
        let mut stage = Stage::seeded(RoomsConfig::default(), seed);
        stage.join_taking(1, "film", 0, 1);
        stage.join_taking(2, "film", 1, 1);
        let (c, _) = stage.join_taking(3, "film", 0, 3);
        let (d, said) = stage.join(4, "film", 1);
        assert_eq!(said, [paired(3, &d, false), paired(4, &c, true)]);
        let (e, said) = stage.join(5, "film", 2);
        assert!(met(&said, &e, &[3, 4]), "{said:?}");
        // The pair has no room, but there is nobody else.
        let want = ToServer::Want { count: 1 };
        assert_eq!(stage.say(5, &want).len(), 2);
        assert_eq!(stage.say(5, &want).len(), 2);
        assert_eq!(stage.say(5, &want), []);
        // A member that loses its pairings has room again, until it has as many as it takes.
        stage.close(5);
        stage.close(2);
        let (f, said) = stage.join(6, "film", 3);
        assert!(met(&said, &f, &[1, 3, 4]), "{said:?}");
        let (g, said) = stage.join(7, "film", 3);
        assert!(met(&said, &g, &[3, 4, 6]), "{said:?}");
    }
}

#[test]
fn swarms_do_not_mix() {
    let mut stage = Stage::new(RoomsConfig::default());
    let (a, _) = stage.join(1, "film", 4);
    let (_, said) = stage.join(2, "other", 4);
    assert_eq!(said, []);
    assert_eq!(stage.say(2, &offer_to(&a)), [undeliverable(2, &a)]);
    assert_eq!(stage.rooms.stats().swarms, 2);
}

#[test]
fn want_brings_more_that_are_not_paired_yet() {
    let mut stage = Stage::new(RoomsConfig::default());
    let (a, _) = stage.join(1, "film", 0);
    let (c, said) = stage.join(3, "film", 1);
    assert_eq!(said, [paired(1, &c, false), paired(3, &a, true)]);
    let (b, _) = stage.join(2, "film", 0);
    let want = ToServer::Want { count: 5 };
    assert_eq!(stage.say(3, &want), [paired(2, &c, false), paired(3, &b, true)]);
    assert_eq!(stage.say(3, &want), []);
}

#[test]
fn carries_every_kind_of_signal_between_paired_peers_and_stamps_the_sender() {
    let mut stage = Stage::new(RoomsConfig::default());
    let (a, _) = stage.join(1, "film", 4);
    let (b, _) = stage.join(2, "film", 4);
    let candidate = Candidate {
        candidate: "candidate:1".into(),
        sdp_mid: None,
        sdp_m_line_index: Some(0),
        username_fragment: None,
    };
    let signals = [
        Signal::Offer { sdp: "o".into() },
        Signal::Answer { sdp: "a".into() },
        Signal::Candidate(candidate),
    ];
    for signal in signals {
        let said = stage.say(
            2,
            &ToServer::Signal {
                to: a.clone(),
                signal: signal.clone(),
            },
        );
        assert_eq!(
            said,
            [to(
                1,
                ToClient::Signal {
                    from: b.clone(),
                    signal
                }
            )]
        );
    }
    let stats = stage.rooms.stats();
    assert_eq!((stats.offers, stats.answers, stats.candidates), (1, 1, 1));
}

#[test]
fn carries_nothing_to_peers_that_are_not_paired() {
    let mut stage = Stage::new(RoomsConfig::default());
    let (a, _) = stage.join(1, "film", 0);
    let (b, _) = stage.join(2, "film", 0);
    for peer in [&a, &b, &"nobody".to_owned()] {
        assert_eq!(stage.say(2, &offer_to(peer)), [undeliverable(2, peer)]);
    }
    assert_eq!(stage.rooms.stats().undeliverable, 3);
}

#[test]
fn a_signal_that_would_not_fit_once_stamped_is_refused() {
    let mut stage = Stage::new(RoomsConfig::default());
    let (a, _) = stage.join(1, "film", 0);
    stage.join(2, "film", 1);
    let frame = |quotes: usize, letters: usize| {
        let sdp = "\"".repeat(quotes) + &"s".repeat(letters);
        ToServer::Signal {
            to: a.clone(),
            signal: Signal::Offer { sdp },
        }
        .to_json()
    };
    // Each quote takes two bytes in a frame, each letter one.
    let quotes = 8100;
    let letters = MAX_FRAME - frame(quotes, 0).len();
    assert!(quotes + letters <= MAX_SDP);
    let too_long = stage.frame(2, &frame(quotes, letters));
    assert!(refused(&too_long, ErrorCode::OutOfRange), "{too_long:?}");
    let carried = stage.frame(2, &frame(quotes, letters - 2));
    let [RoomsOutput::Send { message, .. }] = &carried[..] else {
        panic!("{carried:?}")
    };
    assert_eq!(message.to_json().len(), MAX_FRAME);
}

#[test]
fn unpairing_frees_both_tells_the_other_and_keeps_them_apart_for_a_while() {
    let mut stage = Stage::new(RoomsConfig::default());
    let (a, _) = stage.join(1, "film", 0);
    let (b, _) = stage.join(2, "film", 1);
    assert_eq!(stage.say(2, &unpair(&a)), [left(1, &b)]);
    assert_eq!(stage.say(2, &unpair(&a)), [], "once only");
    assert_eq!(stage.say(1, &offer_to(&b)), [undeliverable(1, &b)]);
    let want = ToServer::Want { count: 1 };
    assert_eq!(stage.say(2, &want), []);
    assert_eq!(stage.say(1, &want), []);
    stage.advance(Duration::from_secs(15));
    assert_eq!(stage.say(1, &want), [paired(2, &a, false), paired(1, &b, true)]);
}

#[test]
fn many_that_one_peer_unpaired_are_all_kept_apart_from_it() {
    let apart = Duration::from_secs(600);
    let mut stage = Stage::new(RoomsConfig {
        repair_after: apart,
        ping_interval: Duration::from_secs(300),
        ..RoomsConfig::default()
    });
    let others: Vec<String> = (0..70).map(|conn| stage.join(conn, "film", 0).0).collect();
    stage.join(70, "film", 0);
    let want = ToServer::Want { count: 70 };
    let mut met = 0;
    for _ in 0..3 {
        met += stage.say(70, &want).len() / 2;
        for other in &others {
            stage.say(70, &unpair(other));
        }
        stage.advance(Duration::from_secs(32));
    }
    assert_eq!(met, 70, "each once");
    assert_eq!(stage.say(70, &want), []);
    stage.advance(apart);
    assert_eq!(stage.say(70, &want).len(), 64);
}

#[test]
fn a_peer_that_goes_is_announced_to_those_it_was_paired_with() {
    let mut stage = Stage::new(RoomsConfig::default());
    stage.join(1, "film", 0);
    let (c, _) = stage.join(3, "film", 1);
    stage.join(2, "film", 0);
    assert_eq!(stage.close(3), [left(1, &c)]);
    assert_eq!(stage.close(3), []);
    assert_eq!(stage.rooms.stats().pairs, 0);
}

#[test]
fn a_peer_that_is_full_is_not_offered() {
    let mut stage = Stage::new(RoomsConfig {
        pairs_per_peer: 1,
        ..RoomsConfig::default()
    });
    stage.join(1, "film", 0);
    let (_, said) = stage.join(2, "film", 3);
    assert_eq!(said.len(), 2);
    assert_eq!(stage.join(3, "film", 3).1, []);
    assert_eq!(stage.say(2, &ToServer::Want { count: 1 }), []);
    stage.close(1);
    assert_eq!(stage.say(3, &ToServer::Want { count: 1 }).len(), 2);
}

#[test]
fn before_the_join_everything_else_is_fatal() {
    let oversize = " ".repeat(MAX_FRAME + 1);
    let version = ToServer::Join(Join {
        version: 2,
        ..Join::new("film", 0)
    })
    .to_json();
    let cases = [
        (
            "garbage".to_owned(),
            Some(ErrorCode::Malformed),
            CloseCode::Policy,
        ),
        (String::new(), Some(ErrorCode::Malformed), CloseCode::Policy),
        (
            ToServer::Ping.to_json(),
            Some(ErrorCode::NotJoined),
            CloseCode::Policy,
        ),
        (
            offer_to("a").to_json(),
            Some(ErrorCode::NotJoined),
            CloseCode::Policy,
        ),
        (
            join("", 0).to_json(),
            Some(ErrorCode::OutOfRange),
            CloseCode::Policy,
        ),
        (version, Some(ErrorCode::Version), CloseCode::Policy),
        (oversize, None, CloseCode::TooLarge),
    ];
    for (frame, code, close) in cases {
        let mut stage = Stage::new(RoomsConfig::default());
        stage.connect(1);
        let said = stage.frame(1, &frame);
        assert_eq!(closing(&said), Some((1, close)), "{frame:.40}");
        assert!(code.is_none_or(|code| refused(&said, code)), "{said:?}");
        assert_eq!(stage.rooms.stats().connections, 0);
        assert_eq!(stage.frame(1, &join("film", 0).to_json()), [], "it is forgotten");
    }
}

#[test]
fn after_the_join_a_bad_frame_is_refused_and_the_connection_goes_on() {
    let mut stage = Stage::new(RoomsConfig::default());
    stage.join(1, "film", 0);
    assert!(refused(&stage.frame(1, "{}"), ErrorCode::Malformed));
    assert!(refused(
        &stage.say(1, &ToServer::Want { count: 5000 }),
        ErrorCode::OutOfRange
    ));
    assert!(refused(&stage.say(1, &join("film", 0)), ErrorCode::NotJoined));
    assert_eq!(stage.say(1, &ToServer::Ping), [to(1, ToClient::Pong)]);
    let expected = Refusals {
        malformed: 1,
        out_of_range: 1,
        not_joined: 1,
        ..Refusals::default()
    };
    assert_eq!(stage.rooms.stats().refused, expected);
    assert_eq!(
        closing(&stage.frame(1, &" ".repeat(MAX_FRAME + 1))),
        Some((1, CloseCode::TooLarge))
    );
}

#[test]
fn messages_over_the_rate_are_refused_and_a_flood_is_closed() {
    let config = RoomsConfig {
        message_rate: 10,
        message_burst: 20,
        ..RoomsConfig::default()
    };
    let mut stage = Stage::new(config);
    stage.join(1, "film", 0);
    let replies: Vec<_> = (0..100).flat_map(|_| stage.say(1, &ToServer::Ping)).collect();
    let pongs = replies
        .iter()
        .filter(|reply| **reply == to(1, ToClient::Pong))
        .count();
    assert_eq!(pongs, 19, "the join took one of the burst");
    assert_eq!(closing(&replies), Some((1, CloseCode::Policy)));
    assert_eq!(stage.rooms.stats().refused.rate_limited, 21);

    stage.join(2, "film", 0);
    (0..25).for_each(|_| drop(stage.say(2, &ToServer::Ping)));
    stage.advance(Duration::from_secs(1));
    assert_eq!(
        stage.say(2, &ToServer::Ping),
        [to(2, ToClient::Pong)],
        "who slows down goes on"
    );
}

#[test]
fn connections_over_a_limit_are_turned_away_and_counted() {
    let config = RoomsConfig {
        connections: 3,
        connections_per_address: 2,
        ..RoomsConfig::default()
    };
    let mut stage = Stage::new(config);
    assert_eq!(stage.connect_from(1, "2001:db8::1"), []);
    assert_eq!(stage.connect_from(2, "2001:db8::2"), []);
    let said = stage.connect_from(3, "2001:db8::3");
    assert!(refused(&said, ErrorCode::Full));
    assert_eq!(closing(&said), Some((3, CloseCode::TryAgainLater)));
    assert_eq!(stage.connect_from(4, "192.0.2.1"), []);
    assert_eq!(
        closing(&stage.connect_from(5, "192.0.2.2")),
        Some((5, CloseCode::TryAgainLater))
    );
    let refused = stage.rooms.stats().refused;
    assert_eq!((refused.full_address, refused.full_server), (1, 1));
    stage.close(1);
    assert_eq!(stage.connect_from(6, "2001:db8::4"), [], "a place is free again");
}

#[test]
fn swarms_and_their_peers_are_limited() {
    let config = RoomsConfig {
        swarms: 1,
        peers_per_swarm: 2,
        ..RoomsConfig::default()
    };
    let mut stage = Stage::new(config);
    stage.join(1, "film", 0);
    stage.connect(2);
    let said = stage.say(2, &join("other", 0));
    assert!(refused(&said, ErrorCode::Full));
    assert_eq!(closing(&said), Some((2, CloseCode::TryAgainLater)));
    stage.join(3, "film", 0);
    stage.connect(4);
    assert_eq!(
        closing(&stage.say(4, &join("film", 0))),
        Some((4, CloseCode::TryAgainLater))
    );
    assert_eq!(stage.rooms.stats().refused.full_swarm, 2);
}

#[test]
fn a_connection_that_does_not_join_in_time_is_closed() {
    let mut stage = Stage::new(RoomsConfig::default());
    stage.connect(1);
    assert_eq!(
        stage.rooms.poll_timeout(),
        Some(stage.now + Duration::from_secs(5))
    );
    assert_eq!(stage.advance(Duration::from_millis(4_999)), []);
    assert_eq!(
        closing(&stage.advance(Duration::from_millis(1))),
        Some((1, CloseCode::Policy))
    );
    assert_eq!(stage.rooms.poll_timeout(), None);
    assert_eq!(stage.rooms.stats().refused.join_timeout, 1);
}

#[test]
fn a_member_that_pings_stays_and_a_silent_one_is_closed() {
    let mut stage = Stage::new(RoomsConfig::default());
    let (a, _) = stage.join(1, "film", 0);
    stage.join(2, "film", 1);
    for _ in 0..4 {
        assert_eq!(stage.advance(Duration::from_secs(15)), []);
        stage.say(2, &ToServer::Ping);
    }
    // The first has been silent for 60 s; 62.5 s are allowed.
    assert_eq!(stage.advance(Duration::from_millis(2_499)), []);
    let said = stage.advance(Duration::from_millis(1));
    assert!(
        matches!(&said[..], [RoomsOutput::Close { conn, .. }, gone] if conn.0 == 1 && *gone == left(2, &a))
    );
    assert_eq!(stage.rooms.stats().refused.silent, 1);
    assert_eq!(stage.rooms.stats().peers, 1);
}

#[test]
fn garbage_does_not_keep_a_member_alive() {
    let mut stage = Stage::new(RoomsConfig::default());
    stage.join(1, "film", 0);
    stage.advance(Duration::from_secs(60));
    stage.frame(1, "garbage");
    assert_eq!(
        closing(&stage.advance(Duration::from_secs(3))),
        Some((1, CloseCode::Policy))
    );
}

#[test]
fn a_silence_shorter_than_the_join_timeout_is_kept_to() {
    let config = RoomsConfig {
        join_timeout: Duration::from_secs(60),
        ping_interval: Duration::from_secs(1),
        ..RoomsConfig::default()
    };
    let mut stage = Stage::new(config);
    stage.join(1, "film", 0);
    assert_eq!(
        closing(&stage.advance(Duration::from_millis(2_500))),
        Some((1, CloseCode::Policy))
    );
}

#[test]
fn the_same_seed_and_inputs_give_the_same_outputs() {
    let run = || {
        let mut stage = Stage::new(RoomsConfig::default());
        (0..20)
            .flat_map(|conn| stage.join(conn, "film", 3).1)
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn config_values_out_of_range_are_named() {
    type Change = fn(&mut RoomsConfig);
    let cases: [(&str, Change); 9] = [
        ("ice_servers", |config| {
            config.ice_servers = vec![IceServer {
                urls: vec!["http://a".into()],
                username: None,
                credential: None,
            }];
        }),
        ("ice_servers", |config| {
            let urls = vec![format!("stun:{}", "a".repeat(500)); 8];
            config.ice_servers = vec![
                IceServer {
                    urls,
                    username: None,
                    credential: None
                };
                3
            ];
        }),
        ("ping_interval", |config| config.ping_interval = Duration::ZERO),
        ("join_timeout", |config| {
            config.join_timeout = Duration::from_secs(61)
        }),
        ("message_rate", |config| config.message_rate = 0),
        ("message_burst", |config| config.message_burst = 0),
        ("pairs_per_peer", |config| config.pairs_per_peer = 0),
        ("repair_after", |config| {
            config.repair_after = Duration::from_secs(601)
        }),
        ("peers_per_swarm", |config| config.peers_per_swarm = 1),
    ];
    for (field, change) in cases {
        let mut config = RoomsConfig::default();
        change(&mut config);
        let error = Rooms::new(config, Box::new(Scattered), [0; 32]).unwrap_err();
        assert_eq!(error.field, field);
    }
}

/// Whether the peer with this id was introduced to these connections and no others.
fn met(said: &[RoomsOutput], id: &str, conns: &[u64]) -> bool {
    said.len() == 2 * conns.len() && conns.iter().all(|conn| said.contains(&paired(*conn, id, false)))
}

fn refused(said: &[RoomsOutput], code: ErrorCode) -> bool {
    said.iter().any(|output| match output {
        RoomsOutput::Send {
            message: ToClient::Error {
                code: told, fatal, ..
            },
            ..
        } => {
            let closes = said
                .iter()
                .any(|output| matches!(output, RoomsOutput::Close { .. }));
            *told == code && *fatal == closes
        }
        RoomsOutput::Send { .. } | RoomsOutput::Close { .. } | RoomsOutput::Abroad(_) => false,
    })
}

#[test]
fn a_pairing_carries_so_many_signals_and_a_new_one_as_many_again() {
    let mut stage = Stage::new(RoomsConfig {
        repair_after: Duration::ZERO,
        ..RoomsConfig::default()
    });
    let (a, _) = stage.join(1, "film", 0);
    let (b, _) = stage.join(2, "film", 1);
    for _ in 0..2 {
        let carried = (0..120).filter(|_| {
            let said = stage.say(2, &offer_to(&a));
            stage.advance(Duration::from_millis(100));
            matches!(said[..], [RoomsOutput::Send { conn: ConnId(1), .. }])
        });
        assert_eq!(carried.count(), 96);
        assert!(refused(&stage.say(2, &offer_to(&a)), ErrorCode::RateLimited));
        assert_eq!(stage.say(2, &unpair(&a)), [left(1, &b)]);
        stage.advance(Duration::from_millis(1));
        assert_eq!(stage.say(2, &ToServer::Want { count: 1 }).len(), 2);
    }
}
