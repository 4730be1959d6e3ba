//! What a hostile or broken client meets.

use std::time::Duration;

use futures_util::SinkExt;
use signaling::Config;
use signaling_proto::message::{ErrorCode, MAX_FRAME, ToClient, ToServer};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{PATIENCE, Server, description, offer, signal};

#[tokio::test]
async fn garbage_before_the_join_is_fatal_and_after_it_is_not() {
    let server = Server::start(Config::default()).await;
    let mut stranger = server.connect().await;
    stranger.send("garbage").await;
    assert!(is_refusal(&stranger.hear().await, ErrorCode::Malformed));
    assert_eq!(stranger.closed().await, 1008);

    let (mut member, _) = server.join("film", 0).await;
    member.send("garbage").await;
    assert!(is_refusal(&member.hear().await, ErrorCode::Malformed));
    member.socket.send(Message::binary(vec![0; 8])).await.unwrap();
    assert!(is_refusal(&member.hear().await, ErrorCode::Malformed));
    member.say(&ToServer::Ping).await;
    assert_eq!(member.hear().await, ToClient::Pong);
    server.stop().await;
}

#[tokio::test]
async fn a_frame_over_the_limit_ends_the_connection() {
    let server = Server::start(Config::default()).await;
    let (mut member, _) = server.join("film", 0).await;
    member.send(&" ".repeat(MAX_FRAME + 1)).await;
    assert_eq!(member.closed().await, 1009);
    server.stop().await;
}

#[tokio::test]
async fn a_frame_far_over_the_limit_is_not_even_read() {
    let server = Server::start(Config::default()).await;
    let [(mut a, _), (mut b, b_id)] = server.pair().await;
    // The server may reset while the rest is still being sent.
    let _ = b.socket.send(Message::text(" ".repeat(1 << 20))).await;
    assert_eq!(a.hear().await, ToClient::Left { peer: b_id });
    server.stop().await;
}

#[tokio::test]
async fn messages_over_the_rate_are_refused_and_a_flood_is_closed() {
    let config = Config {
        message_rate: 1,
        message_burst: 10,
        ..Config::default()
    };
    let server = Server::start(config).await;
    let (mut member, _) = server.join("film", 0).await;
    for _ in 0..40 {
        // The server may have closed before the last.
        let _ = member.socket.send(Message::text(ToServer::Ping.to_json())).await;
    }
    let mut pongs = 0;
    while member.hear().await == ToClient::Pong {
        pongs += 1;
    }
    assert!(
        (9..=12).contains(&pongs),
        "the burst, and what flowed in meanwhile: {pongs}"
    );
    assert_eq!(member.closed().await, 1008);
    server.stop().await;
}

#[tokio::test]
async fn connections_over_the_limit_of_an_address_are_turned_away() {
    let server = Server::start(Config {
        connections_per_address: 1,
        ..Config::default()
    })
    .await;
    let (_first, _) = server.join("film", 0).await;
    let mut second = server.connect().await;
    assert!(is_refusal(&second.hear().await, ErrorCode::Full));
    assert_eq!(second.closed().await, 1013);
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_does_not_join_is_closed() {
    let server = Server::start(Config {
        join_timeout_ms: 100,
        ..Config::default()
    })
    .await;
    assert_eq!(server.connect().await.closed().await, 1008);
    server.stop().await;
}

#[tokio::test]
async fn a_silent_member_is_closed() {
    let server = Server::start(Config {
        ping_interval_ms: 1_000,
        ..Config::default()
    })
    .await;
    let (mut member, _) = server.join("film", 0).await;
    assert_eq!(member.closed().await, 1008);
    server.stop().await;
}

#[tokio::test]
async fn a_member_that_does_not_read_is_evicted_and_holds_nobody_up() {
    let config = Config {
        message_rate: 10_000,
        message_burst: 100_000,
        queue_frames: 8,
        ..Config::default()
    };
    let server = Server::start(config).await;
    let [(_deaf, deaf_id), (mut b, _)] = server.pair().await;
    let sdp = description(1_700);
    let lost = ToClient::Undeliverable { to: deaf_id.clone() };
    let mut undeliverable = 0;
    let flood = async {
        // 100 MiB are far more than the system's socket buffers hold.
        for _ in 0..50_000 {
            b.say(&signal(&deaf_id, offer(&sdp))).await;
            let heard = tokio::time::timeout(Duration::ZERO, b.hear()).await;
            if let Ok(message) = heard {
                undeliverable += u32::from(message == lost);
                if message != lost {
                    return message;
                }
            }
        }
        b.hear().await
    };
    let message = tokio::time::timeout(3 * PATIENCE, flood)
        .await
        .expect("nobody is held up");
    assert_eq!(message, ToClient::Left { peer: deaf_id });
    assert!(undeliverable > 0, "its signals were told to be lost before");
    let metrics = server.metrics().await;
    assert!(metrics.contains("refused_total{reason=\"slow\"} 1"), "{metrics}");
    server.stop().await;
}

fn is_refusal(message: &ToClient, expected: ErrorCode) -> bool {
    matches!(message, ToClient::Error { code, .. } if *code == expected)
}
