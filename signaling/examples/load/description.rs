//! Session descriptions as a browser makes them for one data channel, with all candidates inside, some 1 KB each.
//! Addresses are those set aside for documentation.

use crate::random::Random;

/// The number of different ones of each kind, which are made once: a browser's cost of making them is not what is
/// measured.
const VARIANTS: usize = 16;
/// Lengths of ICE's names and passwords in Chromium.
const NAME: usize = 4;
const PASSWORD: usize = 24;

/// Ready-made descriptions, each the text of a JSON object `{"type":..,"sdp":..}`.
#[derive(Debug)]
pub(crate) struct Descriptions {
    offers: Vec<String>,
    answers: Vec<String>,
}

/// A description that a browser gives at once, and what it tells bit by bit after it.
#[derive(Debug)]
pub(crate) struct Trickled {
    /// With line ends as they are sent.
    pub(crate) sdp: String,
    /// The attributes of all candidates.
    pub(crate) candidates: Vec<String>,
}

/// Which of the two that make a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Offer,
    Answer,
}

impl Descriptions {
    /// Makes all variants.
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut all = |kind| (0..VARIANTS).map(|_| object(kind, &sdp(kind, random))).collect();
        Self {
            offers: all(Kind::Offer),
            answers: all(Kind::Answer),
        }
    }

    /// Some offer.
    pub(crate) fn offer(&self, number: usize) -> &str {
        &self.offers[number % VARIANTS]
    }

    /// Some answer.
    pub(crate) fn answer(&self, number: usize) -> &str {
        &self.answers[number % VARIANTS]
    }

    /// Bytes of the shortest description, as it is sent.
    pub(crate) fn shortest(&self) -> usize {
        let all = self.offers.iter().chain(&self.answers);
        all.map(String::len).min().unwrap_or_default()
    }
}

impl Trickled {
    /// Makes a description; `random` says which.
    pub(crate) fn new(kind: Kind, random: &mut Random) -> Self {
        let whole = sdp(kind, random);
        let candidates = whole.lines().filter_map(|line| line.strip_prefix("a="));
        let candidates = candidates.filter(|line| line.starts_with("candidate:"));
        let rest = whole.lines().filter(|line| !line.starts_with("a=candidate:"));
        Self {
            candidates: candidates.map(str::to_owned).collect(),
            sdp: rest.flat_map(|line| [line, "\r\n"]).collect(),
        }
    }
}

fn object(kind: Kind, sdp: &str) -> String {
    let kind = match kind {
        Kind::Offer => "offer",
        Kind::Answer => "answer",
    };
    // All that JSON escapes in a description are its line ends.
    let sdp = sdp.replace('\n', "\\r\\n");
    format!(r#"{{"type":"{kind}","sdp":"{sdp}"}}"#)
}

/// A description with plain line feeds.
fn sdp(kind: Kind, random: &mut Random) -> String {
    let setup = match kind {
        Kind::Offer => "actpass",
        Kind::Answer => "active",
    };
    let (session, host, port) = (
        random.below(1 << 62),
        1 + random.below(254),
        1024 + random.below(60_000),
    );
    let (foundation, second) = (random.below(1 << 31), random.below(1 << 31));
    let digest: Vec<String> = (0..32).map(|_| format!("{:02X}", random.below(256))).collect();
    let (fingerprint, name, password) = (digest.join(":"), word(random, NAME), word(random, PASSWORD));
    format!(
        "v=0
o=- {session} 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=application {port} UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 203.0.113.{host}
a=candidate:{foundation} 1 udp 2122262783 2001:db8:4:{host:x}::1 {port} typ host generation 0 network-id 2 network-cost 10
a=candidate:{second} 1 udp 2122194687 198.51.100.{host} {port} typ host generation 0 network-id 1 network-cost 10
a=candidate:{foundation} 1 udp 1685987071 203.0.113.{host} {port} typ srflx raddr 0.0.0.0 rport 0 generation 0 network-id 1 network-cost 10
a=candidate:{second} 1 tcp 1518214911 198.51.100.{host} 9 typ host tcptype active generation 0 network-id 1 network-cost 10
a=ice-ufrag:{name}
a=ice-pwd:{password}
a=ice-options:trickle
a=fingerprint:sha-256 {fingerprint}
a=setup:{setup}
a=mid:0
a=sctp-port:5000
a=max-message-size:262144
"
    )
}

/// Letters and digits, as many as asked for.
fn word(random: &mut Random, length: usize) -> String {
    (0..length)
        .map(|_| char::from_digit(u32::from(random.byte()) % 36, 36).unwrap_or('0'))
        .collect()
}

#[cfg(test)]
mod tests;
