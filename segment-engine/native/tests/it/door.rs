//! A signaling server that asks for a token, played by the test.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use segment_engine::config::Config;
use segment_engine_native::{Options, SeedKey, Seeder, StartError, TokenFileError};
use signaling_proto::message::{Away, ErrorCode, Join, Role, ToClient, ToServer};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_token_that_was_rotated_is_used_after_a_refusal() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let path = file("rotated", "stale\n");
    let seeder = start(&server, path.clone());
    assert_eq!(refuse(&server).await.token.as_deref(), Some("stale"));
    std::fs::write(&path, "fresh\n").unwrap();
    let renewed = timeout(PATIENCE, async {
        while refuse(&server).await.token.as_deref() != Some("fresh") {}
    });
    renewed.await.expect("the file is read anew");
    seeder.shutdown().await;
}

#[tokio::test]
async fn a_token_that_is_rotated_long_after_the_refusal_is_used_at_once() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let path = file("late", "stale");
    let seeder = start(&server, path.clone());
    // By now it stays away for 20 s at least.
    for _ in 0..3 {
        assert_eq!(refuse(&server).await.token.as_deref(), Some("stale"));
    }
    // The file is read after a refusal too: not this one.
    tokio::time::sleep(Duration::from_secs(1)).await;
    std::fs::write(&path, "fresh").unwrap();
    let renewed = timeout(Duration::from_secs(15), refuse(&server)).await;
    let join = renewed.expect("it does not wait for the next attempt");
    assert_eq!(join.token.as_deref(), Some("fresh"));
    seeder.shutdown().await;
}

#[tokio::test]
async fn the_older_token_is_kept_where_the_file_is_gone() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let path = file("gone", "only");
    let seeder = start(&server, path.clone());
    std::fs::remove_file(&path).unwrap();
    for _ in 0..2 {
        assert_eq!(refuse(&server).await.token.as_deref(), Some("only"));
    }
    seeder.shutdown().await;
}

#[tokio::test]
async fn joins_with_its_point_of_presence() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = options(&server);
    options.pop = Some("FRA".into());
    let seeder = Seeder::start(config(), SeedKey::generate(), options).unwrap();
    let join = refuse(&server).await;
    assert_eq!((join.token, join.hints.pop.as_deref()), (None, Some("FRA")));
    seeder.shutdown().await;
}

#[tokio::test]
async fn one_that_is_switched_off_asks_again_as_the_same_seeder_with_the_token_of_its_file() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let path = file("switched-off", "for-a-viewer");
    let seeder = start(&server, path.clone());
    let off = ToClient::GoAway {
        retry_in_ms: 2_000,
        reason: Away::SwitchedOff,
    };
    let first = answer(&server, &off).await;
    assert_eq!(first.role, Role::Seeder);
    std::fs::write(&path, "for-a-seeder").unwrap();
    let renewed = async {
        loop {
            let again = answer(&server, &off).await;
            assert_eq!((again.lot, again.role), (first.lot, Role::Seeder));
            if again.token.as_deref() == Some("for-a-seeder") {
                return;
            }
        }
    };
    timeout(PATIENCE, renewed).await.expect("the file is read anew");
    seeder.shutdown().await;
}

#[tokio::test]
async fn does_not_start_without_the_token_that_it_is_to_have() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = options(&server);
    options.token_file = Some("/no/such/token".into());
    let error = Seeder::start(config(), SeedKey::generate(), options).unwrap_err();
    assert!(
        matches!(error, StartError::Token(TokenFileError::Unreadable { .. })),
        "{error}"
    );
}

fn start(server: &TcpListener, token_file: PathBuf) -> Seeder {
    let mut options = options(server);
    options.token_file = Some(token_file);
    Seeder::start(config(), SeedKey::generate(), options).unwrap()
}

fn config() -> Config {
    Config::seeder("test", "http://127.0.0.1:9/manifest.mpd")
}

fn options(server: &TcpListener) -> Options {
    Options::new(format!("ws://{}/v1/ws", server.local_addr().unwrap()))
}

/// Takes the next connection, hears its join, and refuses it.
async fn refuse(server: &TcpListener) -> Join {
    let refusal = ToClient::Error {
        code: ErrorCode::Forbidden,
        message: "no".into(),
        fatal: true,
    };
    answer(server, &refusal).await
}

/// Takes the next connection, hears its join, and gives this answer.
async fn answer(server: &TcpListener, answer: &ToClient) -> Join {
    let hearing = async {
        let (stream, _) = server.accept().await.unwrap();
        let mut socket = accept_async(stream).await.unwrap();
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else {
            panic!("the first frame is text");
        };
        let Ok(ToServer::Join(join)) = ToServer::parse(&text) else {
            panic!("the first message is a join: {text}");
        };
        socket.send(Message::text(answer.to_json())).await.unwrap();
        // Until the peer has closed, or the refusal might be lost.
        while socket.next().await.is_some_and(|frame| frame.is_ok()) {}
        join
    };
    timeout(PATIENCE, hearing).await.expect("the peer tries in time")
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fugitive-door-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}
