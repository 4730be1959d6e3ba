//! Somebody else on the bus: what is not of the cluster's servers is ignored and counted, and harms no viewer.

use std::fs;
use std::time::{Duration, Instant};

use bytes::Bytes;
use signaling::Config;
use signaling::bus::{Bus, BusConfig, BusEvent};
use signaling_proto::cluster::{NodeId, PACKET_VERSION};
use signaling_proto::message::ToClient;

use super::nats::{Access, NatsServer};
use super::servers::{join_until_paired, wait_for_health};
use crate::harness::{PATIENCE, Server, description, offer, signal};

async fn start(config: &BusConfig) -> Server {
    Server::start(Config {
        cluster: config.clone(),
        ..Config::default()
    })
    .await
}

#[tokio::test]
async fn garbage_forgeries_and_changed_packets_on_the_bus_harm_nobody() {
    let nats = NatsServer::start();
    let path = nats.dir().join("secret");
    fs::write(&path, "a secret of the cluster\n").unwrap();
    let config = BusConfig {
        secret_file: Some(path),
        ..nats.config()
    };
    let mut intruder = Access::up(&nats.config(), 9).await;
    let (one, two) = (start(&config).await, start(&config).await);
    wait_for_health(one.address, "ok, with 1 other servers\n").await;
    wait_for_health(two.address, "ok, with 1 other servers\n").await;
    let (mut a, a_id) = one.join("film", 0).await;
    let (mut b, b_id, _) = join_until_paired(&two, PATIENCE).await;
    let introduced = ToClient::Paired {
        peer: b_id.clone(),
        offer: false,
    };
    assert_eq!(a.hear().await, introduced);

    let BusEvent::Packet(real) = intruder.next().await else {
        panic!("it hears what goes to all")
    };
    let mut changed = real.to_vec();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let node = NodeId::of_peer(&a_id).unwrap();
    for forged in [
        Bytes::from_static(b"garbage"),
        Bytes::from_static(&[PACKET_VERSION]),
        Bytes::from(vec![PACKET_VERSION; 20_000]),
        Bytes::from(changed),
        real.slice(..real.len() - 32),
    ] {
        intruder.bus.broadcast(forged.clone()).unwrap();
        // To one alone too, where no other server hears of it.
        intruder.bus.publish(node, forged).unwrap();
    }
    for (server, malformed, forged) in [(&one, 2, 8), (&two, 1, 4)] {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let metrics = server.metrics().await;
            // What does not begin as a packet does is none; the others lack the seal.
            if metrics.contains(&format!("packets_total{{outcome=\"malformed\"}} {malformed}\n"))
                && metrics.contains(&format!("{{outcome=\"forged\"}} {forged}\n"))
            {
                break;
            }
            assert!(Instant::now() < deadline, "{metrics}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(
            server.metrics().await.contains("cluster_nodes 1"),
            "the intruder is no server"
        );
    }

    b.say(&signal(&a_id, offer(&description(0)))).await;
    let heard = a.hear().await;
    assert!(
        matches!(&heard, ToClient::Signal { from, .. } if *from == b_id),
        "{heard:?}"
    );
}
