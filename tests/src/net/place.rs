//! The place of a node: its region, its distance from the backbone, and its NAT; and who reaches whom.

use crate::clock::{Dice, MILLI};

/// The NAT or firewall between a node and its peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nat {
    /// A home router.
    Home,
    /// A carrier's translator.
    Cellular,
    /// Nothing but TCP passes, as in some companies: there are no links.
    Blocked,
}

/// The place of a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) region: u8,
    /// The one-way delay from the node to its region's backbone, in microseconds.
    pub(crate) access: u64,
    pub(crate) nat: Nat,
    pub(crate) ipv6: bool,
}

/// The shares of a network's kinds of access, and the distance between its regions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reach {
    pub(crate) regions: u8,
    /// The additional round trip between two regions, in microseconds.
    pub(crate) apart: u64,
    pub(crate) cellular: f64,
    pub(crate) blocked: f64,
    pub(crate) ipv6: f64,
}

impl Place {
    /// Draws a place. Round trips within a region are 10 to 80 ms.
    pub(crate) fn draw(dice: &mut Dice, reach: &Reach) -> Self {
        let nat = match dice.unit() {
            share if share < reach.blocked => Nat::Blocked,
            share if share < reach.blocked + reach.cellular => Nat::Cellular,
            _ => Nat::Home,
        };
        Self {
            region: u8::try_from(dice.below(u64::from(reach.regions.max(1)))).unwrap_or(0),
            access: 2_500 + dice.below(17_500),
            nat,
            ipv6: dice.chance(reach.ipv6),
        }
    }

    /// A server's: near a backbone, and open.
    pub(crate) fn server() -> Self {
        Self {
            region: 0,
            access: 2 * MILLI,
            nat: Nat::Home,
            ipv6: true,
        }
    }

    /// The one-way delay from here to there, in microseconds.
    pub(crate) fn latency(&self, other: &Self, reach: &Reach) -> u64 {
        let apart = if self.region == other.region {
            0
        } else {
            reach.apart / 2
        };
        self.access + other.access + apart
    }

    /// How likely a direct connection comes up (of pairs of homes some nine in ten, arXiv
    /// 2510.27500; nine in ten cellular networks translate addresses, Richter et al., IMC 2016, arXiv 1605.05606).
    pub(crate) fn reaches(&self, other: &Self) -> f64 {
        match (self.nat, other.nat) {
            (Nat::Blocked, _) | (_, Nat::Blocked) => 0.0,
            _ if self.ipv6 && other.ipv6 => 0.95,
            (Nat::Home, Nat::Home) => 0.90,
            (Nat::Home, Nat::Cellular) | (Nat::Cellular, Nat::Home) => 0.75,
            (Nat::Cellular, Nat::Cellular) => 0.50,
        }
    }
}
