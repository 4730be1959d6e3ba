//! Those who are not let in.

use std::time::{SystemTime, UNIX_EPOCH};

use signaling::Config;
use signaling::door::{Algorithm, DoorConfig, Grant, Scope, SigningKey, write_fresh_key};
use signaling_proto::message::{ErrorCode, Join, Role, ToClient, ToServer};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::{Others, refused};
use crate::door::{closed, is_forbidden, key, mint};
use crate::harness::{Server, Viewer, description, offer, signal};

fn with_token(swarm: &str, token: &str) -> Join {
    Join {
        token: Some(token.to_owned()),
        ..Join::new(swarm, 4)
    }
}

/// Asks to join: what the server says, before it closes where that is an error.
async fn knock(viewer: &mut Viewer, join: Join) -> ToClient {
    viewer.say(&ToServer::Join(join)).await;
    viewer.hear().await
}

/// Two viewers with tokens that are paired.
async fn admitted(server: &Server, token: &str) -> Others {
    let (mut a, mut b) = (server.connect().await, server.connect().await);
    let a_id = a.join(with_token("film", token)).await;
    let b_id = b.join(with_token("film", token)).await;
    assert!(matches!(a.hear().await, ToClient::Paired { .. }));
    assert!(matches!(b.hear().await, ToClient::Paired { .. }));
    Others { a, a_id, b, b_id }
}

#[tokio::test]
async fn free_riders_of_every_kind_are_refused_alike() {
    let file = key("riders");
    let server = Server::start(closed(&file)).await;
    let good = mint(&file, "film", 2);
    let mut others = admitted(&server, &good).await;

    let folder = file.parent().unwrap();
    let (another, pair) = (folder.join("another.key"), folder.join("pair.pem"));
    write_fresh_key(&another, Algorithm::Hs256).unwrap();
    write_fresh_key(&pair, Algorithm::EdDsa).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let minted = |path: &std::path::Path, algorithm, key_id: &str, at: u64| {
        let signing = SigningKey::read(path, Some(algorithm), Some(key_id)).unwrap();
        let grant = Grant {
            scope: Scope::Swarm("film".into()),
            id: "rider".into(),
            expires: at + 60,
            not_before: None,
            connections: 1,
            network: None,
            role: Role::Viewer,
        };
        signing.mint(&grant, at).unwrap()
    };
    let (head, signature) = good.rsplit_once('.').unwrap();
    let riders = [
        Join::new("film", 4),
        with_token("film", &mint(&file, "another-film", 1)),
        with_token("film", &minted(&file, Algorithm::Hs256, "one", now - 3600)),
        with_token("film", &minted(&another, Algorithm::Hs256, "one", now)),
        with_token("film", &minted(&file, Algorithm::Hs256, "two", now)),
        with_token("film", &minted(&pair, Algorithm::EdDsa, "one", now)),
        // {"alg":"none"}, without a signature.
        with_token(
            "film",
            &format!("eyJhbGciOiJub25lIn0.{}.", head.rsplit_once('.').unwrap().1),
        ),
        with_token(
            "film",
            &format!("{head}.{}", signature.chars().rev().collect::<String>()),
        ),
        with_token("film", head),
    ];
    let count = riders.len();
    let mut said = Vec::new();
    for rider in riders {
        let mut viewer = server.connect().await;
        let answer = knock(&mut viewer, rider.clone()).await;
        assert!(is_forbidden(&answer), "{rider:?}: {answer:?}");
        assert_eq!(viewer.closed().await, 1008);
        said.push(answer);
    }
    said.dedup();
    assert_eq!(
        said.len(),
        1,
        "none learns what is wrong with its token: {said:?}"
    );
    assert_eq!(refused(&server, "forbidden").await, u64::try_from(count).unwrap());
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn whoever_guesses_swarms_learns_nothing() {
    let file = key("guesses");
    let server = Server::start(closed(&file)).await;
    let mut others = admitted(&server, &mint(&file, "film", 2)).await;
    let token = mint(&file, "mine", 8);
    let mut said = Vec::new();
    for swarm in ["film", "there-is-no-such-swarm"] {
        let mut viewer = server.connect().await;
        said.push(knock(&mut viewer, with_token(swarm, &token)).await);
    }
    assert!(is_forbidden(&said[0]));
    assert_eq!(said[0], said[1], "one that is there, and one that is not");
    for request in [r#"{"type":"list"}"#, r#"{"type":"scrape"}"#] {
        let mut viewer = server.connect().await;
        viewer.join(with_token("mine", &token)).await;
        viewer.send(request).await;
        let answer = viewer.hear().await;
        assert!(
            matches!(
                answer,
                ToClient::Error {
                    code: ErrorCode::Malformed,
                    ..
                }
            ),
            "there is no list of swarms: {answer:?}"
        );
    }
    assert_eq!(refused(&server, "forbidden").await, 2);
    assert_eq!(refused(&server, "malformed").await, 2);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn a_stolen_token_drives_nobody_out() {
    let file = key("stolen");
    let server = Server::start(closed(&file)).await;
    let token = mint(&file, "film", 2);
    let mut others = admitted(&server, &token).await;
    for last in 2..12 {
        let mut thief = server.connect_from(last).await;
        let answer = knock(&mut thief, with_token("film", &token)).await;
        assert!(
            matches!(
                answer,
                ToClient::Error {
                    code: ErrorCode::Full,
                    fatal: true,
                    ..
                }
            ),
            "{answer:?}"
        );
        assert_eq!(thief.closed().await, 1013);
    }
    assert_eq!(refused(&server, "full_token").await, 10);
    assert_eq!(refused(&server, "replaced").await, 0);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn pages_of_other_origins_reach_neither_front() {
    let server = Server::start(Config {
        webtorrent: true,
        door: DoorConfig {
            origins: vec!["https://example.com".into()],
            allow_no_origin: true,
            ..DoorConfig::default()
        },
        ..Config::default()
    })
    .await;
    let mut others = Others::join(&server).await;
    let foreign = [
        "https://evil.example",
        "https://example.com.evil.example",
        "http://example.com",
        "null",
    ];
    for (path, origin) in ["v1/ws", "announce"]
        .iter()
        .flat_map(|path| foreign.map(|origin| (path, origin)))
    {
        let mut request = format!("ws://{}/{path}", server.address)
            .into_client_request()
            .unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        // What a browser would send along: it lets nobody in.
        request
            .headers_mut()
            .insert("cookie", "session=1".parse().unwrap());
        let error = connect_async(request).await.expect_err(origin);
        assert!(
            matches!(&error, Error::Http(reply) if reply.status() == 403),
            "{path} {origin}: {error}"
        );
    }
    assert_eq!(refused(&server, "origin").await, 8);
    let (a_id, sdp) = (others.a_id.clone(), description(0));
    others.b.say(&signal(&a_id, offer(&sdp))).await;
    assert!(matches!(others.a.hear().await, ToClient::Signal { .. }));
    others.are_unharmed().await;
    server.stop().await;
}
