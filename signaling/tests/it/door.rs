//! Which clients a running server lets in, and what part of a description it carries.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use signaling::door::{
    Algorithm, DoorConfig, Grant, KeyConfig, Scope, SigningKey, TurnConfig, write_fresh_key,
};
use signaling::{Candidates, Config, PolicyConfig};
use signaling_proto::message::{
    Candidate, ErrorCode, Join, Policy, Role, Signal, ToClient, ToServer, Welcome,
};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::harness::{Server, Viewer, description, offer, signal};

/// A key in a folder of its own.
pub(crate) fn key(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fugitive-door-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("tokens.key");
    write_fresh_key(&file, Algorithm::Hs256).unwrap();
    file
}

pub(crate) fn closed(file: &std::path::Path) -> Config {
    Config {
        door: DoorConfig {
            require_token: true,
            keys: vec![KeyConfig {
                id: "one".into(),
                algorithm: Algorithm::Hs256,
                file: file.to_owned(),
            }],
            ..DoorConfig::default()
        },
        ..Config::default()
    }
}

pub(crate) fn mint(file: &std::path::Path, swarm: &str, connections: u32) -> String {
    mint_for(Role::Viewer, file, swarm, connections)
}

pub(crate) fn mint_for(role: Role, file: &std::path::Path, swarm: &str, connections: u32) -> String {
    let key = SigningKey::read(file, Some(Algorithm::Hs256), Some("one")).unwrap();
    let now = signaling::unix_time().as_secs();
    let grant = Grant {
        scope: Scope::Swarm(swarm.into()),
        id: "viewer".into(),
        expires: now + 60,
        not_before: None,
        connections,
        network: None,
        role,
    };
    key.mint(&grant, now).unwrap()
}

async fn join(server: &Server, swarm: &str, token: Option<&str>) -> (Viewer, ToClient) {
    enter(server.connect().await, swarm, token).await
}

async fn enter(mut viewer: Viewer, swarm: &str, token: Option<&str>) -> (Viewer, ToClient) {
    let join = Join {
        token: token.map(str::to_owned),
        ..Join::new(swarm, 0)
    };
    viewer.say(&ToServer::Join(join)).await;
    let answer = viewer.hear().await;
    (viewer, answer)
}

pub(crate) fn is_forbidden(answer: &ToClient) -> bool {
    matches!(
        answer,
        ToClient::Error {
            code: ErrorCode::Forbidden,
            fatal: true,
            ..
        }
    )
}

#[tokio::test]
async fn nobody_is_in_without_a_token_for_that_swarm() {
    let file = key("required");
    let server = Server::start(closed(&file)).await;
    let token = mint(&file, "film", 1);
    for (swarm, shown) in [
        ("film", None),
        ("other", Some(token.as_str())),
        ("film", Some("a.b.c")),
    ] {
        let (mut viewer, answer) = join(&server, swarm, shown).await;
        assert!(is_forbidden(&answer), "{swarm} {shown:?}: {answer:?}");
        assert_eq!(viewer.closed().await, 1008);
    }
    let (_viewer, answer) = join(&server, "film", Some(&token)).await;
    assert!(matches!(answer, ToClient::Welcome(_)), "{answer:?}");
    let metrics = server.metrics().await;
    assert!(
        metrics.contains("refused_total{reason=\"forbidden\"} 3"),
        "{metrics}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_good_for_so_many_connections_at_once() {
    let file = key("connections");
    let server = Server::start(closed(&file)).await;
    let token = mint(&file, "film", 2);
    let first = join(&server, "film", Some(&token)).await;
    let (_second, answer) = join(&server, "film", Some(&token)).await;
    assert!(matches!(answer, ToClient::Welcome(_)));
    let elsewhere = server.connect_from(2).await;
    let (_third, answer) = enter(elsewhere, "film", Some(&token)).await;
    assert!(
        matches!(
            answer,
            ToClient::Error {
                code: ErrorCode::Full,
                ..
            }
        ),
        "{answer:?}"
    );
    drop(first);
    let again = async {
        loop {
            let (viewer, answer) = enter(server.connect_from(2).await, "film", Some(&token)).await;
            if matches!(answer, ToClient::Welcome(_)) {
                return viewer;
            }
        }
    };
    let _fourth = tokio::time::timeout(Duration::from_secs(10), again)
        .await
        .expect("one left");
    server.stop().await;
}

#[tokio::test]
async fn a_newer_connection_with_a_token_takes_the_place_of_the_oldest_from_the_same_address() {
    let file = key("replaced");
    let server = Server::start(closed(&file)).await;
    let token = mint(&file, "film", 1);
    let (mut broken, answer) = join(&server, "film", Some(&token)).await;
    assert!(matches!(answer, ToClient::Welcome(_)), "{answer:?}");
    let (mut newer, answer) = join(&server, "film", Some(&token)).await;
    assert!(matches!(answer, ToClient::Welcome(_)), "{answer:?}");
    let told = broken.hear().await;
    assert!(
        matches!(
            told,
            ToClient::Error {
                code: ErrorCode::Replaced,
                fatal: true,
                ..
            }
        ),
        "{told:?}"
    );
    assert_eq!(broken.closed().await, 4001);
    newer.say(&ToServer::Ping).await;
    assert_eq!(newer.hear().await, ToClient::Pong);
    let metrics = server.metrics().await;
    for line in ["refused_total{reason=\"replaced\"} 1", "signaling_peers 1"] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    server.stop().await;
}

#[tokio::test]
async fn pages_of_other_origins_may_not_connect() {
    let config = Config {
        door: DoorConfig {
            origins: vec!["https://*.example.com".into()],
            ..DoorConfig::default()
        },
        ..Config::default()
    };
    let server = Server::start(config).await;
    let dial = async |origin: &str| {
        let mut request = format!("ws://{}/v1/ws", server.address)
            .into_client_request()
            .unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        connect_async(request).await
    };
    assert!(dial("https://www.example.com").await.is_ok());
    let Err(Error::Http(response)) = dial("https://example.net").await else {
        panic!("it is let in")
    };
    assert_eq!(response.status(), 403);
    server.connect().await;
    let metrics = server.metrics().await;
    assert!(
        metrics.contains("refused_total{reason=\"origin\"} 1"),
        "{metrics}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_welcome_carries_turn_credentials_the_signer_and_the_policy() {
    let file = key("turn");
    let policy = PolicyConfig {
        max_peers: Some(9),
        ..PolicyConfig::default()
    };
    let config = Config {
        signer: Some("cd".repeat(32)),
        policy,
        door: DoorConfig {
            turn: TurnConfig {
                urls: vec!["turn:turn.example:3478".into()],
                secret_file: Some(file),
                ..TurnConfig::default()
            },
            ..DoorConfig::default()
        },
        ..Config::default()
    };
    let server = Server::start(config).await;
    let (_viewer, answer) = join(&server, "film", None).await;
    let ToClient::Welcome(Welcome {
        ice_servers,
        signer,
        policy: told,
        ..
    }) = answer
    else {
        panic!("{answer:?}")
    };
    let asked = Policy {
        max_peers: Some(9),
        ..Policy::default()
    };
    assert_eq!((signer, told), (Some("cd".repeat(32)), asked));
    let [turn] = &ice_servers[..] else {
        panic!("{ice_servers:?}")
    };
    assert!(
        turn.username
            .as_ref()
            .is_some_and(|name| name.ends_with(":viewer"))
    );
    assert_eq!(
        turn.credential.as_ref().map(String::len),
        Some(28),
        "a SHA-1 as base64"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_data_channel_is_refused_and_addresses_of_no_use_stay_here() {
    let server = Server::start(Config {
        candidates: Some(Candidates::Public),
        ..Config::default()
    })
    .await;
    let [(mut a, a_id), (mut b, _)] = server.pair().await;
    b.say(&signal(&a_id, offer("v=0\r\nm=video 9 RTP/AVP 96\r\n")))
        .await;
    let refusal = b.hear().await;
    assert!(
        matches!(refusal, ToClient::Error { fatal: false, .. }),
        "{refusal:?}"
    );

    let trickled = |address: Ipv4Addr| {
        Signal::Candidate(Candidate {
            candidate: format!("candidate:1 1 udp 2113937151 {address} 50000 typ host"),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        })
    };
    for address in [
        [127, 0, 0, 1],
        [10, 0, 0, 1],
        [169, 254, 1, 1],
        [224, 0, 0, 1],
        [203, 0, 113, 7],
    ] {
        b.say(&signal(&a_id, trickled(address.into()))).await;
    }
    b.say(&signal(&a_id, offer(&description(0)))).await;
    let heard = [a.hear().await, a.hear().await];
    let [
        ToClient::Signal { signal: first, .. },
        ToClient::Signal { signal: second, .. },
    ] = &heard
    else {
        panic!("{heard:?}")
    };
    assert_eq!(first, &trickled([203, 0, 113, 7].into()));
    assert!(matches!(second, Signal::Offer { .. }));
    let metrics = server.metrics().await;
    for line in [
        "filtered_candidates_total 4",
        "refused_total{reason=\"description\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    server.stop().await;
}
