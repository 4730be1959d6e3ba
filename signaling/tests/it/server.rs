//! Joining, relaying, leaving, figures, stopping.

use std::time::{Duration, Instant};

use signaling::{Config, Signaling, unix_time};
use signaling_proto::message::{
    Away, Candidate, ErrorCode, IceServer, Join, Signal, ToClient, ToServer, Welcome,
};
use tokio::net::TcpStream;

use crate::harness::{Server, description, get, offer, signal};

#[tokio::test]
async fn viewers_join_are_paired_and_exchange_signals() {
    let server = Server::start(Config::default()).await;
    let [(mut a, a_id), (mut b, b_id)] = server.pair().await;
    let candidate = Candidate {
        candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host".into(),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
        username_fragment: None,
    };
    b.say(&signal(&a_id, offer(&description(0)))).await;
    assert_eq!(
        a.hear().await,
        ToClient::Signal {
            from: b_id.clone(),
            signal: offer(&description(0))
        }
    );
    let answer = Signal::Answer { sdp: description(0) };
    a.say(&signal(&b_id, answer.clone())).await;
    assert_eq!(
        b.hear().await,
        ToClient::Signal {
            from: a_id.clone(),
            signal: answer
        }
    );
    a.say(&signal(&b_id, Signal::Candidate(candidate.clone()))).await;
    assert_eq!(
        b.hear().await,
        ToClient::Signal {
            from: a_id,
            signal: Signal::Candidate(candidate)
        }
    );
    a.say(&ToServer::Ping).await;
    assert_eq!(a.hear().await, ToClient::Pong);
    server.stop().await;
}

#[tokio::test]
async fn the_welcome_tells_ice_servers_and_the_ping_interval() {
    let stun = IceServer {
        urls: vec!["stun:192.0.2.1:3478".into()],
        username: None,
        credential: None,
    };
    let config = Config {
        ice_servers: vec![stun.clone()],
        ping_interval_ms: 7_000,
        ..Config::default()
    };
    let server = Server::start(config).await;
    let mut viewer = server.connect().await;
    viewer.say(&ToServer::Join(Join::new("film", 0))).await;
    let ToClient::Welcome(Welcome {
        ping_interval_ms,
        unix_ms,
        ice_servers,
        ..
    }) = viewer.hear().await
    else {
        panic!()
    };
    let now = unix_time().as_millis();
    let off = u128::from(unix_ms.expect("it tells the time")).abs_diff(now);
    assert!(off < 60_000, "{off} ms off");
    assert_eq!((ping_interval_ms, ice_servers), (7_000, vec![stun]));
    server.stop().await;
}

#[tokio::test]
async fn signals_to_peers_that_are_not_paired_are_undeliverable() {
    let server = Server::start(Config::default()).await;
    let (_a, a_id) = server.join("film", 0).await;
    let (mut b, _) = server.join("film", 0).await;
    b.say(&signal(&a_id, offer(&description(0)))).await;
    assert_eq!(b.hear().await, ToClient::Undeliverable { to: a_id });
    server.stop().await;
}

#[tokio::test]
async fn a_viewer_that_vanishes_is_announced() {
    let server = Server::start(Config::default()).await;
    let [(mut a, _), (b, b_id)] = server.pair().await;
    // No close frame: the TCP connection just ends.
    drop(b);
    assert_eq!(a.hear().await, ToClient::Left { peer: b_id });
    server.stop().await;
}

#[tokio::test]
async fn another_version_is_refused_with_the_reason_before_the_close() {
    let server = Server::start(Config::default()).await;
    let mut viewer = server.connect().await;
    viewer
        .say(&ToServer::Join(Join {
            version: 99,
            ..Join::new("film", 0)
        }))
        .await;
    let refusal = viewer.hear().await;
    assert!(
        matches!(
            refusal,
            ToClient::Error {
                code: ErrorCode::Version,
                fatal: true,
                ..
            }
        ),
        "{refusal:?}"
    );
    assert_eq!(viewer.closed().await, 1008);
    server.stop().await;
}

#[tokio::test]
async fn health_and_metrics_are_plain_text() {
    let server = Server::start(Config::default()).await;
    let [(mut a, a_id), (mut b, _)] = server.pair().await;
    b.say(&signal(&a_id, offer(&description(0)))).await;
    a.hear().await;
    let health = get(server.address, "/healthz").await;
    assert!(
        health.starts_with("HTTP/1.1 200") && health.ends_with("\r\n\r\nok\n"),
        "{health}"
    );
    let metrics = server.metrics().await;
    assert!(
        metrics.contains("content-type: text/plain; version=0.0.4"),
        "{metrics}"
    );
    for line in [
        "fugitive_signaling_connections 2",
        "fugitive_signaling_swarms 1",
        "fugitive_signaling_peers 2",
        "fugitive_signaling_pairs 1",
        "fugitive_signaling_joins_total 2",
        "fugitive_signaling_relayed_total{kind=\"offer\"} 1",
        "fugitive_signaling_refused_total{reason=\"malformed\"} 0",
        "# TYPE fugitive_signaling_refused_total counter",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} is not in\n{metrics}"
        );
    }
    assert!(!metrics.contains(&a_id) && !metrics.contains("film") && !metrics.contains("127.0.0.1"));
    server.stop().await;
}

#[tokio::test]
async fn stopping_says_goodbye_to_everyone_and_is_quick() {
    let mut server = Server::start(Config::default()).await;
    let [(mut a, _), (mut b, _)] = server.pair().await;
    let address = server.address;
    let begun = Instant::now();
    server.ask_to_stop();
    let codes = tokio::join!(a.closed(), b.closed());
    assert_eq!(codes, (1001, 1001));
    server.ended().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the port is free again"
    );
}

#[tokio::test]
async fn a_viewer_that_does_not_answer_the_goodbye_holds_nothing_up_for_long() {
    let mut server = Server::start(Config::default()).await;
    let (_mute, _) = server.join("film", 0).await;
    // A request that never ends, too.
    let _half = TcpStream::connect(server.address).await.unwrap();
    let begun = Instant::now();
    server.ask_to_stop();
    server.ended().await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_configuration_out_of_range_is_refused() {
    type Change = fn(&mut Config);
    let changes: [(Change, &str); 8] = [
        (
            |config| config.queue_frames = 0,
            "queue_frames must be 1 to 65536",
        ),
        (
            |config| config.queue_bytes = 1,
            "queue_bytes must be 32768 to 67108864",
        ),
        (|config| config.room_size = 15, "room_size must be 16 to 100000"),
        (
            |config| config.announced_swarms = 0,
            "announced_swarms must be at least 1",
        ),
        (|config| config.pending = 65_537, "pending must be 1 to 65536"),
        (
            |config| config.pending_per_address = 0,
            "pending_per_address must be 1 to 65536",
        ),
        (
            |config| config.request_timeout_ms = 99,
            "request_timeout_ms must be 100 to 60000",
        ),
        (|config| config.drain_ms = 600_001, "drain_ms must be 0 to 600000"),
    ];
    for (change, expected) in changes {
        let mut config = Config::default();
        change(&mut config);
        let error = Signaling::start(&config).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn members_are_told_when_to_come_back_before_the_server_stops() {
    let mut server = Server::start(Config {
        drain_ms: 5_000,
        ..Config::default()
    })
    .await;
    let [(mut a, _), (_b, _)] = server.pair().await;
    server.ask_to_stop();
    let told = a.hear().await;
    assert!(
        matches!(told, ToClient::GoAway { retry_in_ms, reason: Away::Stopping } if retry_in_ms <= 5_000),
        "{told:?}"
    );
    assert_eq!(a.closed().await, 1001);
    server.ended().await;
}

#[tokio::test]
async fn members_of_a_swarm_meet_over_rooms_and_shards() {
    let server = Server::start(Config {
        room_size: 16,
        ..Config::default()
    })
    .await;
    let mut members = Vec::new();
    for _ in 0..48 {
        members.push(server.join("film", 0).await);
    }
    // The last is alone in the fourth room: whom it meets is in others.
    let (mut late, late_id) = server.join("film", 2).await;
    let ToClient::Paired { peer, offer: true } = late.hear().await else {
        panic!("it meets nobody")
    };
    let (other, _) = members.iter_mut().find(|(_, id)| *id == peer).expect("a member");
    let introduced = other.hear().await;
    assert_eq!(
        introduced,
        ToClient::Paired {
            peer: late_id.clone(),
            offer: false
        }
    );
    late.say(&signal(&peer, offer(&description(0)))).await;
    let heard = other.hear().await;
    assert!(matches!(heard, ToClient::Signal { from, .. } if from == late_id));
    let metrics = server.metrics().await;
    for line in ["fugitive_signaling_swarms 1", "fugitive_signaling_rooms 4"] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    drop(late);
    assert_eq!(other.hear().await, ToClient::Left { peer: late_id });
    server.stop().await;
}

#[tokio::test]
async fn each_figure_and_each_reason_is_in_the_operators_manual() {
    let manual = include_str!("../../OPERATIONS.md");
    let metrics = Server::start(Config::default()).await.metrics().await;
    let figures = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("fugitive_signaling_"));
    for name in figures {
        let (name, labels) = name.split_at(name.find(['{', ' ']).unwrap());
        let is_told = |word: &str| {
            ["`", "{"]
                .iter()
                .any(|end| manual.contains(&format!("`{word}{end}")))
        };
        assert!(is_told(name), "{name}");
        let label = labels
            .split_once("=\"")
            .and_then(|(_, rest)| rest.split_once('"'));
        if let Some((value, _)) = label.filter(|_| matches!(name, "refused_total" | "cluster_packets_total"))
        {
            assert!(
                is_told(value) || manual.contains(&format!("reason=\"{value}\"")),
                "{name}: {value}"
            );
        }
    }
}
