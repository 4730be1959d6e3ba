//! What wildcards and names stand for.

use super::*;

fn host() -> Vec<Interface> {
    let all = [
        ("lo", "127.0.0.1"),
        ("lo", "::1"),
        ("eth0", "192.0.2.1"),
        ("eth0", "2001:db8::1"),
        ("eth0", "fe80::1"),
        ("eth1", "198.51.100.1"),
        ("eth1", "169.254.0.1"),
    ];
    all.map(|(name, ip)| Interface {
        name: name.to_owned(),
        ip: ip.parse().unwrap(),
    })
    .to_vec()
}

fn meant(addresses: &[&str], interfaces: &[&str]) -> Vec<String> {
    let places = places(addresses, interfaces);
    places.among(&host()).iter().map(ToString::to_string).collect()
}

fn places(addresses: &[&str], interfaces: &[&str]) -> Places {
    Places {
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        interfaces: interfaces.iter().map(|&name| name.to_owned()).collect(),
    }
}

#[test]
fn a_wildcard_stands_for_all_but_loopback_and_link_local() {
    assert_eq!(meant(&["0.0.0.0:0"], &[]), ["192.0.2.1", "198.51.100.1"]);
    assert_eq!(
        meant(&["[::]:0"], &[]),
        ["192.0.2.1", "2001:db8::1", "198.51.100.1"]
    );
}

#[test]
fn interfaces_are_chosen_by_name_and_by_address() {
    assert_eq!(meant(&["[::]:0"], &["eth0"]), ["192.0.2.1", "2001:db8::1"]);
    assert_eq!(meant(&["0.0.0.0:0"], &["198.51.100.1"]), ["198.51.100.1"]);
    assert_eq!(
        meant(&["[::]:0"], &["lo"]),
        ["127.0.0.1", "::1"],
        "loopback only if named"
    );
    assert_eq!(meant(&["[::]:0"], &["2001:db8:0::1"]), ["2001:db8::1"]);
}

#[test]
fn an_address_stands_for_itself_once() {
    let given = ["127.0.0.1:7", "192.0.2.1:7", "0.0.0.0:7"];
    assert_eq!(meant(&given, &[]), ["127.0.0.1", "192.0.2.1", "198.51.100.1"]);
}

#[test]
fn a_name_that_the_host_does_not_have_is_told() {
    let places = places(&["0.0.0.0:0"], &["eth0", "192.0.2.1", "wlan7"]);
    assert_eq!(places.missing(&host()), Some("wlan7"));
}
