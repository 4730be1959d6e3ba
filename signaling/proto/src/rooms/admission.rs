//! Counts connections by where they come from.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

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

#[cfg(test)]
mod tests;
