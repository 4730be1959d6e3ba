//! What a range of ports is, and what happens when all are taken.

use std::net::Ipv4Addr;

use super::*;

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[test]
fn a_range_is_read_as_it_is_written() {
    let range: PortRange = "40000-40999".parse().unwrap();
    assert_eq!(range.count(), 1000);
    assert_eq!(range.to_string(), "40000-40999");
    assert_eq!("1-65535".parse::<PortRange>().unwrap().count(), 65_535);
    assert_eq!("7-7".parse::<PortRange>().unwrap().count(), 1);
}

#[test]
fn what_is_no_range_is_refused_with_an_example() {
    for text in [
        "", "-", "40000", "0-10", "10-9", "1-65536", "a-b", "1-2-3", "-1-5",
    ] {
        let error = text.parse::<PortRange>().unwrap_err().to_string();
        assert!(error.contains("40000-40999"), "{text}: {error}");
    }
}

#[test]
fn each_port_is_given_once_and_again_when_it_is_back() {
    let range = free(4);
    let ports = Ports::new(range);
    let mut taken: Vec<_> = (0..4).map(|_| ports.bind(HOST).unwrap()).collect();
    let mut numbers: Vec<_> = taken
        .iter()
        .map(|socket| socket.local_addr().unwrap().port())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (range.first..=range.last).collect::<Vec<_>>());
    let error = ports.bind(HOST).unwrap_err().to_string();
    assert!(
        error.contains(&range.to_string()) && error.contains("udp_ports"),
        "{error}"
    );
    let back = taken.swap_remove(1).local_addr().unwrap();
    assert_eq!(ports.bind(HOST).unwrap().local_addr().unwrap(), back);
}

#[test]
fn an_address_that_is_not_this_hosts_is_told_at_once() {
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let error = Ports::new(free(2)).bind(elsewhere).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrNotAvailable);
}

/// A range in which every port is free now.
fn free(count: u16) -> PortRange {
    (0..100)
        .find_map(|_| {
            let first = UdpSocket::bind((HOST, 0)).ok()?.local_addr().ok()?.port();
            let range = PortRange::new(first, first.checked_add(count - 1)?)?;
            let all: Result<Vec<_>, _> = (range.first..=range.last)
                .map(|port| UdpSocket::bind((HOST, port)))
                .collect();
            all.is_ok().then_some(range)
        })
        .expect("some ports are free")
}
