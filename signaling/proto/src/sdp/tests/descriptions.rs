//! Descriptions as a whole.

use super::samples::*;
use super::*;

const HOST: &str = "a=candidate:1 1 udp 2113937151 198.51.100.10 46417 typ host";

fn carried(sdp: &str, rules: &SdpRules) -> String {
    match filter_description(sdp, rules) {
        Ok(filtered) => filtered.sdp.into_owned(),
        Err(error) => panic!("{error}: {sdp}"),
    }
}

fn refusal(sdp: &str) -> SdpError {
    filter_description(sdp, &ANY).expect_err(sdp)
}

#[test]
fn carries_what_stacks_write_without_a_copy() {
    for (name, sdp) in ALL {
        let filtered = filter_description(sdp, &ANY).unwrap();
        assert!(matches!(filtered.sdp, Cow::Borrowed(_)), "{name} was copied");
        assert_eq!(filtered.sdp, sdp, "{name}");
        assert_eq!(filtered.candidates, sdp.matches("a=candidate:").count(), "{name}");
        assert_eq!(filtered.dropped, 0, "{name}");
    }
}

#[test]
fn carries_masked_candidates_of_browsers_under_the_default_rules_without_a_copy() {
    for sdp in [CHROMIUM_TRICKLE, CHROMIUM, FIREFOX, FIREFOX_ANSWER, SAFARI] {
        let filtered = filter_description(sdp, &SdpRules::default()).unwrap();
        assert!(matches!(filtered.sdp, Cow::Borrowed(_)), "{sdp}");
    }
}

#[test]
fn keeps_either_ending_of_lines_and_a_last_line_without_one() {
    let sdp = with_lines(&[HOST, "a=unknown", "a=end-of-candidates"]);
    let unix = sdp.replace("\r\n", "\n");
    let expected = sdp.replace("a=unknown\r\n", "");
    assert_eq!(carried(&sdp, &ANY), expected);
    assert_eq!(carried(&unix, &ANY), expected.replace("\r\n", "\n"));
    let open = unix.trim_end();
    assert_eq!(carried(open, &ANY), expected.replace("\r\n", "\n").trim_end());
}

#[test]
fn takes_private_addresses_out_wherever_they_are() {
    let filtered = filter_description(CHROMIUM_RAW, &PUBLIC).unwrap();
    let mut expected = CHROMIUM_RAW.replace("m=application 57811", "m=application 9");
    expected = expected.replace("c=IN IP4 192.168.7.2", "c=IN IP4 0.0.0.0");
    expected = expected
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("a=candidate"))
        .collect();
    assert_eq!(filtered.sdp, expected);
    assert_eq!((filtered.candidates, filtered.dropped), (0, 2));
    assert_eq!(carried(CHROMIUM_RAW, &PRIVATE), CHROMIUM_RAW);
}

#[test]
fn takes_a_peers_own_addresses_out_where_relays_are_asked_for() {
    let filtered = filter_description(CHROME_ANSWER, &RELAYS).unwrap();
    let sdp = filtered.sdp;
    assert_eq!((filtered.candidates, filtered.dropped), (1, 3));
    assert!(!sdp.contains("198.51.100.10") && !sdp.contains(".local") && !sdp.contains("52200"));
    assert!(
        sdp.contains("203.0.113.70 61042 typ relay raddr 0.0.0.0 rport 0 generation 0 network-cost 999\r\n")
    );
    assert!(sdp.contains("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"));
}

#[test]
fn takes_a_default_address_of_the_session_out_with_the_sections_port() {
    let sdp = changed("t=0 0\r\n", "c=IN IP6 ::1\r\nt=0 0\r\n");
    let sdp = sdp.replace("m=application 9", "m=application 61885");
    let without = sdp.replace("c=IN IP4 0.0.0.0\r\n", "");
    for sdp in [&sdp, &without] {
        let expected = sdp.replace("c=IN IP6 ::1", "c=IN IP6 ::").replace("61885", "9");
        assert_eq!(carried(sdp, &PUBLIC), expected);
        assert_eq!(carried(sdp, &ANY), *sdp);
    }
}

#[test]
fn takes_an_address_out_of_the_origin_under_any_rules() {
    for (came, goes) in [
        ("IP4 192.168.1.5", "IP4 0.0.0.0"),
        ("IP4 198.51.100.10", "IP4 0.0.0.0"),
        ("IP4 127.0.0.2", "IP4 0.0.0.0"),
        ("IP6 2001:db8::1", "IP6 ::"),
        ("IP6 ::1", "IP6 ::1"),
        ("IP4 0.0.0.0", "IP4 0.0.0.0"),
    ] {
        assert_eq!(
            carried(&changed("IP4 127.0.0.1", came), &ANY),
            changed("IP4 127.0.0.1", goes)
        );
    }
}

#[test]
fn drops_lines_that_no_stack_needs_for_a_data_channel() {
    let sdp = with_lines(&[
        "a=rtcp:9 IN IP4 192.168.1.5",
        "a=sctpmap:5000 webrtc-datachannel 1024",
        "a=identity:abc",
        "a=sctp-init:AAAA",
        "a=x",
        "a=",
        "b=AS:30",
        "i=a title",
    ]);
    assert_eq!(carried(&sdp, &ANY), CHROMIUM_TRICKLE);
    let sdp = changed("s=-\r\n", "s=-\r\nu=http://victim.example\r\ne=a@b.example\r\n");
    assert_eq!(carried(&sdp, &ANY), CHROMIUM_TRICKLE);
    let misplaced = changed("t=0 0\r\n", &format!("t=0 0\r\n{HOST}\r\n"));
    assert_eq!(carried(&misplaced, &ANY), CHROMIUM_TRICKLE);
}

#[test]
fn carries_no_more_candidates_than_the_rules_say() {
    let sdp = with_lines(&[HOST; 100]);
    let filtered = filter_description(&sdp, &ANY).unwrap();
    assert_eq!(filtered.sdp, with_lines(&[HOST; 32]));
    assert_eq!((filtered.candidates, filtered.dropped), (32, 68));
    let none = SdpRules {
        max_candidates: 0,
        ..ANY
    };
    assert_eq!(carried(&sdp, &none), CHROMIUM_TRICKLE);
}

#[test]
fn candidates_that_are_dropped_take_no_place_of_others() {
    let loopback = "a=candidate:1 1 udp 1 127.0.0.1 46417 typ host";
    let mut lines = vec![loopback; 40];
    lines.push(HOST);
    assert_eq!(carried(&with_lines(&lines), &PUBLIC), with_lines(&[HOST]));
}

#[test]
fn refuses_what_is_over_its_limits() {
    let long = format!("a=mid:{}", "x".repeat(MAX_LINE - 6));
    assert_eq!(carried(&with_lines(&[&long]), &ANY), with_lines(&[&long]));
    assert_eq!(refusal(&with_lines(&[&format!("{long}x")])), SdpError::TooLarge);
    let lines = MAX_LINES - CHROMIUM_TRICKLE.lines().count();
    let most = with_lines(&vec!["a=mid:0"; lines]);
    assert_eq!(carried(&most, &ANY), most);
    assert_eq!(
        refusal(&with_lines(&vec!["a=mid:0"; lines + 1])),
        SdpError::TooLarge
    );
    assert_eq!(refusal(&with_lines(&[HOST; 1000])), SdpError::TooLarge);
    let large = with_lines(&[long.as_str(); 8]);
    assert!(large.len() > MAX_SDP);
    assert_eq!(refusal(&large), SdpError::TooLarge);
}

#[test]
fn refuses_bytes_that_are_no_text() {
    for text in [
        "a=mid:\0",
        "a=mid:\t",
        "a=mid:\r0",
        "a=mid:\x7f",
        "a=mid:\u{f6}",
        "\r",
    ] {
        assert_eq!(refusal(&with_lines(&[text])), SdpError::NotText, "{text:?}");
    }
}

#[test]
fn refuses_sections_other_than_the_one_of_a_data_channel() {
    let section = "application 9 UDP/DTLS/SCTP webrtc-datachannel";
    for other in [
        "video 9 UDP/TLS/RTP/SAVPF 96",
        "audio 9 UDP/DTLS/SCTP webrtc-datachannel",
        "application 9 DTLS/SCTP 5000",
        "application 9 UDP/BFCP *",
        "application 9 UDP/DTLS/SCTP webrtc-datachannel 5000",
        "application 9 UDP/DTLS/SCTP",
        "application  9 UDP/DTLS/SCTP",
    ] {
        assert_eq!(
            refusal(&changed(section, other)),
            SdpError::NotDataChannel,
            "{other}"
        );
        let second = format!("m={other}");
        assert_eq!(
            refusal(&with_lines(&[&second])),
            SdpError::NotDataChannel,
            "{other}"
        );
    }
    let again = format!("m={section}");
    assert_eq!(refusal(&with_lines(&[&again])), SdpError::NotDataChannel);
    assert_eq!(
        refusal(&changed("application 9", "application 65536")),
        SdpError::Malformed("m=")
    );
    let tcp = changed("UDP/DTLS", "TCP/DTLS");
    assert_eq!(carried(&tcp, &PUBLIC), tcp);
}

#[test]
fn refuses_a_description_that_lacks_what_a_data_channel_needs() {
    for (prefix, part) in [
        ("o=", "o="),
        ("s=", "s="),
        ("a=fingerprint:", "fingerprint"),
        ("a=ice-ufrag:", "ice-ufrag"),
        ("a=ice-pwd:", "ice-pwd"),
        ("a=setup:", "setup"),
    ] {
        let lines = CHROMIUM_TRICKLE.split_inclusive('\n');
        let sdp: String = lines.filter(|line| !line.starts_with(prefix)).collect();
        assert_eq!(refusal(&sdp), SdpError::Missing(part));
    }
    for (sdp, part) in [("", "v="), ("v=0", "o="), ("o=- 1 1 IN IP4 0.0.0.0", "v=")] {
        assert_eq!(refusal(sdp), SdpError::Missing(part));
    }
    let (session, _) = CHROMIUM_TRICKLE.split_once("m=").unwrap();
    assert_eq!(refusal(session), SdpError::Missing("m="));
}

#[test]
fn refuses_a_second_certificate_and_takes_the_same_one_twice() {
    let line = CHROMIUM_TRICKLE
        .lines()
        .find(|line| line.starts_with("a=fingerprint"))
        .unwrap();
    let twice = with_lines(&[&line.to_lowercase()]);
    assert_eq!(carried(&twice, &ANY), twice);
    let other = with_lines(&[&line.replace("B5:", "B6:")]);
    assert_eq!(refusal(&other), SdpError::Repeated("fingerprint"));
}

#[test]
fn takes_the_hashes_that_stacks_use_at_their_lengths() {
    let with_hash = |hash: &str, bytes: usize| {
        let hex = vec!["0a"; bytes].join(":");
        let line = CHROMIUM_TRICKLE
            .lines()
            .find(|line| line.starts_with("a=fingerprint"));
        changed(line.unwrap(), &format!("a=fingerprint:{hash} {hex}"))
    };
    for (hash, bytes) in [("sha-256", 32), ("sha-384", 48), ("sha-512", 64), ("SHA-256", 32)] {
        let sdp = with_hash(hash, bytes);
        assert_eq!(carried(&sdp, &ANY), sdp);
        for length in [bytes - 1, bytes + 1] {
            let sdp = with_hash(hash, length);
            assert_eq!(
                refusal(&sdp),
                SdpError::Malformed("fingerprint"),
                "{hash} {length}"
            );
        }
    }
    for (hash, bytes) in [("sha-1", 20), ("md5", 16), ("", 32)] {
        assert_eq!(
            refusal(&with_hash(hash, bytes)),
            SdpError::Malformed("fingerprint")
        );
    }
    for (from, to) in [("B5:C0", "B5-C0"), ("B5:C0", "B5:CG"), ("B5:C0", "B5C0:")] {
        assert_eq!(refusal(&changed(from, to)), SdpError::Malformed("fingerprint"));
    }
}

#[test]
fn refuses_members_that_are_malformed_or_repeated() {
    let long = format!("ice-ufrag:{}", "x".repeat(257));
    for (from, to, part) in [
        ("ice-ufrag:om4G", "ice-ufrag:om4", "ice-ufrag"),
        ("ice-ufrag:om4G", "ice-ufrag:om 4G", "ice-ufrag"),
        ("ice-ufrag:om4G", long.as_str(), "ice-ufrag"),
        (
            "ice-pwd:KrcapfrSyEtrOcE8w7kgvbL4",
            "ice-pwd:KrcapfrSyEtrOcE8w7kgv",
            "ice-pwd",
        ),
        ("setup:actpass", "setup:holdconn", "setup"),
        ("setup:actpass", "setup", "setup"),
        ("sctp-port:5000", "sctp-port:65536", "sctp-port"),
        ("sctp-port:5000", "sctp-port", "sctp-port"),
        (
            "max-message-size:262144",
            "max-message-size:-1",
            "max-message-size",
        ),
        ("v=0", "v=1", "v="),
        ("o=- ", "o=", "o="),
        ("c=IN IP4 0.0.0.0", "c=IN IP4", "c="),
        ("c=IN IP4 0.0.0.0", "c=ATM NSAP 0.0.0.0", "c="),
        ("t=0 0\r\n", "t=0 0\r\n\r\n", "line"),
        ("t=0 0", "T=0 0", "line"),
        ("t=0 0", "t 0 0", "line"),
        ("t=0 0", "t", "line"),
        ("t=0 0", "v=0", "order of lines"),
        ("a=mid:0", "s=-", "order of lines"),
        ("a=mid:0", "c=IN IP4 0.0.0.0", "c="),
        ("a=mid:0", "a=candidate", "candidate"),
        ("a=mid:0", "a=candidate:", "candidate"),
    ] {
        assert_eq!(refusal(&changed(from, to)), SdpError::Malformed(part), "{to}");
    }
    for (line, part) in [
        ("a=ice-ufrag:om4G", "ice-ufrag"),
        ("a=ice-pwd:KrcapfrSyEtrOcE8w7kgvbL4", "ice-pwd"),
        ("a=setup:active", "setup"),
    ] {
        assert_eq!(refusal(&with_lines(&[line])), SdpError::Repeated(part));
    }
}

#[test]
fn refuses_host_names_wherever_an_address_stands() {
    for (from, to) in [
        ("c=IN IP4 0.0.0.0", "c=IN IP4 victim.example"),
        ("c=IN IP4 0.0.0.0", "c=IN IP4 224.2.1.1/127"),
        ("IN IP4 127.0.0.1", "IN IP4 host.example"),
        ("a=mid:0", "a=candidate:1 1 udp 1 victim.example 5 typ host"),
    ] {
        assert_eq!(refusal(&changed(from, to)), SdpError::HostName, "{to}");
    }
}
