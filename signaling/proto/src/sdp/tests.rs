//! What stacks write passes as it is; what harms is refused, dropped or masked.

mod candidates;
mod descriptions;
mod properties;
mod samples;

use super::*;

const PUBLIC: SdpRules = rules(Addresses::Public, IceTransportPolicy::All);
const PRIVATE: SdpRules = rules(Addresses::Private, IceTransportPolicy::All);
const ANY: SdpRules = rules(Addresses::Any, IceTransportPolicy::All);
const RELAYS: SdpRules = rules(Addresses::Public, IceTransportPolicy::Relay);

const fn rules(addresses: Addresses, transport_policy: IceTransportPolicy) -> SdpRules {
    SdpRules {
        addresses,
        transport_policy,
        max_candidates: 32,
    }
}

/// A good description whose section ends with some more lines.
fn with_lines(lines: &[&str]) -> String {
    let mut sdp = samples::CHROMIUM_TRICKLE.to_owned();
    for line in lines {
        sdp.push_str(line);
        sdp.push_str("\r\n");
    }
    sdp
}

/// A good description with one piece replaced.
fn changed(from: &str, to: &str) -> String {
    assert!(samples::CHROMIUM_TRICKLE.contains(from), "{from}");
    samples::CHROMIUM_TRICKLE.replacen(from, to, 1)
}
