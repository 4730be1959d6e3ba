//! What a network refuses to be.

use super::*;

#[tokio::test]
async fn options_that_contradict_each_other_are_told() {
    let base = NetworkOptions::default();
    let addresses = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| text.parse().unwrap())
            .collect::<Vec<SocketAddr>>()
    };
    let cases = [
        (
            NetworkOptions {
                udp_addresses: vec![],
                ..base.clone()
            },
            "give one at least",
        ),
        (
            NetworkOptions {
                udp_addresses: addresses(&["127.0.0.1:4000", "[::1]:0"]),
                ..base.clone()
            },
            "every one port 0",
        ),
        (
            NetworkOptions {
                udp_addresses: addresses(&["127.0.0.1:4000"]),
                udp_ports: PortRange::new(40_000, 40_999),
                ..base.clone()
            },
            "all peers share",
        ),
        (
            NetworkOptions {
                public_addresses: vec!["0.0.0.0".parse().unwrap()],
                ..base.clone()
            },
            "0.0.0.0 is no address",
        ),
        (
            NetworkOptions {
                interfaces: vec!["nope7".to_owned()],
                ..base.clone()
            },
            "\"nope7\"; this host has",
        ),
        (
            NetworkOptions {
                interfaces: vec!["lo".to_owned(); 17],
                ..base
            },
            "16 at most",
        ),
    ];
    for (options, expected) in cases {
        let error = Network::open(options).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let options = NetworkOptions {
        udp_addresses: vec![address],
        ..NetworkOptions::default()
    };
    let error = Network::open(options.clone()).unwrap_err().to_string();
    assert!(error.contains(&address.to_string()), "{error}");
    drop(taken);
    let network = Network::open(options.clone()).unwrap();
    drop(network);
    // The readers end with their network; they may need a moment.
    for _ in 0..100 {
        match Network::open(options.clone()) {
            Ok(_) => return,
            Err(_) => tokio::task::yield_now().await,
        }
    }
    panic!("the port is not given back");
}

#[tokio::test]
async fn a_seat_that_is_left_leaves_nothing() {
    let network = shared();
    let seats: Vec<_> = (0..10).map(|_| network.seat().unwrap()).collect();
    assert_eq!(core_of(&network).connections(), 10);
    drop(seats);
    assert_eq!(core_of(&network).connections(), 0);
}

/// A network of one port on loopback.
pub(super) fn shared() -> Arc<Network> {
    Network::open(NetworkOptions {
        udp_addresses: vec![free_address("127.0.0.1")],
        ..NetworkOptions::default()
    })
    .unwrap()
}

/// What its connections share.
pub(super) fn core_of(network: &Network) -> &Arc<Core> {
    let Sockets::Shared(mux) = &network.sockets else {
        panic!("a fixed port is shared");
    };
    mux.core()
}

/// An address of a port that is free now.
pub(crate) fn free_address(ip: &str) -> SocketAddr {
    let ip: IpAddr = ip.parse().unwrap();
    let socket = std::net::UdpSocket::bind((ip, 0)).unwrap();
    socket.local_addr().unwrap()
}
