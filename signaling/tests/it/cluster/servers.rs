//! Whole signaling servers over NATS, as their viewers see them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use signaling::Config;
use signaling_proto::message::{ToClient, ToServer};

use super::nats::NatsServer;
use crate::harness::{PATIENCE, Server, Viewer, description, get, offer, signal};

/// Within this all heals after NATS is back.
const HEALED: Duration = Duration::from_secs(5);

async fn servers<const N: usize>(nats: &NatsServer) -> [Server; N] {
    let mut servers = Vec::new();
    for _ in 0..N {
        let config = Config {
            cluster: nats.config(),
            ..Config::default()
        };
        servers.push(Server::start(config).await);
    }
    for server in &servers {
        wait_for_health(server.address, &format!("ok, with {} other servers\n", N - 1)).await;
    }
    servers.try_into().unwrap_or_else(|_| unreachable!())
}

pub(super) async fn wait_for_health(server: SocketAddr, expected: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let health = get(server, "/healthz").await;
        if health.ends_with(expected) {
            return;
        }
        assert!(Instant::now() < deadline, "{expected:?} is not to come: {health}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Joins, asks again and again for a peer until one is found, and returns the peer's id.
pub(super) async fn join_until_paired(server: &Server, patience: Duration) -> (Viewer, String, String) {
    let (mut viewer, id) = server.join("film", 1).await;
    let deadline = Instant::now() + patience;
    loop {
        if let Ok(heard) = tokio::time::timeout(Duration::from_millis(300), viewer.hear()).await {
            let ToClient::Paired { peer, offer: true } = heard else {
                panic!("{heard:?}")
            };
            return (viewer, id, peer);
        }
        assert!(Instant::now() < deadline, "nobody is found");
        viewer.say(&ToServer::Want { count: 1 }).await;
    }
}

#[tokio::test]
async fn viewers_of_different_servers_are_paired_and_signal_each_other() {
    let nats = NatsServer::start();
    let [one, two] = servers(&nats).await;
    let (mut a, a_id) = one.join("film", 0).await;
    let (mut b, b_id, peer) = join_until_paired(&two, PATIENCE).await;
    assert_eq!(peer, a_id);
    assert_eq!(
        a.hear().await,
        ToClient::Paired {
            peer: b_id.clone(),
            offer: false
        }
    );
    b.say(&signal(&a_id, offer(&description(0)))).await;
    let heard = a.hear().await;
    assert!(
        matches!(&heard, ToClient::Signal { from, .. } if *from == b_id),
        "{heard:?}"
    );
    a.say(&ToServer::Unpair { peer: b_id.clone() }).await;
    assert_eq!(b.hear().await, ToClient::Left { peer: a_id });
    let metrics = two.metrics().await;
    assert!(
        metrics.contains("cluster_nodes 1") && metrics.contains("cluster_seeks_total{outcome=\"found\"} 1"),
        "{metrics}"
    );
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn while_nats_is_away_pairing_at_home_goes_on_and_all_heals_after() {
    let mut nats = NatsServer::start();
    let [one, two] = servers(&nats).await;
    let (mut a, a_id) = one.join("film", 0).await;
    let (mut b, b_id, _) = join_until_paired(&two, PATIENCE).await;
    a.hear().await;

    nats.kill();
    wait_for_health(two.address, "ok, but the cluster is degraded: its bus is away\n").await;
    let told = Instant::now();
    b.say(&signal(&a_id, offer(&description(0)))).await;
    assert_eq!(b.hear().await, ToClient::Undeliverable { to: a_id.clone() });
    assert!(told.elapsed() < Duration::from_secs(5), "at once");
    let (mut c, c_id) = two.join("film", 1).await;
    assert_eq!(
        c.hear().await,
        ToClient::Paired {
            peer: b_id,
            offer: true
        }
    );
    assert_eq!(
        b.hear().await,
        ToClient::Paired {
            peer: c_id,
            offer: false
        }
    );

    nats.restart();
    let (_d, d_id, peer) = join_until_paired(&one, HEALED + PATIENCE).await;
    let mut met = vec![peer];
    // The first may be the one at home.
    if met[0] == a_id {
        assert_eq!(
            a.hear().await,
            ToClient::Paired {
                peer: d_id,
                offer: false
            }
        );
        let (_e, _, peer) = join_until_paired(&two, HEALED).await;
        met.push(peer);
    }
    wait_for_health(one.address, "ok, with 1 other servers\n").await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn those_of_a_server_that_ends_are_in_again_on_another() {
    let nats = NatsServer::start();
    let [one, two, three] = servers(&nats).await;
    let (mut a, _) = one.join("film", 0).await;
    let (_b, b_id) = two.join("film", 0).await;
    one.stop().await;
    let told = a.hear().await;
    assert!(matches!(told, ToClient::GoAway { .. }), "{told:?}");
    assert_eq!(a.closed().await, 1001);
    wait_for_health(three.address, "ok, with 1 other servers\n").await;
    let (_again, _, peer) = join_until_paired(&three, PATIENCE).await;
    assert_eq!(peer, b_id);
    two.stop().await;
    three.stop().await;
}
