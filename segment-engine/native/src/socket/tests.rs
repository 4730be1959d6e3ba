//! Against signaling servers that behave, and servers that do not.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects, and no more"
)]

use tokio::net::TcpListener;
use tokio_tungstenite::accept_async;

use super::*;
use crate::inbox::inbox;

const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn carries_text_both_ways_and_says_goodbye() {
    let (listener, url) = listen().await;
    let mut client = Opened::new(url);
    let mut server = accept_async(listener.accept().await.unwrap().0).await.unwrap();
    assert!(matches!(client.event().await, SocketEvent::Opened));
    server.send(Message::text("welcome")).await.unwrap();
    assert!(matches!(client.event().await, SocketEvent::Message(text) if text == "welcome"));

    client.socket.send("last words".to_owned()).unwrap();
    drop(client.socket);
    assert_eq!(server.next().await.unwrap().unwrap(), Message::text("last words"));
    assert!(server.next().await.unwrap().unwrap().is_close());
}

#[tokio::test]
async fn answers_pings_without_telling() {
    let (listener, url) = listen().await;
    let mut client = Opened::new(url);
    let mut server = accept_async(listener.accept().await.unwrap().0).await.unwrap();
    server.send(Message::Ping("p".into())).await.unwrap();
    assert_eq!(server.next().await.unwrap().unwrap(), Message::Pong("p".into()));
    server.send(Message::text("after")).await.unwrap();
    assert!(matches!(client.event().await, SocketEvent::Opened));
    assert!(matches!(client.event().await, SocketEvent::Message(text) if text == "after"));
}

#[tokio::test]
async fn a_server_that_breaks_the_protocol_is_left() {
    for message in [
        Message::binary(vec![1, 2, 3]),
        Message::text("x".repeat(MAX_FRAME + 1)),
        Message::Close(None),
    ] {
        let (listener, url) = listen().await;
        let mut client = Opened::new(url);
        let mut server = accept_async(listener.accept().await.unwrap().0).await.unwrap();
        assert!(matches!(client.event().await, SocketEvent::Opened));
        server.send(message).await.unwrap();
        assert!(matches!(client.event().await, SocketEvent::Closed(_)));
    }
}

#[tokio::test]
async fn what_is_no_signaling_server_closes_with_a_reason() {
    let (listener, silent_then_gone) = listen().await;
    let mut client = Opened::new(silent_then_gone);
    drop(listener.accept().await.unwrap());
    assert!(matches!(client.event().await, SocketEvent::Closed(reason) if !reason.is_empty()));

    let (listener, refused) = listen().await;
    drop(listener);
    for url in [refused.as_str(), "http://127.0.0.1/", "nonsense"] {
        let mut client = Opened::new(url.to_owned());
        assert!(
            matches!(client.event().await, SocketEvent::Closed(reason) if !reason.is_empty()),
            "{url}"
        );
    }
}

#[tokio::test]
async fn dropping_a_socket_that_is_opening_ends_its_task() {
    let (_listener, url) = listen().await;
    let mut client = Opened::new(url);
    drop(client.socket);
    let ended = timeout(PATIENCE, async {
        while client.tasks.join_next().await.is_some() {}
    });
    assert!(ended.await.is_ok());
}

#[tokio::test]
async fn a_queue_that_nobody_empties_is_full_at_its_limit() {
    let (_listener, url) = listen().await;
    let client = Opened::new(url);
    let sent = (0..10_000)
        .take_while(|_| client.socket.send("x".to_owned()).is_ok())
        .count();
    assert_eq!(sent, QUEUE);
}

struct Opened {
    socket: Socket,
    queue: mpsc::Receiver<IoEvent>,
    tasks: JoinSet<()>,
}

impl Opened {
    fn new(url: String) -> Self {
        let (inbox, queue) = inbox();
        let mut tasks = JoinSet::new();
        let socket = Socket::open(url, SocketId(7), inbox, &mut tasks);
        Self { socket, queue, tasks }
    }

    async fn event(&mut self) -> SocketEvent {
        let event = timeout(PATIENCE, self.queue.recv())
            .await
            .expect("an event in time");
        match event.expect("the socket's task tells of its end") {
            IoEvent::Socket(SocketId(7), event) => event,
            other => panic!("not the socket's: {other:?}"),
        }
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/v1/ws", listener.local_addr().unwrap());
    (listener, url)
}
