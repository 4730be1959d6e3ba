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
mod options;
mod places;
mod ports;
mod prompt;
mod routes;
mod runtime;
mod shared;
mod spare;
mod stun;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

use rtc::peer_connection::certificate::RTCCertificate;
use webrtc::runtime::Runtime;

pub use crate::network::certificate::CertificateError;
pub use crate::network::options::{NetworkError, NetworkOptions};
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
        options.validate()?;
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

    /// Checks whether [`Network::open`] would find interfaces and certificate as they should be, without opening it.
    ///
    /// # Errors
    /// See [`NetworkError`].
    pub fn check(options: NetworkOptions) -> Result<(), NetworkError> {
        options.validate()?;
        check_interfaces(&Places {
            addresses: options.udp_addresses,
            interfaces: options.interfaces,
        })?;
        if let Some(file) = options.certificate_file {
            certificate::check(&file)?;
        }
        Ok(())
    }

    /// The UDP addresses as they were given.
    pub fn udp_addresses(&self) -> &[SocketAddr] {
        &self.places.addresses
    }

    /// How many datagrams at a shared port were dropped because they belonged to no connection, or because too many
    /// waited for theirs. Datagrams that were received together count as one.
    pub fn dropped_datagrams(&self) -> u64 {
        match &self.sockets {
            Sockets::Shared(mux) => mux.core().dropped(),
            Sockets::Own | Sockets::Range(_) => 0,
        }
    }

    /// Makes room for one connection.
    ///
    /// # Errors
    /// When no address of the host matches the options.
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

    /// The addresses for the stack to bind: port 0 on each of the host's; [`LinkRuntime`] may substitute another port.
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

/// One connection's part of the network. Dropping it ends its registration at a shared port.
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
    /// The addresses for the stack to bind.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// The runtime for the stack.
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

    /// The candidates to tell peers in place of one of the stack's.
    pub(crate) fn rewrite(&mut self, candidate: &str) -> Vec<String> {
        self.rewriter.rewrite(candidate, &self.translation, &self.public)
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
