//! A node of a cluster, and a packet from whoever can write to its bus, be it one that has the secret.

use std::time::Duration;

use super::MOST_OUTPUTS;
use crate::cluster::{Bus, Cluster, ClusterConfig, ClusterOutput, MAX_PACKET, NodeId, Secret};
use crate::rooms::{Envelope, Stranger};

const NODE: NodeId = NodeId(7);

/// Lets a node read packets: the bytes after the first, up to each byte 0xC1, which MessagePack never uses. The first tells
/// whether there is a secret (bit 0) and whether the packets are sealed with it (bit 1).
///
/// # Panics
/// When the node breaks its contract: it delivers what is for another node, or what it says is too large or has no end.
pub fn play_packets(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    let secret = Secret::new(b"0123456789abcdef").expect("invariant: long enough");
    let config = ClusterConfig {
        secret: (choice & 1 == 1).then(|| secret.clone()),
        nodes: 2,
        ..ClusterConfig::default()
    };
    let mut cluster = Cluster::new(config, NODE, [7; 32]).expect("invariant: within range");
    let now = Duration::from_secs(1_000);
    cluster.handle_clock(now, Duration::from_secs(1_700_000_000));
    cluster.handle_bus(now, Bus::Up);
    cluster.handle_summary(now, 1, [("film".to_owned(), 3)]);
    drain(&mut cluster);
    for packet in rest.split(|byte| *byte == 0xc1) {
        let mut packet = packet.to_vec();
        if choice & 2 == 2 {
            let seal = secret.seal(&packet);
            packet.extend_from_slice(&seal);
        }
        cluster.handle_packet(now, &packet);
        drain(&mut cluster);
        let seek = Envelope::Seek {
            seeker: Stranger::from("00000007000123456789abcdef012345"),
            swarm: "film".to_owned(),
            room: 0,
            count: 4,
        };
        cluster.send(now, seek);
        drain(&mut cluster);
    }
    let stats = cluster.stats();
    assert!(stats.nodes <= 2, "as many as it may know");
    let mut now = now;
    for _ in 0..20 {
        now += Duration::from_millis(500);
        cluster.handle_timeout(now);
        drain(&mut cluster);
    }
    assert_eq!(cluster.stats().nodes, 0, "whoever falls silent is gone");
}

fn drain(cluster: &mut Cluster) {
    for _ in 0..MOST_OUTPUTS {
        match cluster.poll_output() {
            None => return,
            Some(ClusterOutput::Publish { to, bytes }) => {
                assert_ne!(to, NODE, "it talks to itself");
                assert!(bytes.len() <= MAX_PACKET);
            }
            Some(ClusterOutput::Broadcast(bytes)) => assert!(bytes.len() <= MAX_PACKET),
            Some(ClusterOutput::Deliver(Envelope::Seek { seeker, .. })) => {
                assert_ne!(
                    NodeId::of_peer(&seeker.id),
                    Some(NODE),
                    "its own members ask at home"
                );
            }
            Some(ClusterOutput::Deliver(envelope)) => {
                let to = envelope.addressee().and_then(NodeId::of_peer);
                assert_eq!(to, Some(NODE), "{envelope:?} is for another");
            }
            Some(ClusterOutput::Undeliverable(_) | ClusterOutput::Gone(_) | ClusterOutput::NeedSummary) => {}
        }
    }
    panic!("the node has something to say without end");
}
