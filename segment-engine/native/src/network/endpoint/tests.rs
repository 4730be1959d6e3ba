//! Which addresses of peers are tried.

use super::*;
use crate::network::tests::{core_of, shared};

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
    let network = shared();
    let before = core_of(&network).socket(0).max_gso_segments();
    let seat = network.seat().unwrap();
    let stack = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = seat.runtime().wrap_udp_socket(stack).unwrap();
    for peer in ["127.0.0.1:0", "0.1.2.3:9", "192.0.2.1:9", "224.0.0.1:9"] {
        socket.send_to(b"x", peer.parse().unwrap()).await.unwrap();
    }
    assert_eq!(core_of(&network).socket(0).max_gso_segments(), before);
}
