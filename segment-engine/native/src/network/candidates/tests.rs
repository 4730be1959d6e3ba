//! What peers are told of addresses.

use super::*;

const HOST: &str = "candidate:1 1 udp 2130706431 10.0.0.1 50001 typ host";

fn rewrite(candidates: &[&str], public: &[&str]) -> Vec<String> {
    let translation = Translation::default();
    translation.add("10.0.0.1:50001".parse().unwrap(), "10.0.0.1:443".parse().unwrap());
    translation.add("10.0.0.2:50002".parse().unwrap(), "10.0.0.2:443".parse().unwrap());
    let public: Vec<IpAddr> = public.iter().map(|ip| ip.parse().unwrap()).collect();
    let mut rewriter = Rewriter::default();
    candidates
        .iter()
        .flat_map(|candidate| rewriter.rewrite(candidate, &translation, &public))
        .collect()
}

#[test]
fn the_shared_port_takes_the_place_of_the_stacks() {
    assert_eq!(
        rewrite(&[HOST], &[]),
        ["candidate:1 1 udp 2130706431 10.0.0.1 443 typ host"]
    );
}

#[test]
fn public_addresses_take_the_place_of_the_hosts_each_once() {
    let other = "candidate:2 1 udp 2130706431 10.0.0.2 50002 typ host";
    assert_eq!(
        rewrite(&[HOST, other], &["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
        [
            "candidate:1 1 udp 2130706431 192.0.2.1 443 typ host",
            "candidate:1 1 udp 2130706431 192.0.2.2 443 typ host"
        ]
    );
}

#[test]
fn a_public_address_is_for_its_own_family() {
    let six = "candidate:3 1 udp 2130706431 2001:db8::9 50003 typ host";
    assert_eq!(rewrite(&[six], &["192.0.2.1"]), [six]);
    assert_eq!(
        rewrite(&[six], &["2001:db8::1"]),
        ["candidate:3 1 udp 2130706431 2001:db8::1 50003 typ host"]
    );
}

#[test]
fn what_a_server_saw_stays_and_its_base_is_mended() {
    let reflexive = "candidate:4 1 udp 1694498815 192.0.2.7 50001 typ srflx raddr 10.0.0.1 rport 50001";
    assert_eq!(
        rewrite(&[reflexive], &["192.0.2.1"]),
        ["candidate:4 1 udp 1694498815 192.0.2.7 50001 typ srflx raddr 10.0.0.1 rport 443"]
    );
}

#[test]
fn who_is_met_over_a_relay_is_known_by_no_other_address() {
    for (address, base, told) in [
        ("192.0.2.9", "10.0.0.1", "0.0.0.0"),
        ("2001:db8::9", "2001:db8:1::1", "::"),
    ] {
        let relayed =
            |base, port| format!("candidate:5 1 udp 5 {address} 3478 typ relay raddr {base} rport {port}");
        assert_eq!(
            rewrite(&[&relayed(base, 50_001)], &["192.0.2.1"]),
            [relayed(told, 9)]
        );
    }
    let bare = "candidate:5 1 udp 5 192.0.2.9 3478 typ relay";
    assert_eq!(rewrite(&[bare], &[]), [bare]);
}

#[test]
fn what_is_no_candidate_stays_as_it_is() {
    for text in [
        "",
        "candidate:",
        "candidate:1 1 udp 1 name.local 5 typ host",
        "a b c d 10.0.0.1",
    ] {
        assert_eq!(rewrite(&[text], &["192.0.2.1"]), [text]);
    }
}
