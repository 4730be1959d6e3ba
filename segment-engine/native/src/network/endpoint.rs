//! One connection's end of a shared port: a virtual socket for each local address, as the stack wants one for each.

use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::task::{Context, Poll, ready};

use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

use crate::network::inbound::{Full, Inbound, Run};
use crate::network::mux::Core;
use crate::network::routes::{ConnectionId, Flow, Way};
use crate::network::spare::Spare;

type Writable = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// The datagrams for one connection, by the local address that they came to.
#[derive(Debug, Default)]
pub(super) struct Endpoint {
    faces: RwLock<Vec<Arc<Face>>>,
}

/// One local address of a connection.
#[derive(Debug)]
struct Face {
    socket: usize,
    ip: IpAddr,
    inbound: Inbound,
}

impl Endpoint {
    /// Gives a connection one local address more: `ip`, by a shared socket. To the stack it is `local`.
    pub(super) fn open(
        &self,
        core: &Arc<Core>,
        id: ConnectionId,
        (socket, ip): (usize, IpAddr),
        local: SocketAddr,
    ) -> VirtualSocket {
        let face = Arc::new(Face {
            socket,
            ip,
            inbound: Inbound::new(core.total()),
        });
        self.faces
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(&face));
        VirtualSocket {
            core: Arc::clone(core),
            id,
            face,
            local,
            writable: Mutex::new(None),
            spare: OnceLock::new(),
        }
    }

    /// Takes datagrams that came by a shared socket, to one of the host's addresses.
    ///
    /// # Errors
    /// When too many wait, or none of the connection's addresses has to do with that socket.
    pub(super) fn deliver(&self, socket: usize, to: Option<IpAddr>, run: Run) -> Result<(), Full> {
        let faces = self.faces.read().unwrap_or_else(PoisonError::into_inner);
        let mut candidates = faces.iter().filter(|face| face.socket == socket);
        let exact = candidates.clone().find(|face| Some(face.ip) == to);
        // An address that the host got later is not one of this connection's: any will do.
        let face = exact.or_else(|| candidates.next()).ok_or(Full)?;
        face.inbound.push(run)
    }
}

/// A local address of a connection, as a socket of its own.
pub(super) struct VirtualSocket {
    core: Arc<Core>,
    id: ConnectionId,
    face: Arc<Face>,
    local: SocketAddr,
    /// Waits for room in the shared socket; every connection waits for itself.
    writable: Mutex<Option<Writable>>,
    /// Made at the first need.
    spare: OnceLock<Spare>,
}

impl VirtualSocket {
    fn is_spared(&self, transmit: &Transmit<'_>) -> bool {
        let peer = transmit.destination;
        if self.spare.get().is_some_and(|spare| spare.has(peer)) {
            return true;
        }
        let flow = Flow {
            socket: self.face.socket,
            peer,
        };
        self.core.way(self.id, flow, transmit.contents) == Way::Spare
    }

    fn send_spared(&self, transmit: &Transmit<'_>) -> io::Result<usize> {
        let spare = match self.spare.get() {
            Some(spare) => spare,
            None => {
                let spare = Spare::bind(self.face.ip)?;
                let spare = self.spare.get_or_init(|| spare);
                // Whoever waits for a datagram is to wait for the spare socket's too.
                self.face.inbound.wake();
                spare
            }
        };
        spare.send(transmit)?;
        Ok(transmit.contents.len())
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut writable = self.writable.lock().unwrap_or_else(PoisonError::into_inner);
        let future = writable.get_or_insert_with(|| {
            let (core, socket) = (Arc::clone(&self.core), self.face.socket);
            Box::pin(async move { core.socket(socket).writable().await })
        });
        let outcome = ready!(future.as_mut().poll(cx));
        *writable = None;
        Poll::Ready(outcome)
    }
}

impl AsyncUdpSocket for VirtualSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.local)
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        if !can_be_reached(self.face.ip, transmit.destination) {
            // As lost on the way: ICE tries other addresses.
            return Poll::Ready(Ok(transmit.contents.len()));
        }
        if self.is_spared(transmit) {
            return Poll::Ready(self.send_spared(transmit));
        }
        let shared = self.core.socket(self.face.socket);
        let mut transmit = transmit.clone();
        if shared.is_wildcard() {
            // The peer knows this address, and no other of the host's.
            transmit.src_ip = Some(self.face.ip);
        }
        loop {
            match shared.try_send(&transmit) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.poll_writable(cx))?;
                }
                outcome => return Poll::Ready(outcome.map(|()| transmit.contents.len())),
            }
        }
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(count) = self.face.inbound.poll_take(cx, buffers, meta) {
            return Poll::Ready(Ok(count));
        }
        match self.spare.get() {
            Some(spare) => spare.poll_receive(cx, buffers, meta),
            None => Poll::Pending,
        }
    }

    fn max_gso_segments(&self) -> usize {
        self.core.socket(self.face.socket).max_gso_segments()
    }
}

/// Whether the system would take a datagram from `ip` to `peer`, which a hostile peer may have named.
///
/// Sending there is not even tried if the system would call it an invalid argument: the socket's state would take that
/// for a lack of GSO (many datagrams in one call), and do without from then on, for every connection.
fn can_be_reached(ip: IpAddr, peer: SocketAddr) -> bool {
    let to = peer.ip();
    let is_odd = match to {
        IpAddr::V4(to) => to.octets()[0] == 0 || to.is_broadcast(),
        IpAddr::V6(to) => to.is_unicast_link_local() || to.to_ipv4_mapped().is_some(),
    };
    let leaves_loopback = ip.is_loopback() && !to.is_loopback();
    peer.port() != 0
        && ip.is_ipv4() == to.is_ipv4()
        && !(is_odd || leaves_loopback || to.is_unspecified() || to.is_multicast())
}

impl std::fmt::Debug for VirtualSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualSocket")
            .field("id", &self.id)
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
