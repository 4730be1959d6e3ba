//! What stacks write for a data channel. Those of Chromium and of the webrtc crate were taken down from them; those of
//! Firefox and Safari have these browsers' form.

/// Every sample that must pass as it is where all addresses are allowed.
pub(super) const ALL: [(&str, &str); 9] = [
    (
        "an offer of Chromium 156 before it has candidates",
        CHROMIUM_TRICKLE,
    ),
    ("an offer of Chromium 156", CHROMIUM),
    ("an offer of Chromium 156 that tells its addresses", CHROMIUM_RAW),
    ("an answer of Chrome behind a NAT", CHROME_ANSWER),
    ("an offer of Firefox", FIREFOX),
    ("an answer of Firefox", FIREFOX_ANSWER),
    ("an offer of Safari", SAFARI),
    ("an offer of the webrtc crate 0.21.1", WEBRTC_CRATE),
    ("an answer of the webrtc crate 0.21.1", WEBRTC_CRATE_ANSWER),
];

pub(super) const CHROMIUM_TRICKLE: &str = "v=0\r
o=- 4716134656286124360 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
a=group:BUNDLE 0\r
a=extmap-allow-mixed\r
a=msid-semantic: WMS\r
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 0.0.0.0\r
a=ice-ufrag:om4G\r
a=ice-pwd:KrcapfrSyEtrOcE8w7kgvbL4\r
a=ice-options:trickle\r
a=fingerprint:sha-256 B5:C0:94:A3:5F:F9:56:58:C9:9F:36:9D:C2:C0:C8:2C:AB:03:18:55:02:98:0F:50:E7:B5:42:22:D4:41:0B:E6\r
a=setup:actpass\r
a=mid:0\r
a=sctp-port:5000\r
a=max-message-size:262144\r
";

pub(super) const CHROMIUM: &str = "v=0\r
o=- 4716134656286124360 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
a=group:BUNDLE 0\r
a=extmap-allow-mixed\r
a=msid-semantic: WMS\r
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 0.0.0.0\r
a=candidate:1254954475 1 udp 2113937151 7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local 46417 typ host generation 0 network-cost 999\r
a=candidate:1432730863 1 udp 2113942271 b3a35696-c39d-4561-ad0c-d6d19f0084ac.local 34141 typ host generation 0 network-cost 999\r
a=ice-ufrag:om4G\r
a=ice-pwd:KrcapfrSyEtrOcE8w7kgvbL4\r
a=ice-options:trickle\r
a=fingerprint:sha-256 B5:C0:94:A3:5F:F9:56:58:C9:9F:36:9D:C2:C0:C8:2C:AB:03:18:55:02:98:0F:50:E7:B5:42:22:D4:41:0B:E6\r
a=setup:actpass\r
a=mid:0\r
a=sctp-port:5000\r
a=max-message-size:262144\r
";

pub(super) const CHROMIUM_RAW: &str = "v=0\r
o=- 253815964066901460 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
a=group:BUNDLE 0\r
a=extmap-allow-mixed\r
a=msid-semantic: WMS\r
m=application 57811 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 192.168.7.2\r
a=candidate:2754541177 1 udp 2113937151 192.168.7.2 57811 typ host generation 0 network-cost 999\r
a=candidate:2740755145 1 udp 2113942271 fd00::2 34609 typ host generation 0 network-cost 999\r
a=ice-ufrag:v/Q0\r
a=ice-pwd:+JfEPHfYV6IP5Mi/nhkkEzWf\r
a=ice-options:trickle\r
a=fingerprint:sha-256 89:F4:2C:40:B0:AC:FD:0E:0E:06:6A:92:25:29:9C:54:27:FE:39:FC:D0:58:CC:F9:B5:D4:90:07:37:CD:BE:96\r
a=setup:actpass\r
a=mid:0\r
a=sctp-port:5000\r
a=max-message-size:262144\r
";

pub(super) const CHROME_ANSWER: &str = "v=0\r
o=- 2030430454189804521 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
a=group:BUNDLE 0\r
a=extmap-allow-mixed\r
a=msid-semantic: WMS\r
m=application 52200 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 198.51.100.10\r
a=candidate:445014852 1 udp 2113937151 7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local 52200 typ host generation 0 network-cost 999\r
a=candidate:842163049 1 udp 1677729535 198.51.100.10 52200 typ srflx raddr 0.0.0.0 rport 0 generation 0 network-cost 999\r
a=candidate:3098175849 1 udp 33562623 203.0.113.70 61042 typ relay raddr 198.51.100.10 rport 52200 generation 0 network-cost 999\r
a=candidate:1510613869 1 tcp 1518280447 192.168.7.2 9 typ host tcptype active generation 0 network-id 1 network-cost 10\r
a=ice-ufrag:61Ov\r
a=ice-pwd:j66lnuPV4jJZVvCnfh0DZZZh\r
a=ice-options:trickle\r
a=fingerprint:sha-256 B4:FC:99:2E:09:BF:16:AA:90:1B:36:F1:2C:E4:14:E0:D7:9C:B7:CD:22:16:9F:E1:08:24:A7:9B:F9:DE:B9:EC\r
a=setup:active\r
a=mid:0\r
a=sctp-port:5000\r
a=max-message-size:262144\r
";

pub(super) const FIREFOX: &str = "v=0\r
o=mozilla...THIS_IS_SDPARTA-99.0 4392469686462061977 0 IN IP4 0.0.0.0\r
s=-\r
t=0 0\r
a=sendrecv\r
a=fingerprint:sha-256 86:E9:01:9A:46:6E:80:96:55:E7:E2:6E:4A:18:D0:6F:50:B7:BF:A7:B9:5A:F0:94:EE:1D:64:1E:32:99:88:B2\r
a=group:BUNDLE 0\r
a=ice-options:trickle\r
a=msid-semantic:WMS *\r
m=application 42968 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 198.51.100.23\r
a=candidate:0 1 UDP 2122187007 f2ef7d36-94f0-40a7-af6a-a9646067112d.local 39048 typ host\r
a=candidate:2 1 TCP 2105458943 f2ef7d36-94f0-40a7-af6a-a9646067112d.local 9 typ host tcptype active\r
a=candidate:1 1 UDP 1677729535 198.51.100.23 42968 typ srflx raddr 0.0.0.0 rport 0\r
a=sendrecv\r
a=end-of-candidates\r
a=extmap-allow-mixed\r
a=ice-pwd:c9bfac6a0f3ed3e2550e30b5b48c2d6f\r
a=ice-ufrag:ddcc4611\r
a=mid:0\r
a=setup:actpass\r
a=sctp-port:5000\r
a=max-message-size:1073741823\r
";

pub(super) const FIREFOX_ANSWER: &str = "v=0\r
o=mozilla...THIS_IS_SDPARTA-99.0 8697926912015624 0 IN IP4 0.0.0.0\r
s=-\r
t=0 0\r
a=sendrecv\r
a=fingerprint:sha-256 CD:34:D1:62:16:95:7B:B7:EB:74:E2:39:27:97:EB:0B:23:73:AC:BC:BF:2F:E3:91:CB:57:A9:9D:4A:A2:0B:40\r
a=group:BUNDLE 0\r
a=ice-options:trickle\r
a=msid-semantic:WMS *\r
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 0.0.0.0\r
a=sendrecv\r
a=extmap-allow-mixed\r
a=ice-pwd:e81b4820b2c8b90fbd4f4b3c9b2be59f\r
a=ice-ufrag:9f478f21\r
a=mid:0\r
a=setup:active\r
a=sctp-port:5000\r
a=max-message-size:1073741823\r
";

pub(super) const SAFARI: &str = "v=0\r
o=- 6581395123809502337 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
a=group:BUNDLE 0\r
a=extmap-allow-mixed\r
a=msid-semantic: WMS\r
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 0.0.0.0\r
a=candidate:1833298217 1 udp 2113937151 0f9f2d0c-5b7e-4d5f-8d2c-7b6a3a1f4c11.local 63811 typ host generation 0 network-cost 999\r
a=ice-ufrag:A4sp\r
a=ice-pwd:NtRew5Uit024CmNLovX4++t4\r
a=ice-options:trickle\r
a=fingerprint:sha-256 6E:52:CA:43:03:1D:92:89:BB:7F:6C:E2:EA:AD:E8:8C:9C:81:3B:3B:AE:8E:A0:5C:A5:74:9E:18:C7:DA:FB:94\r
a=setup:actpass\r
a=mid:0\r
a=sctp-port:5000\r
a=max-message-size:262144\r
";

pub(super) const WEBRTC_CRATE: &str = "v=0\r
o=- 5241408376979256091 185371648 IN IP4 0.0.0.0\r
s=-\r
t=0 0\r
a=fingerprint:sha-256 81:7D:F8:C8:2B:2B:00:29:6E:08:57:23:D3:2F:00:93:13:59:54:E7:FA:DB:85:70:5B:2B:7A:FC:13:17:83:6D\r
a=extmap-allow-mixed\r
a=group:BUNDLE 0\r
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 0.0.0.0\r
a=setup:actpass\r
a=mid:0\r
a=sendrecv\r
a=sctp-port:5000\r
a=max-message-size:65536\r
a=ice-ufrag:OUrVFZkArVCzQhDn\r
a=ice-pwd:cRMKQejmYqTpGmMAlDpnTohpBMTjKcFO\r
a=candidate:2693830880 1 udp 2130706431 127.0.0.1 57830 typ host\r
a=candidate:2693830880 2 udp 2130706431 127.0.0.1 57830 typ host\r
a=end-of-candidates\r
";

pub(super) const WEBRTC_CRATE_ANSWER: &str = "v=0\r
o=- 6756140920665702734 188112383 IN IP4 0.0.0.0\r
s=-\r
t=0 0\r
a=msid-semantic:WMS *\r
a=fingerprint:sha-256 7C:4F:B8:E5:37:80:D5:D2:E0:E7:F9:F2:2B:CD:05:15:42:33:49:21:48:9F:2B:4A:56:A2:DA:DE:6B:07:EF:3B\r
a=extmap-allow-mixed\r
a=group:BUNDLE 0\r
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 0.0.0.0\r
a=setup:active\r
a=mid:0\r
a=sendrecv\r
a=sctp-port:5000\r
a=max-message-size:65536\r
a=ice-ufrag:eFhfMYHIQjblBlvC\r
a=ice-pwd:FCetDlOuOTIyQmtMAUtBtpFNctWgwTZH\r
";
