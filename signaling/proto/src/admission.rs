//! The limits that a connection meets before anything else: how many there are from one place, and why a client is turned
//! away. Both the lobby and rooms without one use them.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use thiserror::Error;

/// What counts as one place: an IPv4 address, or the /64 that a provider gives to one customer (RFC 6177).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(IpAddr);

impl Place {
    /// The place that an address is in.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(IpAddr::V4(address)),
            IpAddr::V6(address) => {
                let prefix = address.to_bits() & !u128::from(u64::MAX);
                Self(IpAddr::V6(Ipv6Addr::from_bits(prefix)))
            }
        }
    }

    /// The place as 16 bytes: an IPv4 address as an IPv6 address that stands for it (RFC 4291, section 2.5.5.2).
    pub(crate) fn octets(self) -> [u8; 16] {
        match self.0 {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        }
    }
}

/// How many connections there are from each place.
#[derive(Debug, Default)]
pub struct Admission {
    places: BTreeMap<Place, usize>,
}

impl Admission {
    /// Counts one more from a place, unless it has `limit` already. Tells whether it was counted.
    pub fn enter(&mut self, place: Place, limit: usize) -> bool {
        let count = self.places.entry(place).or_default();
        if *count >= limit {
            return false;
        }
        *count += 1;
        true
    }

    /// Counts one less from a place.
    pub fn exit(&mut self, place: Place) {
        let Some(count) = self.places.get_mut(&place) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            self.places.remove(&place);
        }
    }
}

/// Why a client is not let in. It may come back later, or to another server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Full {
    /// The server has as many connections as it takes.
    Server,
    /// This address has as many connections as it may.
    Address,
    /// This token has as many connections as it may.
    Token,
    /// The swarm has as many members as it may, or there are too many swarms.
    Swarm,
}

impl Full {
    /// The reason in one line, for a person.
    pub fn text(self) -> &'static str {
        match self {
            Self::Server => "the server is full",
            Self::Address => "too many connections from this address",
            Self::Token => "too many connections with this token",
            Self::Swarm => "no room in the swarm",
        }
    }
}

impl fmt::Display for Full {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

#[cfg(test)]
mod tests;
