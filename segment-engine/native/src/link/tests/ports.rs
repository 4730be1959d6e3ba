//! Links over one port for all, over a range of ports, before a NAT, over IPv6.

use std::net::SocketAddr;
use std::time::Instant;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::*;
use crate::network::PortRange;
use crate::network::tests::free_address;

#[tokio::test]
async fn many_links_go_over_one_port_on_one_side() {
    let shared = on_port("127.0.0.1");
    let separate = network("127.0.0.1:0");
    let pairs = join_all((0..24).map(|index| {
        let (shared, separate) = (Arc::clone(&shared), Arc::clone(&separate));
        async move {
            // The side of the one port answers some, and offers to others.
            if index % 2 == 0 {
                Pair::between(&separate, &shared).await
            } else {
                Pair::between(&shared, &separate).await
            }
        }
    }))
    .await;
    exchange(pairs).await;
}

#[tokio::test]
async fn two_processes_with_one_port_each_have_several_links() {
    let (one, other) = (on_port("127.0.0.1"), on_port("127.0.0.1"));
    let first = Pair::between(&one, &other).await;
    let mut pairs = join_all((0..5).map(|_| Pair::between(&other, &one))).await;
    pairs.push(first);
    exchange(pairs).await;
}

#[tokio::test]
async fn one_port_of_an_address_of_each_family_serves_both() {
    for ip in ["::1", "127.0.0.1"] {
        let both = open(NetworkOptions {
            udp_addresses: vec![SocketAddr::new("::".parse().unwrap(), free_address("::").port())],
            interfaces: vec!["lo".to_owned()],
            ..NetworkOptions::default()
        });
        let one_family = network(&SocketAddr::new(ip.parse().unwrap(), 0).to_string());
        exchange(vec![Pair::between(&one_family, &both).await]).await;
    }
}

#[tokio::test]
async fn links_over_a_shared_ipv6_port_connect() {
    let pair = Pair::between(&on_port("::1"), &network("[::1]:0")).await;
    exchange(vec![pair]).await;
}

#[tokio::test]
async fn peers_are_told_the_shared_port() {
    let shared = on_port("127.0.0.1");
    let told = candidate(&shared).await;
    let port = shared.udp_addresses()[0].port();
    assert!(told.contains(&format!(" 127.0.0.1 {port} typ host")), "{told}");
}

#[tokio::test]
async fn peers_are_told_the_public_address_before_a_nat() {
    let address = free_address("127.0.0.1");
    let behind_nat = open(NetworkOptions {
        udp_addresses: vec![address],
        public_addresses: vec!["192.0.2.7".parse().unwrap()],
        ..NetworkOptions::default()
    });
    let told = candidate(&behind_nat).await;
    assert!(
        told.contains(&format!(" 192.0.2.7 {} typ host", address.port())),
        "{told}"
    );
    assert!(!told.contains("127.0.0.1"), "{told}");
}

#[tokio::test]
async fn links_take_ports_of_a_range_until_none_is_left() {
    let first = free_address("127.0.0.1").port();
    let (range, text) = (PortRange::new(first, first).unwrap(), format!("{first}-{first}"));
    let ranged = open(NetworkOptions {
        udp_addresses: vec!["127.0.0.1:0".parse().unwrap()],
        udp_ports: Some(range),
        ..NetworkOptions::default()
    });
    let pair = Pair::between(&ranged, &network("127.0.0.1:0")).await;
    let mut tasks = JoinSet::new();
    let mut late = Side::on(
        &ranged,
        (IceTransportPolicy::All, Vec::new()),
        Start::Offer,
        &mut tasks,
    );
    match late.event().await {
        LinkEvent::Impossible(reason) => {
            assert!(reason.contains(&text) && reason.contains("udp_ports"), "{reason}");
        }
        other => panic!("it had no port: {other:?}"),
    }
    exchange(vec![pair]).await;
}

#[tokio::test]
async fn all_links_of_a_network_have_one_fingerprint_and_restarts_keep_it() {
    let folder = std::env::temp_dir().join(format!("fugitive-fingerprint-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("dtls.pem");
    let _ = std::fs::remove_file(&file);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let network = open(NetworkOptions {
            udp_addresses: vec!["127.0.0.1:0".parse().unwrap()],
            certificate_file: Some(file.clone()),
            ..NetworkOptions::default()
        });
        for _ in 0..2 {
            seen.push(fingerprint(&network).await);
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let another = fingerprint(&network("127.0.0.1:0")).await;
    assert_ne!(seen, [another]);
}

#[tokio::test]
async fn a_peer_that_takes_nothing_holds_nobody_up() {
    let shared = on_port("127.0.0.1");
    let separate = network("127.0.0.1:0");
    let stuck = Pair::between(&shared, &separate).await;
    // Its receiver's inbox is not emptied: that fills up, then the channel, and then the queue.
    let mut before = 0;
    while before == 0 || stuck.offerer.link.waiting() < before {
        while stuck.offerer.link.send(vec![0; 24 << 10]).is_ok() {}
        before = stuck.offerer.link.waiting();
        sleep(Duration::from_millis(300)).await;
    }
    let mut pair = Pair::between(&shared, &separate).await;
    let start = Instant::now();
    for _ in 0..100 {
        pair.offerer.link.send(vec![7; 16 << 10]).unwrap();
        assert_eq!(pair.answerer.message().await.len(), 16 << 10);
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(stuck.offerer.link.waiting() > 0, "the other still takes nothing");
}

#[tokio::test]
async fn hostile_datagrams_to_the_port_are_dropped_and_links_go_on() {
    let shared = on_port("127.0.0.1");
    let pair = Pair::between(&network("127.0.0.1:0"), &shared).await;
    let hostile = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = shared.udp_addresses()[0];
    for index in 0..200_u8 {
        let noise: Vec<u8> = (0..index).map(|byte| byte ^ index).collect();
        hostile.send_to(&noise, port).unwrap();
        // As DTLS of a connection: an alert that would end it.
        hostile
            .send_to(&[21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40], port)
            .unwrap();
    }
    exchange(vec![pair]).await;
    while shared.dropped_datagrams() < 200 {
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn links_that_ended_leave_the_port_to_others() {
    let (shared, separate) = (on_port("127.0.0.1"), network("127.0.0.1:0"));
    for _ in 0..3 {
        let pairs = join_all((0..4).map(|_| Pair::between(&separate, &shared))).await;
        exchange(pairs).await;
    }
}

/// Sends both ways over each link, and over all at once.
async fn exchange(mut pairs: Vec<Pair>) {
    let all = pairs.iter_mut().enumerate().map(|(index, pair)| async move {
        let (ping, pong) = (format!("ping {index}"), format!("pong {index}"));
        for _ in 0..8 {
            pair.offerer.link.send(vec![9; 16 << 10]).unwrap();
        }
        pair.offerer.link.send(ping.clone().into_bytes()).unwrap();
        for _ in 0..8 {
            assert_eq!(pair.answerer.message().await.len(), 16 << 10);
        }
        assert_eq!(pair.answerer.message().await, ping.as_bytes());
        pair.answerer.link.send(pong.clone().into_bytes()).unwrap();
        assert_eq!(pair.offerer.message().await, pong.as_bytes());
    });
    join_all(all).await;
}

/// The first candidate that a link tells.
async fn candidate(network: &Arc<Network>) -> String {
    let mut tasks = JoinSet::new();
    let mut side = Side::on(
        network,
        (IceTransportPolicy::All, Vec::new()),
        Start::Offer,
        &mut tasks,
    );
    loop {
        match side.event().await {
            LinkEvent::Candidate(candidate) => return candidate.candidate,
            LinkEvent::Closed(reason) => panic!("closed: {reason}"),
            _ => {}
        }
    }
}

async fn fingerprint(network: &Arc<Network>) -> String {
    let mut tasks = JoinSet::new();
    let mut side = Side::on(
        network,
        (IceTransportPolicy::All, Vec::new()),
        Start::Offer,
        &mut tasks,
    );
    let sdp = side.description().await;
    let line = sdp.lines().find(|line| line.starts_with("a=fingerprint:"));
    line.unwrap().to_owned()
}

fn on_port(ip: &str) -> Arc<Network> {
    network(&free_address(ip).to_string())
}

fn open(options: NetworkOptions) -> Arc<Network> {
    Network::open(options).unwrap()
}
