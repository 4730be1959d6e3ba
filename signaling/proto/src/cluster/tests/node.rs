//! One behaviour each, over a quiet bus.

use std::time::Duration;

use super::network::{Network, millis, offer, peer, seek};
use crate::cluster::packet::{Body, Packet};
use crate::cluster::{Bus, Cluster, ClusterConfig, ClusterHealth, ClusterOutput, NodeId, Secret};
use crate::range::OutOfRange;
use crate::rooms::{Envelope, Stranger};

fn network(count: u32) -> Network {
    let mut network = Network::new(count, &ClusterConfig::default());
    network.run(millis(1_000));
    network
}

fn found(seeker: u32, by: u32) -> ClusterOutput {
    ClusterOutput::Deliver(Envelope::Found {
        seeker: peer(seeker),
        peers: vec![Stranger::from(&peer(by))],
    })
}

#[test]
fn nodes_that_start_together_know_each_other_within_a_second() {
    let network = network(5);
    for node in network.nodes() {
        assert_eq!(network.known(node), 4);
        let stats = network.stations[&node].cluster.stats();
        assert_eq!((stats.nodes, stats.swarms, stats.connections), (4, 4, 28));
    }
}

#[test]
fn a_newcomer_is_told_of_the_others_long_before_their_next_heartbeat() {
    let config = ClusterConfig {
        heartbeat: Duration::from_secs(50),
        gone_after: Duration::from_secs(150),
        ..ClusterConfig::default()
    };
    let mut network = Network::new(3, &config);
    network.run(Duration::from_secs(20));
    network.start(4, &config);
    network.run(Duration::from_secs(10));
    for node in network.nodes() {
        assert_eq!(network.known(node), 3, "node {node}");
    }
}

#[test]
fn a_signal_reaches_the_node_of_its_addressee_and_no_other() {
    let mut network = network(3);
    network.send(1, offer(1, 2));
    network.run(millis(10));
    assert_eq!(network.told(2), [ClusterOutput::Deliver(offer(1, 2))]);
    assert_eq!((network.told(1), network.told(3)), (vec![], vec![]));
}

#[test]
fn a_signal_to_a_peer_of_this_node_does_not_touch_the_bus() {
    let mut network = network(2);
    let before = network.stations[&1].cluster.stats().published;
    network.send(1, offer(1, 1));
    assert_eq!(network.told(1), [ClusterOutput::Deliver(offer(1, 1))]);
    assert_eq!(network.stations[&1].cluster.stats().published, before);
}

#[test]
fn a_signal_that_cannot_go_comes_back_at_once() {
    let mut network = network(2);
    // Node 9 was never heard, and the other addressee has none.
    network.send(1, offer(1, 9));
    let nowhere = Envelope::Left {
        from: peer(1),
        to: "nobody".into(),
    };
    network.send(1, nowhere.clone());
    network.set_bus(Bus::Down);
    network.send(1, offer(1, 2));
    let back = [offer(1, 9), nowhere, offer(1, 2)].map(ClusterOutput::Undeliverable);
    assert_eq!(network.told(1), back);
    assert_eq!(network.stations[&1].cluster.stats().undeliverable, 3);
}

#[test]
fn a_signal_that_the_bus_does_not_take_comes_back() {
    let mut network = network(2);
    network.act(1, |station, now| {
        station.cluster.send(now, offer(1, 2));
        let Some(ClusterOutput::Publish { to, bytes }) = station.cluster.poll_output() else {
            panic!("it is published")
        };
        assert_eq!(to, NodeId(2));
        station.cluster.handle_unpublished(now, &bytes);
    });
    assert_eq!(network.told(1), [ClusterOutput::Undeliverable(offer(1, 2))]);
}

#[test]
fn a_node_that_is_silent_for_six_seconds_is_gone() {
    let mut network = network(3);
    network.stations.remove(&3);
    network.run(millis(3_000));
    assert_eq!(network.known(1), 2, "it may be late");
    network.run(millis(3_500));
    assert_eq!(network.told(1), [ClusterOutput::Gone(NodeId(3))]);
    network.send(1, offer(1, 3));
    assert_eq!(network.told(1), [ClusterOutput::Undeliverable(offer(1, 3))]);
}

#[test]
fn a_node_that_says_goodbye_is_gone_at_once() {
    let mut network = network(3);
    network.act(3, |station, now| station.cluster.leave(now));
    network.run(millis(10));
    assert_eq!(network.told(1), [ClusterOutput::Gone(NodeId(3))]);
    assert_eq!(network.known(2), 1);
}

#[test]
fn a_seek_finds_a_member_on_another_node() {
    let mut network = network(2);
    assert!(network.seek(1));
    network.run(millis(10));
    assert_eq!(network.told(1), [found(1, 2)]);
    let stats = network.stations[&1].cluster.stats();
    assert_eq!((stats.seeks, stats.found, stats.unfound), (1, 1, 0));
}

#[test]
fn a_seek_that_is_not_answered_in_time_goes_to_a_second_node_and_to_no_third() {
    let mut network = network(4);
    for node in [2, 3, 4] {
        network.stations.get_mut(&node).unwrap().answers = false;
    }
    assert!(network.seek(1));
    let asked = |network: &Network| {
        let told = network.stations.values().flat_map(|station| &station.told);
        told.filter(|output| matches!(output, ClusterOutput::Deliver(Envelope::Seek { .. })))
            .count()
    };
    network.run(millis(140));
    assert_eq!(asked(&network), 1);
    network.run(millis(20));
    assert_eq!(asked(&network), 2);
    network.run(millis(5_000));
    assert_eq!(asked(&network), 2);
    let most = [2, 3, 4].map(|node| network.stations[&node].told.len());
    assert!(
        most.iter().all(|count| *count <= 1),
        "no node is asked twice: {most:?}"
    );
    let stats = network.stations[&1].cluster.stats();
    assert_eq!((stats.seeks, stats.found, stats.unfound), (1, 0, 1));
}

#[test]
fn a_node_whose_swarm_just_ended_sends_the_seek_on_at_once_and_it_comes_back_where_all_have() {
    let mut network = network(3);
    for node in [2, 3] {
        // Its next count knows the swarm no more, but the others have not heard of it.
        network.act(node, |station, now| {
            station.cluster.handle_summary(now, 0, [("other".to_owned(), 1)]);
            while station.cluster.poll_output().is_some() {}
        });
    }
    assert!(network.seek(1));
    network.run(millis(10));
    assert_eq!(network.told(1), [unfound(1)]);
    let stats = network.stations[&1].cluster.stats();
    assert_eq!((stats.seeks, stats.unfound), (1, 1), "both said no within 10 ms");
}

#[test]
fn whoever_is_found_late_is_told_still() {
    let mut network = network(2);
    network.stations.get_mut(&2).unwrap().answers = false;
    assert!(network.seek(1));
    network.run(millis(1_000));
    let late = Envelope::Found {
        seeker: peer(1),
        peers: vec![Stranger::from(&peer(2))],
    };
    network.send(2, late);
    network.run(millis(10));
    assert_eq!(network.told(1), [unfound(1), found(1, 2)]);
    assert_eq!(network.stations[&1].cluster.stats().found, 0);
}

#[test]
fn nobody_is_asked_where_no_node_has_the_swarm_or_the_bus_is_down() {
    let mut network = network(2);
    assert!(!network.seek_in(1, &peer(1), "other"));
    let back = ClusterOutput::Undeliverable(seek(&peer(1), "other"));
    assert_eq!(network.told(1), [back], "its node may have other rooms");
    network.set_bus(Bus::Down);
    assert!(!network.seek(1));
    assert_eq!(network.told(1), [unfound(1)]);
    assert_eq!(network.stations[&1].cluster.stats().unasked, 2);
}

#[test]
fn no_more_seeks_are_open_than_its_limit() {
    let config = ClusterConfig {
        seeks: 3,
        ..ClusterConfig::default()
    };
    let mut network = Network::new(2, &config);
    network.run(millis(1_000));
    network.stations.get_mut(&2).unwrap().answers = false;
    for seeker in 0..5 {
        let id = format!("{}-{seeker}", NodeId(1));
        assert_eq!(network.seek_in(1, &id, "film"), seeker < 3);
    }
    assert_eq!(network.told(1).len(), 2, "those that are too many come back");
    let again = format!("{}-0", NodeId(1));
    assert!(network.seek_in(1, &again, "film"), "it starts anew");
    assert_eq!(network.told(1), [], "and once only");
}

#[test]
fn while_the_bus_is_down_nobody_is_gone_and_health_is_degraded() {
    let mut network = network(3);
    network.set_bus(Bus::Down);
    network.run(Duration::from_secs(60));
    assert_eq!(network.stations[&1].cluster.health(), ClusterHealth::Degraded);
    assert_eq!(network.told(1), []);
    network.set_bus(Bus::Up);
    assert_eq!(network.known(1), 2);
    network.send(1, offer(1, 2));
    network.run(millis(10));
    assert_eq!(network.told(2), [ClusterOutput::Deliver(offer(1, 2))]);
    network.run(Duration::from_secs(20));
    assert_eq!(network.told(1), []);
}

#[test]
fn a_packet_that_is_too_old_or_from_the_future_is_dropped_and_counted() {
    // When it is read, from when it was written, and whether it counts.
    let table = [
        (0, true),
        (5_000, true),
        (5_001, false),
        (-5_000, true),
        (-5_001, false),
    ];
    for (later, is_fresh) in table {
        let mut cluster = cluster(&ClusterConfig::default());
        let unix = 1_800_000_000_000_i64 + later;
        cluster.handle_clock(Duration::ZERO, millis(u64::try_from(unix).unwrap()));
        cluster.handle_packet(Duration::ZERO, &signal(2, 1).encode(None).unwrap());
        assert_eq!(cluster.poll_output().is_some(), is_fresh, "{later} ms later");
        assert_eq!(cluster.stats().dropped_stale, u64::from(!is_fresh));
    }
}

#[test]
fn ignores_what_is_for_another_node_forged_malformed_or_of_itself() {
    let secret = Secret::new(&[1; 16]).unwrap();
    let mut cluster = cluster(&ClusterConfig {
        secret: Some(secret.clone()),
        ..ClusterConfig::default()
    });
    cluster.handle_clock(Duration::ZERO, millis(1_800_000_000_000));
    cluster.handle_packet(Duration::ZERO, &signal(2, 3).encode(Some(&secret)).unwrap());
    cluster.handle_packet(Duration::ZERO, &signal(2, 1).encode(None).unwrap());
    cluster.handle_packet(Duration::ZERO, b"hello");
    cluster.handle_packet(Duration::ZERO, &signal(1, 1).encode(Some(&secret)).unwrap());
    assert_eq!(cluster.poll_output(), None);
    let stats = cluster.stats();
    assert_eq!((stats.misdirected, stats.forged, stats.malformed), (1, 1, 1));
    assert_eq!((stats.received, stats.nodes), (0, 0));
    cluster.handle_packet(Duration::ZERO, &signal(2, 1).encode(Some(&secret)).unwrap());
    assert_eq!(cluster.poll_output(), Some(ClusterOutput::Deliver(offer(2, 1))));
}

#[test]
fn knows_no_more_nodes_than_its_limit() {
    let mut cluster = cluster(&ClusterConfig {
        nodes: 2,
        ..ClusterConfig::default()
    });
    cluster.handle_clock(Duration::ZERO, millis(1_800_000_000_000));
    for node in 2..10 {
        cluster.handle_packet(Duration::ZERO, &signal(node, 1).encode(None).unwrap());
    }
    assert_eq!((cluster.stats().nodes, cluster.stats().refused_nodes), (2, 6));
}

#[test]
fn of_too_many_swarms_the_largest_are_told() {
    let mut network = network(1);
    network.start(2, &ClusterConfig::default());
    let swarms = (0..10_000_u32).map(|swarm| (format!("swarm {swarm}"), swarm));
    network.stations.get_mut(&1).unwrap().swarms = swarms.collect();
    network.run(millis(3_000));
    assert_eq!(network.stations[&2].cluster.stats().swarms, 8_192);
    assert!(network.seek_in(2, &peer(2), "swarm 9999"));
    assert!(!network.seek_in(2, &peer(2), "swarm 1000"));
}

#[test]
fn names_the_first_field_that_is_out_of_range() {
    let defaults = ClusterConfig::default;
    let table = [
        (
            "heartbeat",
            ClusterConfig {
                heartbeat: millis(49),
                ..defaults()
            },
        ),
        (
            "gone_after",
            ClusterConfig {
                gone_after: millis(2_000),
                ..defaults()
            },
        ),
        (
            "seek_timeout",
            ClusterConfig {
                seek_timeout: millis(9),
                ..defaults()
            },
        ),
        (
            "seek_tries",
            ClusterConfig {
                seek_tries: 0,
                ..defaults()
            },
        ),
        (
            "max_age",
            ClusterConfig {
                max_age: millis(99),
                ..defaults()
            },
        ),
        (
            "nodes",
            ClusterConfig {
                nodes: 0,
                ..defaults()
            },
        ),
        (
            "seeks",
            ClusterConfig {
                seeks: 0,
                ..defaults()
            },
        ),
    ];
    for (name, config) in table {
        let refused = Cluster::new(config, NodeId(1), [0; 32]);
        assert!(
            matches!(refused, Err(OutOfRange { field, .. }) if field == name),
            "{name}"
        );
    }
}

fn cluster(config: &ClusterConfig) -> Cluster {
    Cluster::new(config.clone(), NodeId(1), [1; 32]).unwrap()
}

fn signal(from: u32, to: u32) -> Packet {
    Packet {
        from,
        to: Some(to),
        at_ms: 1_800_000_000_000,
        body: Body::Carry(offer(from, to)),
    }
}

/// The seek of a node's member comes back.
fn unfound(node: u32) -> ClusterOutput {
    ClusterOutput::Undeliverable(seek(&peer(node), "film"))
}
