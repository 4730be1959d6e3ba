//! What holds of any text.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const ADDRESSES: [&str; 24] = [
    "198.51.100.10",
    "2001:db8::1",
    "7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local",
    "10.1.2.3",
    "172.20.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "fd00::2",
    "127.0.0.1",
    "169.254.169.254",
    "::1",
    "fe80::1",
    "fe80::1%2",
    "::ffff:127.0.0.1",
    "::ffff:192.168.1.1",
    "0.0.0.0",
    "::",
    "224.0.0.251",
    "239.1.1.1",
    "ff02::fb",
    "ff0e::1",
    "240.0.0.1",
    "255.255.255.255",
    "victim.example",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_filtered_without_a_panic(text in "\\PC{0,200}", bytes in any::<Vec<u8>>(), rules in any_rules()) {
        check_description(&text, &rules)?;
        check_candidate(&text, &rules)?;
        let text = String::from_utf8_lossy(&bytes);
        check_description(&text, &rules)?;
        check_candidate(&text, &rules)?;
    }

    #[test]
    fn a_description_that_passed_passes_again_as_it_is(sdp in any_description(), rules in any_rules()) {
        check_description(&sdp, &rules)?;
    }

    #[test]
    fn a_description_with_bytes_changed_passes_twice_or_not(
        (_, sample) in select(samples::ALL.as_slice()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), b' '..=b'~'), 1..4),
        rules in any_rules(),
    ) {
        let mut bytes = sample.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check_description(std::str::from_utf8(&bytes).unwrap(), &rules)?;
    }

    #[test]
    fn a_candidate_that_passed_passes_again_as_it_is(text in any_candidate(), rules in any_rules()) {
        check_candidate(&text, &rules)?;
    }

    #[test]
    fn no_address_that_the_rules_forbid_is_in_what_passed(sdp in any_description(), rules in any_rules()) {
        if let Ok(filtered) = filter_description(&sdp, &rules) {
            let origin = filtered.sdp.lines().nth(1).unwrap();
            prop_assert!(!origin.contains("192.168."), "{}", origin);
            for line in filtered.sdp.lines().filter(|line| !line.starts_with("o=")) {
                check_addresses(line, &rules)?;
            }
        }
    }

    #[test]
    fn no_address_that_the_rules_forbid_is_in_a_candidate_that_passed(text in any_candidate(), rules in any_rules()) {
        if let Ok(Verdict::Carry(text)) = filter_candidate(&text, &rules) {
            check_addresses(&text, &rules)?;
        }
    }
}

fn check_description(sdp: &str, rules: &SdpRules) -> Result<(), TestCaseError> {
    let Ok(filtered) = filter_description(sdp, rules) else {
        return Ok(());
    };
    prop_assert!(filtered.sdp.len() <= sdp.len());
    prop_assert!(filtered.candidates <= rules.max_candidates);
    let again =
        filter_description(&filtered.sdp, rules).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(matches!(again.sdp, Cow::Borrowed(_)), "{:?}", again);
    prop_assert_eq!((again.candidates, again.dropped), (filtered.candidates, 0));
    Ok(())
}

fn check_candidate(text: &str, rules: &SdpRules) -> Result<(), TestCaseError> {
    let Ok(Verdict::Carry(carried)) = filter_candidate(text, rules) else {
        return Ok(());
    };
    prop_assert!(carried.len() <= text.len());
    let again = filter_candidate(&carried, rules);
    prop_assert!(
        matches!(again, Ok(Verdict::Carry(Cow::Borrowed(_)))),
        "{:?}",
        again
    );
    Ok(())
}

/// Judges with the standard library's knowledge of addresses, and not the filter's.
fn check_addresses(line: &str, rules: &SdpRules) -> Result<(), TestCaseError> {
    let candidate = line.contains("candidate:");
    for (index, word) in line.split(' ').enumerate() {
        prop_assert!(!word.contains(".example"), "{}", line);
        prop_assert!(
            rules.transport_policy == IceTransportPolicy::All || !word.ends_with(".local"),
            "{}",
            line
        );
        let Ok(address) = word.parse::<IpAddr>() else {
            continue;
        };
        let address = address.to_canonical();
        if address.is_unspecified() {
            prop_assert!(!candidate || index != 4, "{}", line);
            continue;
        }
        prop_assert!(is_allowed(address, rules.addresses), "{}", line);
        // A relay's address, and no other.
        prop_assert!(
            rules.transport_policy == IceTransportPolicy::All || (candidate && index == 4),
            "{}",
            line
        );
    }
    Ok(())
}

fn is_allowed(address: IpAddr, allowed: Addresses) -> bool {
    let (own, private, nowhere) = match address {
        IpAddr::V4(it) => (
            it.is_loopback() || it.is_link_local(),
            it.is_private() || (it.octets()[0] == 100 && it.octets()[1] & 0xc0 == 64),
            it.is_multicast() || it.is_broadcast() || it.octets()[0] >= 240,
        ),
        IpAddr::V6(it) => (
            it.is_loopback() || it.is_unicast_link_local(),
            it.is_unique_local(),
            it.is_multicast(),
        ),
    };
    match allowed {
        Addresses::Public => !own && !private && !nowhere,
        Addresses::Private => !own && !nowhere,
        Addresses::Any => !nowhere,
    }
}

fn any_rules() -> impl Strategy<Value = SdpRules> {
    let addresses = select(vec![Addresses::Public, Addresses::Private, Addresses::Any]);
    let transport_policy = select(vec![IceTransportPolicy::All, IceTransportPolicy::Relay]);
    (addresses, transport_policy, 0_usize..8).prop_map(|(addresses, transport_policy, max_candidates)| {
        SdpRules {
            addresses,
            transport_policy,
            max_candidates,
        }
    })
}

/// Mostly good ones: a host name ends all.
fn any_address() -> impl Strategy<Value = &'static str> {
    let (last, others) = ADDRESSES.split_last().unwrap();
    prop_oneof![99 => select(others), 1 => Just(*last)]
}

fn any_candidate() -> impl Strategy<Value = String> {
    let transport = select(vec!["udp", "UDP", "tcp", "sctp"]);
    let kind = select(vec!["host", "srflx", "relay", "relay", "other"]);
    let related = prop::option::of((any_address(), 0_u16..3));
    let rest = select(vec!["", " generation 0", " tcptype active network-cost 999"]);
    (transport, any_address(), 0_u16..3, kind, related, rest).prop_map(
        |(transport, address, port, kind, related, rest)| {
            let related = related.map(|(address, port)| format!(" raddr {address} rport {port}"));
            let related = related.unwrap_or_default();
            format!("candidate:1 1 {transport} 7 {address} {port} typ {kind}{rest}{related}")
        },
    )
}

fn any_description() -> impl Strategy<Value = String> {
    let more = vec![
        "a=end-of-candidates",
        "a=x:127.0.0.1",
        "b=AS:30",
        "a=mid:0",
        "a=rtcp:9 IN IP4 10.0.0.1",
    ];
    let line = prop_oneof![4 => any_candidate().prop_map(|it| format!("a={it}")), 1 => select(more).prop_map(str::to_owned)];
    let connection = || prop::option::of(any_address());
    let lines = prop::collection::vec(line, 0..12);
    (any_address(), connection(), connection(), any::<u16>(), lines).prop_map(
        |(origin, session, section, port, lines)| {
            let connection = |address: Option<&str>| address.map_or(String::new(), |it| format!("c=IN IP4 {it}\r\n"));
            let (session, section) = (connection(session), connection(section));
            let attributes = &samples::CHROMIUM_TRICKLE.split_once("a=ice-ufrag").unwrap().1;
            format!(
                "v=0\r\no=- 1 1 IN IP4 {origin}\r\ns=-\r\n{session}t=0 0\r\nm=application {port} UDP/DTLS/SCTP webrtc-datachannel\r\n{section}a=ice-ufrag{attributes}{}\r\n",
                lines.join("\r\n")
            )
            .replace("\r\n\r\n", "\r\n")
        },
    )
}
