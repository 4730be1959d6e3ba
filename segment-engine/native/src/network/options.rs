//! The options of a network, and the errors of opening it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use thiserror::Error;

use crate::network::certificate::CertificateError;
use crate::network::ports::PortRange;

/// The most addresses, interfaces or public addresses: peers are told a candidate for each.
const MAX_GIVEN: usize = 16;

/// How connections reach the world, and are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkOptions {
    /// Local UDP addresses. `0.0.0.0` stands for every IPv4 address of the host, `[::]` for every IPv4 and IPv6 address,
    /// but loopback and link-local ones. Default `0.0.0.0:0`; 1 to 16.
    ///
    /// With a port all connections share one socket, so that a firewall opens one port. With port 0 each has a socket of
    /// its own, of `udp_ports` or of any port. Give each a port, or none.
    pub udp_addresses: Vec<SocketAddr>,
    /// UDP ports for connections with a socket each; a connection takes one port for each local address. Default none:
    /// any port.
    pub udp_ports: Option<PortRange>,
    /// The interfaces that wildcards stand for, by name (`eth0`) or address. Default none: all but loopback. At most
    /// 16.
    pub interfaces: Vec<String>,
    /// Addresses that peers are told in place of the host's own, by family: those of a NAT that forwards the same UDP
    /// ports to this host. Default none; at most 16.
    pub public_addresses: Vec<IpAddr>,
    /// Keeps the DTLS certificate across restarts, so that peers that know its fingerprint find it again. Made at the
    /// first start, readable for its owner only, renewed 30 days before its year is over. Default none: a new one at
    /// each start.
    pub certificate_file: Option<PathBuf>,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            udp_addresses: vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))],
            udp_ports: None,
            interfaces: Vec::new(),
            public_addresses: Vec::new(),
            certificate_file: None,
        }
    }
}

impl NetworkOptions {
    /// Checks what can be checked without touching the system.
    ///
    /// # Errors
    /// See [`NetworkError`].
    pub fn validate(&self) -> Result<(), NetworkError> {
        let counts = [
            ("udp_addresses", self.udp_addresses.len()),
            ("interfaces", self.interfaces.len()),
            ("public_addresses", self.public_addresses.len()),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count > MAX_GIVEN) {
            return Err(NetworkError::TooMany(name));
        }
        let has_port = |address: &&SocketAddr| address.port() != 0;
        let ports = self.udp_addresses.iter().filter(has_port).count();
        if self.udp_addresses.is_empty() {
            return Err(NetworkError::NoAddress);
        }
        if ports > 0 && self.udp_ports.is_some() {
            return Err(NetworkError::PortAndRange);
        }
        if ports > 0 && ports < self.udp_addresses.len() {
            return Err(NetworkError::MixedPorts);
        }
        let unreachable = |ip: &&IpAddr| ip.is_unspecified() || ip.is_multicast();
        match self.public_addresses.iter().find(unreachable) {
            Some(ip) => Err(NetworkError::NotPublic(*ip)),
            None => Ok(()),
        }
    }
}

/// The network cannot be used as asked. Mend what the text names, and start again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// Nothing to bind.
    #[error("udp_addresses: give one at least")]
    NoAddress,
    /// A list is too long.
    #[error("{0}: give 16 at most")]
    TooMany(&'static str),
    /// Some addresses have a port and some do not.
    #[error("udp_addresses: give every address a port, or every one port 0")]
    MixedPorts,
    /// A fixed port and a range.
    #[error("udp_ports: a range needs addresses with port 0; with a port, all peers share that one")]
    PortAndRange,
    /// No peer could reach it.
    #[error("public_addresses: {0} is no address that a peer could reach")]
    NotPublic(IpAddr),
    /// An interface that this host does not have.
    #[error("interfaces: there is no {name:?}; this host has {known}")]
    NoInterface {
        /// The interface that was asked for.
        name: String,
        /// The interfaces that there are.
        known: String,
    },
    /// The system does not list its interfaces. Give addresses instead of a wildcard.
    #[error("cannot list the network interfaces: {0}")]
    Interfaces(io::Error),
    /// An address cannot be bound. Choose another port, or stop the process that uses it.
    #[error("cannot bind UDP {address}: {error}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}
