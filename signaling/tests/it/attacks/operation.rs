//! What the operator sees, and nobody else.

use std::io::Read;
use std::process::Command;

use signaling::Config;
use signaling_proto::message::{Join, ToClient};

use super::Others;
use crate::binary::Running;
use crate::harness::{Server, connect_from, description, get, offer, signal};
use crate::tracker::{ANOTHER, Client, OFFER, announce, answer, peer};

#[tokio::test]
async fn figures_are_for_the_operator_alone() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    for path in ["/metrics", "/metrics/", "/admin", "/v1/metrics"] {
        let reply = get(server.address, path).await;
        assert!(reply.starts_with("HTTP/1.1 404"), "{path}: {reply}");
    }
    let metrics = server.metrics().await;
    assert!(metrics.starts_with("HTTP/1.1 200"), "{metrics}");
    for secret in [&others.a_id, &others.b_id, "127.0.0.1", "film"] {
        assert!(!metrics.contains(secret), "{secret} is in {metrics}");
    }
    let reply = get(server.admin, "/v1/ws").await;
    assert!(
        reply.starts_with("HTTP/1.1 404"),
        "viewers have no business there: {reply}"
    );
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn logs_tell_no_address_and_no_description() {
    let running = Running::start();
    let (mut a, mut b) = (
        connect_from(running.address, [127, 4, 5, 6]).await,
        connect_from(running.address, [127, 7, 8, 9]).await,
    );
    let a_id = a.join(Join::new("a-secret-film", 4)).await;
    b.join(Join::new("a-secret-film", 4)).await;
    b.hear().await;
    // One that goes through, two that are refused, and nonsense.
    b.say(&signal(&a_id, offer(&description(200)))).await;
    b.say(&signal(
        &a_id,
        offer("v=0\r\nc=IN IP4 203.0.113.77\r\nm=video 9 RTP/AVP 96\r\n"),
    ))
    .await;
    b.send("{\"type\":\"signal\",\"to\":\"203.0.113.78\"").await;
    assert!(matches!(b.hear().await, ToClient::Error { .. }));
    assert!(matches!(b.hear().await, ToClient::Error { .. }));
    let mut stranger = connect_from(running.address, [127, 4, 4, 4]).await;
    stranger.send("nonsense of 203.0.113.79").await;
    assert_eq!(stranger.closed().await, 1008);
    drop((a, b));
    assert_kept(&log_of(running), ["m=", "a-secret-film", &a_id]);
}

#[tokio::test]
async fn logs_of_the_tracker_tell_no_more() {
    let running = Running::start_with(&["--webtorrent"]);
    let mut a = Client::connect_from(running.address, [127, 4, 5, 6]).await;
    a.say(&announce(ANOTHER, &peer('p'), &[])).await;
    a.hear().await;
    // One that goes through, a name that is taken, an answer that nobody asked for, and nonsense.
    let mut b = Client::connect_from(running.address, [127, 7, 8, 9]).await;
    b.say(&announce(ANOTHER, &peer('q'), &[OFFER])).await;
    b.hear().await;
    assert_eq!(a.hear().await["offer_id"], OFFER);
    let mut robber = Client::connect_from(running.address, [127, 4, 4, 4]).await;
    robber.say(&announce(ANOTHER, &peer('p'), &[])).await;
    robber.hear_failure().await;
    assert_eq!(robber.closed().await, 1008);
    b.say(&answer(ANOTHER, &peer('q'), &peer('p'), OFFER)).await;
    b.hear_failure().await;
    b.send("nonsense of 203.0.113.79").await;
    b.hear_failure().await;
    drop((a, b));
    assert_kept(&log_of(running), ["ooooo", ANOTHER, &peer('p'), &peer('q')]);
}

/// Nothing of what clients said is in a log, nor whence: of these tests, and of this one.
fn assert_kept<const N: usize>(log: &str, own: [&str; N]) {
    let secrets = [
        "127.4.",
        "127.7.",
        "203.0.113",
        "candidate",
        "fingerprint",
        "v=0",
        "nonsense",
    ];
    for secret in secrets.into_iter().chain(own) {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

/// Stops it, and reads what it logged since it began to listen.
fn log_of(mut running: Running) -> String {
    let pid = running.child.id().to_string();
    let told = Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap();
    assert!(told.success());
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    running.log.read_to_string(&mut log).unwrap();
    assert!(log.contains("stopped"), "{log}");
    log
}
