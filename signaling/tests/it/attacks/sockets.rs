//! Sockets that are slow, silent, or too much.

use std::time::Duration;

use futures_util::SinkExt;
use signaling::Config;
use signaling_proto::message::MAX_FRAME;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Others, figure, refused};
use crate::harness::{PATIENCE, Server, stream_from};
use crate::tracker::{Client, open};

/// The head of a request that never ends.
const HALF: &[u8] = b"GET /v1/ws HTTP/1.1\r\nHost: localhost\r\n";

#[tokio::test]
async fn a_slow_loris_loses_its_sockets_and_the_others_come_in() {
    let server = Server::start(Config {
        request_timeout_ms: 500,
        pending_per_address: 8,
        ..Config::default()
    })
    .await;
    let mut others = Others::join(&server).await;
    let mut lorises = Vec::new();
    for number in 0..8 {
        let mut loris = TcpStream::connect(server.address).await.unwrap();
        if number % 2 == 0 {
            loris.write_all(HALF).await.unwrap();
        }
        lorises.push(loris);
    }
    let mut ninth = TcpStream::connect(server.address).await.unwrap();
    ends(&mut ninth).await;
    assert_eq!(refused(&server, "full_pending").await, 1);
    for loris in &mut lorises {
        // A byte now and then wins no time.
        let _ = loris.write_all(b"X").await;
        ends(loris).await;
    }
    assert_eq!(refused(&server, "request_timeout").await, 8);
    let (_newcomer, _) = server.join("another", 0).await;
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn sockets_that_wait_for_nothing_are_bounded_in_all_too_and_keep_nobody_out() {
    let server = Server::start(Config {
        pending: 8,
        pending_per_address: 2,
        ..Config::default()
    })
    .await;
    let mut others = Others::join(&server).await;
    let mut mute = Vec::new();
    for last in 1..=4 {
        for _ in 0..2 {
            mute.push(stream_from(server.address, [127, 0, 1, last]).await);
        }
    }
    let mut silent = Vec::new();
    for third in 2..=4 {
        silent.push(stream_from(server.address, [127, 0, third, 1]).await);
    }
    for stream in mute.iter_mut().take(3) {
        ends(stream).await;
    }
    assert_eq!(refused(&server, "full_pending").await, 3);
    assert_eq!(figure(&server, "pending").await, 8);
    let (newcomer, _) = server.join("another", 0).await;
    others.are_unharmed().await;
    drop((mute, silent, newcomer));
    let emptied = async {
        while figure(&server, "pending").await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, emptied)
        .await
        .expect("the server hears of their end");
    let (_newcomer, _) = server.join("film", 0).await;
    server.stop().await;
}

#[tokio::test]
async fn a_head_without_end_is_refused_before_it_is_kept() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let endless = [HALF, b"X-Filler: ", &vec![b'x'; 64 << 10]].concat();
    // The server may have closed before all of it is sent.
    let _ = stream.write_all(&endless).await;
    let mut reply = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut reply)).await;
    // An answer, or a reset that overtook it.
    let refused = read.expect("it does not wait for the end").is_err() || reply.starts_with(b"HTTP/1.1 431");
    assert!(refused, "{}", String::from_utf8_lossy(&reply));
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn whoever_never_joins_is_closed_and_counted() {
    let server = Server::start(Config {
        join_timeout_ms: 300,
        ..Config::default()
    })
    .await;
    let mut others = Others::join(&server).await;
    let mut silent = server.connect().await;
    let mut chatty = server.connect().await;
    chatty
        .socket
        .send(Message::Ping(Vec::new().into()))
        .await
        .unwrap();
    assert_eq!(silent.closed().await, 1008);
    assert_eq!(chatty.closed().await, 1008, "pings are no join");
    assert_eq!(refused(&server, "join_timeout").await, 2);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn pings_count_as_messages_before_the_join_and_on_both_fronts() {
    let server = Server::start(Config {
        message_rate: 1,
        message_burst: 30,
        ..open()
    })
    .await;
    let mut others = Others::join(&server).await;
    let mut stranger = server.connect().await;
    flood(&mut stranger.socket).await;
    assert_eq!(stranger.closed().await, 1008);
    assert_eq!(refused(&server, "rate_limited").await, 1);
    let (mut member, _) = server.join("another", 0).await;
    flood(&mut member.socket).await;
    assert_eq!(member.closed().await, 1008);
    let mut announcer = Client::announcing(&server, 'a').await;
    flood(&mut announcer.0).await;
    assert_eq!(announcer.closed().await, 1008);
    assert!(refused(&server, "rate_limited").await > 30);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn frames_over_the_limit_are_counted() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let (mut member, _) = server.join("another", 0).await;
    member.send(&" ".repeat(MAX_FRAME + 1)).await;
    assert_eq!(member.closed().await, 1009);
    assert_eq!(refused(&server, "too_large").await, 1);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn compression_is_not_spoken() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(!head.contains("sec-websocket-extensions"), "{head}");
    // A text frame that says it is compressed (RSV1), masked with zeros.
    stream
        .write_all(&[0xc1, 0x82, 0, 0, 0, 0, 0x03, 0x00])
        .await
        .unwrap();
    let mut rest = Vec::new();
    // It may be reset.
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the connection ends");
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn a_header_for_addresses_lifts_no_bound_where_no_proxy_is_named() {
    let trusted = [Vec::new(), vec!["127.0.0.1/32".parse().unwrap()]];
    for (trusted_proxies, refusals) in trusted.into_iter().zip([1, 0]) {
        let server = Server::start(Config {
            address_header: Some("x-forwarded-for".into()),
            trusted_proxies,
            pending_per_address: 2,
            ..Config::default()
        })
        .await;
        let mut streams = Vec::new();
        for _ in 0..3 {
            streams.push(TcpStream::connect(server.address).await.unwrap());
        }
        let counted = async {
            while figure(&server, "pending").await + refused(&server, "full_pending").await < 3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, counted)
            .await
            .expect("it took them");
        assert_eq!(refused(&server, "full_pending").await, refusals);
        server.stop().await;
    }
}

/// Sends more pings than two bursts.
async fn flood(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) {
    for _ in 0..100 {
        // The server may have closed before the last.
        let _ = socket.send(Message::Ping(Vec::new().into())).await;
    }
}

/// Waits until the server has closed a connection without a word, before it would for want of a request.
async fn ends(stream: &mut TcpStream) {
    let mut byte = [0];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut byte)).await;
    let read = read.expect("it is closed in time");
    assert!(!matches!(read, Ok(1..)), "nothing is said");
}
