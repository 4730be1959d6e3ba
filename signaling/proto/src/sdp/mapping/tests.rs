//! Candidates of every kind, and what two of them say together.

use std::net::SocketAddr;

use super::{Mapping, mappings};
use crate::message::{Candidate, Signal};

fn candidate(text: &str) -> Signal {
    Signal::Candidate(Candidate {
        candidate: text.to_owned(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    })
}

fn seen(signal: &Signal) -> Vec<SocketAddr> {
    mappings(signal).map(|mapping| mapping.seen).collect()
}

fn mapping(port: u16, base: &str) -> Mapping {
    let text = format!("candidate:1 1 udp 9 203.0.113.7 {port} typ srflx {base}");
    mappings(&candidate(&text)).next().unwrap()
}

#[test]
fn reads_what_stun_servers_saw_of_udp_sockets() {
    let at = |port| SocketAddr::from(([203, 0, 113, 7], port));
    let cases = [
        (
            "candidate:1 1 UDP 9 203.0.113.7 5000 typ srflx raddr 0.0.0.0 rport 0",
            vec![at(5000)],
        ),
        ("candidate:1 1 udp 9 203.0.113.7 5000 typ srflx", vec![at(5000)]),
        ("candidate:1 1 udp 9 203.0.113.7 5000 typ host", vec![]),
        (
            "candidate:1 1 udp 9 203.0.113.7 5000 typ relay raddr 0.0.0.0 rport 0",
            vec![],
        ),
        (
            "candidate:1 1 tcp 9 203.0.113.7 5000 typ srflx raddr 0.0.0.0 rport 0",
            vec![],
        ),
        ("candidate:1 1 udp 9 name.local 5000 typ srflx", vec![]),
        ("candidate:1 1 udp 9 203.0.113.7 +5 typ srflx", vec![]),
        ("candidate:1 1 udp 9 203.0.113.7 70000 typ srflx", vec![]),
        ("candidate:", vec![]),
        ("", vec![]),
        ("1 1 udp 9 203.0.113.7 5000 typ srflx", vec![]),
    ];
    for (text, expected) in cases {
        assert_eq!(seen(&candidate(text)), expected, "{text}");
    }
    let sdp = "v=0\r\na=candidate:1 1 udp 9 203.0.113.7 5000 typ srflx\r\na=mid:0\r\n\
               a=candidate:2 1 udp 9 203.0.113.7 5001 typ srflx\r\n";
    assert_eq!(seen(&Signal::Offer { sdp: sdp.to_owned() }), [at(5000), at(5001)]);
}

#[test]
fn two_ports_of_one_socket_are_a_symmetric_nat() {
    let hidden = "raddr 0.0.0.0 rport 0";
    let cases = [
        (mapping(5000, hidden), mapping(5001, hidden), true),
        (mapping(5000, hidden), mapping(5000, hidden), false),
        (mapping(5000, ""), mapping(5001, ""), true),
        (
            mapping(5000, "raddr 10.0.0.1 rport 7"),
            mapping(5001, "raddr 10.0.0.1 rport 7"),
            true,
        ),
        (
            mapping(5000, "raddr 10.0.0.1 rport 7"),
            mapping(5001, "raddr 10.0.0.1 rport 8"),
            false,
        ),
    ];
    for (one, other, expected) in cases {
        assert_eq!(one.contradicts(&other), expected, "{one:?} {other:?}");
    }
    let elsewhere = mappings(&candidate("candidate:1 1 udp 9 203.0.113.8 5001 typ srflx"))
        .next()
        .unwrap();
    assert!(!elsewhere.contradicts(&mapping(5000, "")));
}
