//! Candidates, by themselves.

use super::*;

fn host(address: &str) -> String {
    format!("candidate:1 1 udp 2113937151 {address} 46417 typ host")
}

fn carried(text: &str, rules: &SdpRules) -> Option<String> {
    match filter_candidate(text, rules) {
        Ok(Verdict::Carry(text)) => Some(text.into_owned()),
        Ok(Verdict::Drop) => None,
        Err(error) => panic!("{text}: {error}"),
    }
}

#[test]
fn carries_what_stacks_trickle_without_a_copy() {
    let texts = [
        "",
        "candidate:1254954475 1 udp 2113937151 7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local 46417 typ host generation 0 ufrag om4G network-cost 999",
        "candidate:2740755145 1 udp 2113942271 fd00::2 34609 typ host generation 0 ufrag v/Q0 network-cost 999",
        "candidate:842163049 1 udp 1677729535 198.51.100.10 52200 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag v/Q0 network-cost 999",
        "candidate:0 1 UDP 2122252543 a2d23828-ed4d-4d30-8685-a11a6505fcc2.local 57627 typ host",
        "candidate:2 1 TCP 2105458943 192.168.1.5 9 typ host tcptype active",
        "candidate:2693830880 1 udp 2130706431 127.0.0.1 57830 typ host",
        "candidate:3098175849 1 udp 33562623 203.0.113.70 61042 typ relay raddr 198.51.100.10 rport 52200",
        "candidate:1052353102 2 tcp 1675624447 192.168.0.196 0 typ host tcptype active raddr 10.0.0.1 rport 5",
        "candidate:1 256 udp 0 2001:db8::1 65535 typ prflx raddr :: rport 0",
    ];
    for text in texts {
        let verdict = filter_candidate(text, &ANY);
        assert_eq!(verdict, Ok(Verdict::Carry(Cow::Borrowed(text))));
        let Ok(Verdict::Carry(Cow::Borrowed(_))) = verdict else {
            panic!("{text} was copied");
        };
    }
}

#[test]
fn carries_the_addresses_that_the_rules_allow_and_drops_the_others() {
    let cases = [
        ("198.51.100.10", [true, true, true]),
        ("2001:db8::1", [true, true, true]),
        ("7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local", [true, true, true]),
        ("10.1.2.3", [false, true, true]),
        ("192.168.1.1", [false, true, true]),
        ("100.64.0.1", [false, true, true]),
        ("fd00::2", [false, true, true]),
        ("127.0.0.1", [false, false, true]),
        ("169.254.169.254", [false, false, true]),
        ("::1", [false, false, true]),
        ("fe80::1", [false, false, true]),
        ("::ffff:127.0.0.1", [false, false, true]),
        ("0.0.0.0", [false, false, false]),
        ("::", [false, false, false]),
        ("224.0.0.251", [false, false, false]),
        ("ff02::fb", [false, false, false]),
        ("255.255.255.255", [false, false, false]),
        ("fe80::1%eth0", [false, false, false]),
    ];
    for (address, expected) in cases {
        let found = [PUBLIC, PRIVATE, ANY].map(|rules| carried(&host(address), &rules).is_some());
        assert_eq!(found, expected, "{address}");
    }
}

#[test]
fn drops_what_no_stack_could_use_and_what_it_does_not_know() {
    for text in [
        "candidate:1 1 udp 1 198.51.100.10 0 typ host",
        "candidate:1 1 sctp 1 198.51.100.10 5 typ host",
        "candidate:1 1 udp 1 198.51.100.10 5 typ tunnel",
        "candidate:1 1 udp 1 7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local 5 typ srflx",
    ] {
        assert_eq!(carried(text, &ANY), None, "{text}");
    }
}

#[test]
fn takes_out_a_related_address_that_the_rules_forbid() {
    let candidate =
        |related: &str| format!("candidate:1 1 udp 1 198.51.100.10 52200 typ srflx {related} generation 0");
    let cases = [
        ("raddr 192.168.7.2 rport 52200", "raddr 0.0.0.0 rport 0"),
        ("raddr fd00::2 rport 1", "raddr :: rport 0"),
        ("raddr ::1 rport 1", "raddr :: rport 0"),
        ("raddr fe80::1%eth0 rport 1", "raddr :: rport 0"),
        ("raddr ::ffff:10.0.0.1 rport 1", "raddr :: rport 0"),
        ("raddr 224.0.0.1 rport 1", "raddr 0.0.0.0 rport 0"),
        (
            "tcptype so raddr 10.0.0.1 rport 1",
            "tcptype so raddr 0.0.0.0 rport 0",
        ),
        ("raddr 198.51.100.11 rport 7", "raddr 198.51.100.11 rport 7"),
        ("raddr 0.0.0.0 rport 9", "raddr 0.0.0.0 rport 9"),
    ];
    for (came, goes) in cases {
        assert_eq!(
            carried(&candidate(came), &PUBLIC),
            Some(candidate(goes)),
            "{came}"
        );
    }
}

#[test]
fn carries_relays_alone_and_not_whose_they_are_where_relays_are_asked_for() {
    let relay = |related: &str| format!("candidate:1 1 udp 1 203.0.113.70 61042 typ relay raddr {related}");
    let masked = Some(relay("0.0.0.0 rport 0"));
    assert_eq!(carried(&relay("198.51.100.10 rport 52200"), &RELAYS), masked);
    assert_eq!(
        carried(
            &relay("7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local rport 9"),
            &RELAYS
        ),
        masked
    );
    assert_eq!(carried(&relay("0.0.0.0 rport 0"), &RELAYS), masked);
    for kind in ["host", "srflx", "prflx"] {
        let text = format!("candidate:1 1 udp 1 198.51.100.10 52200 typ {kind}");
        assert_eq!(carried(&text, &RELAYS), None, "{kind}");
    }
    assert_eq!(
        carried("candidate:1 1 udp 1 10.0.0.1 52200 typ relay", &RELAYS),
        None
    );
    assert_eq!(carried("", &RELAYS), Some(String::new()));
}

#[test]
fn refuses_a_host_name() {
    for name in [
        "victim.example",
        "localhost",
        "router.local",
        "2130706433",
        "0x7f.1",
    ] {
        assert_eq!(
            filter_candidate(&host(name), &ANY),
            Err(SdpError::HostName),
            "{name}"
        );
        let related = format!("candidate:1 1 udp 1 198.51.100.10 5 typ srflx raddr {name} rport 5");
        assert_eq!(
            filter_candidate(&related, &ANY),
            Err(SdpError::HostName),
            "{name}"
        );
    }
}

#[test]
fn refuses_what_is_no_candidate() {
    let long = format!("candidate:{} 1 udp 1 198.51.100.10 5 typ host", "1".repeat(33));
    let texts = [
        "candidate",
        "candidate:",
        "a=candidate:1 1 udp 1 198.51.100.10 5 typ host",
        " candidate:1 1 udp 1 198.51.100.10 5 typ host",
        "candidate:1 1 udp 1 198.51.100.10 5",
        "candidate:1 1 udp 1 198.51.100.10 5 typ",
        "candidate:1 1 udp 1 198.51.100.10 5 type host",
        "candidate:1 1 udp 1 198.51.100.10 5 typ host ",
        "candidate:1 1 udp 1 198.51.100.10 5 typ  host",
        "candidate:1 1 udp 1 198.51.100.10 5 typ host generation",
        "candidate:1 1 udp 1 198.51.100.10 5 typ host generation ",
        "candidate:1 1 udp 1 198.51.100.10 5 typ host  0",
        "candidate:1 0 udp 1 198.51.100.10 5 typ host",
        "candidate:1 257 udp 1 198.51.100.10 5 typ host",
        "candidate:1 +1 udp 1 198.51.100.10 5 typ host",
        "candidate:1 1 udp 4294967296 198.51.100.10 5 typ host",
        "candidate:1 1 udp -1 198.51.100.10 5 typ host",
        "candidate:1 1 udp 1 198.51.100.10 65536 typ host",
        "candidate:1 1 udp 1 198.51.100.10 5 typ srflx raddr 1.1.1.1",
        "candidate:1 1 udp 1 198.51.100.10 5 typ srflx raddr 1.1.1.1 port 5",
        "candidate:1 1 udp 1 198.51.100.10 5 typ srflx raddr 1.1.1.1 rport 70000",
        "candidate:1 1 udp 1 198.51.100.10 5 typ srflx rport 5 raddr 1.1.1.1",
        "candidate:1 1 udp 1 198.51.100.10 5 typ srflx raddr 1.1.1.1 rport 5 raddr 10.0.0.1 rport 5",
        "candidate:1.1 1 udp 1 198.51.100.10 5 typ host",
        &long,
    ];
    for text in texts {
        let verdict = filter_candidate(text, &ANY);
        assert_eq!(verdict, Err(SdpError::Malformed("candidate")), "{text}");
    }
}

#[test]
fn refuses_a_candidate_that_the_rules_would_drop_if_it_is_malformed_too() {
    let text = "candidate:1 1 udp 1 127.0.0.1 5 typ host generation";
    assert_eq!(
        filter_candidate(text, &PUBLIC),
        Err(SdpError::Malformed("candidate"))
    );
}

#[test]
fn refuses_bytes_that_are_no_text_and_texts_that_are_too_long() {
    for text in [
        "candidate:1 1 udp 1 198.51.100.10 5 typ host\0",
        "candidate:1 1 udp 1 198.51.100.10 5 typ host\r\n",
        "candidate:1 1 udp 1 198.51.100.10 5 typ host\r\na=candidate:1 1 udp 1 127.0.0.1 5 typ host",
        "candidate:1\t1 udp 1 198.51.100.10 5 typ host",
        "candidate:1 1 udp 1 198.51.100.10 5 typ h\u{f6}st",
    ] {
        assert_eq!(filter_candidate(text, &ANY), Err(SdpError::NotText), "{text:?}");
    }
    let longest = format!("{} x {}", host("198.51.100.10"), "1".repeat(MAX_CANDIDATE));
    let longest = &longest[..MAX_CANDIDATE];
    assert_eq!(carried(longest, &ANY).as_deref(), Some(longest));
    assert_eq!(
        filter_candidate(&format!("{longest}1"), &ANY),
        Err(SdpError::TooLarge)
    );
}
