//! Where a connection comes from: what the shell knows of that and what its client tells, as the few numbers that it
//! takes to compare two of them. No text is kept.

use std::net::IpAddr;
use std::num::NonZeroU64;

use super::pairing::Pool;
use crate::admission::Place;
use crate::message::{Cell, Hints};

/// What the shell knows of where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLocation {
    /// Its public address.
    pub address: IpAddr,
    /// The operator's number for the site (an office, a campus) whose subnet it is in, if any.
    pub site: Option<u32>,
    /// The autonomous system that announces the address, if known.
    pub asn: Option<u32>,
    /// The country of the address as two letters (ISO 3166-1), if known.
    pub country: Option<[u8; 2]>,
}

impl From<IpAddr> for ClientLocation {
    fn from(address: IpAddr) -> Self {
        Self {
            address,
            site: None,
            asn: None,
            country: None,
        }
    }
}

/// A block of addresses that one customer may hold many of: a /24 (IPv4) or a /48 (IPv6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(pub(super) Block);

impl Prefix {
    /// The block that an address is in.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => Block::V4(address.to_bits() >> 8),
            IpAddr::V6(address) => Block::V6(high_bits(address.to_bits(), 48)),
        })
    }
}

/// A network as far as it can be told from an address: the autonomous system where it is known, else a /16 (IPv4) or a
/// /32 (IPv6), the least that providers are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Asn(u32),
    Block(Block),
}

/// The high bits of an address, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Block {
    V4(u32),
    V6(u64),
}

/// What members may have in common and are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Common {
    Site(u32),
    Prefix(Prefix),
    Group(Group),
    Pop(NonZeroU64),
    Country([u8; 2]),
}

/// How a member's NAT maps ports, as its candidates told (RFC 4787, section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nat {
    /// Nothing was seen of it: there is none, it maps a socket to one port, or there is only one STUN server to tell
    /// by.
    Unknown,
    /// It maps to another port for each destination: two such peers do not reach each other without a relay.
    Symmetric,
}

/// What is known of where a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Locale {
    /// The address, or the /64 that stands for one.
    pub(super) place: Place,
    pub(super) prefix: Prefix,
    pub(super) site: Option<u32>,
    pub(super) asn: Option<u32>,
    pub(super) country: Option<[u8; 2]>,
    /// The hash of the name of the point of presence.
    pub(super) pop: Option<NonZeroU64>,
    /// The hash of the name of the time zone.
    pub(super) zone: Option<NonZeroU64>,
    pub(super) cell: Option<Cell>,
    pub(super) nat: Nat,
}

impl Locale {
    pub(super) fn new(location: &ClientLocation, hints: &Hints) -> Self {
        Self {
            place: Place::of(location.address),
            prefix: Prefix::of(location.address),
            site: location.site,
            asn: location.asn,
            country: location.country,
            pop: hints.pop.as_deref().map(hash),
            zone: hints.zone.as_deref().map(hash),
            cell: hints.cell,
            nat: Nat::Unknown,
        }
    }

    pub(super) fn group(&self) -> Group {
        if let Some(asn) = self.asn {
            return Group::Asn(asn);
        }
        Group::Block(match self.prefix.0 {
            Block::V4(bits) => Block::V4(bits >> 8),
            Block::V6(bits) => Block::V6(bits >> 16),
        })
    }

    /// Whether the two are neighbours beyond doubt: of one site, or of one prefix.
    pub(super) fn is_kin(&self, other: &Self) -> bool {
        self.prefix == other.prefix || (self.site.is_some() && self.site == other.site)
    }

    /// What the members of a pool have in common with this one; `None` for pools that anyone is in, and where it is not
    /// known.
    pub(super) fn common(&self, pool: Pool) -> Option<Common> {
        match pool {
            Pool::Site => self.site.map(Common::Site),
            Pool::Prefix => Some(Common::Prefix(self.prefix)),
            Pool::Network => Some(Common::Group(self.group())),
            Pool::Pop => self.pop.map(Common::Pop),
            Pool::Country => self.country.map(Common::Country),
            Pool::Room | Pool::EachPrefix => None,
        }
    }

    /// All that it may have in common with others.
    pub(super) fn commons(&self) -> impl Iterator<Item = Common> + use<> {
        let pools = [Pool::Site, Pool::Prefix, Pool::Network, Pool::Pop, Pool::Country];
        pools.map(|pool| self.common(pool)).into_iter().flatten()
    }
}

/// FNV-1a of 64 bits (RFC 9923). Two names that share a hash rank two strangers as neighbours: the worst that whoever
/// makes a collision gets, and whoever lies gets the same.
fn hash(name: &str) -> NonZeroU64 {
    NonZeroU64::new(fnv(name.bytes())).unwrap_or(NonZeroU64::MIN)
}

fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    bytes.fold(OFFSET, step)
}

fn high_bits(bits: u128, count: u32) -> u64 {
    u64::try_from(bits >> (128 - count)).expect("invariant: count is at most 64")
}

#[cfg(test)]
mod tests;
