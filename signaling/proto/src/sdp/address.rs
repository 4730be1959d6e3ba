//! What an address in a description reaches.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Addresses, SdpError};

/// How far an address reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// None: a placeholder.
    Unspecified,
    /// Many machines, or none: multicast, broadcast, reserved.
    Nowhere,
    /// The machine itself or its own link.
    Own,
    /// A private network.
    Private,
    /// The internet.
    Public,
    /// The sender's own network, by a name that tells nothing else.
    Masked,
}

impl Reach {
    /// Tells whether a peer may be told of such an address.
    pub(super) fn is_carried(self, addresses: Addresses) -> bool {
        match self {
            Self::Unspecified | Self::Nowhere => false,
            Self::Own => addresses == Addresses::Any,
            Self::Private => addresses != Addresses::Public,
            Self::Public | Self::Masked => true,
        }
    }
}

/// Judges an address as it is written in a candidate.
///
/// # Errors
/// [`SdpError::HostName`]: it is no literal, and no name of multicast DNS.
pub(super) fn judge(text: &str) -> Result<Reach, SdpError> {
    if let Ok(address) = text.parse() {
        return Ok(reach(address));
    }
    if is_masked(text) {
        return Ok(Reach::Masked);
    }
    // With a zone, which names an interface of the sender's, an address is one of the sender's links.
    let zoned = text
        .split_once('%')
        .map(|(address, _)| address.parse::<Ipv6Addr>());
    if let Some(Ok(_)) = zoned {
        return Ok(Reach::Nowhere);
    }
    Err(SdpError::HostName)
}

/// The placeholder of an address' family. It is never longer than the address.
pub(super) fn placeholder(address: &str) -> &'static str {
    if address.contains(':') { "::" } else { "0.0.0.0" }
}

/// A UUID below `.local`, in lower or upper case.
fn is_masked(name: &str) -> bool {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    const UUID: usize = 36;
    let Some(uuid) = name.strip_suffix(".local") else {
        return false;
    };
    let fits = |(at, byte): (usize, u8)| {
        if DASHES.contains(&at) {
            byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    };
    uuid.len() == UUID && uuid.bytes().enumerate().all(fits)
}

/// Looks an address up in the registries of special ones (RFC 6890 and its successors at IANA). Networks for
/// documentation count as public: nothing is there to be reached.
fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [0, 0, 0, 0] => Reach::Unspecified,
        // "This network", multicast, and what is reserved up to the broadcast address.
        [0 | 224..=255, ..] => Reach::Nowhere,
        [127, ..] | [169, 254, ..] => Reach::Own,
        // Beside private networks: carriers' (RFC 6598), translators' (RFC 7335) and measurement's (RFC 2544).
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reach::Private,
        [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18..=19, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Reach::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Own,
        // IPv4 in IPv6: compatible (RFC 4291), mapped (RFC 4291), translated (RFC 6052), 6to4 (RFC 3056).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // A network's own translator (RFC 8215), unique local (RFC 4193), site-local (RFC 3879).
        [0x64, 0xff9b, 1, ..] | [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Reach::Private,
        [0xfe80..=0xfebf, ..] => Reach::Own,
        [0xff00..=0xffff, ..] => Reach::Nowhere,
        _ => Reach::Public,
    }
}

/// A written-out IPv4 address is no placeholder: nobody writes one that way.
fn embedded(high: u16, low: u16) -> Reach {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    match reach_v4(Ipv4Addr::new(a, b, c, d)) {
        Reach::Unspecified => Reach::Nowhere,
        reach @ (Reach::Nowhere | Reach::Own | Reach::Private | Reach::Public | Reach::Masked) => reach,
    }
}

#[cfg(test)]
mod tests;
