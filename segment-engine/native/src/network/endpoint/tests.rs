//! Which addresses of peers are tried.

use super::*;

fn can(ip: &str, peer: &str) -> bool {
    can_be_reached(ip.parse().unwrap(), peer.parse().unwrap())
}

#[test]
fn what_the_system_would_call_invalid_is_not_tried() {
    for peer in [
        "192.0.2.1:0",
        "0.0.0.0:9",
        "0.1.2.3:9",
        "224.0.0.251:5353",
        "255.255.255.255:9",
        "[2001:db8::1]:9",
    ] {
        assert!(!can("198.51.100.1", peer), "{peer}");
    }
    for peer in [
        "[::]:9",
        "[fe80::1]:9",
        "[ff02::fb]:5353",
        "[::ffff:192.0.2.1]:9",
        "192.0.2.1:9",
    ] {
        assert!(!can("2001:db8::1", peer), "{peer}");
    }
    assert!(!can("127.0.0.1", "192.0.2.1:9"), "loopback leads nowhere else");
}

#[test]
fn what_can_be_reached_is_tried() {
    assert!(can("198.51.100.1", "192.0.2.1:9"));
    assert!(can("198.51.100.1", "198.51.100.1:9"));
    assert!(can("127.0.0.1", "127.0.0.1:9"));
    assert!(can("2001:db8::1", "[2001:db8::2]:9"));
    assert!(can("::1", "[::1]:9"));
}

#[tokio::test]
async fn hostile_candidates_do_not_cost_the_port_its_batches() {
    use crate::network::{Network, NetworkOptions, Sockets};
    let address = crate::network::tests::free_address("127.0.0.1");
    let network = Network::open(NetworkOptions {
        udp_addresses: vec![address],
        ..NetworkOptions::default()
    })
    .unwrap();
    let Sockets::Shared(mux) = &network.sockets else {
        panic!("a fixed port is shared");
    };
    let before = mux.core().socket(0).max_gso_segments();
    let seat = network.seat().unwrap();
    let stack = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = seat.runtime().wrap_udp_socket(stack).unwrap();
    for peer in ["127.0.0.1:0", "0.1.2.3:9", "192.0.2.1:9", "224.0.0.1:9"] {
        socket.send_to(b"x", peer.parse().unwrap()).await.unwrap();
    }
    assert_eq!(mux.core().socket(0).max_gso_segments(), before);
}
