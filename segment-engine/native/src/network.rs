//! The network as all connections of a process share it: UDP sockets, the addresses that peers are told, the DTLS
//! certificate.
//!
//! With a fixed port every connection shares its socket ([`mux`]). With a range each has a port of it, and without
//! either any port. Several peers of a process share one network.

mod buffers;
mod candidates;
mod certificate;
mod endpoint;
mod inbound;
mod mux;
mod places;
mod ports;
mod routes;
mod runtime;
mod spare;
mod stun;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use rtc::peer_connection::certificate::RTCCertificate;
use thiserror::Error;
use webrtc::runtime::Runtime;

pub use crate::network::certificate::CertificateError;
pub use crate::network::ports::{BadPortRange, PortRange};

use crate::hex;
use crate::network::candidates::Rewriter;
use crate::network::certificate::Keeper;
use crate::network::endpoint::Endpoint;
use crate::network::mux::{Core, Mux};
use crate::network::places::{Places, interfaces};
use crate::network::ports::Ports;
use crate::network::routes::ConnectionId;
use crate::network::runtime::{LinkRuntime, Source, Translation};

/// The most addresses, interfaces or public addresses that are given: a candidate is told for each.
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
    /// UDP ports for connections of one socket each; a connection takes one for each local address. Default none: any.
    pub udp_ports: Option<PortRange>,
    /// What wildcards stand for: names of interfaces (`eth0`) or addresses. Default none: everything but loopback. At
    /// most 16.
    pub interfaces: Vec<String>,
    /// Addresses that peers are told in the place of the host's own, by family: those of a NAT that forwards the same
    /// UDP ports to this host. Default none; at most 16.
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
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The system does not list its interfaces. Give addresses instead of a wildcard.
    #[error("cannot list the network interfaces: {0}")]
    Interfaces(io::Error),
    /// An address cannot be bound. Choose another port, or stop who has it.
    #[error("cannot bind UDP {address}: {error}")]
    Bind {
        /// Which address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// The UDP sockets, addresses and certificate of any number of peers.
#[derive(Debug)]
pub struct Network {
    places: Places,
    public: Vec<IpAddr>,
    keeper: Keeper,
    sockets: Sockets,
}

#[derive(Debug)]
enum Sockets {
    Own,
    Range(Arc<Ports>),
    Shared(Mux),
}

impl Network {
    /// Binds what is shared, on the current tokio runtime, and makes or reads the certificate.
    ///
    /// # Errors
    /// See [`NetworkError`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn open(options: NetworkOptions) -> Result<Arc<Self>, NetworkError> {
        check(&options)?;
        let places = Places {
            addresses: options.udp_addresses,
            interfaces: options.interfaces,
        };
        check_interfaces(&places)?;
        let sockets = match options.udp_ports {
            Some(range) => Sockets::Range(Arc::new(Ports::new(range))),
            None if places.addresses.iter().any(|address| address.port() != 0) => {
                let bound = Mux::bind(&places.addresses);
                Sockets::Shared(bound.map_err(|(address, error)| NetworkError::Bind { address, error })?)
            }
            None => Sockets::Own,
        };
        Ok(Arc::new(Self {
            places,
            public: options.public_addresses,
            keeper: Keeper::open(options.certificate_file)?,
            sockets,
        }))
    }

    /// The UDP addresses as they were given.
    pub fn udp_addresses(&self) -> &[SocketAddr] {
        &self.places.addresses
    }

    /// How many datagrams came to a shared port and were for nobody, or too many for whom they were for. Joined
    /// datagrams count as one.
    pub fn dropped_datagrams(&self) -> u64 {
        match &self.sockets {
            Sockets::Shared(mux) => mux.core().dropped(),
            Sockets::Own | Sockets::Range(_) => 0,
        }
    }

    /// Makes room for one connection.
    ///
    /// # Errors
    /// When no address of the host is as it should be.
    pub(crate) fn seat(&self) -> io::Result<Seat> {
        let fragment = hex(&rand::random::<[u8; 8]>());
        let translation = Arc::<Translation>::default();
        let (source, registration) = match &self.sockets {
            Sockets::Own => (Source::Stack, None),
            Sockets::Range(ports) => (Source::Range(Arc::clone(ports)), None),
            Sockets::Shared(mux) => {
                let (core, endpoint) = (Arc::clone(mux.core()), Arc::<Endpoint>::default());
                let id = core
                    .add(&fragment, Arc::clone(&endpoint))
                    .ok_or_else(|| io::Error::other("a fragment of 64 random bits came twice"))?;
                let registration = Registration {
                    core: Arc::clone(&core),
                    id,
                };
                (Source::Shared { core, id, endpoint }, Some(registration))
            }
        };
        Ok(Seat {
            addresses: self.addresses()?,
            runtime: Arc::new(LinkRuntime::new(source, Arc::clone(&translation))),
            fragment,
            password: hex(&rand::random::<[u8; 16]>()),
            certificate: self.keeper.current(SystemTime::now()),
            rewriter: Rewriter::default(),
            translation,
            public: self.public.clone(),
            _registration: registration,
        })
    }

    /// What the stack is to bind: any port of each address, which [`LinkRuntime`] may put another in the place of.
    fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        let any_port = |ip| SocketAddr::new(ip, 0);
        let now: Vec<_> = self.places.now()?.into_iter().map(any_port).collect();
        if !now.is_empty() {
            return Ok(now);
        }
        match self.sockets {
            // A host that is offline may still come to reach a relay.
            Sockets::Own if self.places.interfaces.is_empty() => Ok(self.places.addresses.clone()),
            Sockets::Own | Sockets::Range(_) | Sockets::Shared(_) => Err(io::Error::new(
                io::ErrorKind::AddrNotAvailable,
                "no interface has an address for WebRTC now: name one by interfaces or udp_addresses",
            )),
        }
    }
}

/// One connection's part of the network. Dropping it ends what comes by a shared port.
#[derive(Debug)]
pub(crate) struct Seat {
    addresses: Vec<SocketAddr>,
    runtime: Arc<LinkRuntime>,
    fragment: String,
    password: String,
    certificate: RTCCertificate,
    rewriter: Rewriter,
    translation: Arc<Translation>,
    public: Vec<IpAddr>,
    _registration: Option<Registration>,
}

/// A connection's place on a shared port.
#[derive(Debug)]
struct Registration {
    core: Arc<Core>,
    id: ConnectionId,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.core.remove(self.id);
    }
}

impl Seat {
    /// What the stack is to bind.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// What the stack is to run on.
    pub(crate) fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::clone(&self.runtime) as Arc<dyn Runtime>
    }

    /// The user name's fragment and the password of ICE.
    pub(crate) fn credentials(&self) -> (String, String) {
        (self.fragment.clone(), self.password.clone())
    }

    /// The certificate of DTLS.
    pub(crate) fn certificate(&self) -> RTCCertificate {
        self.certificate.clone()
    }

    /// What peers are told for a candidate of the stack.
    pub(crate) fn rewrite(&mut self, candidate: &str) -> Vec<String> {
        self.rewriter.rewrite(candidate, &self.translation, &self.public)
    }
}

fn check(options: &NetworkOptions) -> Result<(), NetworkError> {
    let addresses = &options.udp_addresses;
    let counts = [
        ("udp_addresses", addresses.len()),
        ("interfaces", options.interfaces.len()),
        ("public_addresses", options.public_addresses.len()),
    ];
    if let Some((name, _)) = counts.iter().find(|(_, count)| *count > MAX_GIVEN) {
        return Err(NetworkError::TooMany(name));
    }
    let has_port = |address: &SocketAddr| address.port() != 0;
    let ports = addresses.iter().filter(|address| has_port(address)).count();
    if addresses.is_empty() {
        return Err(NetworkError::NoAddress);
    }
    if ports > 0 && options.udp_ports.is_some() {
        return Err(NetworkError::PortAndRange);
    }
    if ports > 0 && ports < addresses.len() {
        return Err(NetworkError::MixedPorts);
    }
    let unreachable = |ip: &&IpAddr| ip.is_unspecified() || ip.is_multicast();
    match options.public_addresses.iter().find(unreachable) {
        Some(ip) => Err(NetworkError::NotPublic(*ip)),
        None => Ok(()),
    }
}

fn check_interfaces(places: &Places) -> Result<(), NetworkError> {
    if places.interfaces.is_empty() {
        return Ok(());
    }
    let host = interfaces().map_err(NetworkError::Interfaces)?;
    let Some(name) = places.missing(&host) else {
        return Ok(());
    };
    let known: Vec<_> = host
        .iter()
        .map(|interface| format!("{} ({})", interface.name, interface.ip))
        .collect();
    Err(NetworkError::NoInterface {
        name: name.to_owned(),
        known: known.join(", "),
    })
}

#[cfg(test)]
pub(crate) mod tests;
