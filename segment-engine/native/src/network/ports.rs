//! A range of UDP ports, one for each connection and local address: for a firewall that opens a range.

use std::fmt;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use thiserror::Error;

/// UDP ports from a first to a last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    first: u16,
    last: u16,
}

/// A text is no range of ports. Write it as `40000-40999`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no range of UDP ports: write the first and the last, from 1 to 65535, as 40000-40999")]
pub struct BadPortRange(String);

impl PortRange {
    /// A range; `None` for port 0, or a last port below the first.
    pub fn new(first: u16, last: u16) -> Option<Self> {
        (first > 0 && first <= last).then_some(Self { first, last })
    }

    /// The first port of it.
    pub fn first(self) -> u16 {
        self.first
    }

    /// How many ports it has.
    pub fn count(self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }
}

impl FromStr for PortRange {
    type Err = BadPortRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('-')
            .and_then(|(first, last)| Self::new(first.trim().parse().ok()?, last.trim().parse().ok()?))
            .ok_or_else(|| BadPortRange(text.to_owned()))
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Gives ports out.
#[derive(Debug)]
pub(super) struct Ports {
    range: PortRange,
    /// How many were tried so far: the next search goes on from there, so that a port that was given back rests.
    tried: AtomicU32,
}

impl Ports {
    /// All of a range are free, as far as is known.
    pub(super) fn new(range: PortRange) -> Self {
        Self {
            range,
            tried: AtomicU32::new(0),
        }
    }

    /// Binds the next free port of an address.
    ///
    /// # Errors
    /// When every port is taken, or the address is not this host's.
    pub(super) fn bind(&self, ip: IpAddr) -> io::Result<UdpSocket> {
        for _ in 0..self.range.count() {
            let offset = self.tried.fetch_add(1, Ordering::Relaxed) % self.range.count();
            // Within the range, so within 16 bits.
            let port = self.range.first + u16::try_from(offset).unwrap_or_default();
            match UdpSocket::bind((ip, port)) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                outcome => return outcome,
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            format!(
                "no UDP port of {} is free on {ip}: widen udp_ports, or serve fewer peers",
                self.range
            ),
        ))
    }
}

#[cfg(test)]
mod tests;
