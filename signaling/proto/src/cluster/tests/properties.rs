//! Whatever the bus does, and whatever is written on it: no panic, nothing without bound, and all heals.

use std::time::Duration;

use proptest::prelude::*;

use super::network::{Network, Weather, millis, offer};
use crate::cluster::{Bus, Cluster, ClusterConfig, ClusterOutput, NodeId};

const NODES: u32 = 4;

#[derive(Debug, Clone)]
enum Event {
    Wait(u64),
    Weather(u64, u64),
    Split(u32),
    Bus(Bus),
    Signal(u32, u32),
    Seek(u32),
    Noise(u32, Vec<u8>),
    Restart(u32),
}

fn event() -> impl Strategy<Value = Event> {
    let node = 1..=NODES;
    prop_oneof![
        (0..4_000_u64).prop_map(Event::Wait),
        (0..60_u64, 0..6_000_u64).prop_map(|(loss, delay)| Event::Weather(loss, delay)),
        (0..=NODES).prop_map(Event::Split),
        prop_oneof![Just(Event::Bus(Bus::Up)), Just(Event::Bus(Bus::Down))],
        (node.clone(), node.clone()).prop_map(|(from, to)| Event::Signal(from, to)),
        node.clone().prop_map(Event::Seek),
        (node.clone(), proptest::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(node, bytes)| Event::Noise(node, bytes)),
        node.prop_map(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_cluster_heals_from_whatever_the_bus_did(events in proptest::collection::vec(event(), 1..40)) {
        let config = ClusterConfig::default();
        let mut network = Network::new(NODES, &config);
        for event in events {
            apply(&mut network, event, &config);
            for station in network.stations.values() {
                let stats = station.cluster.stats();
                prop_assert!(stats.nodes < u64::from(NODES));
                prop_assert!(stats.found + stats.unfound <= stats.seeks);
            }
        }
        network.weather = Weather::default();
        network.island.clear();
        network.set_bus(Bus::Up);
        // The longest delay has passed then, and two heartbeats.
        network.run(Duration::from_secs(11));
        for node in network.nodes() {
            prop_assert_eq!(network.known(node), 3);
            network.told(node);
        }
        network.send(1, offer(1, 3));
        network.seek(2);
        network.run(millis(500));
        prop_assert_eq!(network.told(3), vec![ClusterOutput::Deliver(offer(1, 3))]);
        prop_assert_eq!(network.told(2).len(), 1);
        for station in network.stations.values() {
            let stats = station.cluster.stats();
            prop_assert_eq!(stats.found + stats.unfound, stats.seeks);
        }
    }

    #[test]
    fn a_node_survives_any_bytes(packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..50)) {
        let mut cluster = Cluster::new(ClusterConfig::default(), NodeId(1), [1; 32]).unwrap();
        cluster.handle_bus(Duration::ZERO, Bus::Up);
        for mut packet in packets {
            if let Some(version) = packet.first_mut() {
                *version = 1;
            }
            cluster.handle_packet(Duration::ZERO, &packet);
        }
        prop_assert_eq!(cluster.poll_output(), None);
    }
}

#[test]
fn an_offer_that_takes_longer_than_five_seconds_is_never_delivered() {
    let mut network = Network::new(2, &ClusterConfig::default());
    network.run(millis(1_000));
    network.weather.delay = Duration::from_secs(12);
    for _ in 0..200 {
        network.send(1, offer(1, 2));
    }
    network.run(millis(5_000));
    let fresh = delivered(&mut network, 2);
    network.run(Duration::from_secs(10));
    assert!((1..200).contains(&fresh), "{fresh} came in time");
    assert_eq!(delivered(&mut network, 2), 0);
    let stale = network.stations[&2].cluster.stats().dropped_stale;
    assert!(
        stale >= 200 - u64::try_from(fresh).unwrap(),
        "{stale} were dropped"
    );
}

#[test]
fn two_halves_go_on_by_themselves_and_merge() {
    let mut network = Network::new(4, &ClusterConfig::default());
    network.run(millis(1_000));
    network.island = [1, 2].into();
    network.run(Duration::from_secs(10));
    for node in network.nodes() {
        assert_eq!(network.known(node), 1);
        network.told(node);
    }
    assert!(network.seek(1));
    network.island.clear();
    network.run(Duration::from_secs(3));
    for node in network.nodes() {
        assert_eq!(network.known(node), 3);
    }
}

#[test]
fn a_third_of_all_packets_lost_loses_no_node_for_long() {
    let mut network = Network::new(5, &ClusterConfig::default());
    network.weather = Weather {
        loss: 33,
        delay: millis(200),
    };
    network.run(millis(10_000));
    // How much of an hour each knows all others, looked at each second.
    let (mut seen, mut looks) = (0, 0);
    for _ in 0..3_600 {
        network.run(millis(1_000));
        looks += 20;
        seen += network
            .nodes()
            .iter()
            .map(|node| network.known(*node))
            .sum::<usize>();
    }
    assert!(seen * 100 >= looks * 93, "{seen} of {looks}");
}

fn delivered(network: &mut Network, node: u32) -> usize {
    let told = network.told(node);
    told.iter()
        .filter(|output| matches!(output, ClusterOutput::Deliver(_)))
        .count()
}

fn apply(network: &mut Network, event: Event, config: &ClusterConfig) {
    match event {
        Event::Wait(time) => network.run(millis(time)),
        Event::Weather(loss, delay) => {
            network.weather = Weather {
                loss,
                delay: millis(delay),
            };
        }
        Event::Split(size) => network.island = (1..=size).collect(),
        Event::Bus(bus) => network.set_bus(bus),
        Event::Signal(from, to) => network.send(from, offer(from, to)),
        Event::Seek(node) => {
            network.seek(node);
        }
        Event::Noise(node, bytes) => {
            network.act(node, |station, now| station.cluster.handle_packet(now, &bytes));
        }
        Event::Restart(node) => network.start(node, config),
    }
}
