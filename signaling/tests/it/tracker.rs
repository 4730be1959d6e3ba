//! The second front as clients of WebTorrent trackers meet it.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use signaling::Config;
use signaling::door::{Algorithm, KeyConfig};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use crate::binary::run;
use crate::harness::{PATIENCE, Server, description, stream_from};

pub(crate) const FILM: &str = "\u{0}\u{1f}\"\\\u{7f}\u{80}\u{ff}aaaaaaaaaaaaa";
pub(crate) const ANOTHER: &str = "bbbbbbbbbbbbbbbbbbbb";
pub(crate) const OFFER: &str = "\u{e9}ooooooooooooooooooo";

pub(crate) fn open() -> Config {
    Config {
        webtorrent: true,
        ..Config::default()
    }
}

pub(crate) fn announce(info_hash: &str, peer: &str, offers: &[&str]) -> Value {
    let sdp = description(200);
    let offer = |id: &&str| json!({"offer_id": id, "offer": {"type": "offer", "sdp": sdp}});
    json!({
        "action": "announce", "info_hash": info_hash, "peer_id": peer, "left": null, "uploaded": 0, "downloaded": 0,
        "event": "started", "numwant": offers.len(), "offers": offers.iter().map(offer).collect::<Vec<_>>(),
    })
}

pub(crate) fn answer(info_hash: &str, peer: &str, to: &str, offer: &str) -> Value {
    json!({
        "action": "announce", "info_hash": info_hash, "peer_id": peer, "to_peer_id": to, "offer_id": offer,
        "answer": {"type": "answer", "sdp": description(200).replace("actpass", "active")},
    })
}

pub(crate) fn announced(info_hash: &str, complete: u64, incomplete: u64) -> Value {
    json!({
        "action": "announce", "info_hash": info_hash, "interval": 120, "complete": complete, "incomplete": incomplete,
    })
}

pub(crate) fn peer(name: char) -> String {
    name.to_string().repeat(20)
}

pub(crate) struct Client(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(crate) async fn connect(server: &Server) -> Self {
        Self::connect_to(server, "").await
    }

    pub(crate) async fn connect_to(server: &Server, query: &str) -> Self {
        let url = format!("ws://{}/announce{query}", server.address);
        Self(connect_async(url).await.unwrap().0)
    }

    /// Connects from another address of this machine.
    pub(crate) async fn connect_from(server: SocketAddr, address: [u8; 4]) -> Self {
        let stream = MaybeTlsStream::Plain(stream_from(server, address).await);
        let url = format!("ws://{server}/announce");
        Self(client_async(url, stream).await.unwrap().0)
    }

    /// Connects and announces; the response is as said.
    pub(crate) async fn announcing(server: &Server, name: char) -> Self {
        let mut client = Self::connect(server).await;
        client.say(&announce(FILM, &peer(name), &[])).await;
        assert_eq!(client.hear().await["interval"], 120);
        client
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.send(&message.to_string()).await;
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.0.send(Message::text(frame)).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Value {
        let message = self.next().await;
        let Message::Text(text) = &message else {
            panic!("no text frame: {message:?}")
        };
        serde_json::from_str(text).unwrap()
    }

    pub(crate) async fn hear_failure(&mut self) -> String {
        let heard = self.hear().await;
        heard["failure reason"]
            .as_str()
            .unwrap_or_else(|| panic!("{heard}"))
            .to_owned()
    }

    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.next().await {
                return frame.expect("it says why").code.into();
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Message {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            let next = next.expect("it says something").expect("it is open").unwrap();
            // The answer to a ping goes out while the next frame is waited for.
            if !next.is_ping() {
                return next;
            }
        }
    }
}

#[tokio::test]
async fn two_clients_meet_through_it() {
    let server = Server::start(open()).await;
    let mut a = Client::announcing(&server, 'a').await;
    let mut b = Client::connect(&server).await;
    b.say(&announce(FILM, &peer('b'), &[OFFER])).await;
    assert_eq!(b.hear().await, announced(FILM, 0, 2));
    let offered = a.hear().await;
    let expected = json!({
        "action": "announce", "info_hash": FILM, "peer_id": peer('b'), "offer_id": OFFER,
        "offer": {"type": "offer", "sdp": description(200)},
    });
    assert_eq!(offered, expected);
    a.say(&answer(FILM, &peer('a'), &peer('b'), OFFER)).await;
    let sent = answer(FILM, &peer('a'), &peer('b'), OFFER);
    let expected = json!({
        "action": "announce", "info_hash": FILM, "peer_id": peer('a'), "offer_id": OFFER, "answer": sent["answer"],
    });
    assert_eq!(b.hear().await, expected);
    a.say(&sent).await;
    assert_eq!(
        a.hear_failure().await,
        "no such offer is open",
        "it is answered once"
    );
    let metrics = server.metrics().await;
    for line in [
        "announces_total 2",
        "announced_relayed_total{kind=\"offer\"} 1",
        "announced_relayed_total{kind=\"answer\"} 1",
        "unasked_total 1",
        "signaling_peers 2",
        "signaling_swarms 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    server.stop().await;
}

#[tokio::test]
async fn answers_in_anothers_name_are_not_carried() {
    let server = Server::start(open()).await;
    let mut a = Client::announcing(&server, 'a').await;
    let mut b = Client::connect(&server).await;
    b.say(&announce(FILM, &peer('b'), &[OFFER])).await;
    b.hear().await;
    a.hear().await;
    let mut thief = Client::announcing(&server, 't').await;
    thief.say(&answer(FILM, &peer('a'), &peer('b'), OFFER)).await;
    assert_eq!(thief.hear_failure().await, "announce first, under this peer_id");
    thief.say(&answer(FILM, &peer('t'), &peer('b'), OFFER)).await;
    assert_eq!(thief.hear_failure().await, "no such offer is open");
    let mut copy = Client::connect(&server).await;
    copy.say(&announce(FILM, &peer('a'), &[])).await;
    assert_eq!(
        copy.hear_failure().await,
        "peer_id is in use by another connection"
    );
    assert_eq!(copy.closed().await, 1008);
    a.say(&answer(FILM, &peer('a'), &peer('b'), OFFER)).await;
    assert_eq!(b.hear().await["peer_id"], peer('a'), "the real one's is");
    server.stop().await;
}

#[tokio::test]
async fn one_connection_announces_several_info_hashes() {
    let server = Server::start(open()).await;
    let mut a = Client::announcing(&server, 'a').await;
    a.say(&announce(ANOTHER, &peer('a'), &[])).await;
    assert_eq!(a.hear().await, announced(ANOTHER, 0, 1));
    let mut b = Client::connect(&server).await;
    b.say(&announce(ANOTHER, &peer('b'), &[OFFER])).await;
    b.hear().await;
    assert_eq!(a.hear().await["info_hash"], ANOTHER);
    for place in 2..16 {
        let info_hash = format!("{place:020}");
        a.say(&announce(&info_hash, &peer('a'), &[])).await;
        assert_eq!(a.hear().await, announced(&info_hash, 0, 1));
    }
    a.say(&announce(&peer('z'), &peer('a'), &[])).await;
    assert_eq!(a.hear_failure().await, "too many info hashes on one connection");
    a.say(&announce(FILM, &peer('x'), &[])).await;
    assert_eq!(
        a.hear_failure().await,
        "one connection has one peer_id for an info_hash"
    );
    assert_eq!(a.closed().await, 1008);
    server.stop().await;
}

#[tokio::test]
async fn whoever_stops_or_goes_is_counted_out() {
    let server = Server::start(open()).await;
    let mut a = Client::announcing(&server, 'a').await;
    let mut seeder = announce(FILM, &peer('s'), &[]);
    seeder["left"] = json!(0);
    seeder["event"] = json!("completed");
    let mut s = Client::connect(&server).await;
    s.say(&seeder).await;
    assert_eq!(s.hear().await, announced(FILM, 1, 1));
    let scrape = json!({"action": "scrape", "info_hash": [FILM, ANOTHER]});
    a.say(&scrape).await;
    let none = json!({"complete": 0, "incomplete": 0, "downloaded": 0});
    let files = json!({FILM: {"complete": 1, "incomplete": 1, "downloaded": 1}, ANOTHER: none});
    assert_eq!(a.hear().await, json!({"action": "scrape", "files": files}));
    seeder["event"] = json!("stopped");
    s.say(&seeder).await;
    s.hear().await;
    a.say(&announce(FILM, &peer('a'), &[OFFER])).await;
    assert_eq!(a.hear().await, announced(FILM, 0, 1));
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_and_the_rest_goes_on() {
    let server = Server::start(open()).await;
    let mut a = Client::announcing(&server, 'a').await;
    let mut b = Client::announcing(&server, 'b').await;
    for (frame, expected) in [
        ("nonsense", "not a message of this protocol"),
        (r#"{"action":"dance"}"#, "unknown action"),
        (
            r#"{"action":"scrape"}"#,
            "name the info hashes to scrape, at most 64",
        ),
    ] {
        b.send(frame).await;
        assert_eq!(b.hear_failure().await, expected);
    }
    let mut odd = announce(FILM, &peer('b'), &[]);
    odd["event"] = json!("paused");
    b.say(&odd).await;
    assert_eq!(b.hear_failure().await, "unknown event");
    let mut mixed = announce(FILM, &peer('b'), &[ANOTHER, OFFER]);
    mixed["offers"][0]["offer"]["sdp"] = json!("v=0\r\nm=video 9 RTP/AVP 96\r\n");
    b.say(&mixed).await;
    assert_eq!(b.hear().await, announced(FILM, 0, 2));
    assert_eq!(
        b.hear_failure().await,
        "an offer that is no description of a data channel"
    );
    assert_eq!(a.hear().await["offer_id"], OFFER);
    b.send(&format!(
        "{}{}",
        " ".repeat(64 << 10),
        announce(FILM, &peer('b'), &[])
    ))
    .await;
    assert_eq!(b.hear_failure().await, "the frame is too large");
    assert_eq!(b.closed().await, 1009);
    server.stop().await;
}

#[tokio::test]
async fn each_offer_counts_as_a_message() {
    let config = Config {
        message_rate: 1,
        message_burst: 22,
        ..open()
    };
    let server = Server::start(config).await;
    let mut a = Client::connect(&server).await;
    let ids: Vec<String> = (0..10).map(|place| format!("{place:020}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for _ in 0..2 {
        a.say(&announce(FILM, &peer('a'), &ids)).await;
        assert_eq!(a.hear().await, announced(FILM, 0, 1));
    }
    a.say(&announce(FILM, &peer('a'), &ids)).await;
    assert_eq!(a.hear_failure().await, "too many messages: slow down");
    // Whoever goes on owes a whole burst at last; by then it may be closed.
    for _ in 0..30 {
        let _ = a.0.send(Message::text("{}")).await;
    }
    assert_eq!(a.closed().await, 1008);
    server.stop().await;
}

#[tokio::test]
async fn whoever_announces_nothing_is_not_kept() {
    let config = Config {
        join_timeout_ms: 100,
        ..open()
    };
    let server = Server::start(config).await;
    let mut idle = Client::connect(&server).await;
    idle.say(&json!({"action": "scrape", "info_hash": FILM})).await;
    assert_eq!(idle.closed().await, 1008);
    server.stop().await;
}

#[tokio::test]
async fn clients_are_told_when_it_stops() {
    let mut server = Server::start(open()).await;
    let mut a = Client::announcing(&server, 'a').await;
    let mut idle = Client::connect(&server).await;
    server.ask_to_stop();
    assert_eq!(a.closed().await, 1001);
    assert_eq!(idle.closed().await, 1001);
    drop((a, idle));
    server.ended().await;
}

#[tokio::test]
async fn it_is_closed_unless_it_is_opened() {
    let server = Server::start(Config::default()).await;
    let refused = connect_async(format!("ws://{}/announce", server.address)).await;
    assert!(matches!(refused, Err(Error::Http(response)) if response.status() == 404));
    server.stop().await;
}

#[tokio::test]
async fn the_door_is_asked_for_the_token_of_the_url() {
    let key = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tracker.key");
    let _ = std::fs::remove_file(&key);
    let key_text = key.to_str().unwrap();
    assert!(
        run(&["key", "--algorithm", "HS256", "--out", key_text])
            .status
            .success()
    );
    let film: String = FILM
        .chars()
        .map(|byte| format!("{:02x}", u32::from(byte)))
        .collect();
    let swarm = format!("webtorrent:{film}");
    let minted = run(&["token", "--key", key_text, "--key-id", "k", "--swarm", &swarm]);
    let token = String::from_utf8(minted.stdout).unwrap();
    let mut config = open();
    config.door.require_token = true;
    config.door.origins = vec!["https://example.com".into()];
    config.door.keys = vec![KeyConfig {
        id: "k".into(),
        algorithm: Algorithm::Hs256,
        file: key,
    }];
    let server = Server::start(open()).await;
    let scrape = json!({"action": "scrape", "info_hash": [FILM, ANOTHER]});
    let mut stranger = Client::connect(&server).await;
    stranger.say(&scrape).await;
    assert_ne!(stranger.hear().await["files"], json!({}));
    server.reload(&config);
    stranger.say(&scrape).await;
    assert_eq!(
        stranger.hear().await["files"],
        json!({}),
        "the door was closed meanwhile"
    );

    let mut barred = Client::connect(&server).await;
    barred.say(&announce(FILM, &peer('a'), &[])).await;
    assert_eq!(
        barred.hear_failure().await,
        "a valid token for this swarm is needed"
    );
    assert_eq!(barred.closed().await, 1008);

    let mut viewer = Client::connect_to(&server, &format!("?t={}", token.trim())).await;
    viewer.say(&announce(FILM, &peer('a'), &[])).await;
    assert_eq!(viewer.hear().await, announced(FILM, 0, 1));
    viewer.say(&announce(ANOTHER, &peer('a'), &[])).await;
    assert_eq!(
        viewer.hear_failure().await,
        "a valid token for this swarm is needed"
    );
    viewer.say(&scrape).await;
    let files = json!({FILM: {"complete": 0, "incomplete": 1, "downloaded": 0}});
    assert_eq!(viewer.hear().await["files"], files, "only of its own swarm");

    let mut request = format!("ws://{}/announce", server.address)
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("origin", "https://elsewhere.example".parse().unwrap());
    let refused = connect_async(request).await;
    assert!(matches!(refused, Err(Error::Http(response)) if response.status() == 403));
    server.stop().await;
}
